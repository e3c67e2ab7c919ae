//! A classifier family, and how engines implement it.

use loader::Preprocessing;

use crate::estimator::classifier::Classifier;
use crate::families::engine::Engine;
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::params::spec::{Settings, Spec};

/// A classifier under scikit-learn's name, with the engines that train it.
pub struct Family {
    /// scikit-learn's class name.
    pub name: &'static str,
    /// A short description.
    pub summary: &'static str,
    /// The kind of method.
    pub kind: MethodKind,
    /// Its parameters.
    pub params: &'static [Spec],
    /// The parameters without an effect under these settings. Points that differ only in them are the same problem.
    pub inactive_params: fn(&Settings) -> &'static [&'static str],
    /// Why no engine can train this configuration by scikit-learn's definition; `None` if it is defined.
    pub undefined: fn(&Configuration<'_>) -> Option<String>,
    /// The built-in engines that train it; a family without one is for command engines.
    pub implementations: &'static [Implementation],
}

/// How one engine trains a family.
pub struct Implementation {
    /// The engine.
    pub engine: &'static Engine,
    /// Whether a fit depends on the seed or on the order of the training rows.
    pub is_stochastic: bool,
    /// Why two fits with the same seed and rows may predict differently; `None` if they never do.
    pub nondeterminism: Option<&'static str>,
    /// The parameters in which one fit holds the results of others: points that differ only in them may be trained together, the
    /// largest for all.
    pub shared_params: &'static [&'static str],
    /// How the time and memory of a fit with these settings grow with its rows.
    pub growth: fn(&Settings) -> Growth,
    /// How the engine differs from scikit-learn's definition; empty if it does not.
    pub note: &'static str,
    /// Checks that the engine supports the parameters, and makes the classifier.
    pub build: fn(&Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal>,
}

/// What an engine has to train.
#[derive(Clone, Copy)]
pub struct Configuration<'a> {
    /// The parameters that the grid sets; types and ranges are already checked.
    pub settings: &'a Settings,
    /// What happens to the pixels first.
    pub preprocessing: Preprocessing,
}

/// Why an engine does not train a configuration. It is a result with a reason, not an error of the run.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Family {
    /// How the engine of this name trains the family.
    pub fn implementation(&self, engine: &str) -> Option<&'static Implementation> {
        self.implementations.iter().find(|own| own.engine.name == engine)
    }

    /// The stem of the family's file: its name in snake case, without `Classifier`.
    pub fn file_stem(&self) -> String {
        file_stem(self.name)
    }
}

impl Refusal {
    /// Says that `engine` does not support a value of a parameter.
    pub(crate) fn cannot(engine: &Engine, what: impl std::fmt::Display) -> Refusal {
        Refusal(format!("engine {} does not support {what}", engine.name))
    }
}

/// For a family whose parameters always have an effect.
pub(crate) fn all_active(_: &Settings) -> &'static [&'static str] {
    &[]
}

/// For a family that defines every combination of its parameters.
pub(crate) fn all_defined(_: &Configuration<'_>) -> Option<String> {
    None
}

fn file_stem(name: &str) -> String {
    let stem = name.strip_suffix("Classifier").unwrap_or(name);
    let letters: Vec<char> = stem.chars().collect();
    let mut file = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let follows_lower = i > 0 && letters[i - 1].is_lowercase();
        let precedes_lower = i > 0 && letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (follows_lower || precedes_lower) {
            file.push('_');
        }
        file.extend(letter.to_lowercase());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn family_names_become_snake_case_without_classifier() {
        assert_eq!(file_stem("KNeighborsClassifier"), "k_neighbors");
        assert_eq!(file_stem("SVC"), "svc");
        assert_eq!(file_stem("LinearSVC"), "linear_svc");
        assert_eq!(file_stem("GaussianNB"), "gaussian_nb");
        assert_eq!(file_stem("MLPClassifier"), "mlp");
    }
}
