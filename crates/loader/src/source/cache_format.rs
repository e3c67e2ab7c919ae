//! The format of a decompressed copy.
//!
//! Layout: magic number, length and SHA-256 of the header, the header as JSON, then training images, training labels, test
//! images and test labels without gaps. The header contains the checksums of the four IDX files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::idx_folder::Contents;
use crate::data::{ImageBuffer, Images, Split, checksum, idx};
use crate::error::LoadError;

const MAGIC: &[u8; 8] = b"HEMLINE1";
/// Largest header in bytes. It contains little more than the class names; a longer header is damage.
const MOST_HEADER_BYTES: u64 = 1 << 20;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) name: String,
    /// What the copy was made from. A newer file of the same name and source replaces it.
    pub(crate) source: String,
    pub(crate) origin: String,
    pub(crate) label_names: Vec<String>,
    pub(crate) n_classes: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) n_train: usize,
    pub(crate) n_test: usize,
    pub(crate) file_sums: [String; 4],
}

/// Header, training rows and test rows.
pub(crate) struct Rows {
    pub(crate) header: Header,
    pub(crate) train: Split,
    pub(crate) test: Split,
}

/// Why a copy cannot be read.
pub(crate) enum Damage {
    Io(io::Error),
    Fault(String),
}

impl Damage {
    /// The error of reading the copy at `path`.
    pub(crate) fn at(self, path: &Path) -> LoadError {
        let path = path.to_owned();
        match self {
            Damage::Io(source) => LoadError::Read { path, source },
            Damage::Fault(fault) => LoadError::CacheFile { path, fault },
        }
    }
}

impl Header {
    /// The header of these contents.
    pub(crate) fn new(
        name: &str,
        source: String,
        origin: String,
        label_names: Vec<String>,
        contents: &Contents,
    ) -> Header {
        let images: Images<'_> = contents.train.images.view();
        Header {
            name: name.to_owned(),
            source,
            origin,
            label_names,
            n_classes: contents.n_classes,
            height: images.height(),
            width: images.width(),
            n_train: contents.train.n_rows(),
            n_test: contents.test.n_rows(),
            file_sums: contents.file_sums.clone(),
        }
    }

    /// Whether a copy with the other header can be used instead.
    pub(crate) fn is_of_same_data(&self, other: &Header) -> bool {
        let identity = |header: &Header| {
            (
                header.name.clone(),
                header.label_names.clone(),
                header.file_sums.clone(),
            )
        };
        identity(self) == identity(other)
    }

    /// The header as JSON.
    ///
    /// # Errors
    /// [`LoadError::LongNames`] if no reader would accept it.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, LoadError> {
        let json = serde_json::to_vec(self).expect("strings and numbers can be written as JSON");
        if json.len() as u64 > MOST_HEADER_BYTES {
            return Err(LoadError::LongNames {
                name: self.name.chars().take(64).collect(),
                found: json.len(),
                most: MOST_HEADER_BYTES,
            });
        }
        Ok(json)
    }
}

/// Writes and syncs a whole copy.
pub(crate) fn write(file: &mut File, json: &[u8], train: &Split, test: &Split) -> io::Result<()> {
    file.write_all(MAGIC)?;
    file.write_all(&(json.len() as u64).to_le_bytes())?;
    file.write_all(checksum::sha256(&[json]).as_bytes())?;
    file.write_all(json)?;
    for split in [train, test] {
        file.write_all(split.images.view().pixels())?;
        file.write_all(&idx::label_bytes(&split.labels))?;
    }
    file.sync_all()
}

/// The first rows of each split. The length of the file and the checksum of its header are checked, those of the rows are not.
pub(crate) fn read(mut file: &File, train_limit: usize, test_limit: usize) -> Result<Rows, Damage> {
    file.rewind().map_err(Damage::Io)?;
    let (header, start) = read_header(file)?;
    let [train, test] = read_splits(file, &header, start, train_limit, test_limit)?;
    Ok(Rows { header, train, test })
}

/// The header, and the position of the first row.
pub(crate) fn read_header(mut file: &File) -> Result<(Header, u64), Damage> {
    let mut start = [0; 8 + 8 + 64];
    file.read_exact(&mut start)
        .map_err(|_| Damage::Fault("truncated".into()))?;
    let (magic, rest) = start.split_at(8);
    let (length, sum) = rest.split_at(8);
    if magic != MAGIC {
        return Err(Damage::Fault("wrong magic number".into()));
    }
    let length = length.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mut json = Vec::new();
    file.take(length.min(MOST_HEADER_BYTES))
        .read_to_end(&mut json)
        .map_err(Damage::Io)?;
    if checksum::sha256(&[&json]).as_bytes() != sum {
        return Err(Damage::Fault("the SHA-256 of its header is wrong".into()));
    }
    let header = serde_json::from_slice(&json).map_err(|error| Damage::Fault(format!("header: {error}")))?;
    Ok((header, start.len() as u64 + length))
}

fn read_splits(
    file: &File,
    header: &Header,
    start: u64,
    train_limit: usize,
    test_limit: usize,
) -> Result<[Split; 2], Damage> {
    let overflow = || Damage::Fault("its header states an impossible size".into());
    let pixels = header
        .height
        .checked_mul(header.width)
        .filter(|&pixels| pixels > 0)
        .ok_or_else(overflow)?;
    let split_bytes = |n_rows: usize| (pixels as u64 + 1).checked_mul(n_rows as u64);
    let train_bytes = split_bytes(header.n_train).ok_or_else(overflow)?;
    let test_start = start.checked_add(train_bytes).ok_or_else(overflow)?;
    let expected = split_bytes(header.n_test)
        .and_then(|bytes| bytes.checked_add(test_start))
        .ok_or_else(overflow)?;
    let found = file.metadata().map_err(Damage::Io)?.len();
    if found != expected {
        return Err(Damage::Fault(format!(
            "{found} bytes, but its header requires {expected}"
        )));
    }
    let split = |start: u64, n_rows: usize, limit: usize| {
        let kept = n_rows.min(limit);
        let images = read_at(file, start, kept * pixels).map_err(Damage::Io)?;
        let labels = read_at(file, start + (n_rows * pixels) as u64, kept).map_err(Damage::Io)?;
        let labels =
            idx::labels_below(&labels, header.n_classes).map_err(|e| Damage::Fault(e.to_string()))?;
        Ok::<_, Damage>(Split {
            images: ImageBuffer::new(images, header.height, header.width),
            labels,
        })
    };
    Ok([
        split(start, header.n_train, train_limit)?,
        split(test_start, header.n_test, test_limit)?,
    ])
}

fn read_at(mut file: &File, start: u64, bytes: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(bytes)?;
    if file.take(bytes as u64).read_to_end(&mut buffer)? < bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(buffer)
}
