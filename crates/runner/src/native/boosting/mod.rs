//! Boosted trees on histograms of bytes.

pub(crate) mod bin_mapper;
pub(crate) mod boosted_model;
pub(crate) mod early_stopping;
pub(crate) mod gradient_boosting;
pub(crate) mod hist_gradient_boosting;
pub(crate) mod histogram_splitter;
pub(crate) mod newton_tree;
pub(crate) mod raw_scores;
pub(crate) mod regression_tree;
pub(crate) mod root_histograms;
pub(crate) mod row_partition;
