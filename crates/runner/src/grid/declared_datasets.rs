//! `[datasets.NAME]`: data that a grid brings along, a folder or generated rows.

use loader::Source;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::grid::diagnostic::Collector;
use crate::grid::keys::list;
use crate::grid::toml::{Node, is_plain, table, value};
use crate::params::kind::Kind;

/// Every dataset that the grid declares.
pub(super) fn declared(node: &Node<'_>, mistakes: &mut Collector) -> BTreeMap<String, Source> {
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
