//! The keys of `[run]`, which `[[grid]]` and the command line may override.

use bytesize::ByteSize;
use loader::{Preprocessing, PreprocessingError};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use crate::grid::diagnostic::Collector;
use crate::grid::toml::{Node, axis, value};
use crate::params::kind::Kind;
use crate::params::range::Range;
use crate::params::value::Value;

/// What a run is made with; `None` where nothing was said.
#[derive(Clone, Debug, Default)]
pub struct RunKeys {
    /// Names of the datasets.
    pub datasets: Option<Vec<String>>,
    /// What is done to the pixels; more than one is an axis.
    pub preprocessing: Option<Vec<Preprocessing>>,
    /// Fits per point.
    pub repeats: Option<usize>,
    /// Seed of the first repeat.
    pub seed: Option<u64>,
    /// Training rows, from the start of the file.
    pub train_limit: Option<usize>,
    /// Test rows, from the start of the file.
    pub test_limit: Option<usize>,
    /// Most wall time of a cell.
    pub timeout: Option<Duration>,
    /// Most memory of a cell's process, in bytes.
    pub memory: Option<u64>,
}

impl RunKeys {
    /// The names, as they stand in `[run]`.
    pub const NAMES: &[&str] = &[
        "datasets",
        "preprocessing",
        "repeats",
        "seed",
        "train_limit",
        "test_limit",
        "timeout",
        "memory",
    ];

    /// These keys, and those of `base` where these say nothing.
    #[must_use]
    pub fn over(&self, base: &RunKeys) -> RunKeys {
        RunKeys {
            datasets: self.datasets.clone().or_else(|| base.datasets.clone()),
            preprocessing: self.preprocessing.clone().or_else(|| base.preprocessing.clone()),
            repeats: self.repeats.or(base.repeats),
            seed: self.seed.or(base.seed),
            train_limit: self.train_limit.or(base.train_limit),
            test_limit: self.test_limit.or(base.test_limit),
            timeout: self.timeout.or(base.timeout),
            memory: self.memory.or(base.memory),
        }
    }

    /// Reads one key; `true` if it is one of these.
    pub(super) fn read(
        &mut self,
        key: &str,
        node: &Node<'_>,
        known: &Datasets<'_>,
        mistakes: &mut Collector,
    ) -> bool {
        match key {
            "datasets" => self.datasets = names(node, known, mistakes),
            "preprocessing" => self.preprocessing = preprocessings(node, mistakes),
            "repeats" => self.repeats = whole(node, 1.0, mistakes),
            "seed" => self.seed = whole(node, 0.0, mistakes).map(|seed| seed as u64),
            "train_limit" => self.train_limit = whole(node, 1.0, mistakes),
            "test_limit" => self.test_limit = whole(node, 1.0, mistakes),
            "timeout" => self.timeout = text(node, "a time such as \"30m\" or \"2h\"", duration, mistakes),
            "memory" => self.memory = text(node, "a size such as \"8GiB\"", size, mistakes),
            _ => return false,
        }
        true
    }
}

/// The dataset names that a grid may use.
pub(super) struct Datasets<'a> {
    pub(super) declared: &'a BTreeMap<String, loader::Source>,
}

impl Datasets<'_> {
    pub(super) fn names(&self) -> Vec<&str> {
        loader::catalog::NAMES
            .iter()
            .copied()
            .chain(self.declared.keys().map(String::as_str))
            .collect()
    }
}

/// A time such as `30m`; more than 0.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|time| !time.is_zero())
}

/// A size such as `8GiB`; more than 0.
pub(crate) fn size(text: &str) -> Option<u64> {
    ByteSize::from_str(text)
        .ok()
        .map(|size| size.as_u64())
        .filter(|bytes| *bytes > 0)
}

fn names(node: &Node<'_>, known: &Datasets<'_>, mistakes: &mut Collector) -> Option<Vec<String>> {
    let known = known.names();
    let read = |node: &Node<'_>, mistakes: &mut Collector| match node.get_ref().as_str() {
        Some(name) if known.contains(&name) => Some(name.to_owned()),
        Some(name) => {
            mistakes.unknown(node.span(), "dataset", name, &known);
            None
        }
        None => {
            mistakes.add(node.span(), "expected the name of a dataset", None);
            None
        }
    };
    list(node, mistakes, read)
}

fn preprocessings(node: &Node<'_>, mistakes: &mut Collector) -> Option<Vec<Preprocessing>> {
    list(node, mistakes, |node, mistakes| {
        let told = |error| match error {
            PreprocessingError::Unknown { name } => {
                mistakes.unknown(node.span(), "preprocessing", &name, Preprocessing::NAMES);
            }
            other => mistakes.add(node.span(), other.to_string(), None),
        };
        let text = node.get_ref().as_str().unwrap_or_default();
        Preprocessing::from_str(text).map_err(told).ok()
    })
}

/// Every element of an axis, read; none of them if one is wrong.
pub(super) fn list<'t, T>(
    node: &Node<'t>,
    mistakes: &mut Collector,
    mut read: impl FnMut(&Node<'t>, &mut Collector) -> Option<T>,
) -> Option<Vec<T>> {
    let nodes = axis(node);
    if nodes.is_empty() {
        mistakes.add(
            node.span(),
            "an empty list asks for nothing",
            Some("leave the key out to have its default".into()),
        );
        return None;
    }
    let values: Vec<Option<T>> = nodes.into_iter().map(|node| read(node, mistakes)).collect();
    values.into_iter().collect()
}

fn whole(node: &Node<'_>, low: f64, mistakes: &mut Collector) -> Option<usize> {
    let range = Range::at_least(low);
    let read = value(node.get_ref()).and_then(|value| usize::read(&value));
    #[expect(clippy::cast_precision_loss, reason = "compared with a small bound")]
    let held = read.filter(|number| range.holds(*number as f64));
    if held.is_none() {
        let found =
            value(node.get_ref()).map_or_else(|| node.get_ref().type_str().into(), |value| value.shown());
        mistakes.add(
            node.span(),
            format!("expected a whole number{}, found {found}", range.suffix()),
            None,
        );
    }
    held
}

fn text<T>(
    node: &Node<'_>,
    wanted: &str,
    read: impl Fn(&str) -> Option<T>,
    mistakes: &mut Collector,
) -> Option<T> {
    let held = node.get_ref().as_str().and_then(read);
    if held.is_none() {
        let found = value(node.get_ref())
            .map_or_else(|| node.get_ref().type_str().into(), |value: Value| value.shown());
        mistakes.add(node.span(), format!("expected {wanted}, found {found}"), None);
    }
    held
}
