//! The records of a labels file: how they are written, and how they are read whatever the bytes are.
//!
//! A record is one line of text and its payload. What lies between whole records is skipped. Nothing is unpacked, so that memory is
//! that of the file; what is hashed in search of a record is limited, so that time is linear in its size.

use sha2::{Digest, Sha256};
use std::io;

use crate::results::packed_labels::{Packed, pack};

/// The first line.
pub(super) const HEADER: &[u8] = b"hemline-labels 2\n";

/// The first line of any version begins with this.
const NAME: &[u8] = b"hemline-labels ";

/// Prefix of the identity of true labels.
const TRUTH: &str = "truth:";

/// The longest line of a record.
const MAX_LINE: usize = 256;

/// In search of a whole record, at most this multiple of the file's size is hashed.
const SEARCH: usize = 4;

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// A cell's identity, or `truth:` and the `data_sha256` of a dataset.
    pub(super) id: &'a str,
    /// `started_at` of the row; `-` for true labels.
    pub(super) started_at: &'a str,
    pub(super) labels: Packed<'a>,
}

impl<'a> Record<'a> {
    /// The `data_sha256` of true labels.
    pub(super) fn truth_of(&self) -> Option<&'a str> {
        self.id.strip_prefix(TRUTH)
    }

    /// Appends the record to some bytes.
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let (n_classes, payload) = (self.labels.n_classes(), self.labels.bytes());
        write(
            self.id,
            self.started_at,
            self.labels.n_labels(),
            n_classes,
            payload,
            to,
        );
    }
}

/// Appends the record of what a cell predicted.
pub(super) fn write_predicted(
    cell_id: &str,
    started_at: &str,
    labels: &[u8],
    n_classes: usize,
    to: &mut Vec<u8>,
) {
    write(
        cell_id,
        started_at,
        labels.len(),
        n_classes,
        &pack(labels, n_classes),
        to,
    );
}

/// Appends the record of the true labels of a dataset.
pub(super) fn write_truth(data_sha256: &str, labels: &[u8], n_classes: usize, to: &mut Vec<u8>) {
    let id = format!("{TRUTH}{data_sha256}");
    write(&id, "-", labels.len(), n_classes, &pack(labels, n_classes), to);
}

fn write(id: &str, started_at: &str, n_labels: usize, n_classes: usize, payload: &[u8], to: &mut Vec<u8>) {
    let fields = format!("{id} {started_at} {n_labels} {n_classes} {} ", payload.len());
    let check = check(fields.as_bytes(), payload);
    to.extend(fields.into_bytes());
    to.extend(check.into_bytes());
    to.push(b'\n');
    to.extend(payload);
    to.push(b'\n');
}

/// The checksum of a record: of its line up to the checksum, blank included, and of its payload.
fn check(fields: &[u8], payload: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(fields)
        .chain_update(payload)
        .finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What a file of labels holds.
#[derive(Default)]
pub(super) struct Parsed<'a> {
    /// The whole records.
    pub(super) records: Vec<Record<'a>>,
    /// Length up to the end of the last whole record.
    pub(super) end: usize,
    /// Number of gaps between whole records: damage that is skipped.
    pub(super) n_damaged: usize,
}

/// Reads the whole records. What lies between them is skipped.
///
/// # Errors
/// `InvalidData`: a file that does not begin as a labels file of this version does.
pub(super) fn parse(bytes: &[u8]) -> io::Result<Parsed<'_>> {
    if !bytes.starts_with(HEADER) {
        if HEADER.starts_with(bytes) || bytes.iter().all(|byte| matches!(byte, 0 | b' ')) {
            return Ok(Parsed::default());
        }
        let what = if bytes.starts_with(NAME) {
            "its first line is not `hemline-labels 2`, so that it is of another version of this program"
        } else {
            "it is not a file of labels"
        };
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    let mut parsed = Parsed {
        end: HEADER.len(),
        ..Parsed::default()
    };
    let mut budget = bytes.len().saturating_mul(SEARCH);
    let mut at = parsed.end;
    while at < bytes.len() {
        if let Some((record, len)) = record(&bytes[at..], &mut budget) {
            parsed.n_damaged += usize::from(parsed.end < at);
            at += len;
            parsed.end = at;
            parsed.records.push(record);
        } else {
            let next = bytes[at..].iter().position(|byte| *byte == b'\n');
            at = next.map_or(bytes.len(), |next| at + next + 1);
        }
    }
    if bytes.ends_with(b"\n") && !is_torn(&bytes[parsed.end..]) {
        // The last record is there and wrong. Another one can follow it.
        parsed.end = bytes.len();
        parsed.n_damaged += 1;
    }
    Ok(parsed)
}

/// Whether the bytes end before the record at their start does; none are torn too.
fn is_torn(bytes: &[u8]) -> bool {
    let Some(line_end) = bytes.iter().take(MAX_LINE).position(|byte| *byte == b'\n') else {
        return bytes.len() < MAX_LINE;
    };
    let words = bytes[..line_end].split(|byte| *byte == b' ');
    let n_bytes = words.map(std::str::from_utf8).nth(4).and_then(Result::ok);
    let n_bytes: Option<usize> = n_bytes.and_then(|n_bytes| n_bytes.parse().ok());
    n_bytes.is_some_and(|n_bytes| bytes.len() - line_end - 1 <= n_bytes)
}

/// The record at the start of the bytes, and its length; `None` if there is no whole one. One that fails the checksum costs its
/// length of the budget.
fn record<'a>(bytes: &'a [u8], budget: &mut usize) -> Option<(Record<'a>, usize)> {
    let line_end = bytes.iter().take(MAX_LINE).position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&bytes[..line_end]).ok()?;
    let (fields, sum) = line.split_at_checked(line.rfind(' ')? + 1)?;
    let words: Vec<&str> = fields.strip_suffix(' ')?.split(' ').collect();
    let [id, started_at, n_labels, n_classes, n_bytes] = words.as_slice() else {
        return None;
    };
    let (n_labels, n_classes, n_bytes): (usize, usize, usize) = (
        n_labels.parse().ok()?,
        n_classes.parse().ok()?,
        n_bytes.parse().ok()?,
    );
    let start = line_end + 1;
    let payload = bytes.get(start..start.checked_add(n_bytes)?)?;
    if bytes.get(start + n_bytes) != Some(&b'\n') {
        return None;
    }
    let cost = line_end + n_bytes;
    if cost > *budget {
        *budget = 0;
        return None;
    }
    let is_whole = check(fields.as_bytes(), payload) == sum;
    let labels = Packed::new(payload, n_labels, n_classes).filter(|_| is_whole);
    let Some(labels) = labels else {
        *budget -= cost;
        return None;
    };
    let record = Record {
        id,
        started_at,
        labels,
    };
    Some((record, start + n_bytes + 1))
}

/// What holds for a file of any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_bytes(bytes: &[u8]) {
    let Ok(parsed) = parse(bytes) else { return };
    assert!(parsed.end <= bytes.len());
    for record in &parsed.records {
        // One that says no more than a few labels fit into its bytes.
        assert!(record.labels.labels().take(1000).count() <= record.labels.n_labels());
        let mut again = Vec::new();
        record.write(&mut again);
        assert!(bytes.windows(again.len()).any(|part| part == again));
    }
}

/// What holds for labels packed as any bytes: the number of classes, the number of labels, and the rest.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_packed_labels(bytes: &[u8]) {
    let [n_classes, n_labels, payload @ ..] = bytes else {
        return;
    };
    let (n_classes, n_labels) = (usize::from(*n_classes), usize::from(*n_labels));
    if let Some(packed) = Packed::new(payload, n_labels, n_classes) {
        assert_eq!(packed.labels().count(), n_labels);
        assert!(packed.labels().all(|label| usize::from(label) < n_classes.max(1)));
        assert_eq!(packed.n_equal(&packed), Some(n_labels));
    }
}

#[cfg(test)]
mod tests {
    use fuzz_inputs::fuzz;
    use proptest::prelude::*;

    use super::*;
    use crate::results::packed_labels::pack;

    fn file(n: u8) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        write_truth("abc", &[1, 2, 3], 10, &mut bytes);
        for i in 0..n {
            write_predicted(&format!("cell{i}"), "now", &[i, 2, 3], 10, &mut bytes);
        }
        bytes
    }

    fn ids<'a>(parsed: &Parsed<'a>) -> Vec<&'a str> {
        parsed.records.iter().map(|record| record.id).collect()
    }

    #[test]
    fn records_are_read_back() {
        let bytes = file(3);
        let parsed = parse(&bytes).unwrap();
        assert_eq!((parsed.end, parsed.n_damaged), (bytes.len(), 0));
        assert_eq!(ids(&parsed), ["truth:abc", "cell0", "cell1", "cell2"]);
        assert_eq!(parsed.records[3].labels.labels().collect::<Vec<_>>(), [2, 2, 3]);
        let mut again = HEADER.to_vec();
        parsed.records.iter().for_each(|record| record.write(&mut again));
        assert_eq!(again, bytes);
    }

    #[test]
    fn a_change_of_any_byte_is_damage_of_one_record() {
        let whole = file(3);
        let (start, end) = (file(1).len(), file(2).len());
        for at in start..end - 1 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            let parsed = parse(&bytes).unwrap();
            assert_eq!(ids(&parsed), ["truth:abc", "cell0", "cell2"], "byte {at}");
            assert_eq!((parsed.end, parsed.n_damaged), (bytes.len(), 1));
            // The last record is no other.
            let parsed = parse(&bytes[..end]).unwrap();
            assert_eq!(ids(&parsed), ["truth:abc", "cell0"], "byte {at}");
            let is_torn = parsed.end == start && parsed.n_damaged == 0;
            assert!(is_torn || (parsed.end, parsed.n_damaged) == (end, 1), "byte {at}");
        }
        // An id or a time never passes for a record that was cut off.
        for at in [start + 2, start + 7, end - 5] {
            let mut bytes = whole[..end].to_vec();
            bytes[at] ^= 1;
            assert_eq!(parse(&bytes).unwrap().n_damaged, 1, "byte {at}");
        }
    }

    #[test]
    fn files_of_another_version_are_told_from_other_files() {
        let error = parse(b"hemline-labels 1\n").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("another version"), "{error}");
        let error = parse(b"notes\n").map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, "it is not a file of labels");
    }

    #[test]
    fn labels_that_take_no_bytes_take_no_memory() {
        let mut bytes = HEADER.to_vec();
        for i in 0..20_000 {
            let (id, no_labels) = (format!("cell{i}"), &[]);
            write(&id, "now", 10_000_000, 1, no_labels, &mut bytes);
            write(&id, "now", 1 << 30, 1, no_labels, &mut bytes);
        }
        let parsed = parse(&bytes).unwrap();
        assert_eq!(parsed.records.len(), 20_000);
    }

    #[test]
    fn lines_that_claim_the_rest_of_the_file_end() {
        let mut bytes = HEADER.to_vec();
        for _ in 0..20_000 {
            bytes.extend(b"cell now 4000000 256 4000000 0000000000000000\n");
        }
        // Every byte of the tail may be a line end.
        bytes.extend(std::iter::repeat_n(b'\n', 4_100_000));
        assert!(parse(&bytes).unwrap().records.is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [HEADER, b"cell now 1 1 0 ", &tail].concat();
            let _ = parse(&bytes);
        }
    }

    #[test]
    fn damaged_files_lose_damaged_records_only() {
        let seed = file(3);
        fuzz(
            "packed predictions",
            &[&seed],
            &[b"\n", b" ", b"truth:", b"cell1 now 3 10 2 ", HEADER],
            any_bytes,
        );
        let ten = [&[10, 3], pack(&[1, 2, 3], 10).as_slice()].concat();
        let many = [&[200, 2], pack(&[7, 199], 200).as_slice()].concat();
        fuzz("packed labels", &[&ten, &many], &[], any_packed_labels);
    }
}
