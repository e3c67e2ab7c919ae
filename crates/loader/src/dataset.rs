//! Images, labels and the dataset that they make up.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::catalog::Part;
use crate::{idx, sums};

/// One class label, `0..n_classes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Label(pub u8);

impl Label {
    /// The label as a position in an array with one place per class.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Borrowed images: `n_rows` rows of `height * width` bytes, one after the other.
#[derive(Clone, Copy)]
pub struct Images<'a> {
    pixels: &'a [u8],
    height: usize,
    width: usize,
}

impl<'a> Images<'a> {
    /// Images of `height * width` pixels each.
    ///
    /// # Panics
    /// If height or width is 0 or `pixels` does not hold a whole number of images.
    pub fn new(pixels: &'a [u8], height: usize, width: usize) -> Self {
        assert!(height > 0 && width > 0, "an image has at least one pixel");
        assert!(
            pixels.len().is_multiple_of(height * width),
            "pixels hold whole images"
        );
        Self {
            pixels,
            height,
            width,
        }
    }

    /// Number of images.
    pub fn n_rows(&self) -> usize {
        self.pixels.len() / self.n_features()
    }

    /// Pixels of one image.
    pub fn n_features(&self) -> usize {
        self.height * self.width
    }

    /// Height of an image in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Width of an image in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The pixels of image `i`, row by row from the top.
    ///
    /// # Panics
    /// If there is no image `i`.
    pub fn row(&self, i: usize) -> &'a [u8] {
        let n = self.n_features();
        &self.pixels[i * n..(i + 1) * n]
    }

    /// Every image's pixels, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        self.pixels.chunks_exact(self.n_features())
    }

    /// All pixels of all images.
    pub fn pixels(&self) -> &'a [u8] {
        self.pixels
    }

    /// The first `n` images, or all where there are fewer.
    pub fn first(&self, n: usize) -> Images<'a> {
        let end = n.min(self.n_rows()) * self.n_features();
        Images {
            pixels: &self.pixels[..end],
            ..*self
        }
    }
}

impl fmt::Debug for Images<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Images({} x {}x{})", self.n_rows(), self.height, self.width)
    }
}

/// Owned images.
#[derive(Clone, PartialEq, Eq)]
pub struct ImageBuffer {
    pixels: Vec<u8>,
    height: usize,
    width: usize,
}

impl ImageBuffer {
    /// Images of `height * width` pixels each.
    ///
    /// # Panics
    /// As [`Images::new`].
    pub fn new(pixels: Vec<u8>, height: usize, width: usize) -> Self {
        Images::new(&pixels, height, width);
        Self {
            pixels,
            height,
            width,
        }
    }

    /// The images, borrowed.
    pub fn view(&self) -> Images<'_> {
        Images {
            pixels: &self.pixels,
            height: self.height,
            width: self.width,
        }
    }

    /// The images at `rows`, in that order; a row may be taken more than once.
    ///
    /// # Panics
    /// If one of the rows is not there.
    pub fn select(&self, rows: &[usize]) -> ImageBuffer {
        let view = self.view();
        let mut pixels = Vec::with_capacity(rows.len() * view.n_features());
        for &row in rows {
            pixels.extend_from_slice(view.row(row));
        }
        ImageBuffer { pixels, ..*self }
    }

    fn truncate(&mut self, n_rows: usize) {
        self.pixels
            .truncate(n_rows.saturating_mul(self.height * self.width));
    }
}

impl fmt::Debug for ImageBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

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
            sha256: sums::sha256(&[&header, &body]),
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
