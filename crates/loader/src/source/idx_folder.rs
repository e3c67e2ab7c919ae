//! A folder with the four IDX files, plain or compressed: finds, reads and checks them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::catalog::{self, Known};
use super::idx_file::{self, IdxFile, KnownFile};
use super::regular_file;
use crate::data::idx;
use crate::data::threads::for_each_part;
use crate::data::{Dataset, ImageBuffer, Part, Split};
use crate::error::LoadError;

/// State of a folder.
pub(crate) enum Look {
    /// It does not exist.
    Absent,
    /// It cannot be read.
    Unreadable(io::Error),
    /// Files are missing: their names, separated by commas, with the reason if something else has the name.
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
    let mut missing = Vec::new();
    let found = Part::ALL.map(|part| find(folder, part).map_err(|name| missing.push(name)));
    match found {
        [Ok(a), Ok(b), Ok(c), Ok(d)] => Look::Complete(IdxFolder {
            folder: folder.to_owned(),
            paths: [a, b, c, d],
        }),
        _ => Look::Incomplete(missing.join(", ")),
    }
}

/// The file of this part: the plain one, or else the compressed one.
pub(crate) fn path_of(folder: &Path, part: Part) -> Option<PathBuf> {
    find(folder, part).ok()
}

/// As [`path_of`]; the error is the name of the missing file, and what is in its place.
fn find(folder: &Path, part: Part) -> Result<PathBuf, String> {
    let mut missing = part.file_name().to_owned();
    for name in [part.file_name().to_owned(), part.gz_name()] {
        let path = folder.join(&name);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => return Ok(path),
            Ok(metadata) => {
                missing += &format!(" ({name} is {})", regular_file::kind(metadata.file_type()));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if fs::symlink_metadata(&path).is_ok() {
                    missing += &format!(" ({name} is a symbolic link to a missing file)");
                }
            }
            Err(error) => missing += &format!(" ({name}: {error})"),
        }
    }
    Err(missing)
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
        let [a, b, c, d] = for_each_part(|i| {
            let known = known.map(|known| KnownFile { known, position: i });
            idx_file::read(&self.paths[i], Part::ALL[i].kind(), known)
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
