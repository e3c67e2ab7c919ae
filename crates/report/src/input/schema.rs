//! The columns of a results file and the version of their format.

/// The version of the results format that this program reads.
pub const SCHEMA: u32 = 1;

/// The columns in file order. `docs/results-format.md` describes each.
pub const COLUMNS: [&str; 27] = [
    "schema",
    "cell_id",
    "dataset",
    "data_sha256",
    "preprocessing",
    "classifier",
    "engine",
    "params",
    "repeat",
    "seed",
    "n_train",
    "n_test",
    "status",
    "accuracy",
    "macro_f1",
    "fit_s",
    "fit_cpu_s",
    "predict_s",
    "predict_cpu_s",
    "peak_rss_mib",
    "threads",
    "concurrent",
    "machine",
    "version",
    "revision",
    "started_at",
    "error",
];
