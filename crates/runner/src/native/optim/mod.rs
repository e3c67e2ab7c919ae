//! Minimizers of smooth functions, with and without an l1 penalty.
//!
//! - [`lbfgs`]: L-BFGS with an initial Hessian of Kronecker structure.
//! - [`proximal_newton`]: proximal Newton steps for a smooth function plus l1, on a [`quadratic_model`] minimized by coordinate descent.
//! - [`ask_tell`]: their common interface. [`stopping`] and [`line_search`] have its rules and constants.

pub(crate) mod ask_tell;
pub(crate) mod lbfgs;
pub(crate) mod line_search;
pub(crate) mod proximal_newton;
pub(crate) mod quadratic_model;
pub(crate) mod stopping;
