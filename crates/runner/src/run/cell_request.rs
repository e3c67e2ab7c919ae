//! What a child process is asked to train.

use std::path::Path;

use crate::families::method_kind::MethodKind;
use crate::grid::plan::Cell;
use crate::run::protocol::Request;

/// The request for a cell, without parts, features and program; `keep` is the folder for labels and attributes.
pub(super) fn request(cell: &Cell, threads: usize, keep: Option<&Path>) -> Request {
    let point = &cell.point;
    Request {
        data: point.data.cache.clone(),
        stamp: point.data.stamp,
        sha256: point.data.sha256.clone(),
        n_train: point.n_train,
        n_test: point.n_test,
        preprocessing: point.preprocessing.to_string(),
        augment: point.augment.to_string(),
        features: None,
        makes_features: false,
        classifier: point.family.name().into(),
        engine: point.engine.name().into(),
        settings: point.settings.clone(),
        parts: Vec::new(),
        is_baseline: point.family.kind() == MethodKind::Baseline,
        seed: cell.seed,
        threads,
        memory: point.memory,
        program: None,
        kept_in: keep.map(|folder| folder.join(format!("{}.json", cell.id.0))),
    }
}
