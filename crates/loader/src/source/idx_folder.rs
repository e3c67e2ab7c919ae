//! A folder with the four IDX files, plain or compressed: finds, reads and checks them.
//!
//! A false header cannot exhaust the memory: buffers grow with the bytes that are read, and bytes after the end that the
//! header states are counted but not stored.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use flate2::bufread::MultiGzDecoder;

use super::catalog::{self, Known};
use crate::data::checksum::sha256;
use crate::data::idx::{self, Header, IdxError};
use crate::data::{Dataset, ImageBuffer, Part, Split};
use crate::error::LoadError;

/// State of a folder.
pub(crate) enum Look {
    /// It does not exist.
    Absent,
    /// It cannot be read.
    Unreadable(io::Error),
    /// Files are missing: their names, separated by commas.
    Incomplete(String),
    /// All four files exist.
    Complete(IdxFolder),
}

/// A folder with all four files, in the order of [`Part::ALL`]; a plain file takes precedence over a compressed one.
pub(crate) struct IdxFolder {
    pub(crate) folder: PathBuf,
    paths: [PathBuf; 4],
}

/// The verified contents of the four files.
pub(crate) struct Contents {
    pub(crate) train: Split,
    pub(crate) test: Split,
    pub(crate) n_classes: usize,
    pub(crate) file_sums: [String; 4],
}

/// Looks for the four files in a folder.
pub(crate) fn look(folder: &Path) -> Look {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Look::Absent,
        Err(error) => return Look::Unreadable(error),
        Ok(_) => {}
    }
    let found = Part::ALL.map(|part| path_of(folder, part));
    let missing = Part::ALL.iter().zip(&found).filter(|(_, path)| path.is_none());
    let missing: Vec<&str> = missing.map(|(part, _)| part.file_name()).collect();
    match found {
        [Some(a), Some(b), Some(c), Some(d)] => Look::Complete(IdxFolder {
            folder: folder.to_owned(),
            paths: [a, b, c, d],
        }),
        _ => Look::Incomplete(missing.join(", ")),
    }
}

/// The file of this part: the plain one, or else the compressed one.
pub(crate) fn path_of(folder: &Path, part: Part) -> Option<PathBuf> {
    let plain = folder.join(part.file_name());
    let compressed = folder.join(part.gz_name());
    [plain, compressed].into_iter().find(|path| path.is_file())
}

/// SHA-256 of the decompressed bytes. Damage, or more than `most` bytes, is an error.
pub(crate) fn decompressed_sum(path: &Path, most: u64) -> io::Result<String> {
    if is_gzip(path) {
        gzip_sum(path, most)
    } else {
        sum_of(File::open(path)?, most)
    }
}

/// As [`decompressed_sum`], for a compressed file with any name.
pub(crate) fn gzip_sum(path: &Path, most: u64) -> io::Result<String> {
    sum_of(MultiGzDecoder::new(fs::read(path)?.as_slice()), most)
}

impl Contents {
    /// The contents of generated splits.
    pub(crate) fn of_splits(train: Split, test: Split, n_classes: usize) -> Contents {
        let file_sums = Dataset::sums_of(&train, &test).map(|file| file.sha256);
        Contents {
            train,
            test,
            n_classes,
            file_sums,
        }
    }
}

impl IdxFolder {
    /// The canonical path of the folder.
    pub(crate) fn source(&self) -> String {
        self.folder
            .canonicalize()
            .unwrap_or_else(|_| self.folder.clone())
            .display()
            .to_string()
    }

    /// Path, size and modification time of each file: changes when a file is replaced or rewritten.
    pub(crate) fn fingerprint(&self) -> Result<String, LoadError> {
        let mut lines = String::new();
        for path in &self.paths {
            let fault = |source| LoadError::Read {
                path: path.clone(),
                source,
            };
            let real = path.canonicalize().map_err(fault)?;
            let metadata = fs::metadata(&real).map_err(fault)?;
            let modified = metadata
                .modified()
                .ok()
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            lines += &format!("{real:?} {} {modified:?}\n", metadata.len());
        }
        Ok(lines)
    }

    /// Reads and checks all four files.
    ///
    /// With `known`, every file must have the checksum of that dataset. Without `n_classes`, the number of classes is the
    /// largest label plus 1.
    pub(crate) fn read(
        &self,
        known: Option<&Known>,
        n_classes: Option<usize>,
    ) -> Result<Contents, LoadError> {
        let [train_images, train_labels, test_images, test_labels] = self.read_each(known)?;
        let [p0, p1, p2, p3] = &self.paths;
        check_counts((p0, &train_images), (p1, &train_labels))?;
        check_counts((p2, &test_images), (p3, &test_labels))?;
        let [train, test] =
            [&train_images, &test_images].map(|file| (file.header.height(), file.header.width()));
        if train != test {
            let [train, test] = [train, test].map(|(height, width)| format!("{height}x{width}"));
            return Err(LoadError::Shapes {
                path: p2.clone(),
                train,
                test,
            });
        }
        let largest = train_labels.body.iter().chain(&test_labels.body).max();
        let n_classes = n_classes.unwrap_or_else(|| largest.map_or(0, |&label| usize::from(label) + 1));
        let file_sums =
            [&train_images, &train_labels, &test_images, &test_labels].map(|file| file.sha256.clone());
        let split = |images: IdxFile, labels: IdxFile, path: &PathBuf| {
            let fault = |source| LoadError::Idx {
                path: path.clone(),
                source,
            };
            let labels = idx::labels_below(&labels.body, n_classes).map_err(fault)?;
            let images = ImageBuffer::new(images.body, images.header.height(), images.header.width());
            Ok::<_, LoadError>(Split { images, labels })
        };
        let train = split(train_images, train_labels, p1)?;
        let test = split(test_images, test_labels, p3)?;
        if let Some(known) = known {
            self.check_identity(known, &file_sums)?;
        }
        Ok(Contents {
            train,
            test,
            n_classes,
            file_sums,
        })
    }

    fn read_each(&self, known: Option<&Known>) -> Result<[IdxFile; 4], LoadError> {
        let [a, b, c, d] = std::thread::scope(|threads| {
            let running = [0, 1, 2, 3].map(|i| {
                let expected_bytes = known.map(|known| known.files[i].0);
                threads.spawn(move || read_file(&self.paths[i], Part::ALL[i].kind(), expected_bytes))
            });
            running.map(|thread| thread.join().expect("reading a file does not panic"))
        });
        Ok([a?, b?, c?, d?])
    }

    fn check_identity(&self, known: &Known, found: &[String; 4]) -> Result<(), LoadError> {
        for ((path, found), (_, expected)) in self.paths.iter().zip(found).zip(&known.files) {
            if found == expected {
                continue;
            }
            let (name, path) = (known.name.to_owned(), path.clone());
            return Err(match catalog::owner_of(found) {
                Some((other, part)) => LoadError::Mistaken {
                    name,
                    path,
                    is: format!("{} of {}", part.file_name(), other.name),
                },
                None => LoadError::UnknownBytes {
                    name,
                    path,
                    folder: self.folder.display().to_string(),
                    expected: (*expected).to_owned(),
                    found: found.clone(),
                },
            });
        }
        Ok(())
    }
}

struct IdxFile {
    header: Header,
    body: Vec<u8>,
    sha256: String,
}

fn read_file(path: &Path, kind: idx::Kind, expected_bytes: Option<u64>) -> Result<IdxFile, LoadError> {
    let unreadable = |source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let result = if is_gzip(path) {
        let compressed = fs::read(path).map_err(unreadable)?;
        read_idx(MultiGzDecoder::new(compressed.as_slice()), kind, expected_bytes)
    } else {
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        read_idx(file, kind, Some(bytes))
    };
    result.map_err(|fault| match fault {
        Fault::Idx(source) => LoadError::Idx {
            path: path.to_owned(),
            source,
        },
        Fault::Io(source) if is_gzip(path) => LoadError::Gzip {
            path: path.to_owned(),
            source,
        },
        Fault::Io(source) => unreadable(source),
    })
}

enum Fault {
    Io(io::Error),
    Idx(IdxError),
}

/// Reads an IDX file. Memory for the whole file is reserved only if its header agrees with `expected_bytes`.
fn read_idx(mut reader: impl Read, kind: idx::Kind, expected_bytes: Option<u64>) -> Result<IdxFile, Fault> {
    let mut start = Vec::with_capacity(kind.header_bytes());
    reader
        .by_ref()
        .take(kind.header_bytes() as u64)
        .read_to_end(&mut start)
        .map_err(Fault::Io)?;
    let header = Header::read(kind, &start).map_err(Fault::Idx)?;
    let expected = header.body_bytes() as u64;
    let capacity = if expected_bytes == Some(expected + start.len() as u64) {
        header.body_bytes()
    } else {
        0
    };
    let mut body = Vec::with_capacity(capacity);
    reader
        .by_ref()
        .take(expected)
        .read_to_end(&mut body)
        .map_err(Fault::Io)?;
    let excess = io::copy(&mut reader, &mut io::sink()).map_err(Fault::Io)?;
    header
        .check_body(body.len() as u64 + excess)
        .map_err(Fault::Idx)?;
    let sha256 = sha256(&[&start, &body]);
    Ok(IdxFile { header, body, sha256 })
}

fn check_counts(images: (&Path, &IdxFile), labels: (&Path, &IdxFile)) -> Result<(), LoadError> {
    let (n_images, n_labels) = (images.1.header.n_rows(), labels.1.header.n_rows());
    if n_images == n_labels {
        return Ok(());
    }
    Err(LoadError::Counts {
        images: images.0.to_owned(),
        n_images,
        labels: labels.0.to_owned(),
        n_labels,
    })
}

fn sum_of(reader: impl Read, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!(
            "more than {most} bytes after decompression"
        )));
    }
    Ok(sha256(&[&bytes]))
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}
