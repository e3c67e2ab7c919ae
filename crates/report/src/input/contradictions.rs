//! Rows of one cell and one start that say different things, such as those of a rescued file beside an edited one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;

use super::findings::Findings;
use super::params::Params;
use super::row::Row;
use super::text::visible;

/// At most this many contradictions are named; the others are counted.
const NAMED: usize = 20;

/// The rows of a results file.
pub(super) struct FileRows<'a> {
    pub(super) path: &'a Path,
    pub(super) rows: &'a mut Vec<Row>,
}

/// A row: the place of its file, and its place there.
type Place = (usize, usize);

/// Leaves out the rows that contradict one whose labels have its accuracy. Without such a row all stay. Either way they are named.
pub(super) fn leave_out(files: &mut [FileRows<'_>], findings: &mut Findings) {
    let mut problems: BTreeMap<Place, String> = BTreeMap::new();
    let mut left_out: HashSet<Place> = HashSet::new();
    let mut of_starts: HashMap<(&str, &Params, Timestamp), Vec<Place>> = HashMap::new();
    for (file, at, row) in all(files) {
        let key = (row.cell_id.as_str(), &row.params, row.started_at);
        of_starts.entry(key).or_default().push((file, at));
    }
    for places in of_starts.values().filter(|places| places.len() > 1) {
        let row = |place: &Place| &files[place.0].rows[place.1];
        let right = places.iter().rev().find(|place| row(place).has_labels);
        let mut counts = right.unwrap_or(&places[0]);
        for place in places {
            if agree(row(place), row(counts)) || row(place).has_labels {
                continue;
            }
            let path = |place: &Place| files[place.0].path.display();
            let (cell, started_at) = (&row(place).cell_id, row(place).started_at);
            let what = format!("cell {cell}, started {started_at}: its row in `{}`", path(place));
            let problem = if right.is_some() {
                left_out.insert(*place);
                format!(
                    "{what} contradicts the one in `{}`, whose labels have its accuracy, and is left out",
                    path(counts)
                )
            } else {
                let other = path(counts);
                format!(
                    "{what} contradicts the one in `{other}`, and no labels tell which is right; the last one counts"
                )
            };
            problems.insert(*place, problem);
            counts = right.unwrap_or(place);
        }
    }
    let n = problems.len();
    findings.problems.extend(
        problems
            .into_values()
            .take(NAMED)
            .map(|problem| visible(&problem)),
    );
    if n > NAMED {
        let more = n - NAMED;
        findings
            .problems
            .push(format!("{more} more rows contradict others of the same start"));
    }
    for (file, of_file) in files.iter_mut().enumerate() {
        let mut at = 0..;
        of_file
            .rows
            .retain(|_| at.next().is_some_and(|at| !left_out.contains(&(file, at))));
    }
}

fn all<'a>(files: &'a [FileRows<'_>]) -> impl Iterator<Item = (usize, usize, &'a Row)> {
    let rows = |file: usize| files[file].rows.iter().enumerate();
    (0..files.len()).flat_map(move |file| rows(file).map(move |(at, row)| (file, at, row)))
}

/// Whether two rows say the same about a cell.
fn agree(one: &Row, other: &Row) -> bool {
    (one.status, one.accuracy) == (other.status, other.accuracy)
}
