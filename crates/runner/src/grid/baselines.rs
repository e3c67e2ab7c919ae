//! `baselines.json` of the benchmark that came with Fashion-MNIST, as the text of a grid file.
//!
//! The file has an object `classifiers`: a list of objects for each classifier, whose keys are parameters and whose values are lists.
//! Every combination of values is a point. An object `common` has parameters of all classifiers. Tuples are texts, such as `"(100,)"`.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use toml::Table;
use toml::value::Array;

use crate::families::defaults_of_2017::{Default2017, defaults_of_2017};
use crate::families::engine::NATIVE;

/// Datasets and preprocessing of the benchmark.
const DATASETS: [&str; 2] = ["fashion-mnist", "mnist"];
const PREPROCESSING: &str = "standard";

/// The file as a grid.
pub(crate) struct Baselines {
    /// The text of the grid file.
    pub(crate) text: String,
    /// What was added, such as `gamma = "auto" for SVC`.
    pub(crate) added: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    common: Pairs<Value>,
    classifiers: Pairs<Vec<Pairs<Value>>>,
}

/// The pairs of an object in their order. A map would keep the last of two equal keys and say nothing.
struct Pairs<T>(Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Pairs<T> {
        Pairs(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Pairs<T>, D::Error> {
        from.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Pairs<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object such as {\"C\": [1.0, 10.0]}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

/// Reads the file, for our own engine.
///
/// # Errors
/// What is not as described above, in words.
pub(crate) fn read(json: &str) -> Result<Baselines, String> {
    let json = json.trim_start_matches('\u{feff}');
    let file: File =
        serde_json::from_str(json).map_err(|error| format!("this is no baselines.json: {error}"))?;
    let mut added = Vec::new();
    let mut grids = Array::new();
    let mut seen = HashSet::new();
    for (classifier, objects) in &file.classifiers.0 {
        if !seen.insert(classifier) {
            return Err(format!("{classifier} stands twice"));
        }
        let mut grid = Table::new();
        grid.insert("classifier".into(), classifier.clone().into());
        grid.insert("engine".into(), NATIVE.name.into());
        for (parameter, value) in objects.iter().chain([&file.common]).flat_map(|pairs| &pairs.0) {
            let values = values(value).ok_or_else(|| {
                format!("{classifier}: `{parameter}` has a value that no parameter has: {value}")
            })?;
            if grid.insert(parameter.clone(), values).is_some() {
                return Err(format!("{classifier}: `{parameter}` stands twice"));
            }
        }
        for (parameter, default_of_2017) in defaults_of_2017(classifier) {
            if !grid.contains_key(*parameter) {
                let default = default(default_of_2017);
                added.push(format!("{parameter} = {default} for {classifier}"));
                grid.insert((*parameter).into(), default);
            }
        }
        grids.push(grid.into());
    }
    let mut run = Table::new();
    run.insert("datasets".into(), DATASETS.map(toml::Value::from).to_vec().into());
    run.insert("preprocessing".into(), PREPROCESSING.into());
    let mut top = Table::new();
    top.insert("run".into(), run.into());
    top.insert("grid".into(), grids.into());
    Ok(Baselines {
        text: toml::to_string(&top).map_err(|error| error.to_string())?,
        added,
    })
}

fn default(default: &Default2017) -> toml::Value {
    match *default {
        Default2017::Whole(number) => number.into(),
        Default2017::Word(word) => word.into(),
    }
}

/// A value of a parameter, or a list of its values; `None` for what no parameter has.
fn values(value: &Value) -> Option<toml::Value> {
    match value {
        Value::Null => Some("none".into()),
        Value::Bool(flag) => Some((*flag).into()),
        Value::Number(number) => number
            .as_i64()
            .map(toml::Value::from)
            .or_else(|| number.as_f64().map(toml::Value::from)),
        Value::String(text) => Some(tuple(text).unwrap_or_else(|| text.clone().into())),
        Value::Array(values) => values
            .iter()
            .map(self::values)
            .collect::<Option<Array>>()
            .map(Into::into),
        Value::Object(_) => None,
    }
}

/// The list that a text such as `"(100,10,)"` stands for.
fn tuple(text: &str) -> Option<toml::Value> {
    let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let parts = inside.split(',').map(str::trim).filter(|part| !part.is_empty());
    let numbers = parts.map(|part| part.parse::<i64>().ok().map(toml::Value::from));
    numbers.collect::<Option<Array>>().map(Into::into)
}

/// Reads a file of any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_bytes(bytes: &[u8]) {
    let _ = read(&String::from_utf8_lossy(bytes));
}

#[cfg(test)]
mod tests {
    use fuzz_inputs::fuzz;

    use super::*;

    #[test]
    fn a_file_becomes_a_grid_with_the_defaults_of_its_time() {
        let found = read(
            r#"{"common": {"verbose": false}, "classifiers": {
                "MLPClassifier": [{"hidden_layer_sizes": ["(10,)", "(100,10,)"]}, {"alpha": 1e-4}],
                "SVC": [{"C": [1.0, 10.0]}, {"kernel": ["rbf", null]}]}}"#,
        )
        .unwrap();
        let expected = "[run]\ndatasets = [\"fashion-mnist\", \"mnist\"]\npreprocessing = \"standard\"\n\n\
            [[grid]]\nclassifier = \"MLPClassifier\"\nengine = \"native\"\nhidden_layer_sizes = [[10], [100, 10]]\nalpha = 0.0001\n\
            verbose = false\nn_iter_no_change = 2\n\n\
            [[grid]]\nclassifier = \"SVC\"\nengine = \"native\"\nC = [1.0, 10.0]\nkernel = [\"rbf\", \"none\"]\nverbose = false\n\
            gamma = \"auto\"\n";
        assert_eq!(found.text, expected);
        assert_eq!(
            found.added,
            [
                "n_iter_no_change = 2 for MLPClassifier",
                "gamma = \"auto\" for SVC"
            ]
        );
    }

    #[test]
    fn what_no_grid_can_say_is_refused_with_its_place() {
        for (json, part) in [
            ("[]", "no baselines.json"),
            ("{", "no baselines.json"),
            ("{\"common\": {}}", "missing field `classifiers`"),
            (
                "{\"classifiers\": {\"SVC\": {\"C\": 1}}}",
                "invalid type: map, expected a sequence at line 1",
            ),
            (
                "{\"classifiers\": {\"SVC\": [1]}}",
                "expected an object such as {\"C\": [1.0, 10.0]} at line 1",
            ),
            (
                "{\"classifiers\": {\"SVC\": [{\"C\": {}}]}}",
                "`C` has a value that no parameter has",
            ),
            (
                "{\"classifiers\": {\"SVC\": [{\"C\": 1}, {\"C\": 2}]}}",
                "`C` stands twice",
            ),
            (
                "{\"classifiers\": {\"SVC\": [{\"C\": 1, \"C\": 2}]}}",
                "`C` stands twice",
            ),
            (
                "{\"classifiers\": {\"SVC\": [], \"SVC\": []}}",
                "SVC stands twice",
            ),
            ("{\"classifiers\": {}, \"more\": 1}", "unknown field `more`"),
            (
                "{\"classifiers\": {\"SVC\": [{\"engine\": 1}]}}",
                "`engine` stands twice",
            ),
        ] {
            let error = read(json).err().unwrap();
            assert!(error.contains(part), "{json}: {error}");
        }
    }

    #[test]
    fn damaged_files_are_refused_or_read() {
        let seeds = [include_bytes!("../../../../reference/baselines.json").as_slice()];
        let words: [&[u8]; 8] = [b"{", b"}", b"[", b"\"", b"null", b"1e999", b"\"(10,)\"", b","];
        fuzz("baselines.json", &seeds, &words, any_bytes);
    }
}
