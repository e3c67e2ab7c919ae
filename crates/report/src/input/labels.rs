//! Checks what the cells of a results file predicted against their accuracy, and reads the predictions of one cell.
//!
//! `docs/results-format.md` describes the labels file beside it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

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
    let mut check = Check::new(rows, |_| true);
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
    let found = predictions(results, std::slice::from_ref(row), |_| true);
    let predictions = found.get(&0)?;
    Some(count(&predictions.truth, &predictions.labels))
}

/// The true and the predicted labels of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predictions {
    /// The true labels of the test rows.
    pub truth: Arc<[u32]>,
    /// The predicted labels of the test rows.
    pub labels: Arc<[u32]>,
}

impl Predictions {
    /// A bit for each test row, set where the prediction is correct; the first row is the lowest bit of the first word.
    pub fn correct(&self) -> Vec<u64> {
        let pairs: Vec<bool> = self
            .truth
            .iter()
            .zip(self.labels.iter())
            .map(|(a, b)| a == b)
            .collect();
        let word = |chunk: &[bool]| {
            chunk
                .iter()
                .rev()
                .fold(0, |word, bit| (word << 1) | u64::from(*bit))
        };
        pairs.chunks(64).map(word).collect()
    }
}

/// How often each true label got each predicted one.
pub fn count(truth: &[u32], labels: &[u32]) -> Counts {
    let mut counts = Counts::new();
    for (truth, label) in truth.iter().zip(labels) {
        *counts.entry((u64::from(*truth), u64::from(*label))).or_default() += 1;
    }
    counts
}

/// What the `ok` cells of some rows predicted, by their place in `rows`, from the labels file beside their results file. Cells without
/// labels that fit their row are left out.
pub fn predictions(
    results: &Path,
    rows: &[Row],
    is_wanted: impl Fn(&Row) -> bool,
) -> HashMap<usize, Predictions> {
    let mut check = Check::new(rows, is_wanted);
    check.keeps = true;
    match read(&results.with_extension("labels"), &mut check) {
        Ok(_) => check.kept,
        Err(_) => HashMap::new(),
    }
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
    /// By `data_sha256` and number of labels.
    truths: HashMap<(String, u64), Truth>,
    problems: Vec<String>,
    /// The first place of each cell and start that had its record.
    seen: HashSet<usize>,
    /// The places of the rows whose labels fit.
    fitting: Vec<usize>,
    /// Whether the labels that fit their row are kept.
    keeps: bool,
    kept: HashMap<usize, Predictions>,
}

/// A record of true labels.
struct Truth {
    n_classes: u64,
    bytes: Vec<u8>,
    /// Unpacked, once a cell keeps them.
    labels: OnceCell<Option<Arc<[u32]>>>,
}

impl<'a> Check<'a> {
    fn new(rows: &'a [Row], is_wanted: impl Fn(&Row) -> bool) -> Self {
        let mut of_cells: HashMap<(&str, Timestamp), Vec<usize>> = HashMap::new();
        let ok = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.status == Status::Ok && is_wanted(row));
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
            kept: HashMap::new(),
        }
    }

    fn visit(&mut self, record: &Record<'_>) {
        let labels = &record.labels;
        if let Some(data) = record.id.strip_prefix(TRUTH) {
            let key = (data.to_owned(), labels.n_labels());
            let truth = self.truths.entry(key).or_insert_with(|| Truth {
                n_classes: labels.n_classes(),
                bytes: labels.bytes().to_vec(),
                labels: OnceCell::new(),
            });
            if (truth.n_classes, truth.bytes.as_slice()) != (labels.n_classes(), labels.bytes()) {
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
            let packed = truth.and_then(|truth| Labels::new(row.n_test, truth.n_classes, &truth.bytes));
            match (fits(row, labels, packed.as_ref()), truth.zip(packed)) {
                (Err(problem), _) if !is_said => self.problems.push(format!(
                    "cell {}, started {}: its labels are not used: {problem}",
                    record.id, record.started_at
                )),
                (Ok(()), Some((truth, packed))) => {
                    self.fitting.push(*at);
                    // Labels of one class take no bytes, so the file does not limit their number.
                    if self.keeps && truth.n_classes.max(labels.n_classes()) > 1 {
                        let truth = truth.labels.get_or_init(|| unpacked(&packed)).clone();
                        let both = truth.zip(unpacked(labels));
                        let kept = both.map(|(truth, labels)| (*at, Predictions { truth, labels }));
                        self.kept.extend(kept);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The labels one by one; `None` if one does not fit its type.
fn unpacked(labels: &Labels<'_>) -> Option<Arc<[u32]>> {
    labels.iter().map(|label| u32::try_from(label).ok()).collect()
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
