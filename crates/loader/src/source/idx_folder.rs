//! The four IDX files of a folder, plain or compressed: found, read, checked against each other.
//!
//! Memory never follows what a header claims: a file is read to where its header says it ends, and what lies behind is
//! counted, not kept.

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

/// What a look into a folder shows.
pub(crate) enum Look {
    Absent,
    Unreadable(io::Error),
    /// Names of the files that are missing, joined.
    Incomplete(String),
    Complete(IdxFolder),
}

/// The four files of a folder, in the order of [`Part::ALL`]; the plain one where both are there.
pub(crate) struct IdxFolder {
    pub(crate) folder: PathBuf,
    paths: [PathBuf; 4],
}

/// The contents of four files that belong together.
pub(crate) struct Contents {
    pub(crate) train: Split,
    pub(crate) test: Split,
    pub(crate) n_classes: usize,
    pub(crate) file_sums: [String; 4],
}

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

/// The file that would be read for this part: the plain one, else the compressed one.
pub(crate) fn path_of(folder: &Path, part: Part) -> Option<PathBuf> {
    let plain = folder.join(part.file_name());
    let compressed = folder.join(format!("{}.gz", part.file_name()));
    [plain, compressed].into_iter().find(|path| path.is_file())
}

/// SHA-256 of the decompressed bytes; an error for damage, and for more than `most` bytes.
pub(crate) fn decompressed_sum(path: &Path, most: u64) -> io::Result<String> {
    if is_gzip(path) {
        gzip_sum(path, most)
    } else {
        sum_of(File::open(path)?, most)
    }
}

/// As [`decompressed_sum`], for a compressed file of any name.
pub(crate) fn gzip_sum(path: &Path, most: u64) -> io::Result<String> {
    sum_of(MultiGzDecoder::new(fs::read(path)?.as_slice()), most)
}

impl Contents {
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
    /// The folder under its one real name.
    pub(crate) fn source(&self) -> String {
        self.folder
            .canonicalize()
            .unwrap_or_else(|_| self.folder.clone())
            .display()
            .to_string()
    }

    /// Changes whenever one of the files is another one, or was written anew.
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

    /// Reads and checks all four. `known` bounds what is decompressed, and its bytes are insisted on;
    /// `n_classes` is the largest label + 1 where it is not given.
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
                let likely_bytes = known.map(|known| known.files[i].0);
                threads.spawn(move || read_file(&self.paths[i], Part::ALL[i].kind(), likely_bytes))
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

fn read_file(path: &Path, kind: idx::Kind, likely_bytes: Option<u64>) -> Result<IdxFile, LoadError> {
    let unreadable = |source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let result = if is_gzip(path) {
        let compressed = fs::read(path).map_err(unreadable)?;
        read_idx(MultiGzDecoder::new(compressed.as_slice()), kind, likely_bytes)
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

/// Room for the whole file is set aside only where its header and `likely_bytes` agree.
fn read_idx(mut reader: impl Read, kind: idx::Kind, likely_bytes: Option<u64>) -> Result<IdxFile, Fault> {
    let mut start = Vec::with_capacity(kind.header_bytes());
    reader
        .by_ref()
        .take(kind.header_bytes() as u64)
        .read_to_end(&mut start)
        .map_err(Fault::Io)?;
    let header = Header::read(kind, &start).map_err(Fault::Idx)?;
    let expected = header.body_bytes() as u64;
    let room = if likely_bytes == Some(expected + start.len() as u64) {
        header.body_bytes()
    } else {
        0
    };
    let mut body = Vec::with_capacity(room);
    reader
        .by_ref()
        .take(expected)
        .read_to_end(&mut body)
        .map_err(Fault::Io)?;
    let behind = io::copy(&mut reader, &mut io::sink()).map_err(Fault::Io)?;
    header
        .check_body(body.len() as u64 + behind)
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
            "more than {most} bytes once decompressed"
        )));
    }
    Ok(sha256(&[&bytes]))
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}
