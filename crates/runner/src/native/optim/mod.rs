//! Minimisers of smooth functions, with and without an l1 penalty.

pub(crate) mod ask_tell;
pub(crate) mod lbfgs;
pub(crate) mod line_search;
pub(crate) mod proximal_newton;
pub(crate) mod quadratic_model;
pub(crate) mod stopping;
