//! Checks what the cells of a results file predicted against their accuracy, and reads the predictions of one cell.
//!
//! `docs/results-format.md` describes the labels file beside it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use jiff::Timestamp;

use super::findings::Findings;
use super::label_records::{self, Damages, Record, TRUTH};
use super::packed::Labels;
use super::row::{Row, Status};

/// How often each true label got each predicted one: true label, predicted label.
pub type Counts = BTreeMap<(u64, u64), u64>;

/// At most this many problems of a file are named; the others are counted.
const NAMED: usize = 20;

/// Checks `NAME.labels` beside `NAME.csv`, if there is such a file, against the rows of the latter, and marks the rows whose labels
/// have their accuracy.
pub(super) fn check_beside(results: &Path, rows: &mut [Row], findings: &mut Findings) {
    let path = results.with_extension("labels");
    let mut check = Check::new(rows);
    let damages = read(&path, &mut check);
    let Check {
        problems, fitting, ..
    } = check;
    for at in fitting {
        rows[at].has_labels = true;
    }
    match damages {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => findings.problem_in(&path, &format!("cannot read it: {error}")),
        Ok(damages) => {
            if let Some(at) = damages.torn_at {
                let note = format!("the record at byte {at} skipped because it is incomplete");
                findings.note_in(&path, &note);
            }
            let problems = damages.problems.iter().chain(&problems);
            for problem in problems.clone().take(NAMED) {
                findings.problem_in(&path, problem);
            }
            let more = problems.count().saturating_sub(NAMED);
            if more > 0 {
                findings.problem_in(&path, &format!("{more} more records are not used"));
            }
        }
    }
}

/// What the cell of a row predicted, by the labels file beside its results file; `None` if that has no labels that fit the row.
pub fn counts(results: &Path, row: &Row) -> Option<Counts> {
    let mut check = Check::new(std::slice::from_ref(row));
    check.keeps = true;
    read(&results.with_extension("labels"), &mut check).ok()?;
    check.kept
}

fn read(path: &Path, check: &mut Check<'_>) -> io::Result<Damages> {
    // Opening a pipe would wait for its other end.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    label_records::read(file, length, |record| check.visit(record))
}

/// Compares the labels of every `ok` row with the true labels, and the share of equal ones with its accuracy.
struct Check<'a> {
    rows: &'a [Row],
    /// The places of the `ok` rows by `cell_id` and start; a cell has a row for each of its names.
    of_cells: HashMap<(&'a str, Timestamp), Vec<usize>>,
    /// Number of classes and packed labels, by `data_sha256` and number of labels.
    truths: HashMap<(String, u64), (u64, Vec<u8>)>,
    problems: Vec<String>,
    /// The first place of each cell and start that had its record.
    seen: HashSet<usize>,
    /// The places of the rows whose labels fit.
    fitting: Vec<usize>,
    /// Whether the labels that fit their row are kept; then there is only one row.
    keeps: bool,
    kept: Option<Counts>,
}

impl<'a> Check<'a> {
    fn new(rows: &'a [Row]) -> Self {
        let mut of_cells: HashMap<(&str, Timestamp), Vec<usize>> = HashMap::new();
        let ok = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.status == Status::Ok);
        for (at, row) in ok {
            let key = (row.cell_id.as_str(), row.started_at);
            of_cells.entry(key).or_default().push(at);
        }
        Self {
            rows,
            of_cells,
            truths: HashMap::new(),
            problems: Vec::new(),
            seen: HashSet::new(),
            fitting: Vec::new(),
            keeps: false,
            kept: None,
        }
    }

    fn visit(&mut self, record: &Record<'_>) {
        let labels = &record.labels;
        if let Some(data) = record.id.strip_prefix(TRUTH) {
            let key = (data.to_owned(), labels.n_labels());
            let own = || (labels.n_classes(), labels.bytes().to_vec());
            let (n_classes, bytes) = self.truths.entry(key).or_insert_with(own);
            if (*n_classes, bytes.as_slice()) != (labels.n_classes(), labels.bytes()) {
                let n = labels.n_labels();
                self.problems
                    .push(format!("two different records of the {n} true labels of {data}"));
            }
            return;
        }
        let Ok(started_at) = record.started_at.parse() else {
            self.problems.push(format!(
                "cell {}: `{}` is not a time",
                record.id, record.started_at
            ));
            return;
        };
        // A kill may leave labels whose row was not written. Of several records of a cell and start, the first counts.
        let Some(places) = self.of_cells.get(&(record.id, started_at)) else {
            return;
        };
        if !self.seen.insert(places[0]) {
            return;
        }
        for (n, at) in places.iter().enumerate() {
            let row = &self.rows[*at];
            // Under another name, the same is not said again.
            let is_said = n > 0 && self.rows[places[n - 1]].accuracy == row.accuracy;
            let truth = self.truths.get(&(row.data_sha256.clone(), row.n_test));
            let truth = truth.and_then(|(n_classes, bytes)| Labels::new(row.n_test, *n_classes, bytes));
            match (fits(row, labels, truth.as_ref()), truth) {
                (Err(problem), _) if !is_said => self.problems.push(format!(
                    "cell {}, started {}: its labels are not used: {problem}",
                    record.id, record.started_at
                )),
                (Ok(()), Some(truth)) => {
                    self.fitting.push(*at);
                    // Labels of one class take no bytes, so the file does not limit their number.
                    if self.keeps && truth.n_classes().max(labels.n_classes()) > 1 {
                        let kept = self.kept.insert(Counts::new());
                        for pair in truth.iter().zip(labels.iter()) {
                            *kept.entry(pair).or_default() += 1;
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether labels have the accuracy that their row says.
fn fits(row: &Row, labels: &Labels<'_>, truth: Option<&Labels<'_>>) -> Result<(), String> {
    if labels.n_labels() != row.n_test {
        return Err(format!(
            "there are {}, but the row has {} test rows",
            labels.n_labels(),
            row.n_test
        ));
    }
    let truth = truth.ok_or("the true labels are missing before it")?;
    let equal = labels.matches(truth);
    #[expect(
        clippy::cast_precision_loss,
        reason = "the quotient is rounded to six decimals"
    )]
    let of_labels = equal as f64 / row.n_test as f64;
    match row.accuracy {
        Some(accuracy) if format!("{of_labels:.6}") != format!("{accuracy:.6}") => Err(format!(
            "they give accuracy {of_labels:.6}, the row says {accuracy:.6}"
        )),
        _ => Ok(()),
    }
}
