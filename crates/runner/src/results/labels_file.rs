//! `LabelsFile`: what the cells of a results file predicted, packed, in a file beside it.
//!
//! Append-only: a first line, then records, each of one line of text and its payload. A torn last record is cut off on opening. The
//! true labels stand once in the file, so that a reader can check and compare predictions without the data.

use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::fs::{File, Metadata};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::results::files::{is_same_file, open_regular, read_regular};
use crate::results::packed_labels::{pack, unpack};

/// The first line.
const MAGIC: &[u8] = b"hemline-labels 1\n";

/// The longest line of a record.
const MAX_LINE: usize = 256;

/// The labels of one cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Predicted<'a> {
    /// `data_sha256` of the row.
    pub(crate) data_sha256: &'a str,
    /// Number of classes.
    pub(crate) n_classes: usize,
    /// The predicted labels.
    pub(crate) labels: &'a [u8],
    /// The true labels.
    pub(crate) truth: &'a [u8],
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// A cell's identity, or `truth:` and the `data_sha256` of a dataset.
    pub(super) id: String,
    /// `started_at` of the row; `-` for true labels.
    pub(super) started_at: String,
    pub(super) n_classes: usize,
    pub(super) labels: Vec<u8>,
}

/// The open file beside a results file.
pub(super) struct LabelsFile {
    path: PathBuf,
    file: File,
    /// The true labels that the file has: dataset and number.
    truths: HashSet<(String, usize)>,
    /// Length as this program left it.
    len: u64,
    /// Damaged places when it was opened.
    pub(super) n_damaged: usize,
}

impl LabelsFile {
    /// The name beside a results file.
    pub(super) fn beside(results: &Path) -> PathBuf {
        results.with_extension("labels")
    }

    /// Opens or creates the file, and cuts off a torn last record.
    ///
    /// # Errors
    /// An I/O error, or a file that is something else.
    pub(super) fn open(path: &Path) -> io::Result<LabelsFile> {
        let mut file = open_regular(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let parsed = parse(&bytes)?;
        if parsed.end < bytes.len() {
            file.set_len(parsed.end as u64)?;
        }
        let truths = parsed.records.into_iter().filter_map(|record| {
            let dataset = record.id.strip_prefix("truth:")?;
            Some((dataset.to_owned(), record.labels.len()))
        });
        Ok(LabelsFile {
            path: path.to_owned(),
            truths: truths.collect(),
            n_damaged: parsed.n_damaged,
            len: parsed.end as u64,
            file,
        })
    }

    /// Appends what a cell predicted, after the true labels if the file has none for these rows yet.
    ///
    /// # Errors
    /// An I/O error; the file keeps its length.
    pub(super) fn append(
        &mut self,
        cell_id: &str,
        started_at: &str,
        predicted: Predicted<'_>,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.make_sure_of_the_file()?;
        let len = self.file.seek(SeekFrom::End(0))?;
        if len == 0 {
            bytes.extend_from_slice(MAGIC);
        }
        let Predicted {
            data_sha256,
            n_classes,
            labels,
            truth,
        } = predicted;
        let key = (data_sha256.to_owned(), truth.len());
        if !self.truths.contains(&key) {
            write_record(&format!("truth:{data_sha256}"), "-", n_classes, truth, &mut bytes);
        }
        write_record(cell_id, started_at, n_classes, labels, &mut bytes);
        if let Err(error) = self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            // Best effort: the next opening cuts off a torn record.
            let _ = self.file.set_len(len);
            return Err(error);
        }
        self.truths.insert(key);
        self.len = len + bytes.len() as u64;
        Ok(())
    }

    /// Notices that the file was removed, replaced or changed by another program. A removed file is written again; anything else
    /// becomes an error, since it cannot be told whose bytes they are.
    fn make_sure_of_the_file(&mut self) -> io::Result<()> {
        let open = self.file.metadata()?;
        if is_same_file(&self.path, &open) {
            return if open.len() == self.len {
                Ok(())
            } else {
                Err(io::Error::other("another program changed it during the run"))
            };
        }
        if self.path.exists() {
            return Err(io::Error::other("another program replaced it during the run"));
        }
        let path = self.path.clone();
        self.move_to(&path)
    }

    /// Goes on in a new file with the same content; the old one may have been removed.
    ///
    /// # Errors
    /// An I/O error.
    pub(super) fn move_to(&mut self, path: &Path) -> io::Result<()> {
        let mut file = open_regular(path)?;
        self.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut self.file, &mut file)?;
        file.sync_data()?;
        self.file = file;
        self.path = path.to_owned();
        Ok(())
    }
}

impl Drop for LabelsFile {
    /// Removes the file if nothing was written.
    fn drop(&mut self) {
        let is_own = |open: &Metadata| open.len() == 0 && is_same_file(&self.path, open);
        if self.len == 0 && self.file.metadata().is_ok_and(|open| is_own(&open)) {
            // Failing leaves an empty file, which the next run accepts.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The labels beside a results file, by `cell_id` and `started_at` of the row; none where there is no such file or it cannot be read.
pub(crate) fn labels_beside(results: &Path) -> HashMap<(String, String), Vec<u8>> {
    let bytes = read_regular(&LabelsFile::beside(results)).unwrap_or_default();
    let records = parse(&bytes).unwrap_or_default().records;
    let labels = records
        .into_iter()
        .map(|record| ((record.id, record.started_at), record.labels));
    labels.collect()
}

/// What to say about a file with damage.
pub(super) fn damage(path: &Path, n_damaged: usize) -> String {
    let places = if n_damaged == 1 { "place" } else { "places" };
    format!(
        "{} is damaged in {n_damaged} {places}; the labels there are lost, the rows are not",
        path.display()
    )
}

/// The bytes of a file with these records.
pub(super) fn to_bytes<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for record in records {
        write_record(
            &record.id,
            &record.started_at,
            record.n_classes,
            &record.labels,
            &mut bytes,
        );
    }
    bytes
}

fn write_record(id: &str, started_at: &str, n_classes: usize, labels: &[u8], to: &mut Vec<u8>) {
    let payload = pack(labels, n_classes);
    let (n_labels, n_bytes, sum) = (labels.len(), payload.len(), checksum(&payload));
    to.extend(format!("{id} {started_at} {n_labels} {n_classes} {n_bytes} {sum}\n").into_bytes());
    to.extend(payload);
    to.push(b'\n');
}

fn checksum(payload: &[u8]) -> String {
    let digest = Sha256::digest(payload);
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What a file of labels holds.
#[derive(Default)]
pub(super) struct Parsed {
    /// The whole records.
    pub(super) records: Vec<Record>,
    /// Length up to the end of the last whole record.
    end: usize,
    /// Number of gaps between whole records: damage that is skipped.
    pub(super) n_damaged: usize,
}

/// Reads the whole records. What lies between them is skipped.
///
/// # Errors
/// A file that does not begin as a labels file does.
pub(super) fn parse(bytes: &[u8]) -> io::Result<Parsed> {
    if !bytes.starts_with(MAGIC) {
        return if MAGIC.starts_with(bytes) || bytes.iter().all(|byte| matches!(byte, 0 | b' ')) {
            Ok(Parsed::default())
        } else {
            Err(io::Error::other("it is not a file of labels"))
        };
    }
    let mut parsed = Parsed {
        end: MAGIC.len(),
        ..Parsed::default()
    };
    let mut at = parsed.end;
    while at < bytes.len() {
        if let Some((record, len)) = record(&bytes[at..]) {
            parsed.n_damaged += usize::from(parsed.end < at);
            at += len;
            parsed.end = at;
            parsed.records.push(record);
        } else {
            let next = bytes[at..].iter().position(|byte| *byte == b'\n');
            at = next.map_or(bytes.len(), |next| at + next + 1);
        }
    }
    Ok(parsed)
}

/// The record at the start of the bytes, and its length; `None` if there is no whole one.
fn record(bytes: &[u8]) -> Option<(Record, usize)> {
    let line_end = bytes.iter().take(MAX_LINE).position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&bytes[..line_end]).ok()?;
    let fields: Vec<&str> = line.split(' ').collect();
    let [id, started_at, n_labels, n_classes, n_bytes, sum] = fields.as_slice() else {
        return None;
    };
    let (n_labels, n_classes, n_bytes): (usize, usize, usize) = (
        n_labels.parse().ok()?,
        n_classes.parse().ok()?,
        n_bytes.parse().ok()?,
    );
    let start = line_end + 1;
    let payload = bytes.get(start..start.checked_add(n_bytes)?)?;
    if bytes.get(start + n_bytes) != Some(&b'\n') || checksum(payload) != *sum {
        return None;
    }
    // A file states at most as many labels of one class as there are rows in any dataset.
    let labels = (n_labels <= MAX_LABELS).then(|| unpack(payload, n_labels, n_classes))??;
    let record = Record {
        id: (*id).to_owned(),
        started_at: (*started_at).to_owned(),
        n_classes,
        labels,
    };
    Some((record, start + n_bytes + 1))
}

/// Largest number of labels in a record: labels of a single class take no bytes, so that the payload is no bound.
const MAX_LABELS: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn predicted(labels: &[u8]) -> Predicted<'_> {
        Predicted {
            data_sha256: "abc",
            n_classes: 10,
            labels,
            truth: &[1, 2, 3],
        }
    }

    fn written(n: u8) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.labels");
        let mut file = LabelsFile::open(&path).unwrap();
        for i in 0..n {
            file.append(&format!("cell{i}"), "now", predicted(&[i, 2, 3]))
                .unwrap();
        }
        (folder, path)
    }

    #[test]
    fn true_labels_stand_once_and_records_are_read_back() {
        let (_folder, path) = written(3);
        let bytes = std::fs::read(&path).unwrap();
        let Parsed {
            records,
            end,
            n_damaged,
        } = parse(&bytes).unwrap();
        assert_eq!((end, n_damaged), (bytes.len(), 0));
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        assert_eq!(ids, ["truth:abc", "cell0", "cell1", "cell2"]);
        assert_eq!(records[3].labels, [2, 2, 3]);
        assert_eq!(to_bytes(records.iter()), bytes);
    }

    #[test]
    fn a_torn_last_record_is_cut_off_on_opening() {
        let (_folder, path) = written(1);
        let whole = std::fs::read(&path).unwrap();
        let (_other, longer) = written(2);
        let longer = std::fs::read(&longer).unwrap();
        for cut in whole.len()..longer.len() {
            std::fs::write(&path, &longer[..cut]).unwrap();
            drop(LabelsFile::open(&path).unwrap());
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {cut}");
        }
        for cut in 0..MAGIC.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            drop(LabelsFile::open(&path).unwrap());
        }
    }

    #[test]
    fn a_damaged_record_hides_no_other() {
        let (_folder, path) = written(3);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.windows(5).position(|window| window == b"cell1").unwrap();
        bytes[at + 20] ^= 1;
        let parsed = parse(&bytes).unwrap();
        assert_eq!(
            (parsed.records.len(), parsed.end, parsed.n_damaged),
            (3, bytes.len(), 1)
        );
    }

    #[test]
    fn another_file_is_refused_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.labels");
        std::fs::write(&path, "notes\n").unwrap();
        assert!(LabelsFile::open(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"notes\n");
    }

    #[test]
    fn a_removed_file_is_written_again_with_all_records() {
        let (_folder, path) = written(2);
        let mut file = LabelsFile::open(&path).unwrap();
        let before = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.move_to(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [MAGIC, b"cell now 1 1 0 ", &tail].concat();
            let _ = parse(&bytes);
        }
    }
}
