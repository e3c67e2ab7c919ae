//! `Kind`: the types that a parameter can have.

use crate::params::value::Value;

/// The Rust type of a parameter.
pub(crate) trait Kind: Sized {
    /// Reads a value; `None` if it has another type.
    fn read(value: &Value) -> Option<Self>;
    /// The value in its canonical form.
    fn to_value(&self) -> Value;
    /// The type in words, such as `a number`.
    fn expects() -> String;
}

impl Kind for f64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_f64()
    }
    fn to_value(&self) -> Value {
        Value::number(*self)
    }
    fn expects() -> String {
        "a number".into()
    }
}

impl Kind for usize {
    fn read(value: &Value) -> Option<Self> {
        match Value::number(value.as_f64()?) {
            Value::Int(whole) => usize::try_from(whole).ok(),
            _ => None,
        }
    }
    fn to_value(&self) -> Value {
        Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
    fn expects() -> String {
        "a whole number".into()
    }
}

impl Kind for i64 {
    fn read(value: &Value) -> Option<Self> {
        match Value::number(value.as_f64()?) {
            Value::Int(whole) => Some(whole),
            _ => None,
        }
    }
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
    fn expects() -> String {
        "a whole number".into()
    }
}

impl Kind for bool {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
    fn expects() -> String {
        "true or false".into()
    }
}

impl Kind for Vec<f64> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::List(values) => values.iter().map(f64::read).collect(),
            _ => None,
        }
    }
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(Kind::to_value).collect())
    }
    fn expects() -> String {
        "a list such as [[0.5, 0.5]] of numbers".into()
    }
}

impl Kind for Vec<usize> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::List(values) => values.iter().map(usize::read).collect(),
            _ => None,
        }
    }
    fn to_value(&self) -> Value {
        Value::List(self.iter().map(Kind::to_value).collect())
    }
    fn expects() -> String {
        "a list such as [[100, 10]] of whole numbers".into()
    }
}

/// A value, or `"auto"`: the family chooses one from the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auto<T> {
    /// The value that the family's header documents.
    Auto,
    /// This value.
    Set(T),
}

impl<T: Kind> Kind for Auto<T> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "auto" => Some(Auto::Auto),
            other => T::read(other).map(Auto::Set),
        }
    }
    fn to_value(&self) -> Value {
        match self {
            Auto::Auto => Value::Text("auto".into()),
            Auto::Set(value) => value.to_value(),
        }
    }
    fn expects() -> String {
        format!("\"auto\" or {}", T::expects())
    }
}

impl<T: Kind> Kind for Option<T> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "none" => Some(None),
            other => T::read(other).map(Some),
        }
    }
    fn to_value(&self) -> Value {
        self.as_ref()
            .map_or_else(|| Value::Text("none".into()), Kind::to_value)
    }
    fn expects() -> String {
        format!("\"none\" or {}", T::expects())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_without_fraction_is_a_whole_number() {
        assert_eq!(usize::read(&Value::Float(3.0)), Some(3));
        assert_eq!(usize::read(&Value::Float(3.5)), None);
        assert_eq!(usize::read(&Value::Int(-1)), None);
    }

    #[test]
    fn list_of_whole_numbers_rejects_fractions_and_scalars() {
        let list = |values: &[f64]| Value::List(values.iter().copied().map(Value::Float).collect());
        assert_eq!(<Vec<usize>>::read(&list(&[100.0, 10.0])), Some(vec![100, 10]));
        assert_eq!(<Vec<usize>>::read(&list(&[0.5])), None);
        assert_eq!(<Vec<usize>>::read(&Value::Int(100)), None);
    }

    #[test]
    fn auto_is_read_beside_numbers() {
        assert_eq!(<Auto<usize>>::read(&Value::Text("auto".into())), Some(Auto::Auto));
        assert_eq!(<Auto<usize>>::read(&Value::Int(32)), Some(Auto::Set(32)));
        assert_eq!(<Auto<usize>>::read(&Value::Text("all".into())), None);
    }

    #[test]
    fn none_is_read_for_an_optional_parameter() {
        assert_eq!(<Option<usize>>::read(&Value::Text("none".into())), Some(None));
        assert_eq!(<Option<usize>>::read(&Value::Int(4)), Some(Some(4)));
        assert_eq!(<Option<usize>>::read(&Value::Text("nine".into())), None);
    }
}
