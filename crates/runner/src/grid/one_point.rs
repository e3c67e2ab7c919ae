//! One point that the command line names, as the text of a grid: there is one reader and one check of grids.

use loader::Preprocessing;
use std::collections::HashSet;
use toml::de::DeValue;

use crate::families;
use crate::families::engine::ENGINES;
use crate::families::family::Configuration;
use crate::params::spec::Settings;
use crate::params::value::Value;

/// A point as words.
pub(crate) struct OnePoint<'a> {
    /// The classifier.
    pub(crate) family: &'a str,
    /// Its parameters, each as `KEY=VALUE`.
    pub(crate) parameters: &'a [String],
    /// The dataset.
    pub(crate) dataset: &'a str,
    /// The preprocessing; `None`: the first that the family accepts.
    pub(crate) preprocessing: Option<&'a str>,
    /// How the training rows are multiplied; `None`: not at all.
    pub(crate) augment: Option<&'a str>,
    /// The engine; `None`: the first that has the family.
    pub(crate) engine: Option<&'a str>,
}

/// An argument that is no parameter, and what to write instead.
#[derive(Debug)]
pub(crate) struct NoParameter {
    /// What is wrong with it.
    pub(crate) problem: String,
    /// What to write instead.
    pub(crate) help: String,
}

/// The point as the text of a grid.
///
/// # Errors
/// An argument that is no parameter, or a list of values of one.
pub(crate) fn grid_text(args: &OnePoint<'_>) -> Result<String, NoParameter> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let engine = args.engine.or_else(|| default_engine(args.family));
    let preprocessing = args
        .preprocessing
        .map_or_else(|| default_preprocessing(args.family, engine), str::to_owned);
    let mut text = format!(
        "[[grid]]\nclassifier = {}\ndatasets = {}\npreprocessing = {}\n",
        quoted(args.family),
        quoted(args.dataset),
        quoted(&preprocessing)
    );
    if let Some(augment) = args.augment {
        text += &format!("augment = {}\n", quoted(augment));
    }
    if let Some(engine) = engine {
        text += &format!("engine = {}\n", quoted(engine));
    }
    let mut keys = HashSet::new();
    for argument in args.parameters {
        let help = || {
            format!(
                "write a parameter as KEY=VALUE, such as C=10; `runner --list {}` prints its parameters",
                args.family
            )
        };
        let (key, value) = argument
            .split_once('=')
            .filter(|(key, value)| !key.trim().is_empty() && !value.trim().is_empty())
            .ok_or_else(|| NoParameter {
                problem: format!("`{argument}` is no KEY=VALUE"),
                help: help(),
            })?;
        let key = key.trim();
        if let Some(flag) = flag_of(key) {
            return Err(NoParameter {
                problem: format!("`{key}` is no parameter of a classifier"),
                help: format!("write {flag}"),
            });
        }
        if !keys.insert(key) {
            return Err(NoParameter {
                problem: format!("`{key}` is given twice"),
                help: format!(
                    "`try` trains one point; several values are an axis of a grid: {key} = […] in a TOML file"
                ),
            });
        }
        check_one_value(args.family, key, value.trim(), argument)?;
        let is_bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let key = if key.chars().all(is_bare) {
            key.to_owned()
        } else {
            quoted(key)
        };
        // In a list, because a list itself is an axis of a grid.
        text += &format!("{key} = [{}]\n", value_text(value.trim(), quoted));
    }
    Ok(text)
}

/// The option that sets a key of a run, which is no parameter.
fn flag_of(key: &str) -> Option<String> {
    let flag = match key {
        "classifier" => return Some("it as the first argument".into()),
        "dataset" | "datasets" => "--dataset NAME",
        "engine" => "--engine NAME",
        "preprocessing" => "--preprocessing NAME",
        "augment" => "--augment NAME",
        "repeats" => "--repeats N",
        "seed" => "--seed N",
        "train_limit" => "--train-limit N",
        "test_limit" => "--test-limit N",
        "timeout" => "--timeout 30m",
        "memory" => "--memory 8GiB",
        _ => return None,
    };
    Some(flag.into())
}

/// A value as TOML: as it is where it is TOML, or else as a word. Python's constants have their names in a grid.
fn value_text(value: &str, quoted: impl Fn(&str) -> String) -> String {
    match value {
        "None" => quoted("none"),
        "True" => "true".into(),
        "False" => "false".into(),
        _ if is_toml(value) => value.into(),
        _ => quoted(value),
    }
}

fn is_toml(value: &str) -> bool {
    let parsed = DeValue::parse(value);
    parsed.is_ok_and(|parsed| {
        !matches!(parsed.get_ref(), DeValue::Datetime(_) | DeValue::Table(_)) && !value.contains(['\n', '#'])
    })
}

/// The first engine of the registry that has the family; `None` for an unknown family, which the grid's check names.
fn default_engine(family: &str) -> Option<&'static str> {
    let family = families::find(family)?;
    let mut engines = ENGINES.iter().map(|engine| engine.name);
    engines.find(|engine| family.implementation(engine).is_some())
}

/// The first preprocessing that the family accepts at its defaults.
fn default_preprocessing(family: &str, engine: Option<&str>) -> String {
    let implementation = families::find(family).zip(engine);
    let implementation = implementation.and_then(|(family, engine)| family.implementation(engine));
    let is_accepted = |preprocessing: &&Preprocessing| {
        let configuration = Configuration {
            settings: &Settings::new(),
            preprocessing: **preprocessing,
        };
        let is_defined =
            families::find(family).is_none_or(|family| (family.undefined)(&configuration).is_none());
        is_defined && implementation.is_none_or(|own| (own.build)(&configuration).is_ok())
    };
    let examples = [Preprocessing::STANDARD]
        .into_iter()
        .chain(Preprocessing::EXAMPLES.iter().copied());
    let examples: Vec<Preprocessing> = examples.collect();
    let accepted = examples.iter().find(is_accepted);
    accepted.unwrap_or(&Preprocessing::STANDARD).to_string()
}

/// Says that a list of values is no single point, if it would be one by one.
fn check_one_value(family: &str, key: &str, value: &str, argument: &str) -> Result<(), NoParameter> {
    let specs = families::find(family).map_or(&[][..], |family| family.params);
    let Some(spec) = specs.iter().find(|spec| spec.name == key) else {
        return Ok(());
    };
    let is_axis = match Value::read(value) {
        Value::List(values) => {
            spec.check(&Value::List(values.clone())).is_err()
                && values.iter().all(|one| spec.check(one).is_ok())
        }
        _ => false,
    };
    if is_axis {
        return Err(NoParameter {
            problem: format!("`{argument}` is a list of values"),
            help: format!(
                "`try` trains one point; a list of values is an axis of a grid: {key} = {value} in a TOML file"
            ),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_toml_or_words() {
        let text = |value: &str| value_text(value, |word| format!("<{word}>"));
        for (value, expected) in [
            ("10", "10"),
            ("1e-3", "1e-3"),
            ("auto", "<auto>"),
            ("None", "<none>"),
            ("True", "true"),
            ("[100,10]", "[100,10]"),
            ("\"auto\"", "\"auto\""),
            ("2026-01-01", "<2026-01-01>"),
            ("1] #", "<1] #>"),
        ] {
            assert_eq!(text(value), expected, "{value}");
        }
    }
}
