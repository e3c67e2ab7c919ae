//! The decompressed copy: one file per dataset, so that opening it again, or in another process, is one read.
//!
//! Layout: magic number, length and SHA-256 of the header, the header as JSON, then training images, training labels, test
//! images and test labels without gaps. The header contains the checksums of the four IDX files; opening a dataset
//! verifies them. A file is written under a unique name, synced and renamed, so that concurrent processes never see a
//! partial file.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cache_dir::{DECOMPRESSED, EXPORTED, writable};
use super::catalog::Known;
use super::idx_folder::Contents;
use crate::data::{Dataset, ImageBuffer, Images, Split, checksum, idx};
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

/// Reads the first rows of each split from the file [`Dataset::cache`], which [`crate::open`] has written.
///
/// A limit above the number of rows reads all rows. The length of the file and the checksum of its header are checked; the
/// checksums of the rows are not.
///
/// # Errors
/// [`LoadError::Read`], or [`LoadError::CacheFile`] if the file is damaged.
pub fn read_cached(path: &Path, train_limit: usize, test_limit: usize) -> Result<Dataset, LoadError> {
    read(path, train_limit, test_limit).map(|(_, dataset)| dataset)
}

/// Reads all rows and verifies the checksums of the header.
pub(crate) fn read_verified(path: &Path) -> Result<(Header, Dataset), LoadError> {
    let (header, dataset) = read(path, usize::MAX, usize::MAX)?;
    for (file, expected) in dataset.file_sums().iter().zip(&header.file_sums) {
        if file.sha256 != *expected {
            let fault = format!("the SHA-256 of {} is wrong", file.part.file_name());
            return Err(LoadError::CacheFile {
                path: path.to_owned(),
                fault,
            });
        }
    }
    Ok((header, dataset))
}

/// A decompressed copy of a known dataset whose source files are gone.
pub(crate) fn find_known(name: &str, known: &Known, dirs: &[PathBuf]) -> Option<Dataset> {
    let copies = dirs.iter().flat_map(|dir| copies_in(&dir.join(DECOMPRESSED)));
    let matching = copies.filter(|(_, header)| {
        header.name == name && header.file_sums.iter().eq(known.files.iter().map(|(_, sum)| sum))
    });
    matching
        .filter_map(|(path, _)| Some(read_verified(&path).ok()?.1))
        .next()
}

/// Writes the file `file_name` into the first writable cache folder.
pub(crate) fn write(
    dirs: &[PathBuf],
    file_name: &str,
    header: Header,
    contents: Contents,
    log: &mut dyn FnMut(&str),
) -> Result<Dataset, LoadError> {
    let (dir, mut temp) = writable(dirs, DECOMPRESSED, log)?;
    let path = dir.join(file_name);
    let Contents { train, test, .. } = contents;
    let fault = |source| LoadError::Write {
        path: path.clone(),
        source,
    };
    write_to(temp.as_file_mut(), &header, &train, &test).map_err(fault)?;
    temp.persist(&path).map_err(|error| fault(error.error))?;
    remove_older(&dir, &path, &header);
    Ok(header.dataset(train, test, path))
}

fn write_to(file: &mut File, header: &Header, train: &Split, test: &Split) -> io::Result<()> {
    let json = serde_json::to_vec(header)?;
    file.write_all(MAGIC)?;
    file.write_all(&(json.len() as u64).to_le_bytes())?;
    file.write_all(checksum::sha256(&[&json]).as_bytes())?;
    file.write_all(&json)?;
    for split in [train, test] {
        file.write_all(split.images.view().pixels())?;
        file.write_all(&idx::label_bytes(&split.labels))?;
    }
    file.sync_all()
}

/// Removes outdated files of the same name and source. A file that cannot be removed only takes space.
fn remove_older(dir: &Path, newest: &Path, header: &Header) {
    for (path, older) in copies_in(dir) {
        if path != newest && older.name == header.name && older.source == header.source {
            fs::remove_file(&path).ok();
            fs::remove_dir_all(path.with_extension(EXPORTED)).ok();
        }
    }
}

/// Every file of a folder with a readable header.
fn copies_in(dir: &Path) -> impl Iterator<Item = (PathBuf, Header)> + use<> {
    let paths = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let copies = paths.filter(|path| path.extension().is_some_and(|extension| extension == "hemline"));
    copies.filter_map(|path| Some((path.clone(), read_header(&mut File::open(&path).ok()?).ok()?.0)))
}

enum Damage {
    Io(io::Error),
    Fault(String),
}

fn read(path: &Path, train_limit: usize, test_limit: usize) -> Result<(Header, Dataset), LoadError> {
    let result = File::open(path).map_err(Damage::Io).and_then(|mut file| {
        let (header, start) = read_header(&mut file)?;
        let [train, test] = read_splits(&mut file, &header, start, train_limit, test_limit)?;
        Ok((header, train, test))
    });
    let (header, train, test) = result.map_err(|damage| match damage {
        Damage::Io(source) => LoadError::Read {
            path: path.to_owned(),
            source,
        },
        Damage::Fault(fault) => LoadError::CacheFile {
            path: path.to_owned(),
            fault,
        },
    })?;
    let dataset = header.clone().dataset(train, test, path.to_owned());
    Ok((header, dataset))
}

/// The header, and the position of the first row.
fn read_header(file: &mut File) -> Result<(Header, u64), Damage> {
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
    file: &mut File,
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
    let mut split = |start: u64, n_rows: usize, limit: usize| {
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

fn read_at(file: &mut File, start: u64, bytes: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut buffer = Vec::with_capacity(bytes);
    if file.take(bytes as u64).read_to_end(&mut buffer)? < bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(buffer)
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

    /// The dataset with this header and these rows.
    fn dataset(self, train: Split, test: Split, cache: PathBuf) -> Dataset {
        Dataset {
            name: self.name,
            label_names: self.label_names,
            n_classes: self.n_classes,
            sha256: checksum::data_sha256(&self.file_sums),
            train,
            test,
            origin: self.origin,
            cache,
        }
    }
}
