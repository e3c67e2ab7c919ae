//! What linfa's naive Bayes classifiers share: priors, which linfa always takes from the training rows, and the choice of the
//! likeliest class, whose ties linfa breaks by the order of a hash map.

use loader::Label;
use ndarray::Array1;
use std::collections::HashMap;

use crate::estimator::error::FitError;
use crate::estimator::labels::unique_labels;
use crate::estimator::priors::{Prior, log_priors};
use crate::linfa_adapters::labels::predicted;

/// For each class that occurs: what to add to linfa's log likelihood so that it holds the wanted prior.
pub(crate) fn shifts(prior: &Prior, labels: &[Label]) -> Result<Vec<(usize, f64)>, FitError> {
    let wanted = log_priors(prior, labels)?;
    let empirical = log_priors(&Prior::Empirical, labels)?;
    let shifts = wanted
        .iter()
        .zip(empirical)
        .map(|(wanted, empirical)| wanted - empirical);
    Ok(unique_labels(labels)
        .iter()
        .map(|class| class.index())
        .zip(shifts)
        .collect())
}

/// The likeliest class of each row; equal ones go to the lower label.
pub(crate) fn likeliest(
    likelihoods: &HashMap<&usize, Array1<f64>>,
    shifts: &[(usize, f64)],
    n_rows: usize,
) -> Result<Vec<Label>, FitError> {
    let mut best = vec![(f64::NEG_INFINITY, usize::MAX); n_rows];
    for (class, shift) in shifts {
        let likelihood = likelihoods
            .get(class)
            .ok_or_else(|| FitError::Data(format!("linfa lost class {class}")))?;
        for (best, value) in best.iter_mut().zip(likelihood) {
            let value = value + shift;
            if value.is_nan() {
                return Err(FitError::Data(format!(
                    "the log likelihood of class {class} is not a number"
                )));
            }
            if value > best.0 || best.1 == usize::MAX {
                *best = (value, *class);
            }
        }
    }
    predicted(best.into_iter().map(|(_, class)| class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_likelihoods_go_to_the_lower_label() {
        let likelihoods = HashMap::from([(&3, Array1::from(vec![-1.0])), (&1, Array1::from(vec![-1.0]))]);
        let labels = likeliest(&likelihoods, &[(1, 0.0), (3, 0.0)], 1).unwrap();
        assert_eq!(labels, [Label(1)]);
    }

    #[test]
    fn a_given_prior_replaces_the_empirical_one() {
        let labels = [Label(0), Label(0), Label(0), Label(1)];
        let shifts = shifts(&Prior::Given(vec![0.5, 0.5]), &labels).unwrap();
        assert!((shifts[0].1 - (0.5f64 / 0.75).ln()).abs() < 1e-12);
        assert!((shifts[1].1 - (0.5f64 / 0.25).ln()).abs() < 1e-12);
    }
}
