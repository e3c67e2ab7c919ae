//! What is wrong with a grid file, each mistake with its place in the text.

use miette::{Diagnostic, NamedSource, SourceSpan};
use std::ops::Range;
use std::sync::Arc;
use thiserror::Error;

/// One mistake, pointing at its line.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct GridError {
    message: String,
    #[help]
    help: Option<String>,
    #[source_code]
    text: Arc<NamedSource<String>>,
    #[label("here")]
    at: SourceSpan,
}

/// All that is wrong with one grid file.
#[derive(Debug, Error, Diagnostic)]
#[error("{}: {} in the grid, nothing was trained", path, counted(mistakes.len()))]
#[diagnostic(code(grid::mistakes))]
pub struct GridErrors {
    path: String,
    #[related]
    mistakes: Vec<GridError>,
}

fn counted(n: usize) -> String {
    if n == 1 {
        "1 mistake".into()
    } else {
        format!("{n} mistakes")
    }
}

/// Collects mistakes while a grid is read, so that all of them are told at once.
pub(crate) struct Collector {
    path: String,
    text: Arc<NamedSource<String>>,
    mistakes: Vec<GridError>,
}

impl Collector {
    pub(crate) fn new(path: &str, text: &str) -> Collector {
        let source = NamedSource::new(path, text.to_owned()).with_language("TOML");
        Collector {
            path: path.to_owned(),
            text: Arc::new(source),
            mistakes: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, at: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.mistakes.push(GridError {
            message: message.into(),
            help,
            text: Arc::clone(&self.text),
            at: at.into(),
        });
    }

    /// A word that is not one of those known: names the nearest, or all.
    pub(crate) fn unknown(&mut self, at: Range<usize>, what: &str, word: &str, known: &[&str]) {
        let help = match nearest(word, known) {
            Some(right) => format!("did you mean `{right}`? known: {}", known.join(", ")),
            None => format!("known: {}", known.join(", ")),
        };
        self.add(at, format!("unknown {what} `{word}`"), Some(help));
    }

    /// The value if there was no mistake; else all of them, in the order of the text.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, GridErrors> {
        if self.mistakes.is_empty() {
            Ok(value)
        } else {
            self.mistakes.sort_by_key(|mistake| mistake.at.offset());
            Err(GridErrors {
                path: self.path,
                mistakes: self.mistakes,
            })
        }
    }
}

/// The known word that `word` was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness =
        |right: &str| strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &right.to_lowercase());
    known
        .iter()
        .map(|right| (likeness(right), *right))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, right)| right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_whatever_its_case() {
        assert_eq!(nearest("kernal", &["kernel", "gamma"]), Some("kernel"));
        assert_eq!(nearest("svc", &["SVC", "GaussianNB"]), Some("SVC"));
        assert_eq!(nearest("banana", &["SVC", "GaussianNB"]), None);
    }
}
