//! Exported IDX files: their paths, stamps and checksums, and the check that nobody has changed them.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::idx_file::sum_of;
use super::regular_file;
use crate::data::{FileStamp, FileSum, Part};
use crate::error::LoadError;

/// What a program that trains gets to see: everything except the test labels.
pub(crate) const EXPORTED_PARTS: [Part; 3] = [Part::TrainImages, Part::TrainLabels, Part::TestImages];

/// Any of these permissions lets somebody write.
const WRITE_BITS: u32 = 0o222;

/// The three read-only files of [`crate::export`]: training images, training labels, test images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedFiles {
    /// The files, in this order.
    pub files: [ExportedFile; 3],
}

/// One exported file as it was when it was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedFile {
    /// Its path.
    pub path: PathBuf,
    /// Its stamp.
    pub stamp: FileStamp,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl ExportedFiles {
    /// Training images, training labels, test images.
    pub fn paths(&self) -> [PathBuf; 3] {
        self.files.each_ref().map(|file| file.path.clone())
    }

    /// The stamps of the files now. If they are the same later, nobody wrote to the files meanwhile, not even to restore them.
    ///
    /// # Errors
    /// A file that cannot be opened.
    pub fn stamps_now(&self) -> io::Result<[FileStamp; 3]> {
        let [a, b, c] = self.files.each_ref().map(|file| FileStamp::of(&file.path));
        Ok([a?, b?, c?])
    }

    /// Checks that all files are as they were: by their stamps, and where a stamp differs by the checksum.
    ///
    /// # Errors
    /// [`LoadError::Changed`], or [`LoadError::Read`] if a file cannot be read.
    pub fn check(&self) -> Result<(), LoadError> {
        self.files.iter().try_for_each(ExportedFile::check)
    }
}

impl ExportedFile {
    fn check(&self) -> Result<(), LoadError> {
        let unreadable = |source| LoadError::Read {
            path: self.path.clone(),
            source,
        };
        let changed = |fault: String| LoadError::Changed {
            path: self.path.clone(),
            fault,
        };
        let file = match regular_file::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(changed("it was removed".to_owned()));
            }
            Err(error) => return Err(unreadable(error)),
        };
        let found = FileStamp::of_file(&file).map_err(unreadable)?;
        if found == self.stamp {
            return Ok(());
        }
        let size = self.stamp.size;
        if found.size != size {
            return Err(changed(format!("it has {} bytes, expected {size}", found.size)));
        }
        let sha256 = sum_of(&file, size).map_err(unreadable)?;
        if sha256 != self.sha256 {
            return Err(changed(format!(
                "its SHA-256 is {sha256}, expected {}",
                self.sha256
            )));
        }
        Ok(())
    }
}

/// The files of a folder that contains exactly the expected ones, with the expected bytes.
pub(crate) fn verified(folder: &Path, expected: &[FileSum; 3]) -> Option<ExportedFiles> {
    if fs::read_dir(folder).ok()?.count() != expected.len() {
        return None;
    }
    let verified = |sum: &FileSum| {
        let path = folder.join(sum.part.file_name());
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let file = regular_file::open(&path).ok()?;
        let stamp = FileStamp::settled(&file).ok()?;
        let sha256 = sum_of(&file, sum.bytes as u64).ok()?;
        let is_same = sha256 == sum.sha256 && FileStamp::of_file(&file).ok()? == stamp;
        is_same.then_some(ExportedFile { path, stamp, sha256 })
    };
    let [a, b, c] = expected.each_ref().map(verified);
    Some(ExportedFiles { files: [a?, b?, c?] })
}

/// Whether a path is a real folder that nobody may write to, as are its files.
pub(crate) fn is_read_only(folder: &Path) -> bool {
    let may_nobody_write = |path: &Path| {
        let metadata = fs::symlink_metadata(path);
        metadata.is_ok_and(|metadata| !metadata.is_symlink() && metadata.mode() & WRITE_BITS == 0)
    };
    let files = EXPORTED_PARTS.map(|part| folder.join(part.file_name()));
    may_nobody_write(folder) && files.iter().all(|path| may_nobody_write(path))
}
