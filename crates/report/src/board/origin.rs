//! Describes the rows behind a board: counts, machines, revisions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::input::{Row, Status};

/// Counts, machines and revisions of the rows behind a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Number of results files.
    pub files: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of cells; a repeated cell counts once.
    pub cells: usize,
    /// Number of cells by status.
    pub by_status: BTreeMap<Status, usize>,
    /// Short names of the machines.
    pub machines: BTreeSet<String>,
    /// Git revisions of the runner.
    pub revisions: BTreeSet<String>,
}

impl Origin {
    pub(super) fn of<F: AsRef<[Row]>>(files: &[F], cells: &[&Row]) -> Self {
        let mut origin = Self {
            files: files.len(),
            rows: files.iter().map(|file| file.as_ref().len()).sum(),
            cells: cells.len(),
            by_status: BTreeMap::new(),
            machines: BTreeSet::new(),
            revisions: BTreeSet::new(),
        };
        for cell in cells {
            *origin.by_status.entry(cell.status).or_default() += 1;
            if !cell.machine.is_empty() {
                origin.machines.insert(cell.machine.clone());
            }
            if !cell.revision.is_empty() {
                origin.revisions.insert(cell.revision.clone());
            }
        }
        origin
    }
}
