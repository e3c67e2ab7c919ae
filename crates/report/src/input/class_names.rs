//! The names of a dataset's classes: `labels.txt` in its folder, one name per line in the order of the labels.

use std::env;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::findings::Findings;

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

/// The class names of a dataset from the first of these folders that has it; none without a `labels.txt`. A file that cannot be
/// used is named among the findings.
pub fn of_dataset(dataset: &str, folders: &[PathBuf], findings: &mut Findings) -> Vec<String> {
    // A name of a results file is no path.
    if dataset.starts_with('.') || dataset.contains(['/', '\\', '\0']) {
        return Vec::new();
    }
    let mut found = folders.iter().map(|folder| folder.join(dataset));
    let Some(path) = found
        .find(|folder| folder.is_dir())
        .map(|folder| folder.join(FILE))
    else {
        return Vec::new();
    };
    match read(&path) {
        Ok(text) => text.lines().map(|line| line.trim().to_owned()).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let note = format!("classes have no names, because this file cannot be used: {error}");
            findings.note_in(&path, &note);
            Vec::new()
        }
    }
}

/// The text of a regular file that is not too long.
fn read(path: &Path) -> io::Result<String> {
    // Opening a pipe would wait for its other end.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other("it is longer than 64 KiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}
