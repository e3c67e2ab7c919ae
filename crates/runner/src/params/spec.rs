//! One parameter of a family, and what the grid sets of them.

use std::collections::BTreeMap;

use crate::params::range::Range;
use crate::params::value::Value;

/// What the grid set for one point: parameter name → checked value. What it left out has its default.
pub type Settings = BTreeMap<String, Value>;

/// One parameter of a family, as `--list` shows it and as the grid check uses it.
#[derive(Clone, Copy)]
pub struct Spec {
    /// scikit-learn's name.
    pub name: &'static str,
    /// What the parameter does, in a few words.
    pub meaning: &'static str,
    /// The values that are allowed, beyond their type.
    pub range: Range,
    /// The type in words, such as `a number`.
    pub expects: fn() -> String,
    /// The default, scikit-learn's.
    pub default: fn() -> Value,
    /// Reads a value as the parameter's type and gives it back in its one canonical form.
    pub canonical: fn(&Value) -> Option<Value>,
}

impl Spec {
    /// Checks a value as it stands in a grid.
    ///
    /// # Errors
    /// A sentence that says what was expected, without naming the parameter.
    pub fn check(&self, value: &Value) -> Result<Value, String> {
        let wanted = || {
            format!(
                "expected {}{}, found {}",
                (self.expects)(),
                self.range.suffix(),
                value.shown()
            )
        };
        let canonical = (self.canonical)(value).ok_or_else(wanted)?;
        if canonical.numbers().all(|number| self.range.holds(number)) {
            Ok(canonical)
        } else {
            Err(wanted())
        }
    }
}

/// The settings that differ from their defaults: two points for which these are equal are one problem.
pub fn without_defaults(specs: &[Spec], settings: &Settings) -> Settings {
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

/// `key=value` pairs sorted by key and joined by `;`, as the results file has them.
pub fn written(settings: &Settings) -> String {
    let pairs: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join(";")
}
