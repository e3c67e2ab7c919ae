//! What holds for every file of the workspace: headers, lengths, links.

use runner::families::FAMILIES;
use runner::families::engine::NATIVE;

use crate::source::{files, root};

/// Maximum number of lines of a source file without its tests.
const MAX_LINES: usize = 400;

#[test]
fn every_source_file_begins_with_a_sentence_that_says_what_it_is() {
    for path in files("rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        let header = text.lines().take_while(|line| line.starts_with("//! "));
        let header: Vec<&str> = header.map(|line| &line[4..]).collect();
        let sentence = header.join(" ");
        let is_sentence = sentence.ends_with('.') || sentence.contains(". ");
        assert!(is_sentence, "{}: {sentence:?}", path.display());
    }
}

#[test]
fn no_source_file_is_long() {
    for path in files("rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        assert!(
            lines <= MAX_LINES || is_test,
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

#[test]
fn the_quickstart_trains_every_family_on_the_engine_that_a_user_would_choose() {
    let text = std::fs::read_to_string(root().join("configs/quickstart.toml")).unwrap();
    let values = |key: &str| -> Vec<String> {
        let of_line = |line: &str| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key).then(|| value.trim().trim_matches('"').to_owned())
        };
        text.lines().filter_map(of_line).collect()
    };
    let trained: Vec<(String, String)> = values("classifier").into_iter().zip(values("engine")).collect();
    let wanted = FAMILIES.iter().map(|family| {
        let engine = if family.implementation(NATIVE.name).is_some() {
            &NATIVE
        } else {
            family.implementations[0].engine
        };
        (family.name.to_owned(), engine.name.to_owned())
    });
    let wanted: Vec<(String, String)> = wanted.collect();
    assert_eq!(trained, wanted);
}
