//! What can be imported: the interface of a format, and the rows that it reads.

use std::path::Path;

use command_line::thousands;

use super::class_names::ClassNames;
use super::error::ImportError;
use super::options::Options;
use super::places::Places;
use super::values::{Fault, Values};
use crate::source::memory;

/// A format that can be imported.
pub(super) struct Format {
    /// For messages: `an .npz file`.
    pub(super) what: &'static str,
    /// The form that it has, for the list of known formats.
    pub(super) known: &'static str,
    /// The options that have an effect on some formats only and have one on this.
    pub(super) options: &'static [&'static str],
    /// Whether a path has this format.
    pub(super) is_at: fn(&Path) -> bool,
    /// Reads all rows, and appends notes for the user.
    pub(super) read: fn(&Options, &mut Vec<String>) -> Result<Source, ImportError>,
}

/// The rows of a source.
pub(super) struct Source {
    /// Height of an image in pixels.
    pub(super) height: usize,
    /// Width of an image in pixels.
    pub(super) width: usize,
    /// Whether a row has one dimension in the source.
    pub(super) is_flat: bool,
    pub(super) names: ClassNames,
    pub(super) rows: SourceRows,
}

/// The rows of a source, with its own split or without one.
pub(super) enum SourceRows {
    /// Rows without a split of their own.
    All(Rows),
    /// The source has test rows.
    Split {
        train: Rows,
        test: Rows,
        /// Whether the order of the training rows is that of the classes.
        is_train_sorted: bool,
    },
}

/// Some rows.
pub(super) struct Rows {
    /// The features of each row, row after row.
    pub(super) values: Values,
    /// The class of each row, as an index of [`ClassNames`].
    pub(super) labels: Vec<u16>,
    pub(super) places: Places,
}

/// The error of a source that needs more memory than there is, or of a value that is not finite.
pub(super) fn fault(path: &Path, fault: Fault, value: f64, place: impl FnOnce() -> String) -> ImportError {
    match fault {
        Fault::NotFinite => ImportError::NotFinite {
            place: place(),
            value: value.to_string(),
        },
        Fault::Memory { bytes } => too_large(path, bytes),
    }
}

/// The error of a source that needs this many bytes.
fn too_large(path: &Path, bytes: u128) -> ImportError {
    ImportError::TooLarge {
        path: path.to_owned(),
        found: memory::gib(bytes),
        limit: memory::gib(memory::most_bytes().into()),
    }
}

/// An input error.
pub(super) fn input(path: &Path, fault: impl Into<String>, help: impl Into<String>) -> ImportError {
    ImportError::Input {
        path: path.to_owned(),
        fault: fault.into(),
        help: help.into(),
    }
}

/// A number with its noun: `1 row`, `2 rows`.
pub(super) fn count(n: usize, noun: &str) -> String {
    let plural = match noun.strip_suffix("class") {
        Some(_) => "es",
        None => "s",
    };
    format!(
        "{} {noun}{}",
        thousands(n as u64),
        if n == 1 { "" } else { plural }
    )
}
