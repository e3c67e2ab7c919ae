//! Kernels of support vector machines.

use crate::params::choice::choices;
use crate::params::kind::Kind;
use crate::params::value::Value;

choices! {
    /// KernelFunction of two rows.
    pub(crate) Kernel { Linear = "linear", Poly = "poly", Rbf = "rbf", Sigmoid = "sigmoid" }
}

/// The factor on products and squared distances.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gamma {
    Scale,
    Auto,
    Number(f64),
}

impl Kind for Gamma {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "scale" => Some(Gamma::Scale),
            Value::Text(text) if text == "auto" => Some(Gamma::Auto),
            other => other.as_f64().map(Gamma::Number),
        }
    }
    fn shown(&self) -> Value {
        match self {
            Gamma::Scale => Value::Text("scale".into()),
            Gamma::Auto => Value::Text("auto".into()),
            Gamma::Number(number) => Value::number(*number),
        }
    }
    fn expects() -> String {
        "\"scale\", \"auto\" or a number".into()
    }
}

impl Gamma {
    /// `variance` is that of all values of the training rows.
    #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
    pub(crate) fn of(self, n_features: usize, variance: impl FnOnce() -> f64) -> f64 {
        let n_features = n_features as f64;
        match self {
            Gamma::Number(number) => number,
            Gamma::Auto => n_features.recip(),
            Gamma::Scale => {
                let variance = variance();
                if variance == 0.0 {
                    1.0
                } else {
                    (n_features * variance).recip()
                }
            }
        }
    }
}
