//! Merges results files, such as the shards of one grid.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::{Path, PathBuf};

use crate::results::error::ResultsError;
use crate::results::parse::parse_rows;
use crate::results::row::Row;
use crate::results::sink::Sink;

/// Writes the rows of `inputs` to the new file `output`, and returns their number. One row per (`cell_id`, `params`) is kept:
/// the last with status `ok` or `refused`, or else the last.
///
/// # Errors
/// A missing or foreign input, or an existing output.
pub(crate) fn merge(output: &Path, inputs: &[PathBuf]) -> Result<usize, ResultsError> {
    let mut order: Vec<(String, String)> = Vec::new();
    let mut rows: HashMap<(String, String), Row> = HashMap::new();
    for input in inputs {
        let bytes = std::fs::read(input).map_err(ResultsError::disk("read", input))?;
        for row in parse_rows(input, &bytes)? {
            match rows.entry((row.cell_id.clone(), row.params.clone())) {
                Entry::Vacant(entry) => {
                    order.push(entry.key().clone());
                    entry.insert(row);
                }
                Entry::Occupied(mut entry) => {
                    if row.status.is_success() || !entry.get().status.is_success() {
                        entry.insert(row);
                    }
                }
            }
        }
    }
    if output.exists() {
        let source = io::Error::new(io::ErrorKind::AlreadyExists, "the file already exists");
        return Err(ResultsError::disk("create", output)(source));
    }
    let merged: Vec<Row> = order.iter().filter_map(|key| rows.remove(key)).collect();
    Sink::open(output, false)?.append(&merged)?;
    Ok(merged.len())
}
