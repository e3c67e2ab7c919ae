//! Reads what the cells of a results file predicted, and checks it against their accuracy.
//!
//! `docs/results-format.md` describes the format. The bytes may be damaged anywhere: a damaged record is named and left out, and
//! reading goes on at the next line that begins a valid record. Memory is that of the file; the time is linear in its size,
//! because what is hashed in search of a record is limited.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::findings::Findings;
use super::packed::{self, Labels};
use super::row::{Row, Status};

/// The first line of a file.
pub const HEADER: &[u8] = b"hemline-labels 1\n";

/// Prefix of the id of a record of true labels.
const TRUTH: &str = "truth:";

/// No line of a record is longer: an id, a time and four numbers.
const MAX_LINE: usize = 256;

/// No file is larger, in bytes: a quarter of a million cells with 10,000 labels of ten classes.
const MAX_FILE: u64 = 1 << 30;

/// In search of a valid record, at most this multiple of the file's size is hashed.
const SEARCH: usize = 4;

/// At most this many problems of a file are named; the others are counted.
const NAMED: usize = 20;

/// A record whose checksum is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// A `cell_id`, or `truth:` and a `data_sha256`.
    pub id: &'a str,
    /// The start of the cell, as in its row; `-` for true labels.
    pub started_at: &'a str,
    /// The labels.
    pub labels: Labels<'a>,
}

/// The records of a file, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents<'a> {
    /// In file order.
    pub records: Vec<Record<'a>>,
    /// Damaged records, each with the byte where it begins.
    pub problems: Vec<String>,
    /// The byte where an incomplete last record begins.
    pub torn_at: Option<usize>,
}

/// Checks `NAME.labels` beside `NAME.csv`, if there is such a file, against the rows of the latter.
pub(super) fn check_beside(results: &Path, rows: &[Row], findings: &mut Findings) {
    let path = results.with_extension("labels");
    match read(&path) {
        Ok(None) => {}
        Ok(Some(bytes)) => {
            let contents = contents(&bytes);
            if let Some(at) = contents.torn_at {
                let note = format!("the record at byte {at} skipped because it is incomplete");
                findings.note_in(&path, &note);
            }
            let problems = [contents.problems.as_slice(), &mismatches(&contents.records, rows)].concat();
            for problem in problems.iter().take(NAMED) {
                findings.problem_in(&path, problem);
            }
            if problems.len() > NAMED {
                let more = format!("{} more records are not used", problems.len() - NAMED);
                findings.problem_in(&path, &more);
            }
        }
        Err(problem) => findings.problem_in(&path, &problem),
    }
}

/// The bytes of a file; `None` if it does not exist.
fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let unreadable = |error| format!("cannot read it: {error}");
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
        Ok(file) if !file.is_file() => return Err("not a regular file".to_owned()),
        Ok(file) if file.len() > MAX_FILE => {
            return Err(format!(
                "not read: it has {} bytes, the limit is {MAX_FILE}",
                file.len()
            ));
        }
        Ok(_) => {}
    }
    fs::read(path).map(Some).map_err(unreadable)
}

/// Reads the records of a file.
pub fn contents(bytes: &[u8]) -> Contents<'_> {
    let mut contents = Contents::default();
    if !bytes.starts_with(HEADER) {
        if HEADER.starts_with(bytes) {
            contents.torn_at = Some(0);
        } else {
            contents
                .problems
                .push("its first line is not `hemline-labels 1`; none of its labels are used".to_owned());
        }
        return contents;
    }
    let mut budget = bytes.len().saturating_mul(SEARCH);
    let mut at = HEADER.len();
    while at < bytes.len() {
        match record(&bytes[at..], &mut budget) {
            Ok((record, length)) => {
                contents.records.push(record);
                at += length;
            }
            Err(damage) => {
                let next = next_record(bytes, at, &mut budget);
                if next.is_none() && damage == Damage::Torn {
                    contents.torn_at = Some(at);
                    break;
                }
                let what = match damage {
                    Damage::Torn => "its payload does not end where its line says",
                    Damage::Line => "its line is not that of a record",
                    Damage::Payload => "its payload does not have the checksum of its line",
                    Damage::Digits => "its payload is not labels of its classes",
                };
                contents
                    .problems
                    .push(format!("the record at byte {at} is damaged and not used: {what}"));
                let Some(next) = next else { break };
                at = next;
            }
        }
    }
    contents
}

/// The start of the first valid record on a line after the one at `at`.
fn next_record(bytes: &[u8], at: usize, budget: &mut usize) -> Option<usize> {
    let mut from = at;
    while let Some(end) = bytes[from..].iter().position(|byte| *byte == b'\n') {
        from += end + 1;
        // The valid record is hashed again by the caller, which costs the budget nothing.
        if record(&bytes[from..], budget).is_ok() {
            return Some(from);
        }
        if *budget == 0 {
            return None;
        }
    }
    None
}

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    /// The file ends before the record does.
    Torn,
    Line,
    Payload,
    /// The payload holds numbers that labels of these classes do not give.
    Digits,
}

/// The record at the start of some bytes, and its length. A record that fails the checksum costs its length of the budget.
fn record<'a>(bytes: &'a [u8], budget: &mut usize) -> Result<(Record<'a>, usize), Damage> {
    let end = bytes.iter().take(MAX_LINE).position(|byte| *byte == b'\n');
    let Some(end) = end else {
        let is_short = bytes.len() < MAX_LINE && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
        return Err(if is_short { Damage::Torn } else { Damage::Line });
    };
    let line = Line::parse(&bytes[..end]).ok_or(Damage::Line)?;
    let rest = &bytes[end + 1..];
    let n_bytes = usize::try_from(line.n_bytes).map_err(|_| Damage::Torn)?;
    let Some(payload) = rest.get(..n_bytes) else {
        return Err(Damage::Torn);
    };
    match rest.get(n_bytes) {
        None => return Err(Damage::Torn),
        Some(b'\n') => {}
        Some(_) => return Err(Damage::Payload),
    }
    if n_bytes > *budget {
        *budget = 0;
        return Err(Damage::Payload);
    }
    if !has_checksum(payload, line.check) {
        *budget -= n_bytes;
        return Err(Damage::Payload);
    }
    let Some(labels) = Labels::new(line.n_labels, line.n_classes, payload) else {
        *budget -= n_bytes;
        return Err(Damage::Digits);
    };
    let record = Record {
        id: line.id,
        started_at: line.started_at,
        labels,
    };
    Ok((record, end + 1 + n_bytes + 1))
}

/// The first line of a record.
struct Line<'a> {
    id: &'a str,
    started_at: &'a str,
    n_labels: u64,
    n_classes: u64,
    n_bytes: u64,
    check: &'a str,
}

impl<'a> Line<'a> {
    fn parse(line: &'a [u8]) -> Option<Self> {
        let text = str::from_utf8(line).ok().filter(|text| text.is_ascii())?;
        let mut fields = text.split(' ');
        let mut field = || fields.next().filter(|field| !field.is_empty());
        let (id, started_at) = (field()?, field()?);
        let (n_labels, n_classes, n_bytes) = (number(field()?)?, number(field()?)?, number(field()?)?);
        let check = field().filter(|check| check.len() == 16)?;
        let is_sound = fields.next().is_none()
            && id.starts_with(TRUTH) == (started_at == "-")
            && n_classes > 0
            && u128::from(n_bytes) == packed::length(n_labels, n_classes);
        is_sound.then_some(Self {
            id,
            started_at,
            n_labels,
            n_classes,
            n_bytes,
            check,
        })
    }
}

fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn has_checksum(payload: &[u8], check: &str) -> bool {
    let digest = Sha256::digest(payload);
    let digits: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    digits == check
}

/// Compares the labels of every `ok` row with the true labels, and the share of equal ones with its accuracy.
fn mismatches(records: &[Record<'_>], rows: &[Row]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut truths: HashMap<(&str, u64), &Labels<'_>> = HashMap::new();
    for record in records {
        if let Some(data) = record.id.strip_prefix(TRUTH) {
            let labels = &record.labels;
            let first = truths.entry((data, labels.n_labels())).or_insert(labels);
            if *first != labels {
                problems.push(format!(
                    "two different records of the {} true labels of {data}",
                    labels.n_labels()
                ));
            }
        }
    }
    let rows: HashMap<(&str, Timestamp), &Row> = rows
        .iter()
        .filter(|row| row.status == Status::Ok)
        .map(|row| ((row.cell_id.as_str(), row.started_at), row))
        .collect();
    for record in records.iter().filter(|record| !record.id.starts_with(TRUTH)) {
        let Ok(started_at) = record.started_at.parse() else {
            problems.push(format!(
                "cell {}: `{}` is not a time",
                record.id, record.started_at
            ));
            continue;
        };
        // A kill may leave labels whose row was not written.
        let Some(row) = rows.get(&(record.id, started_at)) else {
            continue;
        };
        let truth = truths.get(&(row.data_sha256.as_str(), row.n_test));
        if let Err(problem) = check(row, &record.labels, truth.copied()) {
            problems.push(format!(
                "cell {}, started {started_at}: its labels are not used: {problem}",
                record.id
            ));
        }
    }
    problems
}

fn check(row: &Row, labels: &Labels<'_>, truth: Option<&Labels<'_>>) -> Result<(), String> {
    if labels.n_labels() != row.n_test {
        return Err(format!(
            "there are {}, but the row has {} test rows",
            labels.n_labels(),
            row.n_test
        ));
    }
    let truth = truth.ok_or("the true labels are missing")?;
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
