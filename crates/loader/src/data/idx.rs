//! IDX, the file format of MNIST: from bytes to arrays and back.
//!
//! The header consists of two zero bytes, the element type, the number of dimensions, and each dimension as a big-endian
//! 32-bit integer. The elements follow. The reader is strict: it accepts unsigned bytes only, three dimensions for images
//! and one for labels, and exactly as many bytes as the header states.
//!
//! # Reference
//! LeCun, Cortes, Burges: The MNIST database of handwritten digits, section "File formats".

use std::fmt;

use thiserror::Error;

use super::images::{Images, Label};

const UNSIGNED_BYTES: u8 = 0x08;

/// Contents of an IDX file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Three dimensions: rows, height, width.
    Images,
    /// One dimension: rows.
    Labels,
}

impl Kind {
    /// Size of the header in bytes.
    pub fn header_bytes(self) -> usize {
        4 + 4 * usize::from(self.n_dimensions())
    }

    fn n_dimensions(self) -> u8 {
        match self {
            Kind::Images => 3,
            Kind::Labels => 1,
        }
    }

    fn magic(self) -> [u8; 4] {
        [0, 0, UNSIGNED_BYTES, self.n_dimensions()]
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Images => "images",
            Kind::Labels => "labels",
        })
    }
}

/// Why bytes are not the expected IDX file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdxError {
    /// There are fewer bytes than a header has.
    #[error("too short: {found} bytes, but the header of IDX {kind} has {expected} bytes")]
    NoHeader {
        /// The expected kind.
        kind: Kind,
        /// Size of the header in bytes.
        expected: usize,
        /// Number of bytes.
        found: usize,
    },
    /// The file is of the other kind.
    #[error("contains IDX {found} instead of {expected}: are the files swapped?")]
    Swapped {
        /// The expected kind.
        expected: Kind,
        /// The kind of the file.
        found: Kind,
    },
    /// The file is not IDX, or has another element type or another number of dimensions.
    #[error("wrong magic number {:02x?}: IDX {kind} start with {:02x?}", found, kind.magic())]
    Magic {
        /// The expected kind.
        kind: Kind,
        /// The first four bytes.
        found: [u8; 4],
    },
    /// A dimension is 0.
    #[error("dimensions {dimensions}: every dimension must be at least 1")]
    ZeroDimension {
        /// The dimensions, joined by `x`.
        dimensions: String,
    },
    /// The number of elements exceeds the address space.
    #[error("dimensions {dimensions}: too large for this machine")]
    TooLarge {
        /// The dimensions, joined by `x`.
        dimensions: String,
    },
    /// The file ends before the last element.
    #[error("truncated: {found} bytes, but its header requires {expected}")]
    TooShort {
        /// Size of the whole file according to its header.
        expected: u64,
        /// Size of the whole file.
        found: u64,
    },
    /// Bytes follow the last element.
    #[error("too long: {found} bytes, but its header requires {expected}")]
    TooLong {
        /// Size of the whole file according to its header.
        expected: u64,
        /// Size of the whole file.
        found: u64,
    },
    /// Bytes follow the last element; reading stopped there.
    #[error("too long: at least {found} bytes, but its header requires {expected}")]
    Longer {
        /// Size of the whole file according to its header.
        expected: u64,
        /// Bytes that were read.
        found: u64,
    },
    /// A label is not below the number of classes.
    #[error("label {label} at row {row} is out of range: there are {n_classes} classes")]
    LabelRange {
        /// Row, starting at 0.
        row: usize,
        /// The label.
        label: u8,
        /// Number of classes.
        n_classes: usize,
    },
}

/// The header of an IDX file of images or labels; height and width are 1 for labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    kind: Kind,
    n_rows: u32,
    height: u32,
    width: u32,
}

impl Header {
    /// Reads the header at the start of `bytes` and ignores the bytes after it.
    ///
    /// # Errors
    /// [`IdxError::NoHeader`], [`IdxError::Swapped`], [`IdxError::Magic`], [`IdxError::ZeroDimension`] or [`IdxError::TooLarge`].
    pub fn read(kind: Kind, bytes: &[u8]) -> Result<Header, IdxError> {
        let magic: [u8; 4] = bytes
            .first_chunk()
            .copied()
            .ok_or_else(|| Self::no_header(kind, bytes))?;
        let other = if kind == Kind::Images {
            Kind::Labels
        } else {
            Kind::Images
        };
        if magic == other.magic() {
            return Err(IdxError::Swapped {
                expected: kind,
                found: other,
            });
        }
        if magic != kind.magic() {
            return Err(IdxError::Magic { kind, found: magic });
        }
        let (numbers, _) = bytes[4..].as_chunks::<4>();
        let numbers: Vec<u32> = numbers.iter().map(|&number| u32::from_be_bytes(number)).collect();
        let (n_rows, height, width) = match (kind, numbers.as_slice()) {
            (Kind::Images, &[n_rows, height, width, ..]) => (n_rows, height, width),
            (Kind::Labels, &[n_rows, ..]) => (n_rows, 1, 1),
            _ => return Err(Self::no_header(kind, bytes)),
        };
        let header = Header {
            kind,
            n_rows,
            height,
            width,
        };
        if n_rows == 0 || height == 0 || width == 0 {
            return Err(IdxError::ZeroDimension {
                dimensions: header.dimensions(),
            });
        }
        // A Vec has at most isize::MAX bytes.
        match header.checked_body_bytes() {
            Some(bytes) if isize::try_from(bytes).is_ok() => Ok(header),
            _ => Err(header.too_large()),
        }
    }

    /// The header of a file with these images.
    ///
    /// # Panics
    /// If a dimension does not fit into 32 bits.
    pub fn of_images(images: Images<'_>) -> Header {
        let [n_rows, height, width] = [images.n_rows(), images.height(), images.width()].map(to_u32);
        Header {
            kind: Kind::Images,
            n_rows,
            height,
            width,
        }
    }

    /// The header of a file with this number of labels.
    ///
    /// # Panics
    /// If the number of labels does not fit into 32 bits.
    pub fn of_labels(n_rows: usize) -> Header {
        Header {
            kind: Kind::Labels,
            n_rows: to_u32(n_rows),
            height: 1,
            width: 1,
        }
    }

    /// Number of images or labels.
    pub fn n_rows(&self) -> usize {
        self.n_rows as usize
    }

    /// Height of an image in pixels; 1 for labels.
    pub fn height(&self) -> usize {
        self.height as usize
    }

    /// Width of an image in pixels; 1 for labels.
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// Number of bytes after the header.
    pub fn body_bytes(&self) -> usize {
        self.n_rows() * self.height() * self.width()
    }

    /// The header as bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let dimensions = [self.n_rows, self.height, self.width];
        let mut bytes = self.kind.magic().to_vec();
        for dimension in &dimensions[..usize::from(self.kind.n_dimensions())] {
            bytes.extend_from_slice(&dimension.to_be_bytes());
        }
        bytes
    }

    /// Compares the header with the number of bytes that follow it in a file.
    ///
    /// # Errors
    /// [`IdxError::TooShort`] or [`IdxError::TooLong`]; their sizes include the header.
    pub fn check_body(&self, found: u64) -> Result<(), IdxError> {
        let header_bytes = self.kind.header_bytes() as u64;
        let expected = self.body_bytes() as u64;
        let [expected_file, found_file] = [expected, found].map(|body| body.saturating_add(header_bytes));
        match found.cmp(&expected) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => Err(IdxError::TooShort {
                expected: expected_file,
                found: found_file,
            }),
            std::cmp::Ordering::Greater => Err(IdxError::TooLong {
                expected: expected_file,
                found: found_file,
            }),
        }
    }

    /// The error that a file with this header is too large.
    pub(crate) fn too_large(&self) -> IdxError {
        IdxError::TooLarge {
            dimensions: self.dimensions(),
        }
    }

    fn checked_body_bytes(&self) -> Option<usize> {
        let [n_rows, height, width] = [self.n_rows, self.height, self.width].map(|n| usize::try_from(n).ok());
        n_rows?.checked_mul(height?)?.checked_mul(width?)
    }

    fn dimensions(&self) -> String {
        match self.kind {
            Kind::Images => format!("{}x{}x{}", self.n_rows, self.height, self.width),
            Kind::Labels => self.n_rows.to_string(),
        }
    }

    fn no_header(kind: Kind, bytes: &[u8]) -> IdxError {
        IdxError::NoHeader {
            kind,
            expected: kind.header_bytes(),
            found: bytes.len(),
        }
    }
}

/// Reads a whole file of images without copying the pixels.
///
/// # Errors
/// Every [`IdxError`] except [`IdxError::LabelRange`].
pub fn read_images(bytes: &[u8]) -> Result<Images<'_>, IdxError> {
    let header = Header::read(Kind::Images, bytes)?;
    let body = &bytes[Kind::Images.header_bytes()..];
    header.check_body(body.len() as u64)?;
    Ok(Images::new(body, header.height(), header.width()))
}

/// Reads a whole file of labels, each below `n_classes`.
///
/// # Errors
/// Every [`IdxError`].
pub fn read_labels(bytes: &[u8], n_classes: usize) -> Result<Vec<Label>, IdxError> {
    let header = Header::read(Kind::Labels, bytes)?;
    let body = &bytes[Kind::Labels.header_bytes()..];
    header.check_body(body.len() as u64)?;
    labels_below(body, n_classes)
}

/// A whole file of images, readable by [`read_images`].
///
/// # Panics
/// If a dimension does not fit into 32 bits.
pub fn write_images(images: Images<'_>) -> Vec<u8> {
    [&Header::of_images(images).to_bytes(), images.pixels()].concat()
}

/// A whole file of labels, readable by [`read_labels`].
///
/// # Panics
/// If the number of labels does not fit into 32 bits.
pub fn write_labels(labels: &[Label]) -> Vec<u8> {
    [Header::of_labels(labels.len()).to_bytes(), label_bytes(labels)].concat()
}

/// Converts bytes to labels; a label that is not below `n_classes` is an error.
pub(crate) fn labels_below(bytes: &[u8], n_classes: usize) -> Result<Vec<Label>, IdxError> {
    if let Some(row) = bytes.iter().position(|&label| usize::from(label) >= n_classes) {
        return Err(IdxError::LabelRange {
            row,
            label: bytes[row],
            n_classes,
        });
    }
    Ok(bytes.iter().map(|&label| Label(label)).collect())
}

pub(crate) fn label_bytes(labels: &[Label]) -> Vec<u8> {
    labels.iter().map(|label| label.0).collect()
}

fn to_u32(dimension: usize) -> u32 {
    u32::try_from(dimension).expect("a dimension of an IDX file fits into 32 bits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn images_file(dimensions: [u32; 3], body: &[u8]) -> Vec<u8> {
        let dimensions = dimensions.map(u32::to_be_bytes).concat();
        [&[0, 0, 8, 3], dimensions.as_slice(), body].concat()
    }

    #[test]
    fn images_are_read_in_file_order() {
        let file = images_file([2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let images = read_images(&file).unwrap();
        assert_eq!((images.n_rows(), images.height(), images.width()), (2, 1, 3));
        assert_eq!(images.row(1), [4, 5, 6]);
    }

    #[test]
    fn every_defect_has_its_own_error() {
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 0, 9];
        let reason = |bytes: &[u8]| read_images(bytes).unwrap_err().to_string();
        assert_eq!(
            reason(&[]),
            "too short: 0 bytes, but the header of IDX images has 16 bytes"
        );
        assert_eq!(
            reason(&[0, 0, 8, 3, 0]),
            "too short: 5 bytes, but the header of IDX images has 16 bytes"
        );
        assert_eq!(
            reason(&labels),
            "contains IDX labels instead of images: are the files swapped?"
        );
        assert!(reason(b"\x1f\x8b\x08\x00").starts_with("wrong magic number [1f, 8b, 08, 00]"));
        // Floats, and images of four dimensions.
        assert!(reason(&[0, 0, 0x0d, 3]).starts_with("wrong magic number"));
        assert!(reason(&[0, 0, 8, 4]).starts_with("wrong magic number"));
        assert_eq!(
            reason(&images_file([2, 0, 3], &[])),
            "dimensions 2x0x3: every dimension must be at least 1"
        );
        let huge = images_file([u32::MAX; 3], &[]);
        assert!(
            reason(&huge).contains("too large for this machine"),
            "{}",
            reason(&huge)
        );
        let short = images_file([2, 1, 3], &[1; 5]);
        assert_eq!(reason(&short), "truncated: 21 bytes, but its header requires 22");
        let long = images_file([2, 1, 3], &[1; 7]);
        assert_eq!(reason(&long), "too long: 23 bytes, but its header requires 22");
        let swapped = read_labels(&images_file([1, 1, 1], &[1]), 10).unwrap_err();
        assert_eq!(
            swapped,
            IdxError::Swapped {
                expected: Kind::Labels,
                found: Kind::Images
            }
        );
        let high = read_labels(&labels, 9).unwrap_err();
        assert_eq!(
            high,
            IdxError::LabelRange {
                row: 1,
                label: 9,
                n_classes: 9
            }
        );
        assert_eq!(read_labels(&labels, 10).unwrap(), [Label(0), Label(9)]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(kind in 0u8..5, start in 0usize..3, bytes: Vec<u8>, n in 0usize..300) {
            // A third of the cases has a valid magic number, so that the code after its check is reached.
            let magic = [0, 0, 8, kind];
            let file = if start == 0 { [magic.as_slice(), &bytes].concat() } else { bytes };
            let _ = read_images(&file);
            let _ = read_labels(&file, n);
        }

        #[test]
        fn written_files_are_read_back(
            height in 1usize..6, width in 1usize..6, pixels in proptest::collection::vec(any::<u8>(), 25..300)
        ) {
            let n_rows = pixels.len() / (height * width);
            let pixels = &pixels[..n_rows * height * width];
            let file = write_images(Images::new(pixels, height, width));
            let images = read_images(&file).unwrap();
            prop_assert_eq!((images.pixels(), images.height(), images.width()), (pixels, height, width));
            let labels: Vec<Label> = pixels.iter().map(|&pixel| Label(pixel)).collect();
            prop_assert_eq!(read_labels(&write_labels(&labels), 256).unwrap(), labels);
        }
    }
}
