//! The two engines that this crate knows by name.

/// The engine that a table compares the others with by default.
pub const BASELINE: &str = "scikit-learn";

/// The engine of this project.
pub const NATIVE: &str = "native";
