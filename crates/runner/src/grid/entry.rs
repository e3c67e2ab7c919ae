//! One `[[grid]]` of a grid file: a family, its engines, and the values of its parameters.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::families;
use crate::families::FAMILIES;
use crate::families::family::Family;
use crate::grid::command_engine::CommandEngine;
use crate::grid::diagnostic::ErrorCollector;
use crate::grid::keys::RunKeys;
use crate::grid::toml::{Node, read_list, table, value};
use crate::grid::trainer::{FamilyRef, Trainer};
use crate::params::value::Value;

/// One `[[grid]]`, checked.
pub(crate) struct Entry {
    /// The family to train.
    pub(crate) family: FamilyRef,
    /// The engines that train it, in the order of the file.
    pub(crate) engines: Vec<Trainer>,
    /// Keys that override those of `[run]`.
    pub(crate) keys: RunKeys,
    /// Parameter name → its values, canonical, in the order of the file.
    pub(crate) axes: Vec<(String, Vec<Value>)>,
}

/// What an entry may name.
pub(super) struct Known<'a> {
    /// Names of the datasets.
    pub(super) datasets: Vec<&'a str>,
    /// Engines that the grid declares, by name.
    pub(super) engines: &'a BTreeMap<String, Arc<CommandEngine>>,
}

impl Entry {
    /// Reads one `[[grid]]`; `None` if its classifier cannot be read.
    pub(super) fn read(node: &Node<'_>, known: &Known<'_>, errors: &mut ErrorCollector) -> Option<Entry> {
        let table = table(node, "[[grid]]", errors)?;
        let family = family(node, table.get("classifier"), known, errors);
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
                        .map(|family| named_engines(family, node, known, errors));
                }
                "seed" => {
                    let help = "set it under [run]";
                    errors.add(key.span(), "`seed` applies to the whole run", Some(help.into()));
                }
                _ if keys.read(name, node, &known.datasets, errors) => {}
                _ => {
                    if let Some(family) = &family {
                        let values = axis(family, name, key.span(), node, errors);
                        axes.extend(values.map(|values| (name.to_owned(), values)));
                    }
                }
            }
        }
        let family = family?;
        let engines = engines.unwrap_or_else(|| default_engines(&family, node, known, errors));
        Some(Entry {
            family,
            engines,
            keys,
            axes,
        })
    }
}

fn family(
    entry: &Node<'_>,
    classifier: Option<&Node<'_>>,
    known: &Known<'_>,
    errors: &mut ErrorCollector,
) -> Option<FamilyRef> {
    let declared = known
        .engines
        .values()
        .filter_map(|engine| engine.classifiers.as_ref());
    let mut names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    names.extend(declared.flatten().map(String::as_str));
    let Some(classifier) = classifier else {
        let help = format!("add classifier = \"…\"; known: {}", names.join(", "));
        errors.add(entry.span(), "a [[grid]] without `classifier`", Some(help));
        return None;
    };
    let Some(name) = classifier.get_ref().as_str() else {
        let help = "write one [[grid]] per family, since families have different parameters";
        let message = "expected the name of one classifier";
        errors.add(classifier.span(), message, Some(help.into()));
        return None;
    };
    if let Some(family) = families::find(name) {
        return Some(FamilyRef::Registry(family));
    }
    let has_family = |engine: &&Arc<CommandEngine>| {
        let own = engine.classifiers.as_deref().unwrap_or_default();
        own.iter().any(|own| own == name)
    };
    if let Some(engine) = known.engines.values().find(has_family) {
        return Some(FamilyRef::Command(name.to_owned(), engine.kind));
    }
    errors.unknown(classifier.span(), "classifier", name, &names);
    None
}

/// Every engine that trains the family: the built-in ones, then those that the grid declares.
fn all_engines(family: &FamilyRef, known: &Known<'_>) -> Vec<Trainer> {
    let built_in = match family {
        FamilyRef::Registry(family) => family.implementations,
        FamilyRef::Command(..) => &[],
    };
    let commands = known.engines.values().filter(|engine| engine.trains(family));
    built_in
        .iter()
        .map(Trainer::BuiltIn)
        .chain(commands.cloned().map(Trainer::Command))
        .collect()
}

fn named_engines(
    family: &FamilyRef,
    node: &Node<'_>,
    known: &Known<'_>,
    errors: &mut ErrorCollector,
) -> Vec<Trainer> {
    let all = all_engines(family, known);
    let names: Vec<&str> = all.iter().map(Trainer::name).collect();
    let read = |node: &Node<'_>, errors: &mut ErrorCollector| {
        let name = node.get_ref().as_str().unwrap_or_default();
        let found = all.iter().find(|engine| engine.name() == name).cloned();
        if found.is_none() {
            errors.unknown(node.span(), &format!("engine of {}", family.name()), name, &names);
        }
        found
    };
    read_list(node, errors, read).unwrap_or_default()
}

/// The engines of an entry without `engine`: the built-in ones, or else those that the grid declares.
fn default_engines(
    family: &FamilyRef,
    node: &Node<'_>,
    known: &Known<'_>,
    errors: &mut ErrorCollector,
) -> Vec<Trainer> {
    let all = all_engines(family, known);
    let is_built_in = |engine: &Trainer| matches!(engine, Trainer::BuiltIn(_));
    let built_in: Vec<Trainer> = all.iter().filter(|engine| is_built_in(engine)).cloned().collect();
    if all.is_empty() {
        let help = "declare an engine that trains it:\n[engines.scikit-learn]\n\
                    command = [\"python3\", \"scripts/engines/scikit_learn.py\"]";
        errors.add(
            node.span(),
            format!("no built-in engine trains {}", family.name()),
            Some(help.into()),
        );
    }
    if built_in.is_empty() { all } else { built_in }
}

fn axis(
    family: &FamilyRef,
    name: &str,
    at: Range<usize>,
    node: &Node<'_>,
    errors: &mut ErrorCollector,
) -> Option<Vec<Value>> {
    match family {
        FamilyRef::Registry(family) => checked_axis(family, name, at, node, errors),
        FamilyRef::Command(..) => read_list(node, errors, |node, errors| {
            // A program gets its parameters as JSON, which has no infinite numbers.
            let value = value(node.get_ref()).filter(|value| value.numbers().all(f64::is_finite));
            if value.is_none() {
                let message =
                    format!("`{name}`: expected a finite number, a string, true, false or a list of these");
                errors.add(node.span(), message, None);
            }
            value
        }),
    }
}

fn checked_axis(
    family: &Family,
    name: &str,
    at: Range<usize>,
    node: &Node<'_>,
    errors: &mut ErrorCollector,
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
        errors.unknown(at, &format!("parameter of {}", family.name), name, &known);
        return None;
    };
    read_list(node, errors, |node, errors| {
        let Some(value) = value(node.get_ref()) else {
            errors.add(
                node.span(),
                format!("`{name}`: expected {}", (spec.expects)()),
                None,
            );
            return None;
        };
        spec.check(&value)
            .map_err(|reason| errors.add(node.span(), format!("`{name}`: {reason}"), None))
            .ok()
    })
}
