//! `LabelsFile`: what the cells of a results file predicted, packed, in a file beside it.
//!
//! Append-only: a first line, then records. A torn last record is cut off on opening. The true labels stand once in the file, so that
//! a reader can check and compare predictions without the data.

use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::fs::{File, Metadata};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::results::files::{changed_at, is_same_file, open_regular, read_regular};
use crate::results::label_records::{HEADER, parse, write_predicted, write_truth};

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

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

/// The open file beside a results file.
pub(super) struct LabelsFile {
    path: PathBuf,
    file: File,
    /// The true labels that the file has: dataset and number.
    truths: HashSet<(String, usize)>,
    /// Length and hash of the content as this program left it, and when.
    len: u64,
    hash: Sha256,
    changed_at: (i64, i64),
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
            let dataset = record.truth_of()?;
            Some((dataset.to_owned(), record.labels.n_labels()))
        });
        Ok(LabelsFile {
            path: path.to_owned(),
            truths: truths.collect(),
            n_damaged: parsed.n_damaged,
            len: parsed.end as u64,
            hash: Sha256::new_with_prefix(&bytes[..parsed.end]),
            changed_at: changed_at(&file)?,
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
            bytes.extend_from_slice(HEADER);
        }
        let Predicted {
            data_sha256,
            n_classes,
            labels,
            truth,
        } = predicted;
        let key = (data_sha256.to_owned(), truth.len());
        if !self.truths.contains(&key) {
            write_truth(data_sha256, truth, n_classes, &mut bytes);
        }
        write_predicted(cell_id, started_at, labels, n_classes, &mut bytes);
        if let Err(error) = self.file.write_all(&bytes).and_then(|()| self.file.sync_data()) {
            // Best effort: the next opening cuts off a torn record.
            let _ = self.file.set_len(len);
            return Err(error);
        }
        self.truths.insert(key);
        self.len = len + bytes.len() as u64;
        self.hash.update(&bytes);
        self.changed_at = changed_at(&self.file)?;
        Ok(())
    }

    /// Makes sure at the end of a run that the labels are in the file.
    ///
    /// # Errors
    /// Another program changed or replaced it, or an I/O error.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if self.len == 0 {
            return Ok(());
        }
        self.make_sure_of_the_file()?;
        // A change within a tick of the file system's clock after the last record has its time.
        self.compare_content()
    }

    /// Notices that the file was removed, replaced or changed by another program. A removed file is written again; anything else
    /// becomes an error, since it cannot be told whose bytes they are.
    fn make_sure_of_the_file(&mut self) -> io::Result<()> {
        let open = self.file.metadata()?;
        if is_same_file(&self.path, &open) {
            return self.make_sure_of_the_content();
        }
        if self.path.exists() {
            return Err(io::Error::other("another program replaced it during the run"));
        }
        let path = self.path.clone();
        self.move_to(&path)
    }

    /// Notices that the content is not what this program wrote. The file is read only if something changed it since.
    fn make_sure_of_the_content(&mut self) -> io::Result<()> {
        let now = changed_at(&self.file)?;
        if now == self.changed_at {
            return Ok(());
        }
        self.compare_content()?;
        // Other permissions or another name are no other content.
        self.changed_at = now;
        Ok(())
    }

    fn compare_content(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() == self.len
            && self.hash_of_the_file()? == self.hash.clone().finalize()[..]
        {
            return Ok(());
        }
        Err(io::Error::other("another program changed it during the run"))
    }

    fn hash_of_the_file(&mut self) -> io::Result<Vec<u8>> {
        let mut hash = Sha256::new();
        let mut chunk = vec![0; CHUNK];
        self.file.seek(SeekFrom::Start(0))?;
        loop {
            let n = self.file.read(&mut chunk)?;
            if n == 0 {
                return Ok(hash.finalize().to_vec());
            }
            hash.update(&chunk[..n]);
        }
    }

    /// Goes on in a new file with the same content; the old one may have been removed.
    ///
    /// # Errors
    /// Another program changed the content, so that it is worth no copy, or an I/O error.
    pub(super) fn move_to(&mut self, path: &Path) -> io::Result<()> {
        self.make_sure_of_the_content()?;
        let mut file = open_regular(path)?;
        self.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut self.file, &mut file)?;
        file.sync_data()?;
        self.changed_at = changed_at(&file)?;
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
/// Labels of a single class say nothing and are left out, so that memory is at most eight times that of the file.
pub(crate) fn labels_beside(results: &Path) -> HashMap<(String, String), Vec<u8>> {
    let bytes = read_regular(&LabelsFile::beside(results)).unwrap_or_default();
    let records = parse(&bytes).unwrap_or_default().records.into_iter();
    let telling = records.filter(|record| record.labels.n_classes() > 1);
    telling
        .map(|record| {
            let key = (record.id.to_owned(), record.started_at.to_owned());
            (key, record.labels.labels().collect())
        })
        .collect()
}

/// Whether something that is no labels file of this version is in the place of the labels beside a results file.
pub(crate) fn has_foreign_labels(results: &Path) -> bool {
    match read_regular(&LabelsFile::beside(results)) {
        Ok(bytes) => parse(&bytes).is_err(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// What to say about a file with damage.
pub(super) fn damage(path: &Path, n_damaged: usize) -> String {
    let places = if n_damaged == 1 { "place" } else { "places" };
    format!(
        "{} is damaged in {n_damaged} {places}; the labels there are lost, the rows are not; rename or remove it, or use --fresh, to end this message",
        path.display()
    )
}

#[cfg(test)]
mod tests {
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
    fn true_labels_stand_once() {
        let (_folder, path) = written(3);
        let bytes = std::fs::read(&path).unwrap();
        let parsed = parse(&bytes).unwrap();
        assert_eq!((parsed.end, parsed.n_damaged), (bytes.len(), 0));
        let ids: Vec<&str> = parsed.records.iter().map(|record| record.id).collect();
        assert_eq!(ids, ["truth:abc", "cell0", "cell1", "cell2"]);
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
        for cut in 0..HEADER.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            drop(LabelsFile::open(&path).unwrap());
        }
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

    #[test]
    fn a_changed_file_is_not_copied_to_another_name() {
        let (folder, path) = written(2);
        let mut file = LabelsFile::open(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        // The other file has whole records too, of the same length.
        let mut other = whole.clone();
        other.truncate(HEADER.len());
        write_truth("abc", &[3, 2, 1], 10, &mut other);
        for i in 0..2 {
            write_predicted(&format!("cell{i}"), "now", &[3, 2, 1], 10, &mut other);
        }
        assert_eq!(other.len(), whole.len());
        let mut damaged = whole.clone();
        damaged[whole.len() - 3] ^= 1;
        for changed in [&other, &damaged, &whole[..whole.len() - 1].to_vec()] {
            std::fs::write(&path, changed).unwrap();
            assert!(file.move_to(&folder.path().join("b.labels")).is_err());
            assert!(file.settle().is_err());
            assert!(!folder.path().join("b.labels").exists());
        }
        std::fs::write(&path, &whole).unwrap();
        file.move_to(&folder.path().join("b.labels")).unwrap();
        assert_eq!(std::fs::read(folder.path().join("b.labels")).unwrap(), whole);
    }

    #[test]
    fn labels_of_one_class_are_not_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = HEADER.to_vec();
        let one_class = vec![0; 10_000_000];
        for i in 0..2000 {
            write_predicted(&format!("cell{i}"), "now", &one_class, 1, &mut bytes);
        }
        write_predicted("telling", "now", &[1, 2], 10, &mut bytes);
        std::fs::write(folder.path().join("a.labels"), bytes).unwrap();
        let labels = labels_beside(&folder.path().join("a.csv"));
        let key = ("telling".to_owned(), "now".to_owned());
        assert_eq!(labels, HashMap::from([(key, vec![1, 2])]));
    }
}
