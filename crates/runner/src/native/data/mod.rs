//! Rows of a data set: reading them as `f64`, sums over them, and splits of them.
//!
//! - [`row_reader`] and [`pixel_map`] preprocess bytes row by row, so that no `f64` copy of all rows is kept.
//! - [`class_sums`] and [`class_scatter`] sum features, squares and products by class. Sums of bytes are exact. [`feature_moments`] has
//!   the means and variances of bytes and of floats, which are summed in the order of [`row_order`].
//! - [`binned_floats`] has floats as bytes, for trees, and [`quantiles`] what lies between their bins; [`split_thresholds`]
//!   translates splits between bytes. [`transpose`] puts the values of a feature side by side.
//! - [`validation_split`] makes a stratified split for early stopping; [`random`] draws uniform indices.

pub(crate) mod binned_floats;
pub(crate) mod class_scatter;
pub(crate) mod class_sums;
pub(crate) mod feature_moments;
pub(crate) mod pixel_map;
pub(crate) mod quantiles;
pub(crate) mod random;
pub(crate) mod row_order;
pub(crate) mod row_reader;
pub(crate) mod row_source;
pub(crate) mod split_thresholds;
#[cfg(test)]
pub(crate) mod test_rows;
pub(crate) mod transpose;
pub(crate) mod validation_split;
