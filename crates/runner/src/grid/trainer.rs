//! The family and the engine of a point: from the registry, or declared by the grid.

use std::collections::BTreeMap;
use std::path::{Path, absolute};
use std::sync::Arc;

use crate::families::family::{Family, Implementation};
use crate::families::method_kind::MethodKind;
use crate::params::spec::{Settings, without_defaults};

/// `[engines.NAME]`: a program that trains and predicts; `docs/engine-protocol.md` describes the protocol.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CommandEngine {
    /// Name in the grid and in the results.
    pub(crate) name: String,
    /// The program and its arguments; not empty.
    pub(crate) command: Vec<String>,
    /// Names of its families, in the registry or not; `None`: every family of the registry.
    pub(crate) classifiers: Option<Vec<String>>,
}

impl CommandEngine {
    /// The command in a form that can be started from any folder. A program without a slash must be in `PATH` and stays as it
    /// is; every other word that names an existing file becomes an absolute path.
    ///
    /// # Errors
    /// The name of the program, if it does not exist.
    pub(crate) fn resolved(&self) -> Result<Vec<String>, String> {
        let mut words = Vec::new();
        for (i, word) in self.command.iter().enumerate() {
            let path = Path::new(word);
            let is_path_lookup = i == 0 && !word.contains('/');
            let file = absolute(path)
                .ok()
                .filter(|file| !is_path_lookup && file.is_file());
            words.push(match file.as_deref().and_then(Path::to_str) {
                Some(file) => file.to_owned(),
                None if i > 0 || (is_path_lookup && is_in_path(word)) => word.clone(),
                None => return Err(word.clone()),
            });
        }
        Ok(words)
    }

    /// Whether the engine may train this family.
    pub(crate) fn trains(&self, family: &FamilyRef) -> bool {
        match (&self.classifiers, family) {
            (Some(names), _) => names.iter().any(|name| name == family.name()),
            (None, FamilyRef::Registry(_)) => true,
            (None, FamilyRef::Command(_)) => false,
        }
    }
}

/// The engine that trains a point.
#[derive(Clone)]
pub(crate) enum Trainer {
    /// An engine of the registry.
    BuiltIn(&'static Implementation),
    /// A program that the grid declares.
    Command(Arc<CommandEngine>),
}

impl Trainer {
    /// The engine's name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Trainer::BuiltIn(implementation) => implementation.engine.name,
            Trainer::Command(engine) => &engine.name,
        }
    }

    /// The version for the column `engine_version`; empty where it is unknown.
    pub(crate) fn version(&self) -> &str {
        match self {
            Trainer::BuiltIn(implementation) => implementation.engine.version(),
            Trainer::Command(_) => "",
        }
    }

    /// Versions of the libraries that it trains with. `reported` is the program's answer; a built-in engine ignores it.
    pub(crate) fn libraries(&self, reported: &BTreeMap<String, String>) -> String {
        match self {
            Trainer::BuiltIn(implementation) => implementation.engine.libraries(),
            Trainer::Command(_) => {
                let versions = reported.iter().map(|(name, version)| format!("{name} {version}"));
                versions.collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// Whether a fit may depend on the seed or on the order of the rows. The runner cannot know this of a program and assumes that it may.
    pub(crate) fn is_stochastic(&self) -> bool {
        match self {
            Trainer::BuiltIn(implementation) => implementation.is_stochastic,
            Trainer::Command(_) => true,
        }
    }
}

/// The family of a point.
#[derive(Clone)]
pub(crate) enum FamilyRef {
    /// A family of the registry. Its parameters are checked.
    Registry(&'static Family),
    /// A family of an engine by command. Its parameters are passed on unchecked.
    Command(String),
}

impl FamilyRef {
    /// scikit-learn's class name, or the engine's own name.
    pub(crate) fn name(&self) -> &str {
        match self {
            FamilyRef::Registry(family) => family.name,
            FamilyRef::Command(name) => name,
        }
    }

    /// The kind of method.
    pub(crate) fn kind(&self) -> MethodKind {
        match self {
            FamilyRef::Registry(family) => family.kind,
            FamilyRef::Command(_) => MethodKind::Other,
        }
    }

    /// The settings that identify the problem: without defaults, and without parameters that have no effect.
    pub(crate) fn effective_settings(&self, settings: &Settings) -> Settings {
        match self {
            FamilyRef::Registry(family) => {
                let inactive = (family.inactive_params)(settings);
                let mut settings = without_defaults(family.params, settings);
                for name in inactive {
                    settings.remove(*name);
                }
                settings
            }
            FamilyRef::Command(_) => settings.clone(),
        }
    }
}

fn is_in_path(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
