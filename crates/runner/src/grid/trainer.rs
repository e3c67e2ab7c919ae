//! The family and the engine of a point: from the registry, or declared by the grid.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::families::family::{Family, Implementation};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::grid::command_engine::CommandEngine;
use crate::params::spec::{Settings, without_defaults};

/// Repeats per point where neither the grid nor the command line sets them.
const DEFAULT_REPEATS: usize = 5;

/// Repeats of a deterministic engine: the second checks that the first can be reproduced.
const DETERMINISTIC_REPEATS: usize = 2;

/// The engine that trains a point.
#[derive(Clone)]
pub(crate) enum Trainer {
    /// An engine of the registry.
    BuiltIn(&'static Implementation),
    /// A program that the grid declares.
    Command(Arc<CommandEngine>),
}

impl CommandEngine {
    /// Whether the engine may train this family.
    pub(crate) fn trains(&self, family: &FamilyRef) -> bool {
        match (&self.classifiers, family) {
            (Some(names), _) => names.iter().any(|name| name == family.name()),
            (None, FamilyRef::Registry(_)) => true,
            (None, FamilyRef::Command(..)) => false,
        }
    }
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
            Trainer::Command(engine) => engine.version(),
        }
    }

    /// What identifies the engine beside its name: nothing for a built-in one, whose cells stay the same from version to version.
    pub(crate) fn identity(&self) -> &str {
        match self {
            Trainer::BuiltIn(_) => "",
            Trainer::Command(engine) => engine.version(),
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

    /// How the time and memory of a fit grow with its rows; nothing is known of a program.
    pub(crate) fn growth(&self, settings: &Settings) -> Growth {
        match self {
            Trainer::BuiltIn(implementation) => (implementation.growth)(settings),
            Trainer::Command(_) => Growth::UNKNOWN,
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

impl Trainer {
    /// Repeats per point, given the number that the grid or the command line sets.
    pub(crate) fn repeats(&self, wanted: Option<usize>) -> usize {
        let wanted = wanted.unwrap_or(DEFAULT_REPEATS);
        if self.is_stochastic() {
            wanted
        } else {
            wanted.min(DETERMINISTIC_REPEATS)
        }
    }
}

/// The family of a point.
#[derive(Clone)]
pub(crate) enum FamilyRef {
    /// A family of the registry. Its parameters are checked.
    Registry(&'static Family),
    /// A family of an engine by command. Its parameters are passed on unchecked.
    Command(String, MethodKind),
}

impl FamilyRef {
    /// scikit-learn's class name, or the engine's own name.
    pub(crate) fn name(&self) -> &str {
        match self {
            FamilyRef::Registry(family) => family.name,
            FamilyRef::Command(name, _) => name,
        }
    }

    /// The kind of method.
    pub(crate) fn kind(&self) -> MethodKind {
        match self {
            FamilyRef::Registry(family) => family.kind,
            FamilyRef::Command(_, kind) => *kind,
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
            FamilyRef::Command(..) => settings.clone(),
        }
    }
}
