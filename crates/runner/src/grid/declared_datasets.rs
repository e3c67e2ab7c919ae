//! `[datasets.NAME]`: a dataset that the grid declares, a folder of IDX files or synthetic rows.

use loader::Source;
use loader::catalog;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::grid::declarations::Declarations;
use crate::grid::diagnostic::ErrorCollector;
use crate::grid::toml::{Node, read_list, table, value};
use crate::params::kind::Kind;

const DATASETS: Declarations<'_> = Declarations {
    table: "[datasets]",
    noun: "dataset",
    is_taken: |name| catalog::NAMES.contains(&name),
    taken_help: "use another name, or give the folder of the known dataset with --data-dir or HEMLINE_DATA",
};

/// The dataset `synthetic` where the grid does not declare one: the size of Fashion-MNIST.
pub(super) const SYNTHETIC: Source = Source::Synthetic {
    train: N_TRAIN,
    test: N_TEST,
    seed: 0,
};

const N_TRAIN: usize = 60_000;
const N_TEST: usize = 10_000;

/// Reads every dataset that the grid declares.
pub(super) fn read(node: &Node<'_>, errors: &mut ErrorCollector) -> BTreeMap<String, Source> {
    DATASETS.read(node, errors, source)
}

fn source(name: &str, node: &Node<'_>, errors: &mut ErrorCollector) -> Option<Source> {
    let table = table(node, &format!("[datasets.{name}]"), errors)?;
    let mut path = None;
    let mut labels = None;
    let mut synthetic = None;
    for (key, node) in table {
        match key.get_ref().as_ref() {
            "path" => match node.get_ref().as_str() {
                Some(text) => path = Some(PathBuf::from(text)),
                None => errors.add(node.span(), "expected the path of a folder", None),
            },
            "labels" => labels = read_list(node, errors, class_name),
            "synthetic" => synthetic = Some(synthetic_source(node, errors)),
            other => errors.unknown(
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
            errors.add(node.span(), "`path` and `synthetic` exclude each other", None);
            None
        }
        (None, None) => {
            let help = "path = \"folder with the four IDX files\", or synthetic = { train = 1000, test = 200, seed = 0 }";
            let message = format!("[datasets.{name}] has neither `path` nor `synthetic`");
            errors.add(node.span(), message, Some(help.into()));
            None
        }
    }
}

fn class_name(node: &Node<'_>, errors: &mut ErrorCollector) -> Option<String> {
    let name = node.get_ref().as_str().map(str::to_owned);
    if name.is_none() {
        errors.add(node.span(), "expected the name of a class", None);
    }
    name
}

fn synthetic_source(node: &Node<'_>, errors: &mut ErrorCollector) -> Option<Source> {
    let (mut train, mut test, mut seed) = (N_TRAIN, N_TEST, 0);
    for (key, node) in table(node, "synthetic", errors)? {
        let number = value(node.get_ref()).and_then(|value| usize::read(&value));
        let name = key.get_ref().as_ref();
        match (name, number) {
            ("train", Some(rows)) if rows > 0 => train = rows,
            ("test", Some(rows)) if rows > 0 => test = rows,
            ("seed", Some(number)) => seed = number as u64,
            ("train" | "test", _) => {
                let message = format!("`{name}`: expected a whole number of at least 1");
                errors.add(node.span(), message, None);
            }
            ("seed", _) => errors.add(node.span(), "`seed`: expected a whole number of at least 0", None),
            _ => errors.unknown(key.span(), "key of synthetic", name, &["train", "test", "seed"]),
        }
    }
    Some(Source::Synthetic { train, test, seed })
}
