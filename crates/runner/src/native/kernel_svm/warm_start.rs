//! Where a pair of many rows starts: what one in eight of its rows come to by themselves.
//!
//! A solver that starts from nothing sees equal margins everywhere and asks for kernel rows that it never needs. The end is the same within
//! `tol`, for a problem with one end: kernels that are not positive definite start from nothing, and so does a bounded number of steps.

use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::intra_class_kernel::IntraClassKernel;
use crate::native::kernel_svm::options::{Options, SHARED};
use crate::native::kernel_svm::pair_kernel::PairRows;
use crate::native::kernel_svm::smo::{Limits, Solver};

/// Of each class one row in so many.
const ONE_IN: usize = 8;

pub(crate) struct WarmStart<'a> {
    all: &'a ClassSortedRows,
    rows: ClassSortedRows,
    within: IntraClassKernel,
    /// Bytes for the kernel rows of a pair.
    cache: usize,
    /// Rows that a pair must have.
    least: usize,
}

impl<'a> WarmStart<'a> {
    /// `cache` are the bytes that a pair has for all of its rows. `None` where every pair starts from nothing.
    pub(crate) fn new(all: &'a ClassSortedRows, options: &Options, cache: usize) -> Option<WarmStart<'a>> {
        if options.limits.max_iter.is_some() || !all.similarity().is_positive_definite() {
            return None;
        }
        let rows = all.thinned(ONE_IN);
        Some(WarmStart {
            within: IntraClassKernel::new(&rows, options.cache / SHARED / ONE_IN),
            rows,
            all,
            cache: cache / ONE_IN,
            least: options.start_from,
        })
    }

    /// Positions among all rows of a pair with their `α y`; none for a pair of few rows.
    pub(crate) fn of(&self, pair: [usize; 2], costs: [f64; 2], limits: Limits) -> Option<Vec<(usize, f64)>> {
        let [n_lower, n_higher] = pair.map(|class| self.all.n_of(class));
        if n_lower + n_higher < self.least {
            return None;
        }
        let pair_rows = PairRows::new(&self.rows, &self.within, pair, self.cache);
        let solution = Solver::new(pair_rows, costs, limits).solve();
        self.within.leave(pair);
        let n_thin = self.rows.n_of(pair[0]);
        let position = |at: usize| {
            if at < n_thin {
                at * ONE_IN
            } else {
                n_lower + (at - n_thin) * ONE_IN
            }
        };
        let all = solution.coefficients.into_iter().enumerate();
        Some(
            all.filter(|(_, coefficient)| *coefficient != 0.0)
                .map(|(at, coefficient)| (position(at), coefficient))
                .collect(),
        )
    }
}
