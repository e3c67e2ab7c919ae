//! `[engines.NAME]`: an engine that the grid declares, a program that trains and predicts.

use ::toml::de::DeValue;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::families::engine::Engine;
use crate::grid::declarations::Declarations;
use crate::grid::diagnostic::ErrorCollector;
use crate::grid::toml::{Node, table};
use crate::grid::trainer::CommandEngine;

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
                classifiers = texts(node);
                if classifiers.is_none() {
                    let message = "`classifiers`: expected a list of names";
                    let help = "leave it out if the engine has every family of Hemline";
                    errors.add(node.span(), message, Some(help.into()));
                }
            }
            other => errors.unknown(
                key.span(),
                &format!("key of [engines.{name}]"),
                other,
                &["command", "classifiers"],
            ),
        }
    }
    Some(Arc::new(CommandEngine {
        name: name.to_owned(),
        command: command?,
        classifiers,
    }))
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
