//! Similarities of rows to their own class, which every pair of the class shares.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::native::kernel_svm::class_rows::ClassSortedRows;

/// Of a class that is to make room, one row in so many is dropped.
const DROPPED: usize = 4;

pub(crate) struct IntraClassKernel {
    classes: Vec<Mutex<Class>>,
    /// Bytes that are held, and may be.
    held: AtomicUsize,
    bytes: usize,
}

struct Class {
    /// Of every row its similarities to the class, and when they were last asked for.
    rows: Vec<Option<(Arc<[f32]>, u64)>>,
    clock: u64,
    /// Pairs of the class that are still to be solved.
    n_pairs: usize,
}

impl IntraClassKernel {
    pub(crate) fn new(rows: &ClassSortedRows, bytes: usize) -> IntraClassKernel {
        let class = |class: usize| {
            Mutex::new(Class {
                rows: vec![None; rows.n_of(class)],
                clock: 0,
                n_pairs: rows.n_classes() - 1,
            })
        };
        IntraClassKernel {
            classes: (0..rows.n_classes()).map(class).collect(),
            held: AtomicUsize::new(0),
            bytes,
        }
    }

    /// The similarities of some rows of a class, computed where they are not held.
    pub(crate) fn get(&self, data: &ClassSortedRows, class: usize, rows: &[usize]) -> Vec<Arc<[f32]>> {
        let mut found: Vec<Option<Arc<[f32]>>> = {
            let mut held = self.class(class);
            rows.iter().map(|&row| held.touch(row)).collect()
        };
        let missing: Vec<usize> = (0..rows.len()).filter(|&at| found[at].is_none()).collect();
        if !missing.is_empty() {
            let numbers: Vec<usize> = missing.iter().map(|&at| rows[at]).collect();
            let block = data.block(class, &numbers, class);
            let mut held = self.class(class);
            for (values, &at) in block.rows().into_iter().zip(&missing) {
                let values: Arc<[f32]> = values.to_slice().expect("a new array lies in one piece").into();
                self.keep(&mut held, rows[at], &values);
                found[at] = Some(values);
            }
        }
        found
            .into_iter()
            .map(|row| row.expect("what was missing is computed"))
            .collect()
    }

    fn keep(&self, class: &mut Class, row: usize, values: &Arc<[f32]>) {
        let bytes = size_of_val(&**values);
        if self.held.load(Ordering::Relaxed) + bytes > self.bytes {
            let dropped = class.drop_oldest();
            self.held.fetch_sub(dropped * bytes, Ordering::Relaxed);
            if dropped == 0 {
                return;
            }
        }
        class.clock += 1;
        let clock = class.clock;
        if class.rows[row].replace((Arc::clone(values), clock)).is_none() {
            self.held.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Says that a pair is solved. A class without further pairs is forgotten.
    pub(crate) fn leave(&self, pair: [usize; 2]) {
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
                self.held.fetch_sub(bytes, Ordering::Relaxed);
            }
        }
    }

    fn class(&self, class: usize) -> MutexGuard<'_, Class> {
        self.classes[class].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Class {
    fn touch(&mut self, row: usize) -> Option<Arc<[f32]>> {
        self.clock += 1;
        let (values, used) = self.rows[row].as_mut()?;
        *used = self.clock;
        Some(Arc::clone(values))
    }

    /// Drops some of the rows that were asked for longest ago, and says how many.
    fn drop_oldest(&mut self) -> usize {
        let mut held: Vec<(u64, usize)> = (self.rows.iter().enumerate())
            .filter_map(|(row, held)| Some((held.as_ref()?.1, row)))
            .collect();
        let n = held.len().div_ceil(DROPPED);
        if n > 0 {
            held.select_nth_unstable(n - 1);
        }
        for &(_, row) in &held[..n] {
            self.rows[row] = None;
        }
        n
    }
}
