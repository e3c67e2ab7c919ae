//! Kernel rows of one pair of classes: full rows, and rows restricted to the active set.

use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::intra_class_kernel::IntraClassKernel;
use crate::native::kernel_svm::lru_cache::LruRows;
use crate::native::kernel_svm::options::BLOCK;
use crate::native::kernels::smo_steps::GROUP;

/// Tenths of the cache of a pair that hold full rows.
const FULL_TENTHS: usize = 6;

/// The cached kernel rows of a pair. Rows are numbered by position: the lower class first.
pub(crate) struct PairRows<'a> {
    data: &'a ClassSortedRows<'a>,
    intra_class: &'a IntraClassKernel,
    classes: [usize; 2],
    full: LruRows,
    restricted: LruRows,
    /// The positions of the columns of restricted rows; `None` while rows are full.
    active: Option<Vec<u32>>,
    /// Bound on the rows of the next block.
    block: usize,
}

impl<'a> PairRows<'a> {
    /// An empty cache of about `bytes` bytes.
    pub(crate) fn new(
        data: &'a ClassSortedRows<'a>,
        intra_class: &'a IntraClassKernel,
        classes: [usize; 2],
        bytes: usize,
    ) -> PairRows<'a> {
        let n_rows = data.n_of(classes[0]) + data.n_of(classes[1]);
        let full = bytes / 10 * FULL_TENTHS;
        PairRows {
            data,
            intra_class,
            classes,
            full: LruRows::new(n_rows, n_rows.next_multiple_of(GROUP), full),
            restricted: LruRows::new(n_rows, 0, bytes - full),
            active: None,
            block: BLOCK / 8,
        }
    }

    /// The rows of all classes.
    pub(crate) fn data(&self) -> &'a ClassSortedRows<'a> {
        self.data
    }

    /// Number of rows of the lower class.
    pub(crate) fn n_lower(&self) -> usize {
        self.data.n_of(self.classes[0])
    }

    /// Number of rows of both classes.
    pub(crate) fn n_rows(&self) -> usize {
        self.n_lower() + self.data.n_of(self.classes[1])
    }

    /// The kernel value of every row with itself.
    pub(crate) fn diagonal(&self) -> Vec<f32> {
        let [lower, higher] = self.classes.map(|class| self.data.diagonal(class));
        [lower, higher].concat()
    }

    /// Whether the full row is cached.
    pub(crate) fn has(&self, position: usize) -> bool {
        self.full.has(position)
    }

    /// Makes a row available. A missing row is computed in a block with other missing rows of its class.
    ///
    /// `others` names these, given the positions of the class and a bound on their number. They must not be cached.
    pub(crate) fn fetch(
        &mut self,
        position: usize,
        others: impl FnOnce(std::ops::Range<usize>, usize) -> Vec<usize>,
    ) {
        if self.active.is_some() && self.restricted.touch(position) {
            return;
        }
        if !self.full.touch(position) {
            self.compute(position, others);
        }
        if let Some(active) = &self.active {
            let full = self.full.row(position);
            let restricted = self.restricted.insert(position);
            for (value, &at) in restricted.iter_mut().zip(active) {
                *value = full[at as usize];
            }
        }
    }

    /// A row that was fetched just before.
    pub(crate) fn row(&self, position: usize) -> &[f32] {
        if self.active.is_some() {
            self.restricted.row(position)
        } else {
            self.full.row(position)
        }
    }

    /// Restricts rows to the columns of the active set.
    pub(crate) fn restrict(&mut self, active: Vec<u32>) {
        self.restricted.reset(active.len().next_multiple_of(GROUP));
        self.active = Some(active);
    }

    /// Returns to full rows.
    pub(crate) fn unrestrict(&mut self) {
        self.restricted.reset(0);
        self.active = None;
    }

    /// Computes a block of full rows.
    fn compute(&mut self, position: usize, others: impl FnOnce(std::ops::Range<usize>, usize) -> Vec<usize>) {
        let n_lower = self.n_lower();
        let side = usize::from(position >= n_lower);
        let range = if side == 0 {
            0..n_lower
        } else {
            n_lower..self.n_rows()
        };
        let mut positions = others(range.clone(), self.block - 1);
        positions.push(position);
        self.block = (2 * self.block).min(BLOCK);
        let rows: Vec<usize> = positions.iter().map(|position| position - range.start).collect();
        let (own, other) = (self.classes[side], self.classes[1 - side]);
        let intra_class = self.intra_class.get(self.data, own, &rows);
        let inter_class = self.data.block(own, &rows, other);
        for ((&position, intra_class), inter_class) in
            positions.iter().zip(&intra_class).zip(inter_class.rows())
        {
            let row = self.full.insert(position);
            row[range.clone()].copy_from_slice(intra_class);
            let inter_class = inter_class.to_slice().expect("a new array is contiguous");
            let start = if side == 0 { n_lower } else { 0 };
            row[start..start + inter_class.len()].copy_from_slice(inter_class);
        }
    }
}
