//! Results files that the command line names: reads those that exist, and finds the nearest name of one that does not.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::input::{Findings, Results, machines};

/// A name at least this similar to a wrong one is suggested, from 0 to 1.
const SIMILAR: f64 = 0.75;

/// At most this many names of a folder are compared.
const MOST_NAMES: usize = 10_000;

/// At most this many results files are listed where none is similar.
const LISTED: usize = 5;

/// Where the runner writes.
const RUN: &str = "run a grid first: cargo run -p runner -- configs/quickstart.toml";

/// Reads some files. One that does not exist, or is a folder, is a problem with a remedy: a file of the same folder or of `results`.
pub(super) fn read(paths: &[PathBuf], results: &Path) -> Results {
    let is_lost = |path: &&PathBuf| path.is_dir() || fs::symlink_metadata(path).is_err();
    let (lost, found): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(is_lost);
    let found: Vec<PathBuf> = found.into_iter().cloned().collect();
    let mut read = Results::of_files(&found);
    let mut findings = Findings::default();
    for path in lost {
        findings.problem_in(path, &remedy(path, results));
    }
    findings.extend(std::mem::take(&mut read.findings));
    read.findings = findings;
    read
}

/// What is wrong with a path that is no file, and what to do.
fn remedy(path: &Path, results: &Path) -> String {
    if path.is_dir() {
        return format!(
            "it is a folder; all its results files: --results {}",
            path.display()
        );
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    let mut known = csv_files(parent);
    if parent != results {
        known.extend(csv_files(results));
    }
    let (name, folder) = (path.display().to_string(), results.display().to_string());
    if is_short(&name) && strsim::normalized_damerau_levenshtein(&name, &folder) >= SIMILAR {
        return format!("there is no such file; did you mean --results {folder}?");
    }
    if let Some(nearest) = nearest(path, &known) {
        return format!("there is no such file; did you mean {}?", nearest.display());
    }
    match &known[..] {
        [] => format!("there is no such file; {RUN}"),
        _ => {
            let listed: Vec<String> = known
                .iter()
                .take(LISTED)
                .map(|path| path.display().to_string())
                .collect();
            let more = match known.len() - listed.len() {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            format!(
                "there is no such file; results files: {}{more}",
                listed.join(", ")
            )
        }
    }
}

/// The results files of a folder, sorted; none if it cannot be listed.
fn csv_files(folder: &Path) -> Vec<PathBuf> {
    let listed = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = fs::read_dir(listed)
        .into_iter()
        .flatten()
        .flatten()
        .take(MOST_NAMES);
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| is_results(path) && path.is_file())
        .collect();
    paths.sort();
    paths
}

fn is_results(path: &Path) -> bool {
    let is_named = path.file_name() != Some(OsStr::new(machines::FILE));
    is_named && path.extension() == Some(OsStr::new("csv"))
}

/// The file whose name, with or without its extension, is most similar to that of `path`, if one is similar enough.
fn nearest<'a>(path: &Path, known: &'a [PathBuf]) -> Option<&'a Path> {
    let words = |path: &Path| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase()
    };
    let wanted = words(path);
    if !is_short(&wanted) {
        return None;
    }
    let scored = known.iter().map(|path| {
        (
            strsim::normalized_damerau_levenshtein(&wanted, &words(path)),
            path,
        )
    });
    // Of equally similar ones the first.
    let best = scored.rev().max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score >= SIMILAR)
        .map(|(_, path)| path.as_path())
}

/// Whether a text can be a name: the comparison takes the product of two lengths.
fn is_short(text: &str) -> bool {
    text.len() <= 255
}

/// Whether a first word of the command line is meant as a results file, because it is no option and has the form of a path.
pub(super) fn is_file(word: &str) -> bool {
    let has_form = word.contains('/') || word.to_lowercase().ends_with(".csv");
    !word.starts_with('-') && has_form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_name_counts_with_or_without_its_extension() {
        let known = ["results/base.csv", "results/baseline.csv", "results/try.csv"].map(PathBuf::from);
        let found = |path: &str| nearest(Path::new(path), &known).map(|path| path.display().to_string());
        for path in ["results/basline.csv", "basline", "elsewhere/Baseline.CSV"] {
            assert_eq!(found(path).as_deref(), Some("results/baseline.csv"), "{path}");
        }
        assert_eq!(found("results/forest.csv"), None);
    }
}
