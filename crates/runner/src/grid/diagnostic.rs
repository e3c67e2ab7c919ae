//! Errors of a grid file, each with its position in the text.

use miette::{Diagnostic, NamedSource, SourceSpan};
use std::ops::Range;
use std::sync::Arc;
use thiserror::Error;

/// One error and its position in the grid file.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub(crate) struct GridError {
    message: String,
    #[help]
    help: Option<String>,
    /// The text around `at`, if it can be shown.
    #[source_code]
    text: Option<Arc<NamedSource<String>>>,
    #[label("here")]
    at: SourceSpan,
}

/// Longest line of an excerpt, in bytes. miette panics at columns beyond 65,535, and nobody reads so long a line.
const MAX_LINE: usize = 1000;

/// Longest message, in characters: a value that it repeats may be very long.
const MAX_MESSAGE: usize = 400;

/// Most errors of one file that are kept until they are sorted; more are only counted.
const MAX_KEPT: usize = 10_000;

/// Most errors of one file that are shown. Each costs a search of the text, and nobody reads more at once.
const MAX_SHOWN: usize = 50;

/// All errors of one grid file; messages show the first 50.
#[derive(Debug, Error, Diagnostic)]
#[error(
    "{path}: {n_errors} error{}{place}{}, nothing was trained",
    if *n_errors == 1 { "" } else { "s" },
    if *n_errors > MAX_SHOWN { ", the first 50 of them below" } else { "" }
)]
pub struct GridErrors {
    path: String,
    place: &'static str,
    n_errors: usize,
    #[related]
    errors: Vec<GridError>,
}

impl GridErrors {
    /// The same errors without excerpts, for a grid that the user has not written.
    pub(crate) fn without_excerpts(mut self) -> GridErrors {
        self.errors.iter_mut().for_each(|error| error.text = None);
        self.place = "";
        self
    }
}

/// Collects errors while a grid is read, so that one run reports all of them.
pub(crate) struct ErrorCollector {
    path: String,
    text: Arc<NamedSource<String>>,
    errors: Vec<GridError>,
    n_errors: usize,
}

impl ErrorCollector {
    pub(crate) fn new(path: &str, text: &str) -> ErrorCollector {
        let source = NamedSource::new(path, text.to_owned()).with_language("TOML");
        ErrorCollector {
            path: path.to_owned(),
            text: Arc::new(source),
            errors: Vec::new(),
            n_errors: 0,
        }
    }

    pub(crate) fn add(&mut self, at: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.n_errors += 1;
        if self.errors.len() < MAX_KEPT {
            self.errors.push(GridError {
                message: shortened(message.into()),
                help,
                text: None,
                at: at.into(),
            });
        }
    }

    /// Adds the error of an unknown word, with the help of [`suggestion`].
    pub(crate) fn unknown(&mut self, at: Range<usize>, what: &str, word: &str, known: &[&str]) {
        let message = format!("unknown {what} `{word}`");
        // A search for similar words takes time, and most of so many errors are not shown.
        let help = (self.errors.len() < 20 * MAX_SHOWN).then(|| suggestion(word, known));
        self.add(at, message, help);
    }

    /// The errors, of which there is at least one.
    pub(crate) fn fail<T>(self) -> Result<T, GridErrors> {
        Err(self.into_errors())
    }

    /// The value if there are no errors; otherwise the errors, in the order of the text.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, GridErrors> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            self.fail()
        }
    }

    fn into_errors(mut self) -> GridErrors {
        self.errors.sort_by_key(|error| error.at.offset());
        self.errors.truncate(MAX_SHOWN);
        let errors = std::mem::take(&mut self.errors);
        GridErrors {
            n_errors: self.n_errors,
            errors: errors.into_iter().map(|error| self.located(error)).collect(),
            path: self.path,
            place: " in the grid",
        }
    }

    /// The error with its place: an excerpt of the text, or where a line is too long for that, words.
    fn located(&self, mut error: GridError) -> GridError {
        let text = self.text.inner();
        let start = text.floor_char_boundary(error.at.offset());
        // Only the first line of a long value is marked.
        let first_line = text[start..].lines().next().unwrap_or_default();
        error.at = (start, error.at.len().min(first_line.len())).into();
        let before = text[..start].rsplit('\n').take(2);
        let after = text[start..].split('\n').take(2);
        if before.chain(after).all(|line| line.len() <= MAX_LINE) {
            error.text = Some(Arc::clone(&self.text));
        } else {
            let line = text[..start].matches('\n').count() + 1;
            let column = text[..start]
                .rsplit('\n')
                .next()
                .map_or(0, |line| line.chars().count())
                + 1;
            error.message = format!("{}:{line}:{column}: {}", self.path, error.message);
        }
        error
    }
}

fn shortened(message: String) -> String {
    match message.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

/// Help for an unknown word: the nearest known word, if one is similar, and the known words, unless they are many.
pub(crate) fn suggestion(word: &str, known: &[&str]) -> String {
    let all = known.join(", ");
    match nearest(word, known) {
        Some(nearest) if known.len() > MAX_LISTED => format!("did you mean `{nearest}`?"),
        Some(nearest) => format!("did you mean `{nearest}`? known: {all}"),
        None => format!("known: {all}"),
    }
}

/// More known words than these are not listed beside the nearest.
const MAX_LISTED: usize = 30;

/// The known word most similar to `word`; `None` if no word is similar. Case is ignored. An abbreviation, whose letters all stand
/// in the known word in their order, is similar.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let similarity = |known: &str| {
        let known = known.to_lowercase();
        let similarity = strsim::normalized_damerau_levenshtein(&word, &known);
        if is_abbreviation(&word, &known) {
            similarity.max(0.5)
        } else {
            similarity
        }
    };
    known
        .iter()
        .map(|known| (similarity(known), *known))
        .filter(|(similarity, _)| *similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// Whether a word of at least three letters begins as the other does and has only its letters, in their order.
fn is_abbreviation(word: &str, of: &str) -> bool {
    let mut letters = of.chars();
    let is_part = word.chars().all(|letter| letters.any(|other| other == letter));
    word.chars().count() >= 3 && word.chars().next() == of.chars().next() && is_part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_word_ignores_case() {
        assert_eq!(nearest("kernal", &["kernel", "gamma"]), Some("kernel"));
        assert_eq!(nearest("svc", &["SVC", "GaussianNB"]), Some("SVC"));
        assert_eq!(nearest("banana", &["SVC", "GaussianNB"]), None);
        assert_eq!(nearest("std", &["none", "unit", "standard"]), Some("standard"));
        assert_eq!(nearest("rfb", &["linear", "poly", "rbf"]), Some("rbf"));
    }
}
