//! One parameter of a family, and the values that a grid sets.

use std::collections::BTreeMap;

use crate::params::range::Range;
use crate::params::value::{Value, WHOLE_LIMIT};

/// Parameter name → checked value, for one point of a grid. A parameter that the grid leaves out has its default.
pub type Settings = BTreeMap<String, Value>;

/// Whole numbers of more than 15 digits have an exponent in messages.
const LARGE: u64 = 1_000_000_000_000_000;

/// One parameter of a family, as `--list` shows it and the grid check uses it.
#[derive(Clone, Copy)]
pub struct Spec {
    /// scikit-learn's name.
    pub name: &'static str,
    /// Meaning in a few words.
    pub meaning: &'static str,
    /// Range of the allowed numbers.
    pub range: Range,
    /// The type in words, such as `a number`.
    pub expects: fn() -> String,
    /// scikit-learn's default.
    pub default: fn() -> Value,
    /// Converts a value to the canonical form of its type; `None` if it has another type.
    pub canonical: fn(&Value) -> Option<Value>,
}

impl Spec {
    /// Checks a value of a grid and returns its canonical form.
    ///
    /// # Errors
    /// A message with the expected and the found value; it does not name the parameter.
    pub fn check(&self, value: &Value) -> Result<Value, String> {
        let mismatch = || {
            let expects = (self.expects)();
            let found = match value {
                Value::Int(whole) if whole.unsigned_abs() >= LARGE => format!("{whole:e}"),
                other => other.to_toml(),
            };
            let limit = limit(value, &expects);
            let reason = value.numbers().find_map(|number| self.range.too_large(number));
            let reason = reason.unwrap_or_default();
            format!(
                "expected {expects}{}, found {found}{limit}{reason}",
                self.range.suffix()
            )
        };
        let canonical = (self.canonical)(value).ok_or_else(mismatch)?;
        if canonical.numbers().all(|number| self.range.contains(number)) {
            Ok(canonical)
        } else {
            Err(mismatch())
        }
    }
}

/// Which limit of all numbers a value is beyond, if it is.
fn limit(value: &Value, expects: &str) -> &'static str {
    if value.numbers().any(f64::is_infinite) {
        "; numbers above 1.8e308 are infinite"
    } else if expects.contains("whole") && value.numbers().any(|number| number.abs() >= WHOLE_LIMIT) {
        "; whole numbers must be below 1e15"
    } else {
        ""
    }
}

/// The settings that differ from their defaults.
pub(crate) fn without_defaults(specs: &[Spec], settings: &Settings) -> Settings {
    let is_default = |name: &str, value: &Value| {
        specs
            .iter()
            .any(|spec| spec.name == name && (spec.default)() == *value)
    };
    settings
        .iter()
        .filter(|(name, value)| !is_default(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
