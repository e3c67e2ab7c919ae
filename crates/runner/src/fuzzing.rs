//! What readers keep to for any bytes, for `fuzz/`. Each of these panics where a reader breaks a promise.

use crate::{grid, results, run};

/// Grid files.
pub fn grid(bytes: &[u8]) {
    grid::file::any_bytes(bytes);
}

/// `baselines.json`.
pub fn baselines(bytes: &[u8]) {
    grid::baselines::any_bytes(bytes);
}

/// Results files.
pub fn results(bytes: &[u8]) {
    results::parse::any_bytes(bytes);
}

/// Files of packed predictions, and packed labels.
pub fn labels(bytes: &[u8]) {
    results::label_records::any_bytes(bytes);
    results::label_records::any_packed_labels(bytes);
}

/// Answers of engines.
pub fn answer(bytes: &[u8]) {
    run::answer::any_bytes(bytes);
}
