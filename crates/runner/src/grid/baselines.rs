//! `baselines.json` of the benchmark that came with Fashion-MNIST, as the text of a grid file.
//!
//! The file has an object `classifiers`: a list of objects for each classifier, whose keys are parameters and whose values are lists.
//! Every combination of values is a point. An object `common` has parameters of all classifiers. Tuples are texts, such as `"(100,)"`.

use serde::Deserialize;
use serde_json::{Map, Value};
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
struct File {
    #[serde(default)]
    common: Map<String, Value>,
    classifiers: Map<String, Value>,
}

/// Reads the file, for our own engine.
///
/// # Errors
/// What is not as described above, in words.
pub(crate) fn read(json: &str) -> Result<Baselines, String> {
    let file: File =
        serde_json::from_str(json).map_err(|error| format!("this is no baselines.json: {error}"))?;
    let mut added = Vec::new();
    let mut grids = Array::new();
    for (classifier, of_classifier) in &file.classifiers {
        let mut grid = Table::new();
        grid.insert("classifier".into(), classifier.clone().into());
        grid.insert("engine".into(), NATIVE.name.into());
        let lists = of_classifier.as_array().into_iter().flatten();
        let objects = lists.map(Value::as_object).collect::<Option<Vec<_>>>();
        let objects = objects.filter(|_| of_classifier.is_array()).ok_or_else(|| {
            format!("{classifier}: expected a list of objects such as [{{\"C\": [1.0, 10.0]}}]")
        })?;
        for (parameter, value) in objects.into_iter().flatten().chain(&file.common) {
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

#[cfg(test)]
mod tests {
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
                "SVC: expected a list of objects",
            ),
            (
                "{\"classifiers\": {\"SVC\": [1]}}",
                "SVC: expected a list of objects",
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
                "{\"classifiers\": {\"SVC\": [{\"engine\": 1}]}}",
                "`engine` stands twice",
            ),
        ] {
            let error = read(json).err().unwrap();
            assert!(error.contains(part), "{json}: {error}");
        }
    }
}
