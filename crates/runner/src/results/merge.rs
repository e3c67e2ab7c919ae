//! Merges results files, such as the shards of one grid, and the labels beside them.

use std::collections::{HashMap, HashSet};
use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::results::counting_row::{Claim, counting};
use crate::results::error::ResultsError;
use crate::results::files::{create_new, folder_of, open_to_read, read_regular, rename};
use crate::results::label_records::{HEADER, Parsed, Record, parse};
use crate::results::labels_file::{LabelsFile, damage};
use crate::results::lock_holder::lock_holder;
use crate::results::machine_log;
use crate::results::parse::parse_rows;
use crate::results::row::Row;
use crate::results::status::Status;

/// What a merge wrote.
pub(crate) struct Merged {
    /// Number of rows.
    pub(crate) n_rows: usize,
    /// Labels that contradict their row or are lost, and descriptions of machines that were left out.
    pub(crate) notices: Vec<String>,
    /// Whether the descriptions of the machines were written too.
    pub(crate) is_complete: bool,
}

/// Writes the rows of `inputs` to the new file `output`: of each (`cell_id`, `params`) the one that counts, as
/// [`counting`] says. The labels of the kept rows are written beside it, and the descriptions of their machines are added to
/// `machines.csv`.
///
/// # Errors
/// A missing or foreign input, or an existing output.
pub(crate) fn merge(output: &Path, inputs: &[PathBuf]) -> Result<Merged, ResultsError> {
    check_name(output)?;
    let labels_path = LabelsFile::beside(output);
    let mut notices = Vec::new();
    for path in [output, &labels_path] {
        // A link that leads nowhere is in the way too.
        if path.symlink_metadata().is_err() {
            continue;
        }
        if path == labels_path && read_regular(path).is_ok_and(|bytes| bytes.starts_with(HEADER)) {
            // A merge that was killed leaves it.
            let renamed = rename(path, "labels.bak")?;
            notices.push(format!("{renamed}: its rows are missing"));
            continue;
        }
        let source = io::Error::new(io::ErrorKind::AlreadyExists, "the file already exists");
        return Err(ResultsError::disk("create", path)(source));
    }
    let inputs_read: Result<Vec<Input>, ResultsError> = inputs.iter().map(|path| Input::read(path)).collect();
    let inputs_read = inputs_read?;
    for input in inputs_read.iter().filter(|input| input.is_torn) {
        notices.push(format!(
            "{}: its last line is incomplete and left out",
            input.path.display()
        ));
    }
    let labelled: Result<Vec<Labelled<'_>>, ResultsError> = inputs_read.iter().map(Labelled::parse).collect();
    let labelled = labelled?;
    let truths = truths(&labelled, &mut notices);
    let mut claims = Vec::new();
    for (file, labelled) in labelled.iter().enumerate() {
        claims.extend(labelled.claims(file, &truths));
    }
    let (rows, contradictions) = counting(&claims);
    notices.extend(contradictions);
    let labels = labels_of(&rows, &labelled, &truths, &mut notices);

    let mut bytes = format!("{}\n", Row::COLUMNS.join(",")).into_bytes();
    let error = ResultsError::disk("create", output);
    for row in &rows {
        bytes.extend(row.to_line().map_err(|source| error(io::Error::other(source)))?);
    }
    if let Some(labels) = &labels {
        create_new(&labels_path, labels)?;
    }
    if let Err(error) = create_new(output, &bytes) {
        if labels.is_some() {
            // Best effort: labels without rows say nothing.
            let _ = std::fs::remove_file(&labels_path);
        }
        return Err(error);
    }
    let mut is_complete = true;
    let machines: HashSet<&str> = rows.iter().map(|row| row.machine.as_str()).collect();
    let mut described = HashSet::new();
    let mut folders: Vec<&Path> = inputs.iter().map(|input| folder_of(input)).collect();
    folders.dedup();
    for folder in folders {
        match machine_log::copy(folder, folder_of(output), &machines) {
            Ok(copied) => described.extend(copied),
            Err(error) => {
                is_complete = false;
                notices.push(format!(
                    "the descriptions of machines in {} are not merged: {error}",
                    folder.display()
                ));
            }
        }
    }
    let mut unknown: Vec<&str> = machines
        .into_iter()
        .filter(|name| is_complete && !name.is_empty() && !described.contains(*name))
        .collect();
    unknown.sort_unstable();
    for machine in unknown {
        notices.push(format!(
            "no machines.csv of the inputs describes machine {machine}"
        ));
    }
    Ok(Merged {
        n_rows: rows.len(),
        notices,
        is_complete,
    })
}

/// A results file, and the bytes of the labels file beside it.
struct Input {
    path: PathBuf,
    /// Open and locked, so that no run writes to it during the merge.
    _file: File,
    rows: Vec<Row>,
    /// Whether its last line is incomplete.
    is_torn: bool,
    labels_path: PathBuf,
    labels: Vec<u8>,
}

impl Input {
    fn read(path: &Path) -> Result<Input, ResultsError> {
        let error = ResultsError::disk("read", path);
        let mut file = open_to_read(path).map_err(&error)?;
        // A file system without locks is taken at its word.
        if matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            return Err(ResultsError::Unfinished {
                path: path.to_owned(),
                by: lock_holder(&file),
            });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(&error)?;
        let rows = parse_rows(path, &bytes)?;
        let is_torn = bytes.last().is_some_and(|last| *last != b'\n');
        let labels_path = LabelsFile::beside(path);
        let labels = match read_regular(&labels_path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(ResultsError::disk("read", &labels_path))?,
        };
        Ok(Input {
            path: path.to_owned(),
            _file: file,
            rows,
            is_torn,
            labels_path,
            labels,
        })
    }
}

/// True labels by `data_sha256` and number.
type Truths<'a> = HashMap<(&'a str, usize), Record<'a>>;

/// An input with the records of its labels.
struct Labelled<'a> {
    input: &'a Input,
    parsed: Parsed<'a>,
    /// The records of cells by `cell_id` and `started_at`; of several, the first.
    of_cells: HashMap<(&'a str, &'a str), Record<'a>>,
}

impl<'a> Labelled<'a> {
    fn parse(input: &'a Input) -> Result<Labelled<'a>, ResultsError> {
        let error = ResultsError::labels("read", &input.labels_path, &input.path);
        let parsed = parse(&input.labels).map_err(error)?;
        let mut of_cells = HashMap::new();
        for record in parsed.records.iter().filter(|record| record.truth_of().is_none()) {
            let key = (record.id, record.started_at);
            of_cells.entry(key).or_insert(*record);
        }
        Ok(Labelled {
            input,
            parsed,
            of_cells,
        })
    }

    fn record<'s>(&'s self, row: &'s Row) -> Option<&'s Record<'s>> {
        self.of_cells
            .get(&(row.cell_id.as_str(), row.started_at.as_str()))
    }

    /// The rows, each with what the labels of this file say of its accuracy.
    fn claims(&self, file: usize, truths: &Truths<'_>) -> Vec<Claim<'a>> {
        let mut claims: Vec<Claim<'a>> = Vec::with_capacity(self.input.rows.len());
        for row in &self.input.rows {
            let before = claims.last().filter(|before| has_same_labels(before.row, row));
            let fits = match before {
                // Another name of the cell: its labels are compared once.
                Some(before) => before.fits,
                None => {
                    let record = self.record(row).filter(|_| row.status == Status::Ok);
                    record.map(|record| fits(record, row, truths))
                }
            };
            claims.push(Claim { row, file, fits });
        }
        claims
    }
}

/// Whether two rows of one file have the same labels, and claim the same of them.
fn has_same_labels(one: &Row, other: &Row) -> bool {
    one.cell_id == other.cell_id
        && one.started_at == other.started_at
        && one.data_sha256 == other.data_sha256
        && (one.n_test, one.status, one.accuracy) == (other.n_test, other.status, other.accuracy)
}

/// The true labels of all inputs: those of the first one that has them.
fn truths<'a>(inputs: &[Labelled<'a>], notices: &mut Vec<String>) -> Truths<'a> {
    let mut truths = Truths::new();
    for labelled in inputs {
        let path = &labelled.input.labels_path;
        if labelled.parsed.n_damaged > 0 {
            notices.push(damage(path, labelled.parsed.n_damaged));
        }
        if labelled.parsed.end < labelled.input.labels.len() {
            notices.push(format!(
                "{}: its last record is incomplete and left out",
                path.display()
            ));
        }
        for record in &labelled.parsed.records {
            let Some(data) = record.truth_of() else { continue };
            let first = truths.entry((data, record.labels.n_labels())).or_insert(*record);
            if first.labels != record.labels {
                notices.push(format!(
                    "{}: other true labels of data {data}; left out",
                    path.display()
                ));
            }
        }
    }
    truths
}

/// The bytes of a file with the labels of these rows, after their true labels; `None` if there are none. Labels that contradict their
/// row are named and kept, so that every reader of the merged file can tell that the row is wrong.
fn labels_of(
    rows: &[&Row],
    inputs: &[Labelled<'_>],
    truths: &Truths<'_>,
    notices: &mut Vec<String>,
) -> Option<Vec<u8>> {
    let (mut of_truths, mut of_cells) = (HEADER.to_vec(), Vec::new());
    let (mut known, mut seen) = (HashSet::new(), HashSet::new());
    let mut n_without = 0;
    for row in rows.iter().filter(|row| row.status == Status::Ok) {
        // A cell has one record, whatever the number of its names.
        if !seen.insert((&row.cell_id, &row.started_at)) {
            continue;
        }
        let mut kept = None;
        let mut contradicting = None;
        for labelled in inputs {
            let Some(record) = labelled.record(row) else {
                continue;
            };
            if fits(record, row, truths) {
                kept = kept.or(Some(record));
            } else {
                contradicting = contradicting.or(Some(record));
                notices.push(format!(
                    "{}: the labels of cell {} do not have the accuracy of its row",
                    labelled.input.labels_path.display(),
                    row.cell_id
                ));
            }
        }
        let key = (row.data_sha256.as_str(), row.n_test);
        let (Some(record), Some(truth)) = (kept.or(contradicting), truths.get(&key)) else {
            n_without += 1;
            continue;
        };
        if known.insert(key) {
            truth.write(&mut of_truths);
        }
        record.write(&mut of_cells);
    }
    if n_without > 0 {
        notices.push(format!(
            "no labels file of the inputs has the predictions of {n_without} of {} fits",
            seen.len()
        ));
    }
    (!of_cells.is_empty()).then(|| [of_truths, of_cells].concat())
}

/// Whether labels have the accuracy of their row, to its six decimals.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn fits(record: &Record<'_>, row: &Row, truths: &Truths<'_>) -> bool {
    let truth = truths.get(&(row.data_sha256.as_str(), row.n_test));
    let n_equal = truth.and_then(|truth| record.labels.n_equal(&truth.labels));
    match (n_equal, row.accuracy) {
        (Some(n_equal), Some(stated)) => {
            let accuracy = n_equal as f64 / row.n_test.max(1) as f64;
            format!("{accuracy:.6}") == format!("{stated:.6}")
        }
        _ => false,
    }
}

/// Checks that a file of this name can hold rows.
fn check_name(output: &Path) -> Result<(), ResultsError> {
    let refuse = |reason, help| {
        Err(ResultsError::Output {
            path: output.to_owned(),
            reason,
            help,
        })
    };
    if output.extension().is_none_or(|extension| extension != "csv") {
        return refuse(
            "its name does not end in .csv",
            "labels go to a file beside it: all.csv, all.labels",
        );
    }
    if output
        .file_stem()
        .is_some_and(|stem| stem == machine_log::FILE_STEM)
    {
        return refuse(
            "a file of this name describes machines",
            "use another name, such as all.csv",
        );
    }
    Ok(())
}
