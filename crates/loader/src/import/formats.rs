//! The registry of formats that can be imported.

use std::fs;
use std::path::Path;

use super::error::ImportError;
use super::format::Format;
use super::{csv_table, image_folder, npz};
use crate::source::regular_file;

const FORMATS: [&Format; 3] = [&image_folder::FORMAT, &npz::FORMAT, &csv_table::FORMAT];

/// The format of what is at a path.
pub(super) fn at(path: &Path) -> Result<&'static Format, ImportError> {
    let metadata = fs::metadata(path).map_err(|source| ImportError::Read {
        path: path.to_owned(),
        source,
    })?;
    let is_input = metadata.is_file() || metadata.is_dir();
    let found = FORMATS
        .into_iter()
        .find(|format| is_input && (format.is_at)(path));
    found.ok_or_else(|| ImportError::Format {
        path: path.to_owned(),
        fault: if metadata.is_file() {
            "its format is not known".to_owned()
        } else {
            format!("it is {}", regular_file::kind(metadata.file_type()))
        },
        known: FORMATS.map(|format| format.known).join(";\n"),
    })
}
