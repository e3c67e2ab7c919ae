//! The types that a parameter can have.

use super::Value;

/// A Rust type that a parameter's value is read as.
pub trait Kind: Sized {
    /// Reads a value; `None` if it is of another type.
    fn read(value: &Value) -> Option<Self>;
    /// The value in its canonical form.
    fn shown(&self) -> Value;
    /// The type in words, such as `a number`.
    fn expects() -> String;
}

impl Kind for f64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_f64()
    }
    fn shown(&self) -> Value {
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
    fn shown(&self) -> Value {
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
    fn shown(&self) -> Value {
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
    fn shown(&self) -> Value {
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
    fn shown(&self) -> Value {
        Value::List(self.iter().map(Kind::shown).collect())
    }
    fn expects() -> String {
        "a list of numbers in a list of its own, such as [[0.5, 0.5]],".into()
    }
}

impl Kind for Vec<usize> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::List(values) => values.iter().map(usize::read).collect(),
            _ => None,
        }
    }
    fn shown(&self) -> Value {
        Value::List(self.iter().map(Kind::shown).collect())
    }
    fn expects() -> String {
        "a list of whole numbers in a list of its own, such as [[100, 10]],".into()
    }
}

/// A value, or `"auto"`: what the family makes of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto<T> {
    /// As the family's header says.
    Auto,
    /// This one.
    Set(T),
}

impl<T: Kind> Kind for Auto<T> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "auto" => Some(Auto::Auto),
            other => T::read(other).map(Auto::Set),
        }
    }
    fn shown(&self) -> Value {
        match self {
            Auto::Auto => Value::Text("auto".into()),
            Auto::Set(value) => value.shown(),
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
    fn shown(&self) -> Value {
        self.as_ref()
            .map_or_else(|| Value::Text("none".into()), Kind::shown)
    }
    fn expects() -> String {
        format!("\"none\" or {}", T::expects())
    }
}

/// A number of things out of `n`: a whole number is a count, a fraction in (0, 1) a share, as in scikit-learn. 1.0 cannot be
/// told from 1 in a TOML that writes `1.0` as `1`, so `"all"` stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fraction {
    /// So many.
    Count(usize),
    /// This share of all.
    Share(f64),
    /// The square root of the number of all, rounded down.
    Sqrt,
    /// The binary logarithm of the number of all, rounded down.
    Log2,
    /// All of them.
    All,
}

impl Fraction {
    /// How many of `n` these are: at least 1, at most `n`.
    pub fn of(self, n: usize) -> usize {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of rows and pixels are small"
        )]
        let share = |factor: f64| (factor * n as f64) as usize;
        let wanted = match self {
            Fraction::Count(count) => count,
            Fraction::Share(part) => share(part),
            Fraction::Sqrt => n.isqrt(),
            Fraction::Log2 => n.checked_ilog2().unwrap_or(0) as usize,
            Fraction::All => n,
        };
        wanted.clamp(1, n.max(1))
    }
}

impl Kind for Fraction {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "sqrt" => Some(Fraction::Sqrt),
            Value::Text(text) if text == "log2" => Some(Fraction::Log2),
            Value::Text(text) if text == "all" || text == "none" => Some(Fraction::All),
            Value::Int(_) => usize::read(value).filter(|count| *count > 0).map(Fraction::Count),
            Value::Float(part) if *part == 1.0 => Some(Fraction::All),
            Value::Float(part) if *part > 0.0 && *part < 1.0 => Some(Fraction::Share(*part)),
            Value::Float(_) => usize::read(value).filter(|count| *count > 0).map(Fraction::Count),
            _ => None,
        }
    }
    fn shown(&self) -> Value {
        match self {
            Fraction::Count(count) => count.shown(),
            Fraction::Share(part) => Value::Float(*part),
            Fraction::Sqrt => Value::Text("sqrt".into()),
            Fraction::Log2 => Value::Text("log2".into()),
            Fraction::All => Value::Text("all".into()),
        }
    }
    fn expects() -> String {
        "a count, a share between 0 and 1, \"sqrt\", \"log2\" or \"all\"".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_floats_are_whole_numbers() {
        assert_eq!(usize::read(&Value::Float(3.0)), Some(3));
        assert_eq!(usize::read(&Value::Float(3.5)), None);
        assert_eq!(usize::read(&Value::Int(-1)), None);
    }

    #[test]
    fn fractions_of_784_pixels_are_scikit_learns() {
        let of = |value| Fraction::read(&value).map(|fraction| fraction.of(784));
        assert_eq!(of(Value::Text("sqrt".into())), Some(28));
        assert_eq!(of(Value::Text("log2".into())), Some(9));
        assert_eq!(of(Value::Float(0.5)), Some(392));
        assert_eq!(of(Value::Float(1.0)), Some(784));
        assert_eq!(of(Value::Int(10)), Some(10));
        assert_eq!(of(Value::Float(-0.5)), None);
    }

    #[test]
    fn layers_are_a_list_of_whole_numbers() {
        let list = |values: &[f64]| Value::List(values.iter().copied().map(Value::Float).collect());
        assert_eq!(<Vec<usize>>::read(&list(&[100.0, 10.0])), Some(vec![100, 10]));
        assert_eq!(<Vec<usize>>::read(&list(&[0.5])), None);
        assert_eq!(<Vec<usize>>::read(&Value::Int(100)), None);
    }

    #[test]
    fn auto_is_a_value_beside_numbers() {
        assert_eq!(<Auto<usize>>::read(&Value::Text("auto".into())), Some(Auto::Auto));
        assert_eq!(<Auto<usize>>::read(&Value::Int(32)), Some(Auto::Set(32)));
        assert_eq!(<Auto<usize>>::read(&Value::Text("all".into())), None);
    }

    #[test]
    fn none_is_a_value_of_an_optional_parameter() {
        assert_eq!(<Option<usize>>::read(&Value::Text("none".into())), Some(None));
        assert_eq!(<Option<usize>>::read(&Value::Int(4)), Some(Some(4)));
        assert_eq!(<Option<usize>>::read(&Value::Text("nine".into())), None);
    }
}
