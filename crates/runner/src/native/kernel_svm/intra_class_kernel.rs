//! Cache of kernel values within a class, shared by all pairs of the class.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::native::kernel_svm::class_rows::ClassSortedRows;

/// One in this many cached rows of a class is evicted at a time.
const EVICTED_DIVISOR: usize = 4;

/// The cache of all classes.
pub(crate) struct IntraClassKernel {
    classes: Vec<Mutex<Class>>,
    /// Bytes in use.
    used_bytes: AtomicUsize,
    /// Bound on the bytes in use.
    max_bytes: usize,
}

/// The cached rows of one class.
struct Class {
    /// For every row its kernel values with the class, and the time of its last use.
    rows: Vec<Option<(Arc<[f32]>, u64)>>,
    clock: u64,
    /// Pairs of the class that are not solved yet.
    n_pairs: usize,
}

impl IntraClassKernel {
    /// An empty cache of at most `max_bytes`.
    pub(crate) fn new(rows: &ClassSortedRows<'_>, max_bytes: usize) -> IntraClassKernel {
        let class = |class: usize| {
            Mutex::new(Class {
                rows: vec![None; rows.n_of(class)],
                clock: 0,
                n_pairs: rows.n_classes() - 1,
            })
        };
        IntraClassKernel {
            classes: (0..rows.n_classes()).map(class).collect(),
            used_bytes: AtomicUsize::new(0),
            max_bytes,
        }
    }

    /// The kernel values of some rows of a class with the class. Missing rows are computed.
    pub(crate) fn get(
        &self,
        all_rows: &ClassSortedRows<'_>,
        class: usize,
        rows: &[usize],
    ) -> Vec<Arc<[f32]>> {
        let mut found: Vec<Option<Arc<[f32]>>> = {
            let mut cached = self.class(class);
            rows.iter().map(|&row| cached.touch(row)).collect()
        };
        let missing: Vec<usize> = (0..rows.len()).filter(|&at| found[at].is_none()).collect();
        if !missing.is_empty() {
            let numbers: Vec<usize> = missing.iter().map(|&at| rows[at]).collect();
            let block = all_rows.block(class, &numbers, class);
            let mut cached = self.class(class);
            for (values, &at) in block.rows().into_iter().zip(&missing) {
                let values: Arc<[f32]> = values.to_slice().expect("a new array is contiguous").into();
                self.insert(&mut cached, rows[at], &values);
                found[at] = Some(values);
            }
        }
        found
            .into_iter()
            .map(|row| row.expect("missing rows are computed"))
            .collect()
    }

    /// Stores a row if there is space, after an eviction if necessary.
    fn insert(&self, class: &mut Class, row: usize, values: &Arc<[f32]>) {
        let bytes = size_of_val(&**values);
        if self.used_bytes.load(Ordering::Relaxed) + bytes > self.max_bytes {
            let n_evicted = class.evict_oldest();
            self.used_bytes.fetch_sub(n_evicted * bytes, Ordering::Relaxed);
            if n_evicted == 0 {
                return;
            }
        }
        class.clock += 1;
        let clock = class.clock;
        if class.rows[row].replace((Arc::clone(values), clock)).is_none() {
            self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Records that a pair is solved. The rows of a class without further pairs are freed.
    pub(crate) fn release(&self, pair: [usize; 2]) {
        for class in pair {
            let mut class = self.class(class);
            class.n_pairs -= 1;
            if class.n_pairs == 0 {
                let bytes: usize = class
                    .rows
                    .iter()
                    .flatten()
                    .map(|(values, _)| size_of_val(&**values))
                    .sum();
                class.rows.fill(None);
                self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
            }
        }
    }

    fn class(&self, class: usize) -> MutexGuard<'_, Class> {
        self.classes[class].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Class {
    /// A cached row, whose time of use is updated.
    fn touch(&mut self, row: usize) -> Option<Arc<[f32]>> {
        self.clock += 1;
        let (values, used) = self.rows[row].as_mut()?;
        *used = self.clock;
        Some(Arc::clone(values))
    }

    /// Evicts some of the least recently used rows. Returns their number.
    fn evict_oldest(&mut self) -> usize {
        let mut cached: Vec<(u64, usize)> = (self.rows.iter().enumerate())
            .filter_map(|(row, cached)| Some((cached.as_ref()?.1, row)))
            .collect();
        let n = cached.len().div_ceil(EVICTED_DIVISOR);
        if n > 0 {
            cached.select_nth_unstable(n - 1);
        }
        for &(_, row) in &cached[..n] {
            self.rows[row] = None;
        }
        n
    }
}
