//! A classifier family and the engines that train it.

use loader::Preprocessing;

use crate::estimator::classifier::Classifier;
use crate::estimator::samples::Layout;
use crate::families::engine::Engine;
use crate::params::spec::{Settings, Spec};

/// The file name that a family's name asks for: the same words in snake case, without `Classifier`.
pub fn family_of_file(name: &str) -> String {
    let stem = name.strip_suffix("Classifier").unwrap_or(name);
    let letters: Vec<char> = stem.chars().collect();
    let mut file = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let after_small = i > 0 && letters[i - 1].is_lowercase();
        let before_small = i > 0 && letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_small || before_small) {
            file.push('_');
        }
        file.extend(letter.to_lowercase());
    }
    file
}

/// A classifier under scikit-learn's name, with the engines that train it.
pub struct Family {
    /// scikit-learn's class name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// Its parameters.
    pub params: &'static [Spec],
    /// The names of the parameters that have no effect under these settings: points that differ in them alone are one problem.
    pub inactive_params: fn(&Settings) -> &'static [&'static str],
    /// Why scikit-learn's definition has no such point, whatever the engine; `None` if it has.
    pub undefined: fn(&Configuration<'_>) -> Option<String>,
    /// The built-in engines that train it; a family without one is for engines by command.
    pub implementations: &'static [Implementation],
}

impl Family {
    /// How the engine of this name trains the family.
    pub fn implementation(&self, engine: &str) -> Option<&'static Implementation> {
        self.implementations.iter().find(|own| own.engine.name == engine)
    }
}

/// One way to train a family.
pub struct Implementation {
    /// Who trains it.
    pub engine: &'static Engine,
    /// Whether a fit depends on the seed or on the order of the training rows.
    pub is_stochastic: bool,
    /// Whether the same seed and rows always give the same predictions; where not, why not.
    pub nondeterminism: Option<&'static str>,
    /// Where the engine departs from scikit-learn's definition; empty if nowhere.
    pub note: &'static str,
    /// Checks what the engine can honour of the parameters, and makes the classifier.
    pub build: fn(&Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal>,
}

impl Implementation {
    /// The classifier of a point.
    ///
    /// # Errors
    /// What `build` refuses, and features of several pixels where it reads bytes.
    pub fn classifier(&self, point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
        let classifier = (self.build)(point)?;
        if classifier.layout() == Layout::Bytes && !point.preprocessing.is_of_pixels() {
            let what = format!(
                "{}: here it works on bytes, and these features are made of several",
                point.preprocessing
            );
            return Err(Refusal::cannot(self.engine, what));
        }
        Ok(classifier)
    }
}

/// What an engine is asked for.
#[derive(Clone, Copy)]
pub struct Configuration<'a> {
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
    pub(crate) fn cannot(engine: &Engine, what: impl std::fmt::Display) -> Refusal {
        Refusal(format!("{} cannot do {what}", engine.name))
    }
}

/// No parameter of the family ever loses its effect.
pub(crate) fn all_active(_: &Settings) -> &'static [&'static str] {
    &[]
}

/// Every combination of the family's parameters is defined.
pub(crate) fn all_defined(_: &Configuration<'_>) -> Option<String> {
    None
}
