//! `labels.txt`: the class names of a dataset folder, one per line in the order of the labels.

use std::io::{self, Read};
use std::path::Path;

use super::regular_file;
use crate::error::LoadError;

/// Name of the file, beside the four IDX files.
pub(crate) const FILE_NAME: &str = "labels.txt";

/// Largest file that is read, in bytes.
const MOST_BYTES: u64 = 64 << 10;
/// Longest name of a class, in bytes.
const MOST_NAME_BYTES: usize = 200;
/// A label is a byte.
pub(crate) const MOST_CLASSES: usize = 256;

/// The class names in a folder; `None` if it has no `labels.txt`.
pub(crate) fn read(folder: &Path) -> Result<Option<Vec<String>>, LoadError> {
    let path = folder.join(FILE_NAME);
    let unreadable = |source| LoadError::Read {
        path: path.clone(),
        source,
    };
    let file = match regular_file::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(unreadable)?,
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    match parse(&bytes) {
        Ok(names) => Ok(Some(names)),
        Err(fault) => Err(LoadError::LabelsFile { path, fault }),
    }
}

/// The number of classes of a dataset with these names, whose largest label is `n_labels - 1`: names may be left over.
pub(crate) fn covers(folder: &Path, names: &[String], n_labels: usize) -> Result<usize, LoadError> {
    if names.len() >= n_labels {
        return Ok(names.len());
    }
    Err(LoadError::LabelsFile {
        path: folder.join(FILE_NAME),
        fault: format!(
            "line {} is missing: the largest label is {}",
            names.len() + 1,
            n_labels - 1
        ),
    })
}

/// The text of a file with these names.
pub(crate) fn text<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().flat_map(|name| [name, "\n"]).collect()
}

/// Why a text cannot be the name of a class, if it cannot.
pub(crate) fn name_fault(name: &str) -> Option<String> {
    if name.trim().is_empty() {
        Some("is empty".to_owned())
    } else if name.chars().any(char::is_control) {
        Some("contains a control character".to_owned())
    } else if name.len() > MOST_NAME_BYTES {
        Some(format!(
            "is too long: {} bytes, at most {MOST_NAME_BYTES}",
            name.len()
        ))
    } else {
        None
    }
}

/// The error is what is wrong and where.
fn parse(bytes: &[u8]) -> Result<Vec<String>, String> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("more than {MOST_BYTES} bytes"));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        format!("line {line} is not UTF-8")
    })?;
    let mut names = Vec::new();
    // `lines` drops the line end, of Windows too.
    for (i, name) in text.lines().enumerate() {
        let line = i + 1;
        if let Some(fault) = name_fault(name) {
            return Err(format!("line {line} {fault}"));
        }
        if i == MOST_CLASSES {
            return Err(format!("line {line} is too many: labels are 0 to 255"));
        }
        if let Some(first) = names.iter().position(|known| known == name) {
            return Err(format!("line {line} repeats the name of line {}", first + 1));
        }
        names.push(name.to_owned());
    }
    if names.is_empty() {
        return Err("the file is empty".to_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err()
    }

    #[test]
    fn names_are_lines_with_any_line_end() {
        for text in ["cat\ndog", "cat\ndog\n", "cat\r\ndog\r\n", "\u{feff}cat\ndog\n"] {
            assert_eq!(parse(text.as_bytes()).unwrap(), ["cat", "dog"], "{text:?}");
        }
        assert_eq!(text(["cat", "Große Katze"]), "cat\nGroße Katze\n");
        assert_eq!(
            parse(text(["a b", "ç"]).as_bytes()).unwrap(),
            ["a b", "ç"],
            "what is written can be read"
        );
    }

    #[test]
    fn a_bad_line_is_named() {
        assert_eq!(fault(b""), "the file is empty");
        assert_eq!(fault(b"cat\n\ndog\n"), "line 2 is empty");
        assert_eq!(fault(b"cat\n  \n"), "line 2 is empty");
        assert_eq!(fault(b"cat\ndo\x1bg\n"), "line 2 contains a control character");
        assert_eq!(fault(b"cat\ndog\n\xff\n"), "line 3 is not UTF-8");
        assert_eq!(fault(b"cat\ndog\ncat\n"), "line 3 repeats the name of line 1");
        let long = [b"cat\n".to_vec(), vec![b'x'; 201]].concat();
        assert_eq!(fault(&long), "line 2 is too long: 201 bytes, at most 200");
        let many: String = (0..257).map(|i| format!("{i}\n")).collect();
        assert_eq!(
            fault(many.as_bytes()),
            "line 257 is too many: labels are 0 to 255"
        );
        assert_eq!(fault(&vec![b'x'; 70_000]), "more than 65536 bytes");
    }
}
