//! The families: traits that an engine implements, and the registry that everything else walks.

mod byte_scores;
mod class_index;
mod held_back;
mod linear_choices;
mod linfa_bayes;
mod linfa_ensemble;
mod linfa_tree;
mod native_boosting;
mod native_discriminant;
mod native_forest;
mod native_hinge;
mod native_linear;
mod native_mlp;
mod native_neighbors;
mod native_online;
mod native_svc;
mod native_tree;
mod priors;
mod registry;
mod samples;

pub use registry::{family, family_of_file};
pub use samples::{Layout, Samples};

use loader::{Label, Preprocessing};

use crate::params::{Settings, Spec};

/// Declares the families' modules and lists them. Sorted; a classifier is one new file and one line here.
macro_rules! families {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every family, in the order of its file names.
        pub const FAMILIES: &[Family] = &[$($module::FAMILY),*];

        /// The file names of the families, in the same order.
        #[cfg(test)]
        const FAMILY_FILES: &[&str] = &[$(stringify!($module)),*];
    };
}

families! {
    ada_boost,
    bagging,
    bernoulli_nb,
    decision_tree,
    dummy,
    extra_tree,
    extra_trees,
    gaussian_nb,
    gaussian_process,
    gradient_boosting,
    hist_gradient_boosting,
    k_neighbors,
    linear_discriminant_analysis,
    linear_svc,
    logistic_regression,
    mlp,
    multinomial_nb,
    nearest_centroid,
    passive_aggressive,
    perceptron,
    quadratic_discriminant_analysis,
    random_forest,
    ridge,
    sgd,
    svc,
}

/// The names of the engines that are built in, which no grid may give to another.
pub const BUILT_IN_ENGINES: &[&str] = &["native", "linfa"];

/// A classifier under scikit-learn's name, with the engines that train it.
pub struct Family {
    /// scikit-learn's class name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// Its parameters.
    pub params: &'static [Spec],
    /// The names of the parameters that have no effect under these settings: points that differ in them alone are one problem.
    pub unused: fn(&Settings) -> &'static [&'static str],
    /// Why scikit-learn's definition has no such point, whatever the engine; `None` if it has.
    pub undefined: fn(&Point<'_>) -> Option<String>,
    /// The built-in engines that train it; a family without one is for engines by command.
    pub engines: &'static [Engine],
}

/// One way to train a family.
pub struct Engine {
    /// `linfa`, …
    pub name: &'static str,
    /// Whether a fit depends on the seed or on the order of the training rows.
    pub random: bool,
    /// Whether the same seed and rows always give the same predictions; where not, why not.
    pub unrepeatable: Option<&'static str>,
    /// Where the engine departs from scikit-learn's definition; empty if nowhere.
    pub note: &'static str,
    /// Checks what the engine can honour of the parameters, and makes the classifier.
    pub build: fn(&Point<'_>) -> Result<Box<dyn Classifier>, Refusal>,
}

impl Engine {
    /// The classifier of a point.
    ///
    /// # Errors
    /// What `build` refuses, and features of several pixels where it reads bytes.
    pub fn classifier(&self, point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
        let classifier = (self.build)(point)?;
        if classifier.layout() == Layout::Bytes && !point.preprocessing.is_of_pixels() {
            let what = format!(
                "{}: here it works on bytes, and these features are made of several",
                point.preprocessing
            );
            return Err(Refusal::cannot(self.name, what));
        }
        Ok(classifier)
    }
}

/// What an engine is asked for.
#[derive(Clone, Copy)]
pub struct Point<'a> {
    /// What the grid set; already of the right types and in range.
    pub settings: &'a Settings,
    /// What is done to the pixels first.
    pub preprocessing: Preprocessing,
}

/// Why an engine does not train a point: a reason for the reader, no fault of the run.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    /// Says that `engine` cannot honour what the grid set for a parameter.
    fn cannot(engine: &str, what: impl std::fmt::Display) -> Refusal {
        Refusal(format!("{engine} cannot do {what}"))
    }
}

/// Why a fit or a prediction came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FitError(pub String);

impl FitError {
    /// Carries a library's error, with what it was doing.
    fn during(what: &str, error: impl std::fmt::Display) -> FitError {
        FitError(format!("{what}: {error}"))
    }
}

/// What a fit may depend on beside its data.
#[derive(Clone, Copy, Debug)]
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

/// No parameter of the family ever loses its effect.
fn all_used(_: &Settings) -> &'static [&'static str] {
    &[]
}

/// Every combination of the family's parameters is defined.
fn all_defined(_: &Point<'_>) -> Option<String> {
    None
}

/// The labels that occur, ascending.
fn classes(labels: &[Label]) -> Vec<Label> {
    let mut seen = labels.to_vec();
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// Labels as linfa takes them.
fn targets(labels: &[Label]) -> ndarray::Array1<usize> {
    labels.iter().map(|label| label.index()).collect()
}

/// Labels as linfa gives them back.
fn predicted(labels: impl IntoIterator<Item = usize>) -> Result<Vec<Label>, FitError> {
    let label = |index: usize| {
        u8::try_from(index)
            .map(Label)
            .map_err(|_| FitError(format!("predicted label {index}")))
    };
    labels.into_iter().map(label).collect()
}
