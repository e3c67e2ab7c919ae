//! The names of a dataset's classes: `labels.txt` in its folder, one name per line in the order of the labels.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file in the folder of a dataset.
const FILE: &str = "labels.txt";

/// The folder of datasets in the working folder.
const DATA: &str = "data";

/// The variable that names another folder of datasets.
const VARIABLE: &str = "HEMLINE_DATA";

/// A larger file is not one of class names, in bytes.
const MOST_BYTES: u64 = 64 << 10;

/// The folders where datasets lie, the first one first: `data_dir`, `$HEMLINE_DATA`, `data`.
pub fn data_folders(data_dir: Option<&Path>) -> Vec<PathBuf> {
    let variable = env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
    let given = data_dir.map(Path::to_owned).into_iter();
    given
        .chain(variable.map(PathBuf::from))
        .chain([PathBuf::from(DATA)])
        .collect()
}

/// The class names of a dataset from the first of these folders that has it; none if it has no `labels.txt` or an unreadable one.
pub fn of_dataset(dataset: &str, folders: &[PathBuf]) -> Vec<String> {
    // A name of a results file is no path.
    if dataset.starts_with('.') || dataset.contains(['/', '\\', '\0']) {
        return Vec::new();
    }
    let mut found = folders.iter().map(|folder| folder.join(dataset));
    let folder = found.find(|folder| folder.is_dir());
    let text = folder
        .and_then(|folder| read(&folder.join(FILE)))
        .unwrap_or_default();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// The text of a regular file that is not too long.
fn read(path: &Path) -> Option<String> {
    // Opening a pipe would wait for its other end.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let file = File::open(path).ok()?;
    file.take(MOST_BYTES + 1).read_to_string(&mut text).ok()?;
    (text.len() as u64 <= MOST_BYTES).then_some(text)
}
