//! Labels and images, owned and borrowed.

use std::fmt;

/// A class label, in `0..n_classes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Label(pub u8);

impl Label {
    /// The label as an index into an array with one element per class.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Borrowed images, without gaps: `n_rows` rows of `height * width` bytes, 0 (background) to 255.
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
    /// If height or width is 0, or if the length of `pixels` is not a multiple of `height * width`.
    pub fn new(pixels: &'a [u8], height: usize, width: usize) -> Self {
        assert!(height > 0 && width > 0, "an image has at least one pixel");
        assert!(
            pixels.len().is_multiple_of(height * width),
            "the number of pixels is a multiple of the image size"
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

    /// Pixels per image, `height * width`.
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

    /// The pixels of every image, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        self.pixels.chunks_exact(self.n_features())
    }

    /// The pixels of all images, image after image.
    pub fn pixels(&self) -> &'a [u8] {
        self.pixels
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
    /// As for [`Images::new`].
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

    /// The images at `rows`, in this order; a row may occur more than once.
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn select(&self, rows: &[usize]) -> ImageBuffer {
        let view = self.view();
        let mut pixels = Vec::with_capacity(rows.len() * view.n_features());
        for &row in rows {
            pixels.extend_from_slice(view.row(row));
        }
        ImageBuffer { pixels, ..*self }
    }

    pub(super) fn truncate(&mut self, n_rows: usize) {
        self.pixels
            .truncate(n_rows.saturating_mul(self.height * self.width));
    }
}

impl fmt::Debug for ImageBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}
