//! The grid file: parsed, and checked against the families so that one run reports all errors.

use loader::Search;
use toml::de::{DeTable, DeValue};

use crate::grid::datasets::Datasets;
use crate::grid::diagnostic::{ErrorCollector, GridErrors};
use crate::grid::entry::{Entry, Known};
use crate::grid::keys::RunKeys;
use crate::grid::toml::{Node, table};
use crate::grid::{declared_datasets, declared_engines};

/// A grid file without errors.
pub struct GridFile {
    /// `[run]`.
    pub(crate) run: RunKeys,
    /// Every `[[grid]]`.
    pub(crate) entries: Vec<Entry>,
    /// The datasets that it may name.
    pub(crate) datasets: Datasets,
}

impl GridFile {
    /// Parses a grid file; `path` is for messages only. A dataset that is neither known nor declared is looked up in the data
    /// folders of `search`, if it is given.
    ///
    /// # Errors
    /// Every error in the file, with its position and help.
    pub fn parse(path: &str, text: &str, search: Option<&Search>) -> Result<GridFile, GridErrors> {
        let mut errors = ErrorCollector::new(path, text);
        let (document, syntax_errors) = DeTable::parse_recoverable(text);
        if !syntax_errors.is_empty() {
            add_syntax_errors(&syntax_errors, text, &mut errors);
            return errors.fail();
        }
        let top = document.get_ref();
        let declared = top
            .get("datasets")
            .map(|node| declared_datasets::read(node, &mut errors))
            .unwrap_or_default();
        let datasets = Datasets {
            declared,
            search: search.cloned(),
        };
        let engines = top
            .get("engines")
            .map(|node| declared_engines::read(node, &mut errors))
            .unwrap_or_default();
        let declared_engines = top.get("engines").and_then(|node| node.get_ref().as_table());
        let known = Known {
            declared_engines: declared_engines
                .into_iter()
                .flatten()
                .map(|(key, _)| key.get_ref().to_string())
                .collect(),
            datasets: &datasets,
            engines: &engines,
        };
        let mut run = RunKeys::default();
        let mut entries = Vec::new();
        for (key, node) in top {
            match key.get_ref().as_ref() {
                "datasets" | "engines" => {}
                "run" => run = run_keys(node, &datasets, &mut errors),
                "grid" => entries = grid_entries(node, &known, &mut errors),
                other => errors.unknown(
                    key.span(),
                    "table",
                    other,
                    &["run", "grid", "datasets", "engines"],
                ),
            }
        }
        if !top.contains_key("grid") {
            let help = "add a table such as\n[[grid]]\nclassifier = \"GaussianNB\"";
            errors.add(0..0, "no [[grid]]: there is nothing to train", Some(help.into()));
        }
        errors.finish(GridFile {
            run,
            entries,
            datasets,
        })
    }
}

/// Adds the first error of each line, without those that only follow from an unclosed list.
fn add_syntax_errors(syntax_errors: &[toml::de::Error], text: &str, errors: &mut ErrorCollector) {
    let is_unclosed = syntax_errors
        .iter()
        .any(|error| error.message().contains("unclosed"));
    let mut last_line = None;
    for error in syntax_errors {
        let at = error.span().unwrap_or(0..0);
        let line = text[..text.floor_char_boundary(at.start)].matches('\n').count();
        if last_line.replace(line) == Some(line) {
            continue;
        }
        let help = if is_unclosed {
            Some("a list, table or text that begins above this place is not closed".into())
        } else {
            text.lines().nth(line).and_then(remedy)
        };
        errors.add(at, format!("this is not TOML: {}", error.message().trim()), help);
        if is_unclosed {
            return;
        }
    }
}

/// What to write instead of a line that is not TOML, for values as other languages write them.
fn remedy(line: &str) -> Option<String> {
    if line.contains(['“', '”', '„', '‘', '’']) {
        return Some("write straight quotes: \"".into());
    }
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    let value = value.split('#').next().unwrap_or_default().trim();
    let is_word = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
    if let Some((whole, decimals)) = value.split_once(',')
        && [whole, decimals.trim()]
            .iter()
            .all(|part| part.parse::<u64>().is_ok())
    {
        let decimals = decimals.trim();
        return Some(format!(
            "a decimal number has a point: {key} = {whole}.{decimals}; a list of values has brackets: {key} = [{whole}, {decimals}]"
        ));
    }
    match value {
        "None" => Some(format!("write {key} = \"none\"")),
        "True" | "False" => Some(format!("write {key} = {}", value.to_lowercase())),
        _ if value.starts_with(char::is_alphabetic) && value.chars().all(is_word) => {
            Some(format!("quote the word: {key} = \"{value}\""))
        }
        _ => None,
    }
}

fn run_keys(node: &Node<'_>, datasets: &Datasets, errors: &mut ErrorCollector) -> RunKeys {
    let mut keys = RunKeys::default();
    for (key, node) in table(node, "[run]", errors).into_iter().flatten() {
        if !keys.read(key.get_ref(), node, datasets, errors) {
            errors.unknown(key.span(), "key of [run]", key.get_ref(), RunKeys::NAMES);
        }
    }
    keys
}

fn grid_entries(node: &Node<'_>, known: &Known<'_>, errors: &mut ErrorCollector) -> Vec<Entry> {
    let DeValue::Array(nodes) = node.get_ref() else {
        let help = "write [[grid]] with two brackets";
        errors.add(node.span(), "expected a list of tables", Some(help.into()));
        return Vec::new();
    };
    if nodes.is_empty() {
        errors.add(node.span(), "the list is empty: there is nothing to train", None);
    }
    nodes
        .iter()
        .flat_map(|node| Entry::read(node, known, errors))
        .collect()
}

/// What holds for a file of any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_bytes(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(errors) = GridFile::parse("grid.toml", &text, None) {
        assert!(!format!("{errors:?}").is_empty());
    }
}

#[cfg(test)]
mod tests {
    use fuzz_inputs::fuzz;

    use super::*;

    #[test]
    fn damaged_grids_are_refused_or_read() {
        let seeds = [
            include_bytes!("../../../../configs/seed.toml").as_slice(),
            include_bytes!("../../../../configs/quickstart.toml"),
            include_bytes!("../../../../configs/speed.toml"),
            b"[datasets.tiny]\nsynthetic = { train = 300, test = 100, seed = 1 }\n[[grid]]\nclassifier = \"SVC\"\nC = [1, 2e3, \"x\"]\n",
        ];
        let words: [&[u8]; 14] = [
            b"[[grid]]\n",
            b"[run]\n",
            b"repeats = 9\n",
            b"[",
            b"]",
            b"{",
            b"\"",
            b"\"\"\"",
            b"=",
            b"\n",
            b" 1e999 ",
            b"-1",
            b"engine = \"linfa\"\n",
            "\u{202e}\u{1f600}".as_bytes(),
        ];
        fuzz("grid files", &seeds, &words, any_bytes);
    }
}
