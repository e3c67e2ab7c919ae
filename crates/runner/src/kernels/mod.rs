//! Pure functions over slices: what the native engine spends its time in. Kernels know no parameters of a family.

pub(crate) mod aligned;
pub(crate) mod byte_blocks;
pub(crate) mod byte_products;
pub(crate) mod byte_sums;
pub(crate) mod class_split;
pub(crate) mod class_sums;
pub(crate) mod columns;
pub(crate) mod distance;
pub(crate) mod few_rows;
pub(crate) mod gini_walk;
pub(crate) mod gradient_bins;
pub(crate) mod impurity;
pub(crate) mod linear_scores;
pub(crate) mod linear_steps;
pub(crate) mod loss_slopes;
pub(crate) mod mean_cuts;
pub(crate) mod narrow_products;
pub(crate) mod node_rows;
pub(crate) mod projection;
pub(crate) mod quantile_codes;
pub(crate) mod simd;
pub(crate) mod similarity;
pub(crate) mod top_k;
pub(crate) mod working_set;
