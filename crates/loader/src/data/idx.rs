//! IDX, the format of MNIST's files: bytes to arrays and back, no files.
//!
//! A header of big-endian 32-bit numbers (two zero bytes, the type of the elements, the number of dimensions, then each
//! dimension) and the elements. Read strictly: only unsigned bytes, three dimensions for images and one for labels, and
//! not a byte more or less than the header says.

use std::fmt;

use thiserror::Error;

use super::images::{Images, Label};

const UNSIGNED_BYTES: u8 = 0x08;

/// What an IDX file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Three dimensions: rows, height, width.
    Images,
    /// One dimension: rows.
    Labels,
}

impl Kind {
    /// Bytes of the header of such a file.
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

/// Why bytes are not the IDX file that was expected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IdxError {
    /// Fewer bytes than a header.
    #[error("too short: {found} bytes do not even hold the {expected}-byte header of IDX {kind}")]
    NoHeader {
        /// What was expected.
        kind: Kind,
        /// Bytes of its header.
        expected: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// The other kind of IDX file.
    #[error("holds IDX {found} where {expected} belong: are the files swapped?")]
    Swapped {
        /// What was expected.
        expected: Kind,
        /// What it is.
        found: Kind,
    },
    /// Not IDX, or IDX of another type or another number of dimensions.
    #[error("wrong magic number {:02x?}: IDX {kind} begin with {:02x?}", found, kind.magic())]
    Magic {
        /// What was expected.
        kind: Kind,
        /// The first four bytes.
        found: [u8; 4],
    },
    /// A dimension of 0.
    #[error("dimensions {dimensions}: none may be 0")]
    ZeroDimension {
        /// The dimensions, joined by `x`.
        dimensions: String,
    },
    /// More elements than memory can address.
    #[error("dimensions {dimensions}: too large for this machine")]
    TooLarge {
        /// The dimensions, joined by `x`.
        dimensions: String,
    },
    /// The header promises more bytes than there are.
    #[error("cut short: {found} bytes where its header says {expected}")]
    TooShort {
        /// Bytes of the whole file as its header says.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// There are more bytes than the header promises.
    #[error("too long: {found} bytes where its header says {expected}")]
    TooLong {
        /// Bytes of the whole file as its header says.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// A label that names no class.
    #[error("label {label} at row {row} is out of range: there are {n_classes} classes")]
    LabelRange {
        /// Row, counted from 0.
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
    /// Reads the header at the start of `bytes`; what follows it is not looked at.
    ///
    /// # Errors
    /// Every [`IdxError`] but those on length and labels.
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
        // A Vec holds at most isize::MAX bytes.
        match header.checked_body_bytes() {
            Some(bytes) if isize::try_from(bytes).is_ok() => Ok(header),
            _ => Err(IdxError::TooLarge {
                dimensions: header.dimensions(),
            }),
        }
    }

    /// The header that belongs before these images.
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

    /// The header that belongs before that many labels.
    ///
    /// # Panics
    /// If their number does not fit into 32 bits.
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

    /// Height of an image in pixels.
    pub fn height(&self) -> usize {
        self.height as usize
    }

    /// Width of an image in pixels.
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// Bytes that follow the header.
    pub fn body_bytes(&self) -> usize {
        self.n_rows() * self.height() * self.width()
    }

    /// The header as it stands in a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let dimensions = [self.n_rows, self.height, self.width];
        let mut bytes = self.kind.magic().to_vec();
        for dimension in &dimensions[..usize::from(self.kind.n_dimensions())] {
            bytes.extend_from_slice(&dimension.to_be_bytes());
        }
        bytes
    }

    /// Compares the header with the number of bytes that were found behind it.
    ///
    /// # Errors
    /// [`IdxError::TooShort`] or [`IdxError::TooLong`], which count the header too.
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

/// Reads a whole file of images.
///
/// # Errors
/// Every [`IdxError`] but [`IdxError::LabelRange`].
pub fn read_images(bytes: &[u8]) -> Result<Images<'_>, IdxError> {
    let header = Header::read(Kind::Images, bytes)?;
    let body = &bytes[Kind::Images.header_bytes()..];
    header.check_body(body.len() as u64)?;
    Ok(Images::new(body, header.height(), header.width()))
}

/// Reads a whole file of labels below `n_classes`.
///
/// # Errors
/// Every [`IdxError`].
pub fn read_labels(bytes: &[u8], n_classes: usize) -> Result<Vec<Label>, IdxError> {
    let header = Header::read(Kind::Labels, bytes)?;
    let body = &bytes[Kind::Labels.header_bytes()..];
    header.check_body(body.len() as u64)?;
    labels_below(body, n_classes)
}

/// The file that [`read_images`] reads.
///
/// # Panics
/// If a dimension does not fit into 32 bits.
pub fn write_images(images: Images<'_>) -> Vec<u8> {
    [&Header::of_images(images).to_bytes(), images.pixels()].concat()
}

/// The file that [`read_labels`] reads.
///
/// # Panics
/// If their number does not fit into 32 bits.
pub fn write_labels(labels: &[Label]) -> Vec<u8> {
    [Header::of_labels(labels.len()).to_bytes(), label_bytes(labels)].concat()
}

/// Bytes as labels, each checked against the number of classes.
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
    fn images_come_out_as_they_stand_in_the_file() {
        let file = images_file([2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        let images = read_images(&file).unwrap();
        assert_eq!((images.n_rows(), images.height(), images.width()), (2, 1, 3));
        assert_eq!(images.row(1), [4, 5, 6]);
    }

    #[test]
    fn whatever_is_not_the_promised_file_is_refused_for_its_own_reason() {
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 0, 9];
        let reason = |bytes: &[u8]| read_images(bytes).unwrap_err().to_string();
        assert_eq!(
            reason(&[]),
            "too short: 0 bytes do not even hold the 16-byte header of IDX images"
        );
        assert_eq!(
            reason(&[0, 0, 8, 3, 0]),
            "too short: 5 bytes do not even hold the 16-byte header of IDX images"
        );
        assert_eq!(
            reason(&labels),
            "holds IDX labels where images belong: are the files swapped?"
        );
        assert!(reason(b"\x1f\x8b\x08\x00").starts_with("wrong magic number [1f, 8b, 08, 00]"));
        // Floats, and images of four dimensions.
        assert!(reason(&[0, 0, 0x0d, 3]).starts_with("wrong magic number"));
        assert!(reason(&[0, 0, 8, 4]).starts_with("wrong magic number"));
        assert_eq!(
            reason(&images_file([2, 0, 3], &[])),
            "dimensions 2x0x3: none may be 0"
        );
        let huge = images_file([u32::MAX; 3], &[]);
        assert!(
            reason(&huge).contains("too large for this machine"),
            "{}",
            reason(&huge)
        );
        let short = images_file([2, 1, 3], &[1; 5]);
        assert_eq!(reason(&short), "cut short: 21 bytes where its header says 22");
        let long = images_file([2, 1, 3], &[1; 7]);
        assert_eq!(reason(&long), "too long: 23 bytes where its header says 22");
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
            // A third with a right magic number, or they would all stop at it.
            let magic = [0, 0, 8, kind];
            let file = if start == 0 { [magic.as_slice(), &bytes].concat() } else { bytes };
            let _ = read_images(&file);
            let _ = read_labels(&file, n);
        }

        #[test]
        fn what_is_written_is_read_back(
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
