//! `[engines.NAME]`: programs that a grid brings along to train with.

use ::toml::de::DeValue;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::families::engine::Engine;
use crate::grid::diagnostic::Collector;
use crate::grid::toml::{Node, is_plain, table};
use crate::grid::trainer::CommandEngine;

/// Every engine that the grid declares.
pub(super) fn declared(node: &Node<'_>, mistakes: &mut Collector) -> BTreeMap<String, Arc<CommandEngine>> {
    let mut engines = BTreeMap::new();
    for (key, node) in table(node, "[engines]", mistakes).into_iter().flatten() {
        let name = key.get_ref().to_string();
        if Engine::find(&name).is_some() {
            let help = "give the program a name of its own";
            mistakes.add(
                key.span(),
                format!("`{name}` is an engine that is built in"),
                Some(help.into()),
            );
        } else if !is_plain(&name) {
            let help = "letters, digits, `-` and `_`";
            mistakes.add(
                key.span(),
                format!("`{name}` cannot be the name of an engine"),
                Some(help.into()),
            );
        } else if let Some(engine) = engine(&name, node, mistakes) {
            engines.insert(name, Arc::new(engine));
        }
    }
    engines
}

fn engine(name: &str, node: &Node<'_>, mistakes: &mut Collector) -> Option<CommandEngine> {
    let table = table(node, &format!("[engines.{name}]"), mistakes)?;
    let mut command = None;
    let mut classifiers = None;
    for (key, node) in table {
        match key.get_ref().as_ref() {
            "command" => {
                command = Some(texts(node));
                if command == Some(None) {
                    let help = "command = [\"python3\", \"my_engine.py\"]";
                    mistakes.add(
                        node.span(),
                        "`command`: expected a list of the program and its arguments",
                        Some(help.into()),
                    );
                }
            }
            "classifiers" => {
                classifiers = texts(node);
                if classifiers.is_none() {
                    let help = "leave it out if the engine has the families that Hemline knows";
                    mistakes.add(
                        node.span(),
                        "`classifiers`: expected a list of names",
                        Some(help.into()),
                    );
                }
            }
            other => mistakes.unknown(
                key.span(),
                &format!("key of [engines.{name}]"),
                other,
                &["command", "classifiers"],
            ),
        }
    }
    let Some(command) = command else {
        let help = "command = [\"python3\", \"my_engine.py\"]";
        mistakes.add(
            node.span(),
            format!("[engines.{name}] says nowhere what to run"),
            Some(help.into()),
        );
        return None;
    };
    Some(CommandEngine {
        name: name.to_owned(),
        command: command?,
        classifiers,
    })
}

/// A list of at least one text, none of them empty.
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
