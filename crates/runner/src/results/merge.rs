//! Merges results files, such as the shards of one grid, and the labels beside them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::results::error::ResultsError;
use crate::results::files::read_regular;
use crate::results::labels_file::{LabelsFile, Parsed, Record, damage, parse, to_bytes};
use crate::results::machine_log;
use crate::results::parse::parse_rows;
use crate::results::row::Row;

/// What a merge wrote.
pub(crate) struct Merged {
    /// Number of rows.
    pub(crate) n_rows: usize,
    /// Labels and descriptions of machines that were left out, each with the reason.
    pub(crate) notices: Vec<String>,
}

/// Writes the rows of `inputs` to the new file `output`. Of each file, the last row per (`cell_id`, `params`) counts; of several
/// files, the last with status `ok` or `refused`, or else the last. The labels of the kept rows are written beside it, and the
/// descriptions of their machines are added to `machines.csv`.
///
/// # Errors
/// A missing or foreign input, or an existing output.
pub(crate) fn merge(output: &Path, inputs: &[PathBuf]) -> Result<Merged, ResultsError> {
    check_name(output)?;
    let mut order: Vec<(String, String)> = Vec::new();
    let mut rows: HashMap<(String, String), Row> = HashMap::new();
    for input in inputs {
        let bytes = read_regular(input).map_err(ResultsError::disk("read", input))?;
        let mut last: HashMap<(String, String), Row> = HashMap::new();
        let mut own_order = Vec::new();
        for row in parse_rows(input, &bytes)? {
            let key = (row.cell_id.clone(), row.params.clone());
            if last.insert(key.clone(), row).is_none() {
                own_order.push(key);
            }
        }
        for row in own_order.iter().filter_map(|key| last.remove(key)) {
            match rows.entry((row.cell_id.clone(), row.params.clone())) {
                Entry::Vacant(entry) => {
                    order.push(entry.key().clone());
                    entry.insert(row);
                }
                Entry::Occupied(mut entry) => {
                    if row.status.is_success() || !entry.get().status.is_success() {
                        entry.insert(row);
                    }
                }
            }
        }
    }
    let merged: Vec<Row> = order.iter().filter_map(|key| rows.remove(key)).collect();
    let mut notices = Vec::new();
    let mut labels = Vec::new();
    let mut seen = HashSet::new();
    for input in inputs {
        for record in labels_of(input, &merged, &mut notices)? {
            if seen.insert((record.id.clone(), record.started_at.clone(), record.labels.len())) {
                labels.push(record);
            }
        }
    }
    let mut bytes = format!("{}\n", Row::COLUMNS.join(",")).into_bytes();
    let error = ResultsError::disk("create", output);
    for row in &merged {
        bytes.extend(row.to_line().map_err(|source| error(io::Error::other(source)))?);
    }
    let labels_path = LabelsFile::beside(output);
    for path in [output, &labels_path] {
        if path.exists() {
            let source = io::Error::new(io::ErrorKind::AlreadyExists, "the file already exists");
            return Err(ResultsError::disk("create", path)(source));
        }
    }
    if !labels.is_empty() {
        create(&labels_path, &to_bytes(labels.iter()))?;
    }
    create(output, &bytes)?;
    let machines = merged.iter().map(|row| row.machine.as_str()).collect();
    let mut folders: Vec<&Path> = inputs.iter().map(|input| folder_of(input)).collect();
    folders.dedup();
    for folder in folders {
        if let Err(error) = machine_log::copy(folder, folder_of(output), &machines) {
            notices.push(format!(
                "the descriptions of machines in {} are not merged: {error}",
                folder.display()
            ));
        }
    }
    Ok(Merged {
        n_rows: merged.len(),
        notices,
    })
}

/// The records beside a results file that belong to the rows, and the true labels. A record that contradicts its row is left out.
fn labels_of(input: &Path, rows: &[Row], notices: &mut Vec<String>) -> Result<Vec<Record>, ResultsError> {
    let path = LabelsFile::beside(input);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let error = ResultsError::disk("read", &path);
    let bytes = read_regular(&path).map_err(&error)?;
    let Parsed {
        records, n_damaged, ..
    } = parse(&bytes).map_err(&error)?;
    if n_damaged > 0 {
        notices.push(damage(&path, n_damaged));
    }
    let mut truths: HashMap<(String, usize), Vec<u8>> = HashMap::new();
    for record in &records {
        if let Some(dataset) = record.id.strip_prefix("truth:") {
            truths.insert((dataset.to_owned(), record.labels.len()), record.labels.clone());
        }
    }
    let rows: HashMap<(&str, &str), &Row> = rows
        .iter()
        .map(|row| ((row.cell_id.as_str(), row.started_at.as_str()), row))
        .collect();
    let mut kept = Vec::new();
    for record in records {
        if record.id.starts_with("truth:") {
            kept.push(record);
            continue;
        }
        let Some(row) = rows.get(&(record.id.as_str(), record.started_at.as_str())) else {
            continue;
        };
        let truth = truths.get(&(row.data_sha256.clone(), record.labels.len()));
        if truth.is_some_and(|truth| fits(&record.labels, truth, row)) {
            kept.push(record);
        } else {
            notices.push(format!(
                "{}: the labels of cell {} do not have the accuracy of its row; left out",
                path.display(),
                record.id
            ));
        }
    }
    Ok(kept)
}

/// Whether labels have the accuracy of their row, to its six decimals.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn fits(labels: &[u8], truth: &[u8], row: &Row) -> bool {
    let right = labels
        .iter()
        .zip(truth)
        .filter(|(label, truth)| label == truth)
        .count();
    let accuracy = right as f64 / truth.len().max(1) as f64;
    row.accuracy
        .is_some_and(|stated| (stated - accuracy).abs() < 1e-6)
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

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Creates a file with this content at once, so that nobody ever sees a part of it.
fn create(path: &Path, bytes: &[u8]) -> Result<(), ResultsError> {
    let error = ResultsError::disk("create", path);
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(&error)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(&error)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(&error)?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    file.as_file().set_permissions(readable).map_err(&error)?;
    file.persist_noclobber(path)
        .map_err(|failure| error(failure.error))?;
    Ok(())
}
