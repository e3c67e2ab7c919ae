//! The engines that are built in, by name.

/// Versions of the libraries that built-in engines stand on: `linfa 0.8.1; ndarray 0.16.1`.
pub(crate) const LIBRARIES: &str = env!("HEMLINE_LIBRARIES");

/// The names of the engines that are built in, which no grid may give to another.
pub(crate) const BUILT_IN_ENGINES: &[&str] = &["native", "linfa"];
