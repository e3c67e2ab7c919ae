//! Parses one results file into typed rows.
//!
//! `docs/results-format.md` describes the format. No field holds a line break, so a line is a row, and a damaged line cannot
//! hide the lines after it: it is left out and named with its place. Two cases are only noted: an incomplete last line, as a
//! power cut leaves it, and a CSV file that is not a results file.

use std::path::Path;

use csv::StringRecord;

use super::findings::Findings;
use super::row::Row;
use super::schema::{COLUMNS, SCHEMA};

/// Parses the bytes of one results file; `path` is for messages. Returns `None` if the whole file is left out.
pub fn parse(path: &Path, bytes: &[u8], findings: &mut Findings) -> Option<Vec<Row>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1_u64..);
    let first = lines.next().map_or(&b""[..], |(line, _)| line);
    let header = match fields(first) {
        Ok(header) => header,
        Err(problem) => {
            findings.problem_in(path, &format!("not a results file: in line 1, {problem}"));
            return None;
        }
    };
    if header.iter().any(|name| name.contains(char::is_control)) {
        findings.problem_in(path, "not a results file: line 1 contains a control character");
        return None;
    }
    if header.get(0) != Some("schema") {
        let first = match header.get(0).unwrap_or_default() {
            "" => "it is empty".to_owned(),
            name => {
                let name: String = name.chars().take(40).collect();
                format!("the first column is `{name}`, expected `schema`")
            }
        };
        findings.note_in(
            path,
            &format!("skipped because it is not a results file: {first}"),
        );
        return None;
    }
    if header != COLUMNS[..] {
        if first.ends_with(b"\n") {
            let second = lines.next().and_then(|(line, _)| fields(line).ok());
            let version = second.and_then(|record| record.get(0)?.parse().ok());
            findings.problem_in(path, &other_columns(&header, version));
        } else {
            findings.note_in(path, "skipped because its header line is incomplete");
        }
        return None;
    }

    let mut rows = Vec::new();
    let mut bad = findings.rows_of(path);
    for (line, number) in lines {
        if !line.ends_with(b"\n") {
            bad.note(&format!("line {number} skipped because it is incomplete"));
            break;
        }
        match fields(line).and_then(|record| row(&record, &header)) {
            Ok(Some(row)) => rows.push(row),
            Ok(None) => {}
            Err(problem) => bad.row(number, &problem),
        }
    }
    Some(rows)
}

/// The fields of one line, with or without its line end.
fn fields(line: &[u8]) -> Result<StringRecord, String> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut rest = std::str::from_utf8(line).map_err(|error| not_utf_8(line, error.valid_up_to()))?;
    let mut record = StringRecord::new();
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (field, after) = unquoted(quoted).ok_or("a quoted field has no end")?;
            record.push_field(&field);
            rest = after;
        } else {
            let (field, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            record.push_field(field);
            rest = after;
        }
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(record),
            None => return Err("a quoted field has text after its last quote".to_owned()),
        }
    }
}

/// The text of a quoted field up to its last quote, and what follows; `rest` begins after its first quote.
fn unquoted(mut rest: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((field, after)),
        }
    }
}

fn not_utf_8(line: &[u8], at: usize) -> String {
    let commas = line[..at].iter().filter(|byte| **byte == b',').count();
    match COLUMNS.get(commas).filter(|_| !line[..at].contains(&b'"')) {
        Some(column) => format!("`{column}` is not UTF-8"),
        None => "the text is not UTF-8".to_owned(),
    }
}

/// Why a file with other columns is left out, and what to do; `version` is the schema of its first row.
fn other_columns(header: &StringRecord, version: Option<u32>) -> String {
    match version {
        Some(version) if version < SCHEMA => format!(
            "its rows are of results schema {version}, of an older version of this program, which reads schema {SCHEMA}; move \
             the file out of the results folder and run its grid again (docs/results-format.md)"
        ),
        Some(version) if version > SCHEMA => format!(
            "its rows are of results schema {version}, of a newer version of this program, which reads schema {SCHEMA}; \
             update the program"
        ),
        _ => format!(
            "it does not have the columns of results schema {SCHEMA}: {}; docs/results-format.md lists the columns; move the \
             file out of the results folder or run its grid again",
            difference(header)
        ),
    }
}

fn difference(header: &StringRecord) -> String {
    let quoted = |names: Vec<&str>| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let missing: Vec<&str> = COLUMNS
        .into_iter()
        .filter(|name| !header.iter().any(|h| h == *name))
        .collect();
    let unknown: Vec<&str> = header.iter().filter(|name| !COLUMNS.contains(name)).collect();
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("missing {}", quoted(missing)));
    }
    if !unknown.is_empty() {
        parts.push(format!("unknown {}", quoted(unknown)));
    }
    if parts.is_empty() {
        let at = header
            .iter()
            .zip(COLUMNS)
            .position(|(found, wanted)| found != wanted)
            .unwrap_or(COLUMNS.len());
        parts.push(match (header.get(at), COLUMNS.get(at)) {
            (Some(found), Some(wanted)) => format!("expected `{wanted}`, found `{found}`"),
            _ => "a column is repeated".to_owned(),
        });
    }
    parts.join("; ")
}

/// The row of a record; `None` for an empty line.
fn row(record: &StringRecord, header: &StringRecord) -> Result<Option<Row>, String> {
    if record.len() == 1 && record.get(0) == Some("") {
        return Ok(None);
    }
    if record.len() != COLUMNS.len() {
        return Err(format!(
            "expected {} fields, found {}",
            COLUMNS.len(),
            record.len()
        ));
    }
    if let Some(at) = record.iter().position(|field| field.contains(char::is_control)) {
        return Err(format!("`{}` contains a control character", COLUMNS[at]));
    }
    let mut row: Row = record
        .deserialize(Some(header))
        .map_err(|error| match error.kind() {
            csv::ErrorKind::Deserialize { err, .. } => {
                match err.field().and_then(|at| usize::try_from(at).ok()) {
                    Some(at) if at < COLUMNS.len() => {
                        format!(
                            "`{}` is `{}`: {}",
                            COLUMNS[at],
                            record.get(at).unwrap_or_default(),
                            err.kind()
                        )
                    }
                    _ => err.kind().to_string(),
                }
            }
            _ => error.to_string(),
        })?;
    row.check()?;
    let mut fields = record.iter().zip(COLUMNS);
    row.zero_is_rounded = fields.any(|(field, name)| field == "0.000000" && name.ends_with("_s"));
    Ok(Some(row.with_own_times()))
}

/// What holds for a file of any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_bytes(bytes: &[u8]) {
    let mut findings = Findings::default();
    for row in parse(Path::new("results.csv"), bytes, &mut findings).unwrap_or_default() {
        if row.shared_with.is_empty() {
            assert_eq!(row.check(), Ok(()));
        } else {
            assert_eq!(row.fit_s, None, "times of another row's fit");
        }
    }
}

#[cfg(test)]
mod tests {
    use fuzz_inputs::{CSV_WORDS, fuzz};

    use super::*;

    #[test]
    fn damaged_results_are_named_or_read() {
        let sample = include_str!("../../../../results/published/bayes.csv");
        let few: String = sample.lines().take(4).map(|line| format!("{line}\n")).collect();
        fuzz("results in the report", &[few.as_bytes()], CSV_WORDS, any_bytes);
    }

    /// Fuzzing found that a damaged row may name another fit, and then has no times.
    #[test]
    fn a_row_that_shares_a_fit_has_no_times() {
        let sample = include_str!("../../../../results/published/bayes.csv");
        let header = sample.lines().next().unwrap();
        let line = sample.lines().skip(1).find(|line| !line.contains('"')).unwrap();
        let at = COLUMNS.iter().position(|name| *name == "shared_with").unwrap();
        let mut fields: Vec<&str> = line.split(',').collect();
        assert_eq!((fields.len(), fields[at]), (COLUMNS.len(), ""));
        fields[at] = "0123456789abcdef";
        let text = format!("{header}\n{}\n", fields.join(","));
        any_bytes(text.as_bytes());
        let rows = parse(
            Path::new("results.csv"),
            text.as_bytes(),
            &mut Findings::default(),
        )
        .unwrap();
        assert_eq!((rows.len(), rows[0].fit_s), (1, None));
    }
}
