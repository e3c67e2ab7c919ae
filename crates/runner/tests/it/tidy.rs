//! What holds for every file of the workspace: headers, lengths, links.

use std::path::{Path, PathBuf};

/// Most lines of a source file, its tests aside.
const LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Every file with this extension, but for what is built or hidden.
fn files(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('.') || name.starts_with("target") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no .{extension} under {}", root().display());
    found
}

#[test]
fn every_source_file_says_on_line_one_what_it_is() {
    for path in files("rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{}", path.display());
    }
}

#[test]
fn no_source_file_is_long() {
    for path in files("rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        assert!(
            lines <= LINES || is_test,
            "{} has {lines} lines without its tests",
            path.display()
        );
    }
}

#[test]
fn every_link_in_the_documents_leads_to_a_file() {
    for path in files("md") {
        let text = std::fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split(['#', ' ']).next().unwrap_or_default();
            if target.is_empty() || target.contains(':') {
                continue;
            }
            let folder = path.parent().unwrap();
            assert!(
                folder.join(target).exists(),
                "{} links to {target}",
                path.display()
            );
        }
        for word in text.split(|letter: char| letter.is_whitespace() || "`()[]<>\"'*,;".contains(letter)) {
            let word = word.trim_end_matches(['.', ':']);
            if word.starts_with("docs/") && word.ends_with(".md") {
                assert!(root().join(word).exists(), "{} names {word}", path.display());
            }
        }
    }
}
