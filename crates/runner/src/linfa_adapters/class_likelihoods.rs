//! Priors and predictions of linfa's naive Bayes classifiers.
//!
//! linfa has empirical priors only, so other priors are added to its log likelihoods. It breaks ties by the order of a hash map, so
//! the likeliest class is chosen here.

use std::collections::HashMap;

use linfa_bayes::NaiveBayes;
use loader::Label;
use ndarray::{Array1, CowArray};

use crate::estimator::classifier::Model;
use crate::estimator::error::FitError;
use crate::estimator::labels::unique_labels;
use crate::estimator::priors::{Priors, log_priors};
use crate::estimator::samples::Samples;
use crate::linfa_adapters::labels::predicted;

/// A classifier that linfa has trained, with the priors that it should have.
pub(crate) struct TrainedNaiveBayes<M> {
    bayes: M,
    /// Features above this are 1, others 0; `None` keeps them.
    binarize: Option<f64>,
    prior_corrections: Vec<(usize, f64)>,
}

impl<M> TrainedNaiveBayes<M> {
    /// Puts linfa's classifier and the priors of the training labels together.
    ///
    /// # Errors
    /// Those of [`log_priors`].
    pub(crate) fn new(
        bayes: M,
        binarize: Option<f64>,
        priors: &Priors,
        labels: &[Label],
    ) -> Result<TrainedNaiveBayes<M>, FitError> {
        Ok(TrainedNaiveBayes {
            bayes,
            binarize,
            prior_corrections: prior_corrections(priors, labels)?,
        })
    }
}

impl<M: for<'a> NaiveBayes<'a, f64, usize> + Send + Sync> Model for TrainedNaiveBayes<M> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let mut features = CowArray::from(samples.f64().view());
        if let Some(threshold) = self.binarize {
            features = features.mapv(|feature| f64::from(feature > threshold)).into();
        }
        let likelihoods = self.bayes.joint_log_likelihood(features.view());
        likeliest_labels(&likelihoods, &self.prior_corrections, samples.n_rows())
    }
}

/// For each class that occurs, its label and what to add to linfa's log likelihood: the log prior minus the empirical one.
///
/// # Errors
/// Those of [`log_priors`].
fn prior_corrections(priors: &Priors, labels: &[Label]) -> Result<Vec<(usize, f64)>, FitError> {
    let requested = log_priors(priors, labels)?;
    let empirical = log_priors(&Priors::Empirical, labels)?;
    let corrections = requested
        .iter()
        .zip(empirical)
        .map(|(requested, empirical)| requested - empirical);
    Ok(unique_labels(labels)
        .iter()
        .map(|class| class.index())
        .zip(corrections)
        .collect())
}

/// The likeliest label of each row, given the log likelihoods of all rows by class. Equal likelihoods go to the lower label.
///
/// # Errors
/// [`FitError::Library`] if linfa leaves out a class, [`FitError::Numerical`] for NaN.
fn likeliest_labels(
    likelihoods: &HashMap<&usize, Array1<f64>>,
    prior_corrections: &[(usize, f64)],
    n_rows: usize,
) -> Result<Vec<Label>, FitError> {
    let mut best = vec![(f64::NEG_INFINITY, usize::MAX); n_rows];
    for (class, correction) in prior_corrections {
        let likelihood = likelihoods.get(class).ok_or_else(|| {
            FitError::during("linfa's naive Bayes", format!("no likelihood of class {class}"))
        })?;
        for (best, value) in best.iter_mut().zip(likelihood) {
            let value = value + correction;
            if value.is_nan() {
                return Err(FitError::Numerical(format!(
                    "the log likelihood of class {class} is NaN"
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
        let labels = likeliest_labels(&likelihoods, &[(1, 0.0), (3, 0.0)], 1).unwrap();
        assert_eq!(labels, [Label(1)]);
    }

    #[test]
    fn a_given_prior_replaces_the_empirical_one() {
        let labels = [Label(0), Label(0), Label(0), Label(1)];
        let corrections = prior_corrections(&Priors::Given(vec![0.5, 0.5]), &labels).unwrap();
        assert!((corrections[0].1 - (0.5f64 / 0.75).ln()).abs() < 1e-12);
        assert!((corrections[1].1 - (0.5f64 / 0.25).ln()).abs() < 1e-12);
    }
}
