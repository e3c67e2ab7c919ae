//! The engines that this crate knows by name.

/// The engine that a table compares the others with by default.
pub const BASELINE: &str = "scikit-learn";

/// The engine of this project.
pub const NATIVE: &str = "native";

/// The engines that Hemline contains: what a reader of the README can train without another program.
pub const BUILT_IN: [&str; 2] = [NATIVE, "linfa"];
