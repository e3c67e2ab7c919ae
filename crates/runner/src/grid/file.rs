//! The grid file as it is written: its keys checked against the families, all mistakes at once.

use loader::Source;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

use crate::families;
use crate::families::FAMILIES;
use crate::families::family::Family;
use crate::grid::diagnostic::{Collector, GridErrors};
use crate::grid::keys::{Datasets, RunKeys, list};
use crate::grid::toml::{Node, table, value};
use crate::grid::trainer::{CommandEngine, FamilyRef, Trainer};
use crate::grid::{declared_datasets, declared_engines};
use crate::params::value::Value;

/// One `[[grid]]`: a family, its engines, and an axis for every parameter that it sets.
pub struct Entry {
    /// Who is trained.
    pub family: FamilyRef,
    /// By whom, in the order of the file.
    pub engines: Vec<Trainer>,
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

/// What a grid brings along, by name.
struct Declared<'a> {
    datasets: Datasets<'a>,
    engines: &'a BTreeMap<String, Arc<CommandEngine>>,
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
    pub fn parse(path: &str, text: &str) -> Result<GridFile, GridErrors> {
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
            file.datasets = declared_datasets::declared(node, &mut mistakes);
        }
        let engines = top
            .get("engines")
            .map(|node| declared_engines::declared(node, &mut mistakes))
            .unwrap_or_default();
        let known = Declared {
            datasets: Datasets {
                declared: &file.datasets,
            },
            engines: &engines,
        };
        for (key, node) in top {
            match key.get_ref().as_ref() {
                "datasets" | "engines" => {}
                "run" => file.run = run(node, &known.datasets, &mut mistakes),
                "grid" => file.entries = entries(node, &known, &mut mistakes),
                other => mistakes.unknown(
                    key.span(),
                    "table",
                    other,
                    &["run", "grid", "datasets", "engines"],
                ),
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

fn run(node: &Node<'_>, known: &Datasets<'_>, mistakes: &mut Collector) -> RunKeys {
    let mut keys = RunKeys::default();
    for (key, node) in table(node, "[run]", mistakes).into_iter().flatten() {
        if !keys.read(key.get_ref(), node, known, mistakes) {
            mistakes.unknown(key.span(), "key of [run]", key.get_ref(), RunKeys::NAMES);
        }
    }
    keys
}

fn entries(node: &Node<'_>, known: &Declared<'_>, mistakes: &mut Collector) -> Vec<Entry> {
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

fn entry(node: &Node<'_>, known: &Declared<'_>, mistakes: &mut Collector) -> Option<Entry> {
    let table = table(node, "[[grid]]", mistakes)?;
    let family = classifier(node, table, known, mistakes);
    let mut keys = RunKeys::default();
    let mut engines = None;
    let mut axes = Vec::new();
    for (key, node) in table {
        let name = key.get_ref().as_ref();
        match name {
            "classifier" => {}
            "engine" => {
                engines = family
                    .as_ref()
                    .map(|family| engines_of(family, node, known, mistakes));
            }
            "seed" => mistakes.add(
                key.span(),
                "`seed` is one for the whole run",
                Some("set it under [run]".into()),
            ),
            _ if keys.read(name, node, &known.datasets, mistakes) => {}
            _ => {
                if let Some(family) = &family {
                    axes.extend(
                        axis_of(family, name, key.span(), node, mistakes).map(|axis| (name.to_owned(), axis)),
                    );
                }
            }
        }
    }
    let family = family?;
    let engines = engines.unwrap_or_else(|| default_engines(&family, node, known, mistakes));
    Some(Entry {
        family,
        engines,
        keys,
        axes,
    })
}

fn classifier(
    node: &Node<'_>,
    table: &DeTable<'_>,
    known: &Declared<'_>,
    mistakes: &mut Collector,
) -> Option<FamilyRef> {
    let foreign = known
        .engines
        .values()
        .filter_map(|engine| engine.classifiers.as_ref());
    let mut names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    names.extend(foreign.flatten().map(String::as_str));
    let Some(named) = table.get("classifier") else {
        let help = format!("add classifier = \"…\"; known: {}", names.join(", "));
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
    if let Some(family) = families::find(name) {
        return Some(FamilyRef::Registry(family));
    }
    if names.contains(&name) {
        return Some(FamilyRef::Command(name.to_owned()));
    }
    mistakes.unknown(named.span(), "classifier", name, &names);
    None
}

/// Every engine that has the family: the built-in ones, then the grid's own.
fn all_engines(family: &FamilyRef, known: &Declared<'_>) -> Vec<Trainer> {
    let built_in = match family {
        FamilyRef::Registry(family) => family.implementations,
        FamilyRef::Command(_) => &[],
    };
    let commands = known.engines.values().filter(|engine| engine.has(family));
    built_in
        .iter()
        .map(Trainer::BuiltIn)
        .chain(commands.cloned().map(Trainer::Command))
        .collect()
}

fn engines_of(
    family: &FamilyRef,
    node: &Node<'_>,
    known: &Declared<'_>,
    mistakes: &mut Collector,
) -> Vec<Trainer> {
    let all = all_engines(family, known);
    let names: Vec<&str> = all.iter().map(Trainer::name).collect();
    let read = |node: &Node<'_>, mistakes: &mut Collector| {
        let name = node.get_ref().as_str().unwrap_or_default();
        let found = all.iter().find(|engine| engine.name() == name).cloned();
        if found.is_none() {
            mistakes.unknown(node.span(), &format!("engine of {}", family.name()), name, &names);
        }
        found
    };
    list(node, mistakes, read).unwrap_or_default()
}

/// Without `engine`: those that are built in, or else the grid's own.
fn default_engines(
    family: &FamilyRef,
    node: &Node<'_>,
    known: &Declared<'_>,
    mistakes: &mut Collector,
) -> Vec<Trainer> {
    let all = all_engines(family, known);
    let is_built_in = |engine: &Trainer| matches!(engine, Trainer::BuiltIn(_));
    let built_in: Vec<Trainer> = all.iter().filter(|engine| is_built_in(engine)).cloned().collect();
    if all.is_empty() {
        let help = "declare one that has it:\n[engines.scikit-learn]\n\
                    command = [\"python3\", \"scripts/engines/scikit_learn.py\"]";
        mistakes.add(
            node.span(),
            format!("no engine that is built in trains {}", family.name()),
            Some(help.into()),
        );
    }
    if built_in.is_empty() { all } else { built_in }
}

fn axis_of(
    family: &FamilyRef,
    name: &str,
    at: std::ops::Range<usize>,
    node: &Node<'_>,
    mistakes: &mut Collector,
) -> Option<Vec<Value>> {
    match family {
        FamilyRef::Registry(family) => checked_axis(family, name, at, node, mistakes),
        FamilyRef::Command(_) => list(node, mistakes, |node, mistakes| {
            let read = value(node.get_ref());
            if read.is_none() {
                let message = format!("`{name}`: expected a number, a text, true, false or a list of these");
                mistakes.add(node.span(), message, None);
            }
            read
        }),
    }
}

fn checked_axis(
    family: &Family,
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
