//! Which row of a cell counts where several files, or one, have more than one. `report` follows the same rules, except that the last
//! row counts for it whether or not it is `ok`.

use std::collections::HashMap;

use crate::results::clock;
use crate::results::row::Row;
use crate::results::status::Status;

/// A row of one of several files, and whether the labels beside it have its accuracy; `None` without labels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    pub(super) row: &'a Row,
    /// Number of its file in the order of the command line.
    pub(super) file: usize,
    pub(super) fits: Option<bool>,
}

impl Claim<'_> {
    /// Whether two rows say the same about a cell.
    fn agrees(&self, other: &Claim<'_>) -> bool {
        (self.row.status, self.row.accuracy) == (other.row.status, other.row.accuracy)
    }
}

/// The row that counts of each (`cell_id`, `params`), in the order in which the cells first appear; and what to say about rows that
/// contradict another of the same start.
pub(super) fn counting<'a>(claims: &[Claim<'a>]) -> (Vec<&'a Row>, Vec<String>) {
    let mut order = Vec::new();
    let mut of_cells: HashMap<(&str, &str), Vec<Claim<'a>>> = HashMap::new();
    for claim in claims {
        let key = (claim.row.cell_id.as_str(), claim.row.params.as_str());
        let of_cell = of_cells.entry(key).or_default();
        if of_cell.is_empty() {
            order.push(key);
        }
        of_cell.push(*claim);
    }
    let mut notices = Vec::new();
    let rows = order.iter().filter_map(|key| {
        let kept = without_contradicted(of_cells.remove(key)?, &mut notices);
        let mut of_files: Vec<Claim<'a>> = Vec::new();
        for of_file in kept.chunk_by(|one, other| one.file == other.file) {
            of_files.extend(last_of_file(of_file));
        }
        newest(&of_files)
    });
    (rows.collect(), notices)
}

/// Of rows that started at the same time and say different things, those whose labels have their accuracy stay. Without such a row,
/// all stay.
fn without_contradicted<'a>(claims: Vec<Claim<'a>>, notices: &mut Vec<String>) -> Vec<Claim<'a>> {
    if claims.len() < 2 {
        return claims;
    }
    let mut fitting: HashMap<&str, Claim<'a>> = HashMap::new();
    for claim in claims.iter().filter(|claim| claim.fits == Some(true)) {
        fitting.insert(&claim.row.started_at, *claim);
    }
    let mut kept: Vec<Claim<'a>> = Vec::new();
    for claim in claims {
        let started_at = claim.row.started_at.as_str();
        let other = kept.iter().rev().find(|other| other.row.started_at == started_at);
        let says = |end: &str| {
            let cell = &claim.row.cell_id;
            format!("rows of cell {cell}, started {started_at}, contradict each other; {end}")
        };
        match fitting.get(started_at) {
            Some(fitting) if !claim.agrees(fitting) && claim.fits != Some(true) => {
                notices.push(says("the one whose labels have its accuracy counts"));
                continue;
            }
            None if other.is_some_and(|other| !claim.agrees(other)) => {
                notices.push(says("no labels tell which is right, and the last one counts"));
            }
            _ => {}
        }
        kept.push(claim);
    }
    kept
}

/// Of the rows of one file, the last; an `interrupted` one hides no `ok` or `refused` one.
fn last_of_file<'a>(claims: &[Claim<'a>]) -> Option<Claim<'a>> {
    let has_success = claims.iter().any(|claim| claim.row.status.is_success());
    let counts = |claim: &&Claim<'a>| !has_success || claim.row.status != Status::Interrupted;
    claims.iter().rev().find(counts).copied()
}

/// Of the rows of several files, the `ok` or `refused` one that started last, or else the one that started last; of equal ones the
/// one whose labels have its accuracy, or else the last.
fn newest<'a>(claims: &[Claim<'a>]) -> Option<&'a Row> {
    let rank = |claim: &&Claim<'a>| {
        let row = claim.row;
        let is_confirmed = claim.fits == Some(true);
        (
            row.status.is_success(),
            clock::read(&row.started_at),
            is_confirmed,
        )
    };
    // Of equal maxima, `max_by_key` returns the last one.
    claims.iter().max_by_key(rank).map(|claim| claim.row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::row::tests::row;

    fn at(started_at: &str, status: Status, accuracy: f64) -> Row {
        Row {
            started_at: started_at.into(),
            status,
            accuracy: (status == Status::Ok).then_some(accuracy),
            ..row()
        }
    }

    #[track_caller]
    fn counts(claims: &[(&Row, usize, Option<bool>)], expected: &Row, n_notices: usize) {
        let claims: Vec<Claim<'_>> = claims
            .iter()
            .map(|(row, file, fits)| Claim {
                row,
                file: *file,
                fits: *fits,
            })
            .collect();
        let (rows, notices) = counting(&claims);
        assert_eq!(rows, [expected]);
        assert_eq!(notices.len(), n_notices, "{notices:?}");
    }

    #[test]
    fn among_files_the_row_that_started_last_counts_and_ok_wins() {
        let old = at("2026-01-01T00:00:00Z", Status::Ok, 0.5);
        // A text comparison would take it for the older one.
        let new = at("2026-01-01T00:00:00.001Z", Status::Ok, 0.6);
        let failed = at("2026-02-01T00:00:00Z", Status::Failed, 0.0);
        let later = at("2026-03-01T00:00:00Z", Status::Timeout, 0.0);
        for files in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let mut claims = [
                (&old, files[0], None),
                (&new, files[1], None),
                (&failed, files[2], None),
            ];
            claims.sort_by_key(|claim| claim.1);
            counts(&claims, &new, 0);
        }
        counts(&[(&later, 0, None), (&failed, 1, None)], &later, 0);
        // In one file the order of the rows counts.
        counts(&[(&new, 0, None), (&old, 0, None)], &old, 0);
        counts(&[(&new, 0, None), (&failed, 0, None)], &failed, 0);
    }

    #[test]
    fn an_interrupted_row_hides_no_score() {
        let ok = at("2026-01-01T00:00:00Z", Status::Ok, 0.5);
        let refused = at("2026-01-01T00:00:00Z", Status::Refused, 0.0);
        let failed = at("2026-01-01T00:00:00Z", Status::Failed, 0.0);
        let interrupted = at("2026-01-02T00:00:00Z", Status::Interrupted, 0.0);
        for file in [0, 1] {
            counts(&[(&ok, 0, None), (&interrupted, file, None)], &ok, 0);
            counts(&[(&refused, 0, None), (&interrupted, file, None)], &refused, 0);
            counts(&[(&failed, 0, None), (&interrupted, file, None)], &interrupted, 0);
        }
    }

    #[test]
    fn of_rows_of_one_start_the_one_that_has_its_labels_counts() {
        let edited = at("2026-01-01T00:00:00Z", Status::Ok, 0.99);
        let right = at("2026-01-01T00:00:00Z", Status::Ok, 0.5);
        for (wrong, file) in [(Some(false), 0), (None, 0), (Some(false), 1), (None, 1)] {
            counts(&[(&right, 0, Some(true)), (&edited, file, wrong)], &right, 1);
            counts(&[(&edited, 0, wrong), (&right, file, Some(true))], &right, 1);
        }
        counts(&[(&edited, 0, None), (&right, 1, None)], &right, 1);
        // A copy without labels contradicts nothing.
        counts(&[(&right, 0, Some(true)), (&right, 1, None)], &right, 0);
    }
}
