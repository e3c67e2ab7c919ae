//! `[engines.NAME]`: an engine that the grid declares, a program that trains and predicts.

use ::toml::de::DeValue;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::families::engine::Engine;
use crate::families::method_kind::MethodKind;
use crate::grid::command_engine::CommandEngine;
use crate::grid::declarations::Declarations;
use crate::grid::diagnostic::ErrorCollector;
use crate::grid::toml::{Node, table};

const ENGINES: Declarations<'_> = Declarations {
    table: "[engines]",
    noun: "engine",
    is_taken: |name| Engine::find(name).is_some(),
    taken_help: "use another name; this one is built in",
};

const COMMAND_HELP: &str = "command = [\"python3\", \"my_engine.py\"]";

/// Reads every engine that the grid declares.
pub(super) fn read(node: &Node<'_>, errors: &mut ErrorCollector) -> BTreeMap<String, Arc<CommandEngine>> {
    ENGINES.read(node, errors, engine)
}

fn engine(name: &str, node: &Node<'_>, errors: &mut ErrorCollector) -> Option<Arc<CommandEngine>> {
    let table = table(node, &format!("[engines.{name}]"), errors)?;
    if !table.contains_key("command") {
        let message = format!("[engines.{name}] has no `command`");
        errors.add(node.span(), message, Some(COMMAND_HELP.into()));
    }
    let mut command = None;
    let mut classifiers = None;
    let mut kind = MethodKind::Other;
    let mut version = None;
    let mut files = Vec::new();
    for (key, node) in table {
        match key.get_ref().as_ref() {
            "command" => {
                command = texts(node);
                if command.is_none() {
                    let message = "`command`: expected a list of the program and its arguments";
                    errors.add(node.span(), message, Some(COMMAND_HELP.into()));
                }
            }
            "classifiers" => {
                classifiers = texts(node).filter(|names| names.iter().all(|name| is_family_name(name)));
                if classifiers.is_none() {
                    let message = "`classifiers`: expected a list of names of printable characters";
                    let help = "leave it out if the engine has every family of Hemline";
                    errors.add(node.span(), message, Some(help.into()));
                }
            }
            "kind" => {
                let word = node.get_ref().as_str().unwrap_or_default();
                match MethodKind::find(word) {
                    Some(known) => kind = known,
                    None => errors.unknown(
                        node.span(),
                        "kind of method",
                        word,
                        &MethodKind::ALL.map(MethodKind::word),
                    ),
                }
            }
            "version" => {
                version = node
                    .get_ref()
                    .as_str()
                    .filter(|text| is_version(text))
                    .map(str::to_owned);
                if version.is_none() {
                    let message = "`version`: expected a text of 1 to 40 printable characters";
                    errors.add(node.span(), message, None);
                }
            }
            "files" => match texts(node) {
                Some(paths) => files = paths.into_iter().map(PathBuf::from).collect(),
                None => {
                    let message = "`files`: expected a list of the other files that belong to the engine";
                    errors.add(node.span(), message, None);
                }
            },
            other => errors.unknown(
                key.span(),
                &format!("key of [engines.{name}]"),
                other,
                &["command", "classifiers", "kind", "version", "files"],
            ),
        }
    }
    if version.is_some() && !files.is_empty() {
        let help = "`version` alone identifies the engine; leave it out, and every file counts";
        errors.add(
            node.span(),
            "`version` and `files` exclude each other",
            Some(help.into()),
        );
    }
    Some(Arc::new(CommandEngine {
        name: name.to_owned(),
        command: command?,
        classifiers,
        kind,
        version,
        files,
        planned: OnceLock::new(),
    }))
}

/// Whether the name of a family is safe in a file of results: no control characters, and no formula for a spreadsheet.
fn is_family_name(name: &str) -> bool {
    name.len() <= 100 && !name.contains(char::is_control) && !name.starts_with(['=', '+', '-', '@'])
}

fn is_version(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && !text.contains(|letter: char| letter.is_control() || letter.is_whitespace())
        && !text.starts_with(['=', '+', '-', '@'])
}

/// A list of texts; neither the list nor a text may be empty.
fn texts(node: &Node<'_>) -> Option<Vec<String>> {
    let DeValue::Array(nodes) = node.get_ref() else {
        return None;
    };
    let texts: Option<Vec<String>> = nodes
        .iter()
        .map(|node| {
            node.get_ref()
                .as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        })
        .collect();
    texts.filter(|texts| !texts.is_empty())
}
