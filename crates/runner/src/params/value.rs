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
        if number.fract() == 0.0 && number.abs() < 1e15 {
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
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(flag) => write!(f, "{flag}"),
            Value::Int(whole) => write!(f, "{whole}"),
            Value::Float(number) if (1e-4..1e15).contains(&number.abs()) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number:e}"),
            Value::Text(text) => write!(f, "{text}"),
            Value::List(values) => {
                let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", texts.join(", "))
            }
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
    }
}
