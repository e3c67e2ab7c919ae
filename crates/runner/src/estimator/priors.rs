//! The probability of a class before any pixel is seen, as the naive Bayes families take it.

use loader::Label;

use crate::estimator::error::FitError;
use crate::estimator::labels::unique_labels;

/// Where it comes from.
#[derive(Clone, Debug)]
pub(crate) enum Prior {
    /// The shares of the training rows.
    Empirical,
    /// The same for every class.
    Uniform,
    /// These, one a class in ascending order of labels.
    Given(Vec<f64>),
}

impl Prior {
    /// As `class_prior` and `fit_prior` ask for it: the first holds over the second.
    pub(crate) fn of(class_prior: Option<&Vec<f64>>, fit_prior: bool) -> Prior {
        match (class_prior, fit_prior) {
            (Some(priors), _) => Prior::Given(priors.clone()),
            (None, true) => Prior::Empirical,
            (None, false) => Prior::Uniform,
        }
    }
}

/// Why these are no priors, if they are none.
pub(crate) fn not_priors(name: &str, priors: Option<&Vec<f64>>) -> Option<String> {
    let sum: f64 = priors?.iter().sum();
    ((sum - 1.0).abs() > 1e-8).then(|| format!("{name} must sum to 1, and sum to {sum}"))
}

/// The probability of each class that occurs, in ascending order of labels.
///
/// # Errors
/// Given priors of another number.
pub(crate) fn shares(prior: &Prior, labels: &[Label]) -> Result<Vec<f64>, FitError> {
    let classes = unique_labels(labels);
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    let share = |class: &Label| {
        let rows = labels.iter().filter(|label| *label == class).count() as f64;
        rows / labels.len() as f64
    };
    match prior {
        Prior::Empirical => Ok(classes.iter().map(share).collect()),
        #[expect(clippy::cast_precision_loss, reason = "class counts are small")]
        Prior::Uniform => Ok(vec![(classes.len() as f64).recip(); classes.len()]),
        Prior::Given(priors) if priors.len() != classes.len() => Err(FitError::Data(format!(
            "{} priors for {} classes",
            priors.len(),
            classes.len()
        ))),
        Prior::Given(priors) => Ok(priors.clone()),
    }
}

/// The logarithms of [`shares`].
///
/// # Errors
/// As there.
pub(crate) fn log_priors(prior: &Prior, labels: &[Label]) -> Result<Vec<f64>, FitError> {
    Ok(shares(prior, labels)?.into_iter().map(f64::ln).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [Label; 4] = [Label(0), Label(0), Label(0), Label(1)];

    #[test]
    fn priors_are_shares_equal_or_given() {
        let logs = |prior: Prior| log_priors(&prior, &LABELS).unwrap();
        assert_eq!(logs(Prior::Empirical), [0.75f64.ln(), 0.25f64.ln()]);
        assert_eq!(logs(Prior::Uniform), [0.5f64.ln(); 2]);
        assert_eq!(logs(Prior::Given(vec![0.9, 0.1])), [0.9f64.ln(), 0.1f64.ln()]);
    }

    #[test]
    fn priors_must_be_one_a_class_and_sum_to_one() {
        assert!(log_priors(&Prior::Given(vec![1.0]), &LABELS).is_err());
        assert!(not_priors("priors", Some(&vec![0.5, 0.4])).is_some());
        assert!(not_priors("priors", Some(&vec![0.1; 10])).is_none());
    }
}
