//! Datasets: a training split and a test split, with class names and checksum.

use std::borrow::Cow;
use std::path::PathBuf;

use super::cache_hold::CacheHold;
use super::file_stamp::FileStamp;
use super::images::{ImageBuffer, Label};
use super::part::Part;
use super::threads::for_each_part;
use super::{checksum, idx};

/// Images and their labels, one label per image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The images.
    pub images: ImageBuffer,
    /// The labels, in the order of the images.
    pub labels: Vec<Label>,
}

impl Split {
    /// Number of images, equal to the number of labels.
    pub fn n_rows(&self) -> usize {
        self.labels.len()
    }

    /// Keeps the first `n` rows, or all if there are fewer.
    pub fn truncate(&mut self, n: usize) {
        self.images.truncate(n);
        self.labels.truncate(n);
    }

    /// The given rows in the given order; a row may occur more than once.
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn select(&self, rows: &[usize]) -> Split {
        let labels = rows.iter().map(|&row| self.labels[row]).collect();
        Split {
            images: self.images.select(rows),
            labels,
        }
    }
}

/// A verified dataset.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The name under which it was opened.
    pub name: String,
    /// One name per class, in the order of the labels; `0`, `1`, … by default.
    pub label_names: Vec<String>,
    /// Number of classes; every label is below this number.
    pub n_classes: usize,
    /// Checksum of the bytes, in hexadecimal: the column `data_sha256` of the results.
    pub sha256: String,
    /// Training rows in file order.
    pub train: Split,
    /// Test rows in file order.
    pub test: Split,
    /// The place where it was found, for messages.
    pub origin: String,
    /// The decompressed copy, which [`crate::read_cached`] reads. Keep [`Dataset::hold`] for as long as you use it.
    pub cache: PathBuf,
    /// The stamp of the decompressed copy when it was verified, for [`crate::read_cached_checked`].
    pub stamp: FileStamp,
    pub(crate) hold: CacheHold,
}

/// Name, size and checksum of one decompressed IDX file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSum {
    /// Which of the four files.
    pub part: Part,
    /// Bytes of the decompressed file, including the header.
    pub bytes: usize,
    /// SHA-256 of these bytes, in hexadecimal.
    pub sha256: String,
}

impl Dataset {
    /// Keeps the decompressed copy, and what was exported from it, from being removed by other processes.
    pub fn hold(&self) -> CacheHold {
        self.hold.clone()
    }

    /// Size and checksum of the four decompressed files, computed from the rows.
    pub fn file_sums(&self) -> [FileSum; 4] {
        Dataset::sums_of(&self.train, &self.test)
    }

    pub(crate) fn sums_of(train: &Split, test: &Split) -> [FileSum; 4] {
        for_each_part(|i| {
            let part = Part::ALL[i];
            FileSum::new(part, if part.is_train() { train } else { test })
        })
    }
}

impl Split {
    /// Header and body of the IDX file of the images, or of the labels.
    pub(crate) fn idx_file(&self, kind: idx::Kind) -> (Vec<u8>, Cow<'_, [u8]>) {
        match kind {
            idx::Kind::Images => (
                idx::Header::of_images(self.images.view()).to_bytes(),
                Cow::Borrowed(self.images.view().pixels()),
            ),
            idx::Kind::Labels => (
                idx::Header::of_labels(self.labels.len()).to_bytes(),
                Cow::Owned(idx::label_bytes(&self.labels)),
            ),
        }
    }
}

impl FileSum {
    fn new(part: Part, split: &Split) -> FileSum {
        let (header, body) = split.idx_file(part.kind());
        FileSum {
            part,
            bytes: header.len() + body.len(),
            sha256: checksum::sha256(&[&header, &body]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three_rows() -> Split {
        let images = ImageBuffer::new(vec![1, 2, 3, 4, 5, 6], 1, 2);
        Split {
            images,
            labels: vec![Label(0), Label(1), Label(2)],
        }
    }

    #[test]
    fn selecting_rows_keeps_images_and_labels_together() {
        let chosen = three_rows().select(&[2, 0, 2]);
        assert_eq!(chosen.images.view().pixels(), [5, 6, 1, 2, 5, 6]);
        assert_eq!(chosen.labels, [Label(2), Label(0), Label(2)]);
    }

    #[test]
    fn truncating_beyond_the_end_keeps_everything() {
        let mut split = three_rows();
        split.truncate(usize::MAX);
        assert_eq!(split, three_rows());
        split.truncate(1);
        assert_eq!((split.n_rows(), split.images.view().pixels()), (1, &[1, 2][..]));
    }
}
