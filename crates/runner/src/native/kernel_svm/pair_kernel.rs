//! Kernel rows of one pair of classes: all their values, and of late only those of the rows that are not set aside.

use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::intra_class_kernel::IntraClassKernel;
use crate::native::kernel_svm::lru_cache::LruRows;
use crate::native::kernel_svm::options::BLOCK;
use crate::native::kernels::smo_steps::GROUP;

/// Of the bytes of a pair, so many in ten are for rows with all their values.
const WHOLE: usize = 6;

/// Rows are numbered by position: those of the lower class, then those of the higher.
pub(crate) struct PairRows<'a> {
    data: &'a ClassSortedRows,
    within: &'a IntraClassKernel,
    classes: [usize; 2],
    whole: LruRows,
    narrow: LruRows,
    /// The positions of the values of narrow rows; none where rows are whole.
    active: Option<Vec<u32>>,
    /// How many rows the next block may have.
    block: usize,
}

impl<'a> PairRows<'a> {
    pub(crate) fn new(
        data: &'a ClassSortedRows,
        within: &'a IntraClassKernel,
        classes: [usize; 2],
        bytes: usize,
    ) -> PairRows<'a> {
        let n_rows = data.n_of(classes[0]) + data.n_of(classes[1]);
        let whole = bytes / 10 * WHOLE;
        PairRows {
            data,
            within,
            classes,
            whole: LruRows::new(n_rows, n_rows.next_multiple_of(GROUP), whole),
            narrow: LruRows::new(n_rows, 0, bytes - whole),
            active: None,
            block: BLOCK / 8,
        }
    }

    pub(crate) fn data(&self) -> &'a ClassSortedRows {
        self.data
    }

    pub(crate) fn n_lower(&self) -> usize {
        self.data.n_of(self.classes[0])
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_lower() + self.data.n_of(self.classes[1])
    }

    pub(crate) fn diagonal(&self) -> Vec<f32> {
        let [lower, higher] = self.classes.map(|class| self.data.diagonal(class));
        [lower, higher].concat()
    }

    /// Whether all values of a row are here.
    pub(crate) fn has(&self, position: usize) -> bool {
        self.whole.has(position)
    }

    /// Makes sure that a row is here. One that must be computed is computed together with others of its class: `others` names them, given
    /// the positions of the class and how many there may be; all their values must not be here already.
    pub(crate) fn fetch(
        &mut self,
        position: usize,
        others: impl FnOnce(std::ops::Range<usize>, usize) -> Vec<usize>,
    ) {
        if self.active.is_some() && self.narrow.touch(position) {
            return;
        }
        if !self.whole.touch(position) {
            self.compute(position, others);
        }
        if let Some(active) = &self.active {
            let whole = self.whole.row(position);
            let narrow = self.narrow.insert(position);
            for (value, &at) in narrow.iter_mut().zip(active) {
                *value = whole[at as usize];
            }
        }
    }

    /// A row that was fetched, lately.
    pub(crate) fn row(&self, position: usize) -> &[f32] {
        if self.active.is_some() {
            self.narrow.row(position)
        } else {
            self.whole.row(position)
        }
    }

    /// Leaves only the values at some positions.
    pub(crate) fn narrow(&mut self, active: Vec<u32>) {
        self.narrow.restart(active.len().next_multiple_of(GROUP));
        self.active = Some(active);
    }

    /// Takes all values again.
    pub(crate) fn widen(&mut self) {
        self.narrow.restart(0);
        self.active = None;
    }

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
        let within = self.within.get(self.data, own, &rows);
        let across = self.data.block(own, &rows, other);
        for ((&position, within), across) in positions.iter().zip(&within).zip(across.rows()) {
            let row = self.whole.insert(position);
            row[range.clone()].copy_from_slice(within);
            let across = across.to_slice().expect("a new array lies in one piece");
            let start = if side == 0 { n_lower } else { 0 };
            row[start..start + across.len()].copy_from_slice(across);
        }
    }
}
