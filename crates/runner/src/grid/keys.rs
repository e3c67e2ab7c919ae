//! The keys of `[run]`, which a `[[grid]]` and the command line may override.

use bytesize::ByteSize;
use loader::{Augment, AugmentError, Preprocessing, PreprocessingError};
use std::str::FromStr;
use std::time::Duration;

use crate::grid::datasets::Datasets;
use crate::grid::diagnostic::ErrorCollector;
use crate::grid::toml::{Node, read_list, value};
use crate::params::kind::Kind;
use crate::params::range::Range;

/// The keys of `[run]`; `None` where a key is not set.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunKeys {
    /// Names of the datasets.
    pub(crate) datasets: Option<Vec<String>>,
    /// Preprocessing of the pixels; several form an axis.
    pub(crate) preprocessing: Option<Vec<Preprocessing>>,
    /// Which copies of the training rows are trained on; several form an axis.
    pub(crate) augment: Option<Vec<Augment>>,
    /// Repeats per point.
    pub(crate) repeats: Option<usize>,
    /// Seed of the first repeat.
    pub(crate) seed: Option<u64>,
    /// Training rows, from the start of the file.
    pub(crate) train_limit: Option<usize>,
    /// Test rows, from the start of the file.
    pub(crate) test_limit: Option<usize>,
    /// Limit on the wall time of a cell.
    pub(crate) timeout: Option<Duration>,
    /// Limit on the memory of a cell's process, in bytes.
    pub(crate) memory: Option<u64>,
}

impl RunKeys {
    /// The names of the keys.
    pub(super) const NAMES: &[&str] = &[
        "datasets",
        "preprocessing",
        "augment",
        "repeats",
        "seed",
        "train_limit",
        "test_limit",
        "timeout",
        "memory",
    ];

    /// These keys; where one is not set, the key of `base`.
    #[must_use]
    pub(crate) fn or_else(&self, base: &RunKeys) -> RunKeys {
        RunKeys {
            datasets: self.datasets.clone().or_else(|| base.datasets.clone()),
            preprocessing: self.preprocessing.clone().or_else(|| base.preprocessing.clone()),
            augment: self.augment.clone().or_else(|| base.augment.clone()),
            repeats: self.repeats.or(base.repeats),
            seed: self.seed.or(base.seed),
            train_limit: self.train_limit.or(base.train_limit),
            test_limit: self.test_limit.or(base.test_limit),
            timeout: self.timeout.or(base.timeout),
            memory: self.memory.or(base.memory),
        }
    }

    /// Reads one key; returns whether `key` is one of [`RunKeys::NAMES`].
    pub(super) fn read(
        &mut self,
        key: &str,
        node: &Node<'_>,
        datasets: &Datasets,
        errors: &mut ErrorCollector,
    ) -> bool {
        match key {
            "datasets" => self.datasets = dataset_names(node, datasets, errors),
            "preprocessing" => self.preprocessing = preprocessings(node, errors),
            "augment" => self.augment = augments(node, errors),
            "repeats" => self.repeats = whole_number(node, 1.0, errors),
            "seed" => self.seed = whole_number(node, 0.0, errors).map(|seed| seed as u64),
            "train_limit" => self.train_limit = whole_number(node, 1.0, errors),
            "test_limit" => self.test_limit = whole_number(node, 1.0, errors),
            "timeout" => {
                self.timeout = text(node, "a time such as \"30m\" or \"2h\"", parse_duration, errors)
            }
            "memory" => {
                self.memory = text(node, "a size with its unit, such as \"8GiB\"", parse_size, errors)
            }
            _ => return false,
        }
        true
    }
}

/// Parses a positive time such as `30m`.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|time| !time.is_zero())
}

/// Parses a positive size such as `8GiB`, in bytes. A number without a unit is none: nobody means eight bytes.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    if !text.ends_with(|letter: char| letter.is_ascii_alphabetic()) {
        return None;
    }
    ByteSize::from_str(text)
        .ok()
        .map(|size| size.as_u64())
        .filter(|bytes| *bytes > 0)
}

fn dataset_names(node: &Node<'_>, datasets: &Datasets, errors: &mut ErrorCollector) -> Option<Vec<String>> {
    let read = |node: &Node<'_>, errors: &mut ErrorCollector| match node.get_ref().as_str() {
        Some(name) if datasets.source(name).is_some() => Some(name.to_owned()),
        Some(name) => {
            errors.add(
                node.span(),
                format!("unknown dataset `{name}`"),
                Some(datasets.help(name)),
            );
            None
        }
        None => {
            errors.add(node.span(), "expected the name of a dataset", None);
            None
        }
    };
    read_list(node, errors, read)
}

fn preprocessings(node: &Node<'_>, errors: &mut ErrorCollector) -> Option<Vec<Preprocessing>> {
    read_list(node, errors, |node, errors| {
        let text = string(node, "preprocessing = \"pca(50)\"", errors)?;
        let add = |error| match error {
            PreprocessingError::Unknown { name } if Augment::NAMES.contains(&name.as_str()) => errors.add(
                node.span(),
                format!("unknown preprocessing `{name}`"),
                Some(format!(
                    "it makes copies of the training rows: augment = \"{text}\""
                )),
            ),
            PreprocessingError::Unknown { name } => {
                errors.unknown(node.span(), "preprocessing", &name, Preprocessing::NAMES);
            }
            other => errors.add(node.span(), other.to_string(), None),
        };
        Preprocessing::from_str(text).map_err(add).ok()
    })
}

fn augments(node: &Node<'_>, errors: &mut ErrorCollector) -> Option<Vec<Augment>> {
    read_list(node, errors, |node, errors| {
        let text = string(node, "augment = \"flip\"", errors)?;
        let add = |error: AugmentError| errors.add(node.span(), error.to_string(), None);
        Augment::from_str(text).map_err(add).ok()
    })
}

/// A text; otherwise an error with an example.
fn string<'a>(node: &'a Node<'_>, example: &str, errors: &mut ErrorCollector) -> Option<&'a str> {
    let text = node.get_ref().as_str();
    if text.is_none() {
        let found = node.get_ref().type_str();
        errors.add(
            node.span(),
            format!("expected a text, found {found}"),
            Some(format!("write for example {example}")),
        );
    }
    text
}

fn whole_number(node: &Node<'_>, low: f64, errors: &mut ErrorCollector) -> Option<usize> {
    let range = Range::at_least(low);
    let number = value(node.get_ref()).and_then(|value| usize::read(&value));
    #[expect(clippy::cast_precision_loss, reason = "compared with a small bound")]
    let in_range = number.filter(|number| range.contains(*number as f64));
    if in_range.is_none() {
        let message = format!("expected a whole number{}, found {}", range.suffix(), found(node));
        errors.add(node.span(), message, None);
    }
    in_range
}

fn text<T>(
    node: &Node<'_>,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
    errors: &mut ErrorCollector,
) -> Option<T> {
    let parsed = node.get_ref().as_str().and_then(parse);
    if parsed.is_none() {
        errors.add(
            node.span(),
            format!("expected {expected}, found {}", found(node)),
            None,
        );
    }
    parsed
}

/// The node for a message: its value as TOML, or its type where a parameter cannot have it.
fn found(node: &Node<'_>) -> String {
    let node = node.get_ref();
    value(node).map_or_else(|| node.type_str().into(), |value| value.to_toml())
}
