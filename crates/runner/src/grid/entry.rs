//! One `[[grid]]` of a grid file: a family, its engines, and the values of its parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use loader::Preprocessing;

use crate::families;
use crate::families::FAMILIES;
use crate::families::engine::{ENGINES, Engine};
use crate::families::family::Family;
use crate::grid::command_engine::CommandEngine;
use crate::grid::datasets::Datasets;
use crate::grid::diagnostic::{ErrorCollector, nearest, suggestion};
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
    /// The datasets.
    pub(super) datasets: &'a Datasets,
    /// Names of all engines that the grid declares, those with errors too.
    pub(super) declared_engines: BTreeSet<String>,
    /// Engines that the grid declares, by name.
    pub(super) engines: &'a BTreeMap<String, Arc<CommandEngine>>,
}

impl Entry {
    /// Reads one `[[grid]]`: an entry for each of its classifiers. A classifier that cannot be read has none.
    pub(super) fn read(node: &Node<'_>, known: &Known<'_>, errors: &mut ErrorCollector) -> Vec<Entry> {
        let Some(table) = table(node, "[[grid]]", errors) else {
            return Vec::new();
        };
        let families = families(node, table.get("classifier"), known, errors);
        let mut keys = RunKeys::default();
        let mut parameters = Vec::new();
        for (key, node) in table {
            let name = key.get_ref().as_ref();
            match name {
                "classifier" => {}
                "engine" if families.is_empty() => check_engine_names(node, known, errors),
                "engine" => {}
                "seed" => {
                    let help = "set it under [run]";
                    errors.add(key.span(), "`seed` applies to the whole run", Some(help.into()));
                }
                _ if keys.read(name, node, known.datasets, errors) => {}
                _ => parameters.push((key, node)),
            }
        }
        let mut entries = Vec::new();
        for family in families {
            let engines = match table.get("engine") {
                Some(node) => named_engines(&family, node, known, errors),
                None => default_engines(&family, node, known, errors),
            };
            let mut axes = Vec::new();
            for (key, node) in &parameters {
                let name = key.get_ref().as_ref();
                let values = axis(&family, name, key.span(), node, errors);
                axes.extend(values.map(|values| (name.to_owned(), values)));
            }
            entries.push(Entry {
                family,
                engines,
                keys: keys.clone(),
                axes,
            });
        }
        entries
    }
}

fn families(
    entry: &Node<'_>,
    classifier: Option<&Node<'_>>,
    known: &Known<'_>,
    errors: &mut ErrorCollector,
) -> Vec<FamilyRef> {
    let declared = known
        .engines
        .values()
        .filter_map(|engine| engine.classifiers.as_ref());
    let mut names: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    names.extend(declared.flatten().map(String::as_str));
    let Some(classifier) = classifier else {
        let help = format!("add classifier = \"…\"; known: {}", names.join(", "));
        let keys = entry.get_ref().as_table().into_iter().flatten();
        let misspelt = keys
            .map(|(key, _)| key)
            .find(|key| nearest(key.get_ref(), &["classifier"]).is_some());
        match misspelt {
            Some(key) => {
                let message = format!("unknown key `{}`", key.get_ref());
                errors.add(key.span(), message, Some("did you mean `classifier`?".into()));
            }
            None => errors.add(entry.span(), "a [[grid]] without `classifier`", Some(help)),
        }
        return Vec::new();
    };
    let read = |node: &Node<'_>, errors: &mut ErrorCollector| {
        let Some(name) = node.get_ref().as_str() else {
            errors.add(node.span(), "expected the name of a classifier", None);
            return None;
        };
        let family = family(name, known);
        if family.is_none() {
            errors.unknown(node.span(), "classifier", name, &names);
        }
        family
    };
    read_list(classifier, errors, read).unwrap_or_default()
}

fn family(name: &str, known: &Known<'_>) -> Option<FamilyRef> {
    if let Some(family) = families::find(name) {
        return Some(FamilyRef::Registry(family));
    }
    let has_family = |engine: &&Arc<CommandEngine>| {
        let own = engine.classifiers.as_deref().unwrap_or_default();
        own.iter().any(|own| own == name)
    };
    let engine = known.engines.values().find(has_family)?;
    Some(FamilyRef::Command(name.to_owned(), engine.kind))
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
    let read = |node: &Node<'_>, errors: &mut ErrorCollector| {
        let name = node.get_ref().as_str().unwrap_or_default();
        let found = all.iter().find(|engine| engine.name() == name).cloned();
        if found.is_none() {
            add_engine_error(family, name, &all, node, known, errors);
        }
        found
    };
    read_list(node, errors, read).unwrap_or_default()
}

/// Says why an engine cannot train a family: it is unknown, or it has other families.
fn add_engine_error(
    family: &FamilyRef,
    name: &str,
    all: &[Trainer],
    node: &Node<'_>,
    known: &Known<'_>,
    errors: &mut ErrorCollector,
) {
    let names: Vec<&str> = all.iter().map(Trainer::name).collect();
    let engines = match names.len() {
        0 => "no engine of this grid trains it".to_owned(),
        1 => format!("this engine does: {}", names[0]),
        _ => format!("these engines do: {}", names.join(", ")),
    };
    let help = match (known.engines.get(name), Engine::find(name)) {
        (Some(_), _) => format!(
            "add \"{}\" to `classifiers` of [engines.{name}]; {engines}",
            family.name()
        ),
        (None, Some(_)) => engines,
        // Its declaration has an error of its own.
        (None, None) if known.declared_engines.contains(name) => return,
        (None, None) => {
            let help = format!(
                "{}; another program is an engine of a grid that declares it as [engines.NAME]: docs/engines.md",
                suggestion(name, &names)
            );
            errors.add(
                node.span(),
                format!("unknown engine `{name}` for {}", family.name()),
                Some(help),
            );
            return;
        }
    };
    let message = format!("engine `{name}` does not train {}", family.name());
    errors.add(node.span(), message, Some(help));
}

/// Checks the names of engines where the classifier is unknown.
fn check_engine_names(node: &Node<'_>, known: &Known<'_>, errors: &mut ErrorCollector) {
    let built_in = ENGINES.iter().map(|engine| engine.name);
    let names: Vec<&str> = built_in.chain(known.engines.keys().map(String::as_str)).collect();
    read_list(node, errors, |node, errors| {
        let name = node.get_ref().as_str().unwrap_or_default();
        if !names.contains(&name) {
            errors.unknown(node.span(), "engine", name, &names);
        }
        Some(())
    });
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

/// Help for a word that is none of those in quotes, which the type of a parameter names.
fn similar_word(value: &Value, expects: &str) -> Option<String> {
    let Value::Text(word) = value else {
        return None;
    };
    let words: Vec<&str> = expects.split('"').skip(1).step_by(2).collect();
    nearest(word, &words).map(|nearest| format!("did you mean `{nearest}`?"))
}

/// Help for a parameter of a preprocessing that stands beside it in a grid.
fn of_preprocessing(name: &str) -> Option<String> {
    let has = |example: &&Preprocessing| {
        let text = example.to_string();
        ["(", " "]
            .iter()
            .any(|before| text.contains(&format!("{before}{name}=")))
    };
    let example = Preprocessing::EXAMPLES.iter().find(has)?;
    let method = example.name();
    Some(format!(
        "{method} has it: write preprocessing = \"{method}({name}=…)\""
    ))
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
        errors.add(
            at,
            format!("{} has no parameter `{name}`", family.name),
            Some(of_preprocessing(name).unwrap_or_else(|| suggestion(name, &known))),
        );
        return None;
    };
    read_list(node, errors, |node, errors| {
        let Some(value) = value(node.get_ref()) else {
            let limit = if node.get_ref().is_integer() {
                "; TOML has whole numbers up to 9.2e18"
            } else {
                ""
            };
            let message = format!("`{name}`: expected {}{limit}", (spec.expects)());
            errors.add(node.span(), message, None);
            return None;
        };
        spec.check(&value)
            .map_err(|reason| {
                let message = format!("`{name}`: {reason}");
                errors.add(node.span(), message, similar_word(&value, &(spec.expects)()));
            })
            .ok()
    })
}
