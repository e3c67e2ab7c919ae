//! Source files of the workspace as the tidy tests read them: code without comments, string literals and unit tests.

use std::path::{Path, PathBuf};

/// The root folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Every file of the workspace with this extension, except hidden ones and build output.
pub(crate) fn files(extension: &str) -> Vec<PathBuf> {
    files_below(&root(), extension)
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // `target` beside Cargo.toml is build output; a folder of that name in `src` is not.
            let is_output = path.is_dir() && name.starts_with("target") && folder.join("Cargo.toml").exists();
            if name.starts_with('.') || is_output {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    assert!(
        !found.is_empty(),
        "no .{extension} file below {}",
        folder.display()
    );
    found.sort();
    found
}

/// A file of `crates/NAME/src`.
pub(crate) struct SourceFile {
    /// Path below `src`, with `/`.
    pub(crate) name: String,
    /// The code, with comments and string literals blanked and without items under `#[cfg(test)]`.
    pub(crate) code: String,
    /// The string literals of that code.
    pub(crate) strings: Vec<String>,
    /// The names of its ancestors' modules and its own: `["native", "tree", "forest"]`.
    pub(crate) module: Vec<String>,
}

/// The source files of a crate.
pub(crate) fn source_files(name: &str) -> Vec<SourceFile> {
    let src = root().join("crates").join(name).join("src");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        let (code, strings) = without_tests(&std::fs::read_to_string(&path).unwrap());
        let stem = name.trim_end_matches(".rs").trim_end_matches("/mod");
        let is_root = ["lib", "main", "mod"].contains(&stem);
        let module = stem.split('/').filter(|_| !is_root).map(str::to_owned).collect();
        SourceFile {
            name,
            code,
            strings,
            module,
        }
    };
    files_below(&src, "rs").into_iter().map(read).collect()
}

impl SourceFile {
    /// Every `crate::` and `super::` path of the code, as names of modules and items from the crate's root.
    pub(crate) fn crate_paths(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        let code = &self.code;
        for start in ["crate::", "super::"] {
            for (at, _) in code.match_indices(start) {
                let before = code[..at].trim_end_matches("self::").chars().next_back();
                if before.is_some_and(|letter| letter.is_alphanumeric() || "_:".contains(letter)) {
                    continue;
                }
                let mut base = self.module.clone();
                let mut rest = &code[at..];
                if let Some(inner) = rest.strip_prefix("crate::") {
                    (base, rest) = (Vec::new(), inner);
                } else {
                    while let Some(inner) = rest.strip_prefix("super::") {
                        base.pop();
                        rest = inner;
                    }
                }
                found.extend(paths_of(&base, rest));
            }
        }
        found
    }

    /// Whether a word occurs in the code.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        let letters = |letter: char| !(letter.is_alphanumeric() || letter == '_');
        self.code.split(letters).any(|found| found == word)
    }
}

/// The paths that a `use` tree or an expression path names: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths_of(base: &[String], text: &str) -> Vec<Vec<String>> {
    let mut path = base.to_vec();
    let mut rest = text;
    loop {
        if let Some(tree) = rest.strip_prefix('{') {
            return branches(tree)
                .iter()
                .flat_map(|branch| paths_of(&path, branch))
                .collect();
        }
        let length = rest
            .find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .unwrap_or(rest.len());
        if length > 0 && &rest[..length] != "self" {
            path.push(rest[..length].to_owned());
        }
        match rest[length..].strip_prefix("::") {
            Some(inner) if length > 0 => rest = inner,
            _ => return vec![path],
        }
    }
}

/// The branches of a `use` tree up to its closing brace.
fn branches(tree: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut depth = 0;
    for letter in tree.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ if letter.is_whitespace() => continue,
            _ => {}
        }
        found.last_mut().unwrap().push(letter);
    }
    found.retain(|branch| !branch.is_empty());
    found
}

/// The code without items under `#[cfg(test)]`, and its string literals.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let (code, strings) = blanked(text);
    let mut kept = String::new();
    let mut dropped: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(found) = code[at..].find("#[cfg(test)]") {
        let start = at + found;
        kept.push_str(&code[at..start]);
        at = start + item_length(&code[start..]);
        dropped.push((start, at));
    }
    kept.push_str(&code[at..]);
    let is_kept = |place: usize| !dropped.iter().any(|(from, to)| (*from..*to).contains(&place));
    let strings = strings.into_iter().filter(|(place, _)| is_kept(*place));
    (joined_paths(&kept), strings.map(|(_, string)| string).collect())
}

/// The length of what an attribute stands before: an item, which ends with a `;` or with the brace that closes its first one,
/// or a field or a match arm, which also ends with a comma or before the brace around it.
fn item_length(code: &str) -> usize {
    let first = code.trim_start_matches("#[cfg(test)]").trim_start();
    let is_item = [
        "mod",
        "fn",
        "use",
        "impl",
        "struct",
        "enum",
        "const",
        "static",
        "pub",
        "type",
        "trait",
        "unsafe",
        "macro_rules!",
        "extern",
        "async",
        "proptest!",
    ]
    .iter()
    .any(|keyword| first.starts_with(keyword));
    let mut depth = 0;
    for (at, letter) in code.char_indices() {
        match letter {
            '(' | '[' if !is_item => depth += 1,
            ')' | ']' if !is_item => depth -= 1,
            ',' if !is_item && depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth == 0 => return at,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The code with comments and string literals blanked, byte for byte, and the literals with their places.
fn blanked(text: &str) -> (String, Vec<(usize, String)>) {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut strings = Vec::new();
    let blank = |code: &mut [u8], from: usize, to: usize| {
        for byte in &mut code[from..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    };
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        if rest.starts_with("//") {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            blank(&mut code, at, end);
            at = end;
        } else if rest.starts_with("/*") {
            let end = at + rest.find("*/").map_or(rest.len(), |end| end + 2);
            blank(&mut code, at, end);
            at = end;
        } else if rest.starts_with('r') && rest[1..].trim_start_matches('#').starts_with('"') {
            let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
            let close = format!("\"{}", "#".repeat(hashes));
            let from = at + 2 + hashes;
            let to = text[from..].find(&close).map_or(bytes.len(), |end| from + end);
            strings.push((at, text[from..to].to_owned()));
            blank(&mut code, at, to + close.len());
            at = to + close.len();
        } else if bytes[at] == b'"' {
            let mut end = at + 1;
            while bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            strings.push((at, text[at + 1..end].to_owned()));
            blank(&mut code, at, end + 1);
            at = end + 1;
        } else if bytes[at] == b'\'' {
            // A character, not a lifetime, has its closing quote within a few bytes.
            let inner = &rest[1..];
            let length = if inner.starts_with("\\u") {
                inner.find('\'').unwrap_or(0)
            } else if inner.starts_with('\\') {
                2
            } else {
                inner.chars().next().map_or(0, char::len_utf8)
            };
            let is_character = inner.as_bytes().get(length) == Some(&b'\'');
            let end = at + if is_character { length + 2 } else { 1 };
            if is_character {
                blank(&mut code, at, end);
            }
            at = end;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    (String::from_utf8_lossy(&code).into_owned(), strings)
}

/// The code with no space around `::`, so that a path is one word.
fn joined_paths(code: &str) -> String {
    let parts: Vec<&str> = code.split("::").map(str::trim).collect();
    parts.join("::")
}

#[test]
fn comments_strings_and_tests_are_no_code() {
    let text = "// crate::a\nuse crate::b::{C, d::{self, E}};\nfn f() { let _ = (\"crate::g\", '\"', 'x'); super::h() }\n\
                #[cfg(test)]\nmod tests { use crate::i; }\n";
    let (code, strings) = without_tests(text);
    let file = SourceFile {
        name: "x/y.rs".into(),
        code,
        strings,
        module: vec!["x".into(), "y".into()],
    };
    let paths: Vec<String> = file.crate_paths().iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["b::C", "b::d", "b::d::E", "x::h"]);
    assert_eq!(file.strings, ["crate::g"]);
    let spellings = "/* 5\" */ self::super::super::a; $crate::b::c; crate :: d; struct S { #[cfg(test)] e: u8 } crate::f; r#type";
    let (code, _) = without_tests(spellings);
    let spelled = SourceFile { code, ..file };
    let paths: Vec<String> = spelled.crate_paths().iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["b::c", "d", "f", "a"]);
    let file = spelled;
    assert!(file.has_word("struct") && !file.has_word("tests"));
}
