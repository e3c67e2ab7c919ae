//! Class priors: the probability of each class before any feature is seen.

use loader::Label;

use crate::estimator::error::FitError;
use crate::estimator::labels::unique_labels;
use crate::estimator::number::number;

/// Largest difference from 1 that the sum of given priors may have.
const SUM_TOLERANCE: f64 = 1e-8;

/// Where the prior probabilities of the classes come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Priors {
    /// The share of each class among the training rows.
    #[default]
    Empirical,
    /// The same probability for every class.
    Uniform,
    /// One probability per class, in ascending order of labels.
    Given(Vec<f64>),
}

impl Priors {
    /// The priors for scikit-learn's parameters `class_prior` and `fit_prior`; a given list takes precedence.
    pub(crate) fn new(given: Option<Vec<f64>>, fit_prior: bool) -> Priors {
        match (given, fit_prior) {
            (Some(priors), _) => Priors::Given(priors),
            (None, true) => Priors::Empirical,
            (None, false) => Priors::Uniform,
        }
    }

    /// Accepts given priors that are probabilities, each from 0 to 1.
    ///
    /// # Errors
    /// [`FitError::Setting`] names the first value outside the range.
    pub(crate) fn check_range(&self) -> Result<(), FitError> {
        let outside = self.given().iter().find(|prior| !(0.0..=1.0).contains(*prior));
        match outside {
            Some(prior) => Err(FitError::Setting(format!(
                "priors must be from 0 to 1, one is {prior}"
            ))),
            None => Ok(()),
        }
    }

    /// Accepts given priors that are probabilities and sum to 1.
    ///
    /// # Errors
    /// [`FitError::Setting`] otherwise.
    pub(crate) fn check_distribution(&self) -> Result<(), FitError> {
        self.check_range()?;
        match self {
            Priors::Given(priors) => {
                sum_error("priors", priors).map_or(Ok(()), |message| Err(FitError::Setting(message)))
            }
            Priors::Empirical | Priors::Uniform => Ok(()),
        }
    }

    /// The given priors; none for the other kinds.
    pub(crate) fn given(&self) -> &[f64] {
        match self {
            Priors::Given(priors) => priors,
            Priors::Empirical | Priors::Uniform => &[],
        }
    }
}

/// The error message for priors that do not sum to 1; `None` if they do.
pub(crate) fn sum_error(name: &str, priors: &[f64]) -> Option<String> {
    let sum: f64 = priors.iter().sum();
    let is_one = (sum - 1.0).abs() <= SUM_TOLERANCE;
    (!is_one).then(|| format!("{name} must sum to 1, the sum is {}", number(sum)))
}

/// The prior of each class that occurs, in ascending order of labels.
///
/// # Errors
/// [`FitError::Setting`] if the number of given priors differs from the number of classes.
pub(crate) fn class_priors(priors: &Priors, labels: &[Label]) -> Result<Vec<f64>, FitError> {
    let classes = unique_labels(labels);
    #[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
    let share = |class: &Label| {
        let n_of_class = labels.iter().filter(|label| *label == class).count() as f64;
        n_of_class / labels.len() as f64
    };
    match priors {
        Priors::Empirical => Ok(classes.iter().map(share).collect()),
        #[expect(clippy::cast_precision_loss, reason = "at most 256 classes")]
        Priors::Uniform => Ok(vec![(classes.len() as f64).recip(); classes.len()]),
        Priors::Given(given) if given.len() != classes.len() => Err(FitError::Setting(format!(
            "number of priors ({}) differs from number of classes ({})",
            given.len(),
            classes.len()
        ))),
        Priors::Given(given) => Ok(given.clone()),
    }
}

/// The logarithms of [`class_priors`].
///
/// # Errors
/// As [`class_priors`].
pub(crate) fn log_priors(priors: &Priors, labels: &[Label]) -> Result<Vec<f64>, FitError> {
    Ok(class_priors(priors, labels)?.into_iter().map(f64::ln).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [Label; 4] = [Label(0), Label(0), Label(0), Label(1)];

    #[test]
    fn priors_are_empirical_uniform_or_given() {
        let logs = |priors: Priors| log_priors(&priors, &LABELS).unwrap();
        assert_eq!(logs(Priors::Empirical), [0.75f64.ln(), 0.25f64.ln()]);
        assert_eq!(logs(Priors::Uniform), [0.5f64.ln(); 2]);
        assert_eq!(logs(Priors::Given(vec![0.9, 0.1])), [0.9f64.ln(), 0.1f64.ln()]);
    }

    #[test]
    fn priors_are_one_per_class_and_sum_to_one() {
        assert!(log_priors(&Priors::Given(vec![1.0]), &LABELS).is_err());
        assert!(sum_error("priors", &[0.5, 0.4]).is_some());
        assert!(sum_error("priors", &[0.1; 10]).is_none());
        let message = |priors: &[f64]| {
            let priors = Priors::Given(priors.to_vec());
            priors.check_distribution().unwrap_err().to_string()
        };
        assert_eq!(message(&[1.5, -0.5]), "priors must be from 0 to 1, one is 1.5");
        assert_eq!(message(&[0.5, 0.25]), "priors must sum to 1, the sum is 0.75");
        assert!(Priors::Empirical.check_distribution().is_ok());
    }
}
