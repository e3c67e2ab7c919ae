//! MinkowskiDistance nearest neighbours.

pub(crate) mod index;
pub(crate) mod k_neighbors;
pub(crate) mod metric;
pub(crate) mod projected_index;
pub(crate) mod projection;
pub(crate) mod quantized_index;
pub(crate) mod scalar_quantizer;
pub(crate) mod top_k;
