//! `CellId`: the identity of a cell, a hash of everything that decides its result.

use sha2::{Digest, Sha256};

/// Identity of a cell: 16 hex digits, as `docs/results-format.md` describes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CellId(pub(crate) String);

/// What decides the result of a point. Points with the same problem are one point under several names.
pub(crate) struct Problem<'a> {
    pub(crate) dataset: &'a str,
    pub(crate) data_sha256: &'a str,
    pub(crate) preprocessing: &'a str,
    /// `None` where the rows are trained on as they are.
    pub(crate) augment: Option<String>,
    pub(crate) classifier: &'a str,
    pub(crate) engine: &'a str,
    /// Of a command engine, its version; empty for a built-in one.
    pub(crate) engine_identity: &'a str,
    /// In the form of the column `params`, which keeps types. Of a family of the registry without defaults, and without
    /// parameters that have no effect.
    pub(crate) params: &'a str,
    pub(crate) n_train: usize,
    pub(crate) n_test: usize,
}

impl Problem<'_> {
    /// A text that differs for every two problems: JSON, so that no value can run into the next.
    pub(crate) fn text(&self) -> String {
        let mut parts = serde_json::json!([
            "cell 2",
            self.dataset,
            self.data_sha256,
            self.preprocessing,
            self.classifier,
            self.engine,
            self.engine_identity,
            self.params,
            self.n_train,
            self.n_test,
        ]);
        // A point without it has the identity that it had before the key existed.
        if let (Some(augment), Some(parts)) = (&self.augment, parts.as_array_mut()) {
            parts.push(format!("augment {augment}").into());
        }
        parts.to_string()
    }
}

impl CellId {
    /// The cell of a problem with this repeat and seed.
    pub(crate) fn new(problem: &str, repeat: usize, seed: u64) -> CellId {
        let digest = Sha256::digest(format!("{problem}\nrepeat {repeat}\nseed {seed}"));
        CellId(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }
}
