//! The parameters of a point, written in the CSV as `key=value` pairs separated by `;`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Parameters, ordered and compared as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(String);

impl Params {
    /// Parameters from text, without a check; see [`Params::malformed`].
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text in the CSV file.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pairs in file order. A piece without `=` has an empty value.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .split(';')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }

    /// The value of one key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs().find(|(k, _)| *k == key).map(|(_, value)| value)
    }

    /// Whether `other` contains all pairs of these parameters and at least one more.
    pub fn is_part_of(&self, other: &Params) -> bool {
        self.pairs().count() < other.pairs().count()
            && self.pairs().all(|pair| other.pairs().any(|other| pair == other))
    }

    /// The first piece that is not a `key=value` pair.
    pub fn malformed(&self) -> Option<&str> {
        self.0
            .split(';')
            .find(|pair| !self.0.is_empty() && pair.split_once('=').is_none_or(|(key, _)| key.is_empty()))
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether two values are equal: numbers by value, lists by element, other values as text.
pub fn same_value(a: &str, b: &str) -> bool {
    match (list(a), list(b)) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_scalar(a, b)),
        (None, None) => same_scalar(a, b),
        _ => false,
    }
}

/// The elements of a list such as `[100, 10]`; `None` for any other value.
pub fn list(value: &str) -> Option<Vec<&str>> {
    let inner = value.trim().strip_prefix('[')?.strip_suffix(']')?;
    Some(if inner.trim().is_empty() {
        Vec::new()
    } else {
        inner.split(',').map(str::trim).collect()
    })
}

fn same_scalar(a: &str, b: &str) -> bool {
    match (a.trim().parse::<f64>(), b.trim().parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a.trim() == b.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_and_lists_by_element() {
        for (a, b) in [
            ("1", "1.0"),
            ("1e-3", "0.001"),
            ("[100, 10]", "[100,10.0]"),
            ("[]", "[ ]"),
            ("rbf", "rbf"),
        ] {
            assert!(same_value(a, b), "{a} and {b}");
        }
        for (a, b) in [
            ("1", "10"),
            ("[100]", "100"),
            ("[100]", "[100, 10]"),
            ("rbf", "RBF"),
            ("none", "0"),
        ] {
            assert!(!same_value(a, b), "{a} and {b}");
        }
    }

    #[test]
    fn a_piece_without_an_equals_sign_is_malformed() {
        assert_eq!(Params::new("").malformed(), None);
        assert_eq!(Params::new("C=1;kernel=rbf").malformed(), None);
        assert_eq!(Params::new("C=1;kernel").malformed(), Some("kernel"));
        assert_eq!(Params::new("=1").malformed(), Some("=1"));
        assert_eq!(Params::new("C=1;").malformed(), Some(""));
    }
}
