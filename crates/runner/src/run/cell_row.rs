//! The row of a cell: what was asked for, how it ended, what was measured, and where.

use crate::grid::plan::Cell;
use crate::results::provenance::Provenance;
use crate::results::row::{Row, SCHEMA};
use crate::results::status::Status;
use crate::results::warning::Warning;
use crate::run::protocol::Response;
use crate::run::system::contention::Contention;

/// The row of a cell that ended with this response, under the first name of its point.
pub(super) fn row(
    cell: &Cell,
    response: &Response,
    threads: usize,
    provenance: &Provenance,
    concurrent: usize,
    contention: Contention,
    started_at: &str,
) -> Row {
    let point = &cell.point;
    let score = match response {
        Response::Scored(score) => Some(score),
        Response::Ended(..) | Response::NotStarted(_) | Response::MadeFeatures => None,
    };
    let measured = score.map(|score| &score.measured);
    let (status, error) = match response {
        Response::Scored(_) => (Status::Ok, String::new()),
        Response::Ended(status, reason) => (*status, reason.clone()),
        Response::NotStarted(reason) => (Status::Interrupted, reason.clone()),
        Response::MadeFeatures => (Status::Failed, "the cell did not train".into()),
    };
    Row {
        schema: SCHEMA,
        cell_id: cell.id.0.clone(),
        dataset: point.data.name.clone(),
        data_sha256: point.data.sha256.clone(),
        preprocessing: point.preprocessing.to_string(),
        augment: point.augment.to_string(),
        classifier: point.family.name().into(),
        kind: point.family.kind().word().into(),
        engine: point.engine.name().into(),
        engine_version: point.engine.version().into(),
        params: point.names[0].clone(),
        repeat: cell.repeat,
        seed: cell.seed,
        n_train: point.n_train,
        n_test: point.n_test,
        n_features: score.and_then(|score| score.n_features),
        status,
        accuracy: score.map(|score| score.accuracy),
        macro_f1: score.map(|score| score.macro_f1),
        transform_s: measured.and_then(|measured| measured.transform_s),
        transform_cpu_s: measured.and_then(|measured| measured.transform_cpu_s),
        fit_s: measured.map(|measured| measured.fit_s),
        fit_cpu_s: measured.and_then(|measured| measured.fit_cpu_s),
        predict_s: measured.map(|measured| measured.predict_s),
        predict_cpu_s: measured.and_then(|measured| measured.predict_cpu_s),
        wall_s: measured.and_then(|measured| measured.wall_s),
        peak_rss_mib: measured.and_then(|measured| measured.peak_rss_mib),
        threads,
        concurrent,
        foreign_cores: contention.foreign_cores,
        steal: contention.steal,
        shared_with: String::new(),
        machine: provenance.machine.clone(),
        version: provenance.version.clone(),
        revision: provenance.revision.clone(),
        started_at: started_at.into(),
        warning: score
            .map(|score| Warning::column(&score.warnings))
            .unwrap_or_default(),
        error,
    }
    .or_failed()
}
