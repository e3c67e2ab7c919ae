//! A parameter's value as the grid file has it, with the one way in which it is written.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A TOML value that a parameter can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; a float without one becomes [`Value::Int`] when it is made canonical.
    Float(f64),
    /// A word; `none` stands for scikit-learn's None.
    Text(String),
    /// A list-valued setting.
    List(Vec<Value>),
}

impl Value {
    /// The value as a float, if it is a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "grid values are far below 2^53")]
            Value::Int(whole) => Some(*whole as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// A number in its canonical form: whole floats become integers.
    pub fn number(number: f64) -> Value {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        if number.fract() == 0.0 && number.abs() < 1e15 {
            Value::Int(number as i64)
        } else {
            Value::Float(number)
        }
    }

    /// Every number in the value: itself, or the elements of a list.
    pub fn numbers(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Value::List(values) => Box::new(values.iter().flat_map(Value::numbers)),
            other => Box::new(other.as_f64().into_iter()),
        }
    }

    /// The value for a message: words in quotes, as they stand in TOML.
    pub fn shown(&self) -> String {
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
                let shown: Vec<String> = values.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", shown.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_published_table_has_them() {
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
