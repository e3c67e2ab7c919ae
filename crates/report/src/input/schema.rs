//! The columns of a results file and the version of their format.

/// The version of the results format that this program reads.
pub const SCHEMA: u32 = 2;

/// The columns in file order. `docs/results-format.md` describes each.
pub const COLUMNS: [&str; 35] = [
    "schema",
    "cell_id",
    "dataset",
    "data_sha256",
    "preprocessing",
    "classifier",
    "kind",
    "engine",
    "engine_version",
    "params",
    "repeat",
    "seed",
    "n_train",
    "n_test",
    "n_features",
    "status",
    "accuracy",
    "macro_f1",
    "fit_s",
    "fit_cpu_s",
    "predict_s",
    "predict_cpu_s",
    "wall_s",
    "peak_rss_mib",
    "threads",
    "concurrent",
    "foreign_cores",
    "steal",
    "shared_with",
    "machine",
    "version",
    "revision",
    "started_at",
    "warning",
    "error",
];
