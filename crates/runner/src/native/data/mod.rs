//! Reading rows, and what is summed over them.

pub(crate) mod class_scatter;
pub(crate) mod class_sums;
pub(crate) mod pixel_map;
pub(crate) mod random;
pub(crate) mod row_reader;
pub(crate) mod row_source;
#[cfg(test)]
pub(crate) mod test_rows;
pub(crate) mod validation_split;
