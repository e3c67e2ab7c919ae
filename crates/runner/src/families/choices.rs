//! What the linear families share of their parameters: the penalty and the weight of the classes.

use crate::estimator::subset_size::Fraction;
use crate::params::choice::choices;
use crate::params::kind::Kind;
use crate::params::value::Value;

choices! {
    /// What is added to the loss.
    pub(crate) Penalty { L1 = "l1", L2 = "l2", ElasticNet = "elasticnet", None = "none" }
}

choices! {
    /// Whether rare classes cost more.
    pub(crate) ClassWeight { None = "none", Balanced = "balanced" }
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
    fn fractions_of_784_pixels_are_scikit_learns() {
        let of = |value| Fraction::read(&value).map(|fraction| fraction.of(784));
        assert_eq!(of(Value::Text("sqrt".into())), Some(28));
        assert_eq!(of(Value::Text("log2".into())), Some(9));
        assert_eq!(of(Value::Float(0.5)), Some(392));
        assert_eq!(of(Value::Float(1.0)), Some(784));
        assert_eq!(of(Value::Int(10)), Some(10));
        assert_eq!(of(Value::Float(-0.5)), None);
    }
}
