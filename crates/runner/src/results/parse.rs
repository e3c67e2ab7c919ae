//! Parses a results file and checks its header and schema version.

use std::path::Path;

use crate::results::error::ResultsError;
use crate::results::files::read_regular;
use crate::results::row::{Row, SCHEMA};

/// Splits after the last line end: the complete lines, and what an interrupted write left behind them.
pub(super) fn complete_lines(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    bytes.split_at(end)
}

/// The rows of a results file, without locking or repairing it; none if it does not exist.
///
/// # Errors
/// An I/O error, something that is no regular file, another header, or a row that cannot be parsed.
pub(crate) fn read_rows(path: &Path) -> Result<Vec<Row>, ResultsError> {
    match read_regular(path) {
        Ok(bytes) => parse_rows(path, &bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(ResultsError::disk("read", path)(error)),
    }
}

/// The rows of the complete lines. An incomplete last line is ignored.
///
/// # Errors
/// Another header or schema version, or a row that cannot be parsed. A file without a complete line must be the start of a
/// header, since the caller cuts the incomplete line off.
pub(super) fn parse_rows(path: &Path, bytes: &[u8]) -> Result<Vec<Row>, ResultsError> {
    let (complete, incomplete) = complete_lines(bytes);
    let header_error = |difference: String| ResultsError::Header {
        path: path.to_owned(),
        difference,
    };
    if complete.is_empty() {
        let is_start_of_header = Row::COLUMNS.join(",").as_bytes().starts_with(incomplete);
        // A power cut can leave a file of its length without its content.
        let is_blank = incomplete.iter().all(|byte| matches!(byte, 0 | b' '));
        return if is_start_of_header || is_blank {
            Ok(Vec::new())
        } else {
            Err(header_error("its first line is not the header".into()))
        };
    }
    let mut reader = csv::ReaderBuilder::new().from_reader(complete);
    let row_error = |source: csv::Error| ResultsError::Row {
        path: path.to_owned(),
        line: source.position().map_or(1, csv::Position::line),
        source,
    };
    let header = reader.headers().map_err(row_error)?.clone();
    if header.iter().any(|column| column.contains(char::is_control)) {
        return Err(header_error("its first line contains a control character".into()));
    }
    if let Some(difference) = header_difference(&header.iter().collect::<Vec<_>>()) {
        let column = header.iter().position(|column| column == "schema");
        let mut records = reader.records().flatten();
        let schema: Option<u32> = column.and_then(|column| records.next()?.get(column)?.parse().ok());
        return Err(header_error(match schema {
            Some(schema) if schema != SCHEMA => {
                format!("it has schema {schema}, this version reads and writes schema {SCHEMA}")
            }
            _ => difference,
        }));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(row_error)?;
        rows.push(row(&record, &header).map_err(|what| ResultsError::Row {
            path: path.to_owned(),
            line: record.position().map_or(1, csv::Position::line),
            source: csv::Error::from(std::io::Error::other(what)),
        })?);
    }
    match rows.iter().find(|row| row.schema != SCHEMA) {
        Some(row) => Err(header_error(format!(
            "it has rows of schema {}, this version writes schema {SCHEMA}",
            row.schema
        ))),
        None => Ok(rows),
    }
}

/// The row of a record, or what is wrong with it.
fn row(record: &csv::StringRecord, header: &csv::StringRecord) -> Result<Row, String> {
    // Before anything else: messages about fields repeat them.
    let fields = record.iter().zip(Row::COLUMNS);
    for (field, column) in fields {
        if field.contains(char::is_control) {
            return Err(format!("`{column}` contains a control character"));
        }
    }
    let row: Row = record
        .deserialize(Some(header))
        .map_err(|error| match error.kind() {
            csv::ErrorKind::Deserialize { err, .. } => {
                let at = err.field().and_then(|at| usize::try_from(at).ok());
                let field = at.and_then(|at| Some((Row::COLUMNS.get(at)?, record.get(at)?)));
                match field {
                    Some((column, text)) => format!("`{column}` is `{text}`: {}", err.kind()),
                    None => err.kind().to_string(),
                }
            }
            _ => error.to_string(),
        })?;
    let fault = row.fault().filter(|_| row.schema == SCHEMA);
    fault.map_or(Ok(row), Err)
}

/// How a header differs from this version's; `None` if it is the same.
fn header_difference(header: &[&str]) -> Option<String> {
    if header == Row::COLUMNS {
        return None;
    }
    let missing: Vec<&str> = Row::COLUMNS
        .into_iter()
        .filter(|column| !header.contains(column))
        .collect();
    let unknown: Vec<&str> = header
        .iter()
        .copied()
        .filter(|column| !Row::COLUMNS.contains(column))
        .collect();
    let listed = |what: &str, columns: &[&str]| {
        (!columns.is_empty()).then(|| format!("{what} columns: {}", columns.join(", ")))
    };
    let differences: Vec<String> = [listed("missing", &missing), listed("unknown", &unknown)]
        .into_iter()
        .flatten()
        .collect();
    Some(if differences.is_empty() {
        "its columns are in another order".into()
    } else {
        differences.join("; ")
    })
}

/// What holds for a file of any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_bytes(bytes: &[u8]) {
    for row in parse_rows(Path::new("results.csv"), bytes).unwrap_or_default() {
        assert!(row.to_line().is_ok(), "a row that was read can be written");
    }
}

#[cfg(test)]
mod tests {
    use fuzz_inputs::{CSV_WORDS, fuzz};

    use super::*;

    #[test]
    fn damaged_results_are_refused_or_read() {
        let sample = include_str!("../../../../results/published/bayes.csv");
        let few: String = sample.lines().take(4).map(|line| format!("{line}\n")).collect();
        fuzz("results", &[few.as_bytes()], CSV_WORDS, any_bytes);
    }
}
