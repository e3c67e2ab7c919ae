//! A parameter's value in a grid file, and its canonical text.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A TOML value that a parameter can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction. The canonical form of a whole float is [`Value::Int`].
    Float(f64),
    /// A word; `none` is Python's `None`.
    Text(String),
    /// A list.
    List(Vec<Value>),
}

/// Whole numbers are below this.
pub(crate) const WHOLE_LIMIT: f64 = 1e15;

impl Value {
    /// The value as a float, if it is a number.
    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "grid values are far below 2^53")]
            Value::Int(whole) => Some(*whole as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// A number in its canonical form: whole floats become integers.
    pub fn number(number: f64) -> Value {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 1e15")]
        if number.fract() == 0.0 && number.abs() < WHOLE_LIMIT {
            Value::Int(number as i64)
        } else {
            Value::Float(number)
        }
    }

    /// Every number in the value, those inside lists too.
    pub(crate) fn numbers(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Value::List(values) => Box::new(values.iter().flat_map(Value::numbers)),
            other => Box::new(other.as_f64().into_iter()),
        }
    }

    /// The value as TOML: words in quotes.
    pub(crate) fn to_toml(&self) -> String {
        match self {
            Value::Text(text) => format!("\"{text}\""),
            other => other.to_string(),
        }
    }

    /// The value that [`Value`]'s text describes. Every text describes a value: what is neither a number, `true`, `false` nor a
    /// list is a word.
    pub fn read(text: &str) -> Value {
        match Reader(text, 0).value() {
            Some((value, "")) => value,
            _ => Value::Text(text.to_owned()),
        }
    }
}

/// The text from which [`Value::read`] reads the same value, with its type: `1` and `1.0` differ. A word is in quotes where it
/// would otherwise read as something else.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(flag) => write!(f, "{flag}"),
            Value::Int(whole) => write!(f, "{whole}"),
            Value::Float(number) if (1e-4..1e15).contains(&number.abs()) => write!(f, "{number:?}"),
            Value::Float(number) => write!(f, "{number:e}"),
            Value::Text(text) if is_plain(text) => write!(f, "{text}"),
            Value::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Value::List(values) => {
                let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", texts.join(", "))
            }
        }
    }
}

/// Whether a word reads as itself without quotes, in a list too.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.contains(['"', ',', '[', ']'])
        && scalar(text) == Value::Text(text.to_owned())
}

/// A value without brackets and quotes.
fn scalar(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => (text.parse().map(Value::Int))
            .or_else(|_| text.parse().map(Value::Float))
            .unwrap_or_else(|_| Value::Text(text.to_owned())),
    }
}

/// Lists deeper than this are read as words.
const MAX_DEPTH: usize = 128;

/// Reads a value from the start of a text; returns it with the rest.
struct Reader<'a>(&'a str, usize);

impl<'a> Reader<'a> {
    fn value(self) -> Option<(Value, &'a str)> {
        if self.0.starts_with('[') {
            return self.list();
        }
        if self.0.starts_with('"') {
            let mut texts = serde_json::Deserializer::from_str(self.0).into_iter::<String>();
            let text = texts.next()?.ok()?;
            return Some((Value::Text(text), &self.0[texts.byte_offset()..]));
        }
        let end = self
            .0
            .find([',', ']'])
            .filter(|_| self.1 > 0)
            .unwrap_or(self.0.len());
        Some((scalar(&self.0[..end]), &self.0[end..]))
    }

    fn list(self) -> Option<(Value, &'a str)> {
        let mut rest = self.0.strip_prefix('[')?;
        let depth = self.1 + 1;
        let mut values = Vec::new();
        if let Some(rest) = rest.strip_prefix(']') {
            return Some((Value::List(values), rest));
        }
        if depth >= MAX_DEPTH {
            return None;
        }
        loop {
            let (value, after) = Reader(rest, depth).value()?;
            values.push(value);
            if let Some(after) = after.strip_prefix(']') {
                return Some((Value::List(values), after));
            }
            rest = after.strip_prefix(',')?.trim_start();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_text_of_the_published_table() {
        assert_eq!(Value::number(1.0).to_string(), "1");
        assert_eq!(Value::number(0.1).to_string(), "0.1");
        assert_eq!(Value::number(1e-9).to_string(), "1e-9");
        assert_eq!(
            Value::List(vec![Value::Int(100), Value::Int(10)]).to_string(),
            "[100, 10]"
        );
        assert_eq!(Value::Text("none".into()).to_string(), "none");
        assert_eq!(Value::Float(1.0).to_string(), "1.0");
        assert_eq!(Value::Text("1".into()).to_string(), "\"1\"");
    }
}
