//! Numeric kernels: pure functions over slices with SIMD variants, which know no parameters of a family. All `unsafe` code is here.

pub(crate) mod adam;
pub(crate) mod aligned;
pub(crate) mod byte_distances;
pub(crate) mod byte_products;
mod dispatch;
pub(crate) mod distance;
pub(crate) mod feature_blocks;
mod float_distances;
pub(crate) mod gini_scan;
pub(crate) mod gradient_histogram;
pub(crate) mod impurity;
pub(crate) mod kernel_function;
mod left_counts;
pub(crate) mod loss_gradients;
pub(crate) mod mean_split_scan;
pub(crate) mod node_rows;
pub(crate) mod packed_bytes;
pub(crate) mod simd;
pub(crate) mod skinny_gemm;
pub(crate) mod small_node_split;
pub(crate) mod smo_steps;
#[cfg(test)]
mod test_gain;
pub(crate) mod threshold_search;
pub(crate) mod value_sums;
pub(crate) mod vector_ops;
