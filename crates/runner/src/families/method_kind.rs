//! `MethodKind`: the kind of method that a family is, for the column `kind` of the results.

use std::fmt;

/// A kind of method. Reports group and filter by it, so that they need no list of families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// Ignores the features.
    Baseline,
    /// Naive Bayes.
    Bayes,
    /// One normal distribution per class.
    Discriminant,
    /// Gaussian process.
    GaussianProcess,
    /// Support vector machine with a kernel.
    Kernel,
    /// Linear model at the optimum of its objective.
    Linear,
    /// Linear model that updates on one row at a time.
    OnlineLinear,
    /// Distances to training rows or to their means.
    Neighbors,
    /// Neural network.
    NeuralNetwork,
    /// One decision tree.
    Tree,
    /// Several trees.
    TreeEnsemble,
    /// Unknown: a family that only a command engine has.
    Other,
}

impl MethodKind {
    /// Every kind.
    pub const ALL: [MethodKind; 12] = [
        MethodKind::Baseline,
        MethodKind::Bayes,
        MethodKind::Discriminant,
        MethodKind::GaussianProcess,
        MethodKind::Kernel,
        MethodKind::Linear,
        MethodKind::OnlineLinear,
        MethodKind::Neighbors,
        MethodKind::NeuralNetwork,
        MethodKind::Tree,
        MethodKind::TreeEnsemble,
        MethodKind::Other,
    ];

    /// Its word in results and grids.
    pub fn word(self) -> &'static str {
        match self {
            MethodKind::Baseline => "baseline",
            MethodKind::Bayes => "bayes",
            MethodKind::Discriminant => "discriminant",
            MethodKind::GaussianProcess => "gaussian-process",
            MethodKind::Kernel => "kernel",
            MethodKind::Linear => "linear",
            MethodKind::OnlineLinear => "online-linear",
            MethodKind::Neighbors => "neighbors",
            MethodKind::NeuralNetwork => "neural-network",
            MethodKind::Tree => "tree",
            MethodKind::TreeEnsemble => "tree-ensemble",
            MethodKind::Other => "other",
        }
    }

    /// The kind of this word.
    pub fn find(word: &str) -> Option<MethodKind> {
        MethodKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for MethodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
