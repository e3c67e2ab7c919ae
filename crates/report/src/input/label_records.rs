//! Reads the records of a labels file one after another, whatever its bytes are.
//!
//! A damaged record is named and left out, and reading goes on at the next line that begins a valid record. Memory is that of the
//! longest record that a line claims, at most the file. Time is linear in the file's size, because what is hashed in search of a
//! record is limited.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::packed::{self, Labels};

/// The first line of a file.
pub const HEADER: &[u8] = b"hemline-labels 2\n";

/// The first line of a file of any version begins with this.
const NAME: &[u8] = b"hemline-labels ";

/// Prefix of the id of a record of true labels.
pub(super) const TRUTH: &str = "truth:";

/// No line of a record is longer: an id, a time and four numbers.
const MAX_LINE: usize = 256;

/// In search of a valid record, at most this multiple of the file's size is hashed.
const SEARCH: u64 = 4;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

/// A record whose checksum is right; it covers the line and the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// A `cell_id`, or `truth:` and a `data_sha256`.
    pub id: &'a str,
    /// The start of the cell, as in its row; `-` for true labels.
    pub started_at: &'a str,
    /// The labels.
    pub labels: Labels<'a>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Damages {
    /// Damaged records, each with the byte where it begins.
    pub problems: Vec<String>,
    /// The byte where an incomplete last record begins.
    pub torn_at: Option<u64>,
}

/// Gives every valid record of a file of `length` bytes to `visit`.
///
/// # Errors
/// The file cannot be read.
pub fn read(source: impl Read, length: u64, mut visit: impl FnMut(&Record<'_>)) -> io::Result<Damages> {
    let mut damages = Damages::default();
    let mut window = Window {
        source,
        bytes: Vec::new(),
        start: 0,
        is_whole: false,
    };
    while !window.is_whole && window.bytes.len() < HEADER.len() {
        window.read_more()?;
    }
    if !window.bytes.starts_with(HEADER) {
        if HEADER.starts_with(&window.bytes) {
            damages.torn_at = Some(0);
        } else {
            let is_other_version = window.bytes.starts_with(NAME);
            let problem = "its first line is not `hemline-labels 2`; none of its labels are used";
            let remedy = "; it is of another version of `runner`, whose option --fresh starts new files";
            damages.problems.push(match is_other_version {
                true => format!("{problem}{remedy}"),
                false => problem.to_owned(),
            });
        }
        return Ok(damages);
    }
    let mut budget = usize::try_from(length.saturating_mul(SEARCH)).unwrap_or(usize::MAX);
    let mut at = HEADER.len();
    loop {
        at = window.forget(at);
        if at == window.bytes.len() {
            if window.is_whole {
                return Ok(damages);
            }
            window.read_more()?;
            continue;
        }
        match window.record(at, &mut budget)? {
            Ok((record, length)) => {
                visit(&record);
                at += length;
            }
            Err(damage) => {
                let place = window.start + at as u64;
                let next = window.next_record(at, &mut budget)?;
                if next.is_none() && damage == Damage::Torn {
                    damages.torn_at = Some(place);
                    return Ok(damages);
                }
                let what = match damage {
                    Damage::Torn => "its payload does not end where its line says",
                    Damage::Line => "its line is not that of a record",
                    Damage::Check => "its line and payload do not have its checksum",
                    Damage::Digits => "its payload is not labels of its classes",
                };
                damages.problems.push(format!(
                    "the record at byte {place} is damaged and not used: {what}"
                ));
                let Some(next) = next else { return Ok(damages) };
                at = next;
            }
        }
    }
}

/// The part of a file that is in memory.
struct Window<R> {
    source: R,
    bytes: Vec<u8>,
    /// The place of the first byte in the file.
    start: u64,
    /// Whether the last byte is the last of the file.
    is_whole: bool,
}

impl<R: Read> Window<R> {
    /// Reads on, at least doubling a long window.
    fn read_more(&mut self) -> io::Result<()> {
        let more = CHUNK.max(self.bytes.len()) as u64;
        let read = self.source.by_ref().take(more).read_to_end(&mut self.bytes)?;
        self.is_whole = (read as u64) < more;
        Ok(())
    }

    /// Removes what lies before `at` if that is much; returns the new place of `at`.
    fn forget(&mut self, at: usize) -> usize {
        if at < CHUNK || at * 2 < self.bytes.len() {
            return at;
        }
        self.bytes.drain(..at);
        self.start += at as u64;
        0
    }

    /// The record at a place, and its length.
    fn record(&mut self, at: usize, budget: &mut usize) -> io::Result<Result<(Record<'_>, usize), Damage>> {
        while !self.is_whole && matches!(measure(&self.bytes[at..]), Err(Damage::Torn)) {
            self.read_more()?;
        }
        Ok(record(&self.bytes[at..], budget))
    }

    /// The start of the first valid record on a line after the one at `at`.
    fn next_record(&mut self, at: usize, budget: &mut usize) -> io::Result<Option<usize>> {
        let mut from = at;
        loop {
            match self.bytes[from..].iter().position(|byte| *byte == b'\n') {
                Some(end) => from += end + 1,
                None if self.is_whole => return Ok(None),
                None => {
                    from = self.bytes.len();
                    self.read_more()?;
                    continue;
                }
            }
            // The valid record is hashed again by the caller, which costs the budget nothing.
            if self.record(from, budget)?.is_ok() {
                return Ok(Some(from));
            }
            if *budget == 0 {
                return Ok(None);
            }
        }
    }
}

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    /// The file ends before the record does.
    Torn,
    Line,
    Check,
    /// The payload holds numbers that labels of these classes do not give.
    Digits,
}

/// The line at the start of some bytes, its length and that of the payload; the whole record is there.
fn measure(bytes: &[u8]) -> Result<(Line<'_>, usize, usize), Damage> {
    let end = bytes.iter().take(MAX_LINE).position(|byte| *byte == b'\n');
    let Some(end) = end else {
        let is_short = bytes.len() < MAX_LINE && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
        return Err(if is_short { Damage::Torn } else { Damage::Line });
    };
    let line = Line::parse(&bytes[..end]).ok_or(Damage::Line)?;
    let rest = &bytes[end + 1..];
    match usize::try_from(line.n_bytes) {
        Ok(n_bytes) if n_bytes < rest.len() => Ok((line, end + 1, n_bytes)),
        _ => Err(Damage::Torn),
    }
}

/// The record at the start of some bytes, and its length. A record that fails the checksum costs its length of the budget.
fn record<'a>(bytes: &'a [u8], budget: &mut usize) -> Result<(Record<'a>, usize), Damage> {
    let (line, start, n_bytes) = measure(bytes)?;
    let payload = &bytes[start..start + n_bytes];
    if bytes[start + n_bytes] != b'\n' {
        return Err(Damage::Check);
    }
    if n_bytes > *budget {
        *budget = 0;
        return Err(Damage::Check);
    }
    let labels = if has_checksum(line.fields, payload, line.check) {
        Labels::new(line.n_labels, line.n_classes, payload).ok_or(Damage::Digits)
    } else {
        Err(Damage::Check)
    };
    let labels = labels.inspect_err(|_| *budget -= n_bytes)?;
    let record = Record {
        id: line.id,
        started_at: line.started_at,
        labels,
    };
    Ok((record, start + n_bytes + 1))
}

/// The first line of a record.
struct Line<'a> {
    id: &'a str,
    started_at: &'a str,
    n_labels: u64,
    n_classes: u64,
    n_bytes: u64,
    /// All of them, with the blank before the checksum.
    fields: &'a str,
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
            && (n_classes > 1 || n_labels <= packed::MAX_OF_ONE_CLASS)
            && u128::from(n_bytes) == packed::length(n_labels, n_classes);
        is_sound.then_some(Self {
            id,
            started_at,
            n_labels,
            n_classes,
            n_bytes,
            fields: text.strip_suffix(check)?,
            check,
        })
    }
}

fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn has_checksum(fields: &str, payload: &[u8], check: &str) -> bool {
    let digest = Sha256::new()
        .chain_update(fields)
        .chain_update(payload)
        .finalize();
    let digits: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    digits == check
}

/// What holds for a file of any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_bytes(bytes: &[u8]) {
    let mut n_bytes = 0;
    let damages = read(bytes, bytes.len() as u64, |record| {
        n_bytes += record.labels.bytes().len()
    });
    assert!(damages.is_ok());
    assert!(n_bytes <= bytes.len());
}

#[cfg(test)]
mod tests {
    use fuzz_inputs::fuzz;

    use super::*;

    #[test]
    fn damaged_files_lose_damaged_records_only() {
        let published = include_bytes!("../../../../results/published/hog_choice.labels");
        let seed = &published[..published.len().min(6000)];
        let words: [&[u8]; 4] = [b"\n", b" ", b"truth:", HEADER];
        fuzz("packed predictions in the report", &[seed], &words, any_bytes);
    }
}
