//! Words of the parameters that several families share.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::engine::LINFA;
use crate::families::family::Refusal;
use crate::native::generative::shrinkage::Shrinkage;
use crate::native::linear::ElasticNet;
use crate::params::choice::{choices, words};
use crate::params::kind::{Auto, Kind};
use crate::params::value::Value;

choices! {
    /// The penalty of a linear model.
    pub(crate) Penalty { L1 = "l1", L2 = "l2", ElasticNet = "elasticnet", None = "none" }
}

impl Penalty {
    /// The strengths of l1 and l2 for a total strength. `l1_ratio` is the share of l1 in the elastic net.
    pub(crate) fn elastic_net(self, strength: f64, l1_ratio: f64) -> ElasticNet {
        let (l1, l2) = match self {
            Penalty::None => (0.0, 0.0),
            Penalty::L1 => (strength, 0.0),
            Penalty::L2 => (0.0, strength),
            Penalty::ElasticNet => (strength * l1_ratio, strength * (1.0 - l1_ratio)),
        };
        ElasticNet { l1, l2 }
    }
}

words! {
    ClassWeight { None = "none", Balanced = "balanced" }
}

words! {
    SplitCriterion { Gini = "gini", Entropy = "entropy" | "log_loss" }
}

impl Kind for SubsetSize {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "sqrt" => Some(SubsetSize::Sqrt),
            Value::Text(text) if text == "log2" => Some(SubsetSize::Log2),
            Value::Text(text) if text == "all" || text == "none" => Some(SubsetSize::All),
            Value::Int(_) => usize::read(value)
                .filter(|count| *count > 0)
                .map(SubsetSize::Count),
            Value::Float(part) if *part == 1.0 => Some(SubsetSize::All),
            Value::Float(part) if *part > 0.0 && *part < 1.0 => Some(SubsetSize::Share(*part)),
            Value::Float(_) => usize::read(value)
                .filter(|count| *count > 0)
                .map(SubsetSize::Count),
            _ => None,
        }
    }
    fn to_value(&self) -> Value {
        match self {
            SubsetSize::Count(count) => count.to_value(),
            SubsetSize::Share(part) => Value::Float(*part),
            SubsetSize::Sqrt => Value::Text("sqrt".into()),
            SubsetSize::Log2 => Value::Text("log2".into()),
            SubsetSize::All => Value::Text("all".into()),
        }
    }
    fn expects() -> String {
        "a count, a share between 0 and 1, \"sqrt\", \"log2\" or \"all\"".into()
    }
}

impl Kind for Shrinkage {
    fn read(value: &Value) -> Option<Self> {
        let shrinkage = match <Option<Auto<f64>>>::read(value)? {
            None => Shrinkage::None,
            Some(Auto::Auto) => Shrinkage::LedoitWolf,
            Some(Auto::Set(share)) => Shrinkage::Share(share),
        };
        Some(shrinkage)
    }
    fn to_value(&self) -> Value {
        match self {
            Shrinkage::None => Value::Text("none".into()),
            Shrinkage::LedoitWolf => Value::Text("auto".into()),
            Shrinkage::Share(share) => share.to_value(),
        }
    }
    fn expects() -> String {
        <Option<Auto<f64>>>::expects()
    }
}

/// Refuses what linfa's trees mean otherwise than scikit-learn.
///
/// # Errors
/// A `min_impurity_decrease` other than 0: scikit-learn weights the decrease by the node's share of the rows, linfa does not.
pub(crate) fn check_linfa_tree(min_impurity_decrease: f64) -> Result<(), Refusal> {
    if min_impurity_decrease == 0.0 {
        return Ok(());
    }
    Err(Refusal::cannot(
        &LINFA,
        "min_impurity_decrease as scikit-learn means it: linfa does not weigh it by the node's share of the rows",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinkages_are_written_as_they_are_read() {
        let texts = ["none", "auto"].map(|text| Value::Text(text.into()));
        for value in texts.into_iter().chain([Value::Float(0.25), Value::Int(1)]) {
            assert_eq!(
                Shrinkage::read(&value).map(|shrinkage| shrinkage.to_value()),
                Some(value)
            );
        }
        assert_eq!(Shrinkage::read(&Value::Text("all".into())), None);
        assert_eq!(Shrinkage::expects(), "\"none\" or \"auto\" or a number");
    }

    #[test]
    fn fractions_of_784_pixels_are_scikit_learns() {
        let of = |value| SubsetSize::read(&value).map(|fraction| fraction.of(784));
        assert_eq!(of(Value::Text("sqrt".into())), Some(28));
        assert_eq!(of(Value::Text("log2".into())), Some(9));
        assert_eq!(of(Value::Float(0.5)), Some(392));
        assert_eq!(of(Value::Float(1.0)), Some(784));
        assert_eq!(of(Value::Int(10)), Some(10));
        assert_eq!(of(Value::Float(-0.5)), None);
    }
}
