//! Settings of the solver: costs, limits, the cache of kernel rows.

use crate::native::kernel_svm::smo::Limits;

/// Of the bytes for kernel rows, one part in so many is for what the pairs share; the rest is for the pairs that are being solved.
pub(crate) const SHARED: usize = 2;

/// What a fit is asked for beside its rows.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The cost of a violated margin, of every class.
    pub(crate) costs: Vec<f64>,
    pub(crate) limits: Limits,
    /// Bytes for kernel rows.
    pub(crate) cache: usize,
    /// Rows of a pair from which on it starts from a part of them.
    pub(crate) start_from: usize,
}

/// Rows that are computed at once, at most. Fewer are dear each, of more some are never asked for.
pub(crate) const BLOCK: usize = 128;
