//! Joining results files, such as those of the shards of one grid.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::results::row::Row;
use crate::results::sink::{Sink, SinkError};

/// Reads `inputs` and writes their rows to the new file `output`, one a cell and name: the last that is as it should be, or
/// else the last. Returns the number of rows.
///
/// # Errors
/// An input that is missing or no results file; an output that is there already.
pub(crate) fn merge(output: &Path, inputs: &[PathBuf]) -> Result<usize, SinkError> {
    let mut order: Vec<(String, String)> = Vec::new();
    let mut rows: HashMap<(String, String), Row> = HashMap::new();
    for input in inputs {
        let bytes = std::fs::read(input).map_err(|source| SinkError::Disk {
            doing: "read",
            path: input.clone(),
            source,
        })?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        for row in Sink::rows(input, &bytes[..whole], &bytes[whole..])? {
            let key = (row.cell_id.clone(), row.params.clone());
            match rows.get(&key) {
                None => order.push(key.clone()),
                Some(held) if held.status.is_fine() && !row.status.is_fine() => continue,
                Some(_) => {}
            }
            rows.insert(key, row);
        }
    }
    if output.exists() {
        let source = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "it is there already");
        return Err(SinkError::Disk {
            doing: "make",
            path: output.to_owned(),
            source,
        });
    }
    let merged: Vec<Row> = order.iter().filter_map(|key| rows.remove(key)).collect();
    Sink::open(output, false)?.append(&merged)?;
    Ok(merged.len())
}
