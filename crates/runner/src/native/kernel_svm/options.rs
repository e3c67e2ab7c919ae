//! Options of a fit: costs, limits, and the cache of kernel rows.

/// The share `1 / 2` of the cache holds kernel values within a class, which several pairs use. The rest belongs to the pairs in progress.
pub(crate) const SHARED_CACHE_DIVISOR: usize = 2;

/// When a solver stops, and whether it shrinks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bound on the violation of the optimality conditions.
    pub(crate) tol: f64,
    pub(crate) shrinking: bool,
    /// Bound on the steps; `None`: no bound.
    pub(crate) max_iter: Option<u64>,
}

/// What a fit needs besides its rows.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Cost of a violated margin, by class.
    pub(crate) costs: Vec<f64>,
    pub(crate) limits: Limits,
    /// Size of the cache of kernel rows in bytes.
    pub(crate) cache_bytes: usize,
    /// Rows of a pair from which it starts from the solution of a subsample.
    pub(crate) warm_start_rows: usize,
}

/// Bound on the kernel rows per matrix product. Smaller blocks cost more per row; of larger blocks more rows are never used.
pub(crate) const BLOCK: usize = 128;
