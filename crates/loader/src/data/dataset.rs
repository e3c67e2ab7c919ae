//! Splits of rows, and the dataset that they make up.

use std::borrow::Cow;
use std::path::PathBuf;

use super::images::{ImageBuffer, Label};
use super::part::Part;
use super::{checksum, idx};

/// Images and their labels, equal in number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The images.
    pub images: ImageBuffer,
    /// One label an image, in the same order.
    pub labels: Vec<Label>,
}

impl Split {
    /// Number of images, which is the number of labels.
    pub fn n_rows(&self) -> usize {
        self.labels.len()
    }

    /// Keeps the first `n` rows, or all where there are fewer.
    pub fn truncate(&mut self, n: usize) {
        self.images.truncate(n);
        self.labels.truncate(n);
    }

    /// The given rows in the given order; a row may be taken more than once.
    ///
    /// # Panics
    /// If one of the rows is not there.
    pub fn select(&self, rows: &[usize]) -> Split {
        let labels = rows.iter().map(|&row| self.labels[row]).collect();
        Split {
            images: self.images.select(rows),
            labels,
        }
    }
}

/// A dataset whose files were read and checked.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The name that it was asked for by.
    pub name: String,
    /// One name a class, in the order of the labels; `0`, `1`, … where none were given.
    pub label_names: Vec<String>,
    /// Number of classes; every label is below it.
    pub n_classes: usize,
    /// Identity of the bytes: `data_sha256` of the results format.
    pub sha256: String,
    /// Training rows in file order.
    pub train: Split,
    /// Test rows in file order.
    pub test: Split,
    /// Where it was found, for a person to read.
    pub origin: String,
    /// The decompressed copy that [`crate::read_cached`] reads.
    pub cache: PathBuf,
}

/// Name, size and checksum of one decompressed IDX file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSum {
    /// Which of the four files.
    pub part: Part,
    /// Bytes of the decompressed file, header included.
    pub bytes: usize,
    /// SHA-256 of these bytes, in hex.
    pub sha256: String,
}

impl Dataset {
    /// What `sha256sum` would print for the four decompressed files, worked out from the rows held here.
    pub fn file_sums(&self) -> [FileSum; 4] {
        Dataset::sums_of(&self.train, &self.test)
    }

    pub(crate) fn sums_of(train: &Split, test: &Split) -> [FileSum; 4] {
        std::thread::scope(|threads| {
            let running = Part::ALL.map(|part| {
                let split = if part.is_train() { train } else { test };
                threads.spawn(move || FileSum::new(part, split))
            });
            running.map(|thread| thread.join().expect("hashing does not panic"))
        })
    }
}

impl Split {
    /// The header and the rest of the IDX file that holds the images, or the labels.
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
        assert_eq!(three_rows().images.view().first(2).pixels(), [1, 2, 3, 4]);
        assert_eq!(three_rows().images.view().first(9).n_rows(), 3);
    }
}
