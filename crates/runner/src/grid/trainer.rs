//! Who is trained and by whom: families and engines of the registry, and those that a grid brings along.

use std::collections::BTreeMap;
use std::path::{Path, absolute};
use std::sync::Arc;

use crate::families::family::{Family, Implementation};
use crate::params::spec::{Settings, without_defaults};

/// `[engines.NAME]`: a program that trains and predicts, asked as `docs/engine-protocol.md` says.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandEngine {
    /// Its name in the grid and in the results.
    pub name: String,
    /// The program and its arguments; not empty.
    pub command: Vec<String>,
    /// The families that it has, whether Hemline knows them or not; `None`: whatever Hemline knows.
    pub classifiers: Option<Vec<String>>,
}

impl CommandEngine {
    /// The command as it can be started from any folder: the program as it stands if it has no slash, and is then looked for in
    /// `PATH`; every other word that names a file under the working folder becomes its whole path.
    ///
    /// # Errors
    /// The program, if there is none.
    pub fn resolved(&self) -> Result<Vec<String>, String> {
        let mut words = Vec::new();
        for (i, word) in self.command.iter().enumerate() {
            let path = Path::new(word);
            let is_named = i == 0 && !word.contains('/');
            let whole = absolute(path).ok().filter(|whole| !is_named && whole.is_file());
            words.push(match whole.as_deref().and_then(Path::to_str) {
                Some(whole) => whole.to_owned(),
                None if i > 0 || (is_named && is_in_path(word)) => word.clone(),
                None => return Err(word.clone()),
            });
        }
        Ok(words)
    }

    /// Whether it may be asked for this family.
    pub fn has(&self, family: &FamilyRef) -> bool {
        match (&self.classifiers, family) {
            (Some(names), family) => names.iter().any(|name| name == family.name()),
            (None, FamilyRef::Registry(_)) => true,
            (None, FamilyRef::Command(_)) => false,
        }
    }
}

fn is_in_path(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// Who trains a point.
#[derive(Clone)]
pub enum Trainer {
    /// An engine of the registry.
    BuiltIn(&'static Implementation),
    /// A program.
    Command(Arc<CommandEngine>),
}

impl Trainer {
    /// The engine's name.
    pub fn name(&self) -> &str {
        match self {
            Trainer::BuiltIn(implementation) => implementation.engine.name,
            Trainer::Command(engine) => &engine.name,
        }
    }

    /// Versions of the libraries that it trained with: a built-in engine's own, and of a program what it `claimed`.
    pub fn libraries(&self, claimed: &BTreeMap<String, String>) -> String {
        match self {
            Trainer::BuiltIn(implementation) => implementation.engine.libraries(),
            Trainer::Command(_) => {
                let named = claimed.iter().map(|(name, version)| format!("{name} {version}"));
                named.collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// Whether a fit may depend on the seed or on the order of the rows; of a program nobody knows.
    pub fn is_stochastic(&self) -> bool {
        match self {
            Trainer::BuiltIn(implementation) => implementation.is_stochastic,
            Trainer::Command(_) => true,
        }
    }
}

/// Who is trained.
#[derive(Clone)]
pub enum FamilyRef {
    /// A family of the registry, whose parameters are checked.
    Registry(&'static Family),
    /// A family that only an engine by command knows, whose parameters are handed on as they stand.
    Command(String),
}

impl FamilyRef {
    /// scikit-learn's class name, or the engine's own.
    pub fn name(&self) -> &str {
        match self {
            FamilyRef::Registry(family) => family.name,
            FamilyRef::Command(name) => name,
        }
    }

    /// What of the settings makes the problem: without defaults, and without what has no effect.
    pub fn effective(&self, settings: &Settings) -> Settings {
        match self {
            FamilyRef::Registry(family) => {
                let mut effective = without_defaults(family.params, settings);
                for name in (family.inactive_params)(settings) {
                    effective.remove(*name);
                }
                effective
            }
            FamilyRef::Command(_) => settings.clone(),
        }
    }
}
