//! The kinds of methods that a comparison treats in a special way; families declare them in the column `kind`.

/// Gaussian processes.
pub const GAUSSIAN_PROCESS: &str = "gaussian-process";

/// Support vector machines with a kernel.
pub const KERNEL: &str = "kernel";

/// Linear models that train on all rows at once.
pub const LINEAR: &str = "linear";

/// Linear and quadratic discriminant analysis.
pub const DISCRIMINANT: &str = "discriminant";

/// Neural networks.
pub const NEURAL_NETWORK: &str = "neural-network";

/// Linear models that update on one row at a time.
pub const ONLINE_LINEAR: &str = "online-linear";

/// Single trees.
pub const TREE: &str = "tree";

/// Forests, bagging and boosting.
pub const TREE_ENSEMBLE: &str = "tree-ensemble";
