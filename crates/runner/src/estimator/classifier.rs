//! The traits that every engine implements.

use loader::Label;

use crate::estimator::error::FitError;
use crate::estimator::samples::{Layout, Samples};

/// What a fit may depend on beside its data.
#[derive(Clone, Copy, Debug, Default)]
pub struct FitContext {
    /// The only source of randomness.
    pub seed: u64,
    /// Bytes that the whole process may hold, where there is a limit. It changes speed alone.
    pub memory: Option<u64>,
}

/// A classifier with its parameters, ready to be trained.
pub trait Classifier: Send {
    /// The form in which it takes the pixels; prepared before the clock starts.
    fn layout(&self) -> Layout;

    /// Trains on `n_rows` samples with one label each. Threads are those of rayon's current pool.
    ///
    /// # Errors
    /// What the engine says; never a panic for data that the grid can ask for.
    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError>;
}

/// A trained classifier.
pub trait Model: Send + Sync {
    /// One label a row.
    ///
    /// # Errors
    /// What the engine says.
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError>;

    /// What a reader of the score must know: a solver that stopped before its tolerance, for instance.
    fn warning(&self) -> Option<String> {
        None
    }

    /// What the fit came to beside its predictions, for who asks for it.
    fn attributes(&self) -> Attributes {
        Attributes::new()
    }
}

/// By scikit-learn's names where it has them: `coef`, `intercept`, `n_iter`, `n_support`; `dual_objective` is what libsvm makes as small as
/// it can.
pub type Attributes = serde_json::Map<String, serde_json::Value>;
