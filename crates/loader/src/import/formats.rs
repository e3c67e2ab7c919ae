//! The registry of formats that can be imported.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::error::ImportError;
use super::format::Format;
use super::{csv_table, image_folder, npz};
use crate::source::regular_file;

const FORMATS: [&Format; 3] = [&image_folder::FORMAT, &npz::FORMAT, &csv_table::FORMAT];

/// At most this many names of a folder are compared with a wrong one.
const MOST_NAMES: usize = 10_000;

/// Longest file name, in bytes.
const MOST_NAME: usize = 255;

/// A name at least this similar to a wrong one is suggested, from 0 to 1. The names share their extensions.
const SIMILAR: f64 = 0.7;

/// The format of what is at a path.
pub(super) fn at(path: &Path) -> Result<&'static Format, ImportError> {
    let metadata = fs::metadata(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => ImportError::NotFound {
            path: path.to_owned(),
            help: nearest(path).unwrap_or_else(known),
        },
        _ => ImportError::Read {
            path: path.to_owned(),
            source,
        },
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
        known: known(),
    })
}

fn known() -> String {
    FORMATS.map(|format| format.known).join(";\n")
}

/// A question with the path in the same folder whose name is nearest to a wrong one, if one is near.
fn nearest(path: &Path) -> Option<String> {
    let parent = path.parent()?;
    let wanted = path
        .file_name()?
        .to_str()
        .filter(|name| name.len() <= MOST_NAME)?;
    let folder = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let entries = fs::read_dir(folder).ok()?.take(MOST_NAMES).flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    let scored = names
        .iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name));
    let (_, name) = scored
        .filter(|(score, _)| *score >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(format!("did you mean `{}`?", parent.join(name).display()))
}
