//! The traits that every engine implements.

use loader::Label;

use crate::estimator::error::FitError;
use crate::estimator::part::Part;
use crate::estimator::samples::{Layout, Samples};

/// What a fit may depend on besides its data.
#[derive(Clone, Copy, Debug, Default)]
pub struct FitContext {
    /// Seed of every random number; the only source of randomness.
    pub seed: u64,
    /// Bytes of memory that the process may use, if there is a limit. It changes the speed only.
    pub memory: Option<u64>,
}

/// A classifier with its settings, ready to be trained.
pub trait Classifier: Send {
    /// The layout in which it takes its rows; the caller converts them before the clock starts.
    fn layout(&self) -> Layout;

    /// Trains on the rows of `train`, with one label each. It runs on rayon's current thread pool.
    ///
    /// # Errors
    /// Settings outside their ranges, rows in another layout than [`Classifier::layout`], rows or labels that do not allow this fit
    /// (families that separate classes need two of them), arithmetic that fails.
    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError>;

    /// What it is of a larger classifier that differs only in the shared parameters of the family; `None` where there are none.
    fn part(&self) -> Option<Part> {
        None
    }
}

/// A trained classifier.
pub trait Model: Send + Sync {
    /// Predicts one label per row.
    ///
    /// # Errors
    /// Rows in another layout or with another number of features than the training rows, arithmetic that fails.
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError>;

    /// Predicts as each of these parts would, in their order. No part is larger than the model.
    ///
    /// # Errors
    /// As [`Model::predict`]; and parts of another kind of model.
    fn predict_parts(&self, _: &Samples, _: &[Part]) -> Result<Vec<Vec<Label>>, FitError> {
        Err(FitError::Setting("the model has no parts".into()))
    }

    /// [`Model::warning`] of a part.
    fn warning_of(&self, _: Part) -> Option<String> {
        self.warning()
    }

    /// That a solver did not converge, and how far it came; `None` if it did. [`Model::notice`] is for everything else.
    fn warning(&self) -> Option<String> {
        None
    }

    /// Anything else that a reader of the scores must know; `None` if there is nothing.
    fn notice(&self) -> Option<String> {
        None
    }

    /// Fitted attributes.
    fn attributes(&self) -> Attributes {
        Attributes::new()
    }
}

/// Fitted attributes by scikit-learn's names where it has them: `coef`, `intercept`, `n_iter`, `n_support`. `dual_objective` is the
/// objective that LIBSVM minimises.
pub type Attributes = serde_json::Map<String, serde_json::Value>;
