//! The grid file as it is written: its keys checked against the families, all mistakes at once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ::toml::de::{DeTable, DeValue};
use loader::Source;

use super::keys::{Datasets, RunKeys, list};
use super::mistake::{Collector, Mistakes};
use super::toml::{Node, value};
use crate::classifiers::{Engine, FAMILIES, Family, family};
use crate::params::{Kind, Value};

/// One `[[grid]]`: a family, its engines, and an axis for every parameter that it sets.
pub struct Entry {
    /// Who is trained.
    pub family: &'static Family,
    /// By whom, in the order of the file.
    pub engines: Vec<&'static Engine>,
    /// What it overrides of `[run]`.
    pub keys: RunKeys,
    /// Parameter name → its values, checked and canonical, in the order of the file.
    pub axes: Vec<(String, Vec<Value>)>,
}

/// A grid file without mistakes.
pub struct GridFile {
    /// `[run]`.
    pub run: RunKeys,
    /// Every `[[grid]]`.
    pub entries: Vec<Entry>,
    /// Every `[datasets.NAME]`.
    pub datasets: BTreeMap<String, Source>,
}

/// `synthetic`, where the grid does not say how large: the size of the real ones.
const GENERATED: Source = Source::Synthetic {
    train: 60_000,
    test: 10_000,
    seed: 0,
};

impl GridFile {
    /// Reads a grid; `path` is for messages only.
    ///
    /// # Errors
    /// Every mistake in the file, with its place and what would be right.
    pub fn parse(path: &str, text: &str) -> Result<GridFile, Mistakes> {
        let mut mistakes = Collector::new(path, text);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            mistakes.add(error.span().unwrap_or(0..0), error.message().trim(), None);
        }
        let mut file = GridFile {
            run: RunKeys::default(),
            entries: Vec::new(),
            datasets: BTreeMap::new(),
        };
        let top = document.get_ref();
        if let Some(node) = top.get("datasets") {
            file.datasets = declared(node, &mut mistakes);
        }
        let known = Datasets {
            declared: &file.datasets,
        };
        for (key, node) in top {
            match key.get_ref().as_ref() {
                "datasets" => {}
                "run" => file.run = run(node, &known, &mut mistakes),
                "grid" => file.entries = entries(node, &known, &mut mistakes),
                other => mistakes.unknown(key.span(), "table", other, &["run", "grid", "datasets"]),
            }
        }
        if !top.contains_key("grid") {
            let help = "add a table such as\n[[grid]]\nclassifier = \"GaussianNB\"";
            mistakes.add(0..0, "no [[grid]]: there is nothing to train", Some(help.into()));
        }
        mistakes.finish(file)
    }

    /// What a dataset's name stands for.
    pub fn source(&self, name: &str) -> Option<Source> {
        let generated = (name == loader::catalog::SYNTHETIC).then_some(GENERATED);
        let known = || loader::catalog::known(name).map(Source::Known);
        self.datasets.get(name).cloned().or(generated).or_else(known)
    }
}

fn table<'n, 't>(node: &'n Node<'t>, what: &str, mistakes: &mut Collector) -> Option<&'n DeTable<'t>> {
    let table = node.get_ref().as_table();
    if table.is_none() {
        mistakes.add(
            node.span(),
            format!("expected the table {what}, found {}", node.get_ref().type_str()),
            None,
        );
    }
    table
}

fn run(node: &Node<'_>, known: &Datasets<'_>, mistakes: &mut Collector) -> RunKeys {
    let mut keys = RunKeys::default();
    for (key, node) in table(node, "[run]", mistakes).into_iter().flatten() {
        if !keys.read(key.get_ref(), node, known, mistakes) {
            mistakes.unknown(key.span(), "key of [run]", key.get_ref(), RunKeys::NAMES);
        }
    }
    keys
}

fn entries(node: &Node<'_>, known: &Datasets<'_>, mistakes: &mut Collector) -> Vec<Entry> {
    let DeValue::Array(nodes) = node.get_ref() else {
        mistakes.add(
            node.span(),
            "expected a list of tables",
            Some("write [[grid]] with two brackets".into()),
        );
        return Vec::new();
    };
    if nodes.is_empty() {
        mistakes.add(node.span(), "an empty list: there is nothing to train", None);
    }
    nodes
        .iter()
        .filter_map(|node| entry(node, known, mistakes))
        .collect()
}

fn entry(node: &Node<'_>, known: &Datasets<'_>, mistakes: &mut Collector) -> Option<Entry> {
    let table = table(node, "[[grid]]", mistakes)?;
    let family = classifier(node, table, mistakes);
    let mut keys = RunKeys::default();
    let mut engines = None;
    let mut axes = Vec::new();
    for (key, node) in table {
        let name = key.get_ref().as_ref();
        match name {
            "classifier" => {}
            "engine" => engines = family.map(|family| engines_of(family, node, mistakes)),
            "seed" => mistakes.add(
                key.span(),
                "`seed` is one for the whole run",
                Some("set it under [run]".into()),
            ),
            _ if keys.read(name, node, known, mistakes) => {}
            _ => {
                if let Some(family) = family {
                    axes.extend(
                        axis_of(family, name, key.span(), node, mistakes).map(|axis| (name.to_owned(), axis)),
                    );
                }
            }
        }
    }
    let family = family?;
    let engines = engines.unwrap_or_else(|| family.engines.iter().collect());
    Some(Entry {
        family,
        engines,
        keys,
        axes,
    })
}

fn classifier(node: &Node<'_>, table: &DeTable<'_>, mistakes: &mut Collector) -> Option<&'static Family> {
    let known: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    let Some(named) = table.get("classifier") else {
        let help = format!("add classifier = \"…\"; known: {}", known.join(", "));
        mistakes.add(node.span(), "a [[grid]] without `classifier`", Some(help));
        return None;
    };
    let Some(name) = named.get_ref().as_str() else {
        let help = "one [[grid]] is for one family, since each has parameters of its own";
        mistakes.add(
            named.span(),
            "expected the name of one classifier",
            Some(help.into()),
        );
        return None;
    };
    let found = family(name);
    if found.is_none() {
        mistakes.unknown(named.span(), "classifier", name, &known);
    }
    found
}

fn engines_of(family: &'static Family, node: &Node<'_>, mistakes: &mut Collector) -> Vec<&'static Engine> {
    let known: Vec<&str> = family.engines.iter().map(|engine| engine.name).collect();
    let read = |node: &Node<'_>, mistakes: &mut Collector| {
        let name = node.get_ref().as_str().unwrap_or_default();
        let found = family.engines.iter().find(|engine| engine.name == name);
        if found.is_none() {
            mistakes.unknown(node.span(), &format!("engine of {}", family.name), name, &known);
        }
        found
    };
    list(node, mistakes, read).unwrap_or_default()
}

fn axis_of(
    family: &'static Family,
    name: &str,
    at: std::ops::Range<usize>,
    node: &Node<'_>,
    mistakes: &mut Collector,
) -> Option<Vec<Value>> {
    let Some(spec) = family.params.iter().find(|spec| spec.name == name) else {
        let run_keys = RunKeys::NAMES.iter().copied().filter(|key| *key != "seed");
        let known: Vec<&str> = family
            .params
            .iter()
            .map(|spec| spec.name)
            .chain(["engine"])
            .chain(run_keys)
            .collect();
        mistakes.unknown(at, &format!("parameter of {}", family.name), name, &known);
        return None;
    };
    list(node, mistakes, |node, mistakes| {
        let Some(value) = value(node.get_ref()) else {
            mistakes.add(
                node.span(),
                format!("`{name}`: expected {}", (spec.expects)()),
                None,
            );
            return None;
        };
        spec.check(&value)
            .map_err(|reason| mistakes.add(node.span(), format!("`{name}`: {reason}"), None))
            .ok()
    })
}

fn declared(node: &Node<'_>, mistakes: &mut Collector) -> BTreeMap<String, Source> {
    let mut sources = BTreeMap::new();
    for (key, node) in table(node, "[datasets]", mistakes).into_iter().flatten() {
        let name = key.get_ref().to_string();
        if loader::catalog::NAMES.contains(&name.as_str()) {
            let help = "another name for other data; --data-dir or HEMLINE_DATA to say where this one lies";
            mistakes.add(
                key.span(),
                format!("`{name}` is already a dataset"),
                Some(help.into()),
            );
        } else if !is_plain(&name) {
            let help = "letters, digits, `-` and `_`";
            mistakes.add(
                key.span(),
                format!("`{name}` cannot be the name of a dataset"),
                Some(help.into()),
            );
        } else if let Some(source) = source(&name, node, mistakes) {
            sources.insert(name, source);
        }
    }
    sources
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}

fn source(name: &str, node: &Node<'_>, mistakes: &mut Collector) -> Option<Source> {
    let table = table(node, &format!("[datasets.{name}]"), mistakes)?;
    let mut path = None;
    let mut labels = None;
    let mut synthetic = None;
    for (key, node) in table {
        match key.get_ref().as_ref() {
            "path" => match node.get_ref().as_str() {
                Some(text) => path = Some(PathBuf::from(text)),
                None => mistakes.add(node.span(), "expected the path of a folder", None),
            },
            "labels" => {
                labels = list(node, mistakes, |node, mistakes| {
                    let label = node.get_ref().as_str().map(str::to_owned);
                    if label.is_none() {
                        mistakes.add(node.span(), "expected the name of a class", None);
                    }
                    label
                });
            }
            "synthetic" => synthetic = Some(generated(node, mistakes)),
            other => mistakes.unknown(
                key.span(),
                &format!("key of [datasets.{name}]"),
                other,
                &["path", "labels", "synthetic"],
            ),
        }
    }
    match (path, synthetic) {
        (Some(path), None) => Some(Source::Folder { path, labels }),
        (None, Some(source)) => source,
        (Some(_), Some(_)) => {
            mistakes.add(node.span(), "`path` and `synthetic` exclude each other", None);
            None
        }
        (None, None) => {
            let help = "path = \"folder with the four IDX files\", or synthetic = { train = 1000, test = 200, seed = 0 }";
            mistakes.add(
                node.span(),
                format!("[datasets.{name}] says nowhere to find it"),
                Some(help.into()),
            );
            None
        }
    }
}

fn generated(node: &Node<'_>, mistakes: &mut Collector) -> Option<Source> {
    let (mut train, mut test, mut seed) = (60_000, 10_000, 0);
    for (key, node) in table(node, "synthetic", mistakes)? {
        let number = value(node.get_ref()).and_then(|value| usize::read(&value));
        let name = key.get_ref().as_ref();
        match (name, number) {
            ("train", Some(rows)) if rows > 0 => train = rows,
            ("test", Some(rows)) if rows > 0 => test = rows,
            ("seed", Some(number)) => seed = number as u64,
            ("train" | "test" | "seed", _) => {
                mistakes.add(
                    node.span(),
                    format!("`{name}`: expected a whole number, of rows at least 1"),
                    None,
                );
            }
            _ => mistakes.unknown(key.span(), "key of synthetic", name, &["train", "test", "seed"]),
        }
    }
    Some(Source::Synthetic { train, test, seed })
}
