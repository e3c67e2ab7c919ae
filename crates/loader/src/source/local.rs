//! Datasets without a declaration: a name is looked up in the data folders.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::catalog;
use super::idx_folder::{Look, look, path_of};
use super::open::Source;
use super::search::Search;
use crate::data::Part;
use crate::error::LoadError;

/// Longest name of a dataset, in bytes.
const MOST_NAME_BYTES: usize = 64;

/// The dataset of this name in the data folders: `--data-dir`, `HEMLINE_DATA`, `data` and the system's folder, in this
/// order. Its class names are those of its `labels.txt`, if it has one.
///
/// The first folder with all four files is taken. If there is none, but a folder with some of the files or one that cannot
/// be read, it is returned too, so that [`crate::open`] says what is wrong with it. A known name ([`catalog::NAMES`]) is
/// never looked up here: its files have known checksums.
pub fn find(name: &str, search: &Search) -> Option<Source> {
    if !is_plain_name(name) || catalog::NAMES.contains(&name) {
        return None;
    }
    let mut damaged = None;
    for dir in search.data_dirs() {
        let path = dir.join(name);
        match look(&path) {
            Look::Complete(_) => return Some(folder(path)),
            Look::Unreadable(_) if path.is_dir() => damaged = damaged.or(Some(path)),
            Look::Incomplete(_) if has_a_file(&path) => damaged = damaged.or(Some(path)),
            Look::Unreadable(_) | Look::Incomplete(_) | Look::Absent => {}
        }
    }
    damaged.map(folder)
}

/// The names that [`find`] finds, sorted; folders with missing files are left out.
pub fn names(search: &Search) -> Vec<String> {
    let mut names = BTreeSet::new();
    for dir in search.data_dirs() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let is_new = is_plain_name(&name) && !catalog::NAMES.contains(&name.as_str());
            if is_new && matches!(look(&entry.path()), Look::Complete(_)) {
                names.insert(name);
            }
        }
    }
    names.into_iter().collect()
}

/// The error for a name that is neither known nor in the data folders, with the nearest name and all names.
pub fn unknown(name: &str, search: &Search) -> LoadError {
    let found = names(search);
    let all: Vec<&str> = catalog::NAMES
        .into_iter()
        .chain(found.iter().map(String::as_str))
        .collect();
    let nearest = catalog::nearest_of(name, &all)
        .map_or(String::new(), |nearest| format!("did you mean `{nearest}`?\n"));
    LoadError::UnknownName {
        name: name.to_owned(),
        help: format!(
            "{nearest}known datasets: {}\nto make one of images, .npz or CSV: loader import PATH NAME;\n\
             for a folder of IDX files write a path with a slash: ./{name}",
            all.join(", ")
        ),
    }
}

/// Whether a dataset in the data folders may have this name: ASCII letters, digits, `-`, `_` and `.`, at most 64, and no
/// `-` or `.` at the start.
pub fn is_plain_name(name: &str) -> bool {
    (1..=MOST_NAME_BYTES).contains(&name.len())
        && !name.starts_with(['-', '.'])
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

/// Whether a folder has all four files of a dataset.
pub(crate) fn is_dataset(folder: &Path) -> bool {
    matches!(look(folder), Look::Complete(_))
}

fn has_a_file(folder: &Path) -> bool {
    Part::ALL.iter().any(|part| path_of(folder, *part).is_some())
}

fn folder(path: PathBuf) -> Source {
    Source::Folder { path, labels: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_leads_out_of_no_folder() {
        for name in ["mine", "8x8", "a-b_c.d", &"x".repeat(64)] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            ".mine",
            "-mine",
            "a/b",
            "a b",
            "a\n",
            "ä",
            &"x".repeat(65),
        ] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
