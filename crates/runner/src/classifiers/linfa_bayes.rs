//! What linfa's naive Bayes classifiers share: priors, which linfa always takes from the training rows, and the choice of the
//! likeliest class, whose ties linfa breaks by the order of a hash map.

use std::collections::HashMap;

use loader::Label;
use ndarray::Array1;

use super::{FitError, classes, predicted};

/// Where the probability of a class before any pixel is seen comes from.
#[derive(Clone, Debug)]
pub(super) enum Prior {
    /// The shares of the training rows.
    Empirical,
    /// The same for every class.
    Uniform,
    /// These, one a class in ascending order of labels.
    Given(Vec<f64>),
}

/// Why these are no priors, if they are none.
pub(super) fn not_priors(name: &str, priors: Option<&Vec<f64>>) -> Option<String> {
    let sum: f64 = priors?.iter().sum();
    ((sum - 1.0).abs() > 1e-8).then(|| format!("{name} must sum to 1, and sum to {sum}"))
}

/// For each class that occurs: what to add to linfa's log likelihood so that it holds the wanted prior.
pub(super) fn shifts(prior: &Prior, labels: &[Label]) -> Result<Vec<(usize, f64)>, FitError> {
    let classes = classes(labels);
    if let Prior::Given(priors) = prior
        && priors.len() != classes.len()
    {
        return Err(FitError(format!(
            "{} priors for {} classes",
            priors.len(),
            classes.len()
        )));
    }
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    let shift = |(i, class): (usize, &Label)| {
        let rows = labels.iter().filter(|label| *label == class).count() as f64;
        let empirical = (rows / labels.len() as f64).ln();
        let wanted = match prior {
            Prior::Empirical => empirical,
            Prior::Uniform => -(classes.len() as f64).ln(),
            Prior::Given(priors) => priors[i].ln(),
        };
        (class.index(), wanted - empirical)
    };
    Ok(classes.iter().enumerate().map(shift).collect())
}

/// The likeliest class of each row; equal ones go to the lower label.
pub(super) fn likeliest(
    likelihoods: &HashMap<&usize, Array1<f64>>,
    shifts: &[(usize, f64)],
    n_rows: usize,
) -> Result<Vec<Label>, FitError> {
    let mut best = vec![(f64::NEG_INFINITY, usize::MAX); n_rows];
    for (class, shift) in shifts {
        let likelihood = likelihoods
            .get(class)
            .ok_or_else(|| FitError(format!("linfa lost class {class}")))?;
        for (best, value) in best.iter_mut().zip(likelihood) {
            let value = value + shift;
            if value.is_nan() {
                return Err(FitError(format!(
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

    #[test]
    fn priors_must_be_one_a_class_and_sum_to_one() {
        assert!(shifts(&Prior::Given(vec![1.0]), &[Label(0), Label(1)]).is_err());
        assert!(not_priors("priors", Some(&vec![0.5, 0.4])).is_some());
        assert!(not_priors("priors", Some(&vec![0.1; 10])).is_none());
    }
}
