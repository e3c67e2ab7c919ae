//! Warm start of a pair with many rows from the solution of a subsample, one row in eight.
//!
//! A solver that starts at zero sees equal margins everywhere, and requests kernel rows that it never needs. For a convex problem the result is
//! the same within `tol`. Kernels that are not positive definite start at zero, and so do fits with a bound on the steps.

use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::intra_class_kernel::IntraClassKernel;
use crate::native::kernel_svm::options::{Limits, Options, SHARED_CACHE_DIVISOR};
use crate::native::kernel_svm::pair_kernel::PairRows;
use crate::native::kernel_svm::smo::Solver;

/// One in this many rows of a class is in the subsample.
const SUBSAMPLE_EVERY: usize = 8;

/// The subsample of all classes.
pub(crate) struct WarmStart<'a> {
    all: &'a ClassSortedRows<'a>,
    subsample: ClassSortedRows<'a>,
    intra_class: IntraClassKernel,
    /// Size of the cache of a pair in bytes.
    cache_bytes: usize,
    /// Least number of rows of a pair.
    min_rows: usize,
}

impl<'a> WarmStart<'a> {
    /// `cache_bytes` is the size of the cache of a pair of all rows. `None` if every pair starts at zero.
    pub(crate) fn new(
        all: &'a ClassSortedRows<'a>,
        options: &Options,
        cache_bytes: usize,
    ) -> Option<WarmStart<'a>> {
        if options.limits.max_iter.is_some() || !all.kernel().is_positive_definite() {
            return None;
        }
        let subsample = all.subsampled(SUBSAMPLE_EVERY);
        Some(WarmStart {
            intra_class: IntraClassKernel::new(
                &subsample,
                options.cache_bytes / SHARED_CACHE_DIVISOR / SUBSAMPLE_EVERY,
            ),
            subsample,
            all,
            cache_bytes: cache_bytes / SUBSAMPLE_EVERY,
            min_rows: options.warm_start_rows,
        })
    }

    /// Start coefficients `α y` by position among all rows of a pair; `None` for a pair of few rows.
    pub(crate) fn coefficients(
        &self,
        pair: [usize; 2],
        costs: [f64; 2],
        limits: Limits,
    ) -> Option<Vec<(usize, f64)>> {
        let [n_lower, n_higher] = pair.map(|class| self.all.n_of(class));
        if n_lower + n_higher < self.min_rows {
            return None;
        }
        let pair_rows = PairRows::new(&self.subsample, &self.intra_class, pair, self.cache_bytes);
        let solution = Solver::new(pair_rows, costs, limits).solve();
        self.intra_class.release(pair);
        let n_subsampled = self.subsample.n_of(pair[0]);
        let position = |at: usize| {
            if at < n_subsampled {
                at * SUBSAMPLE_EVERY
            } else {
                n_lower + (at - n_subsampled) * SUBSAMPLE_EVERY
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
