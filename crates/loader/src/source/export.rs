//! Export of a dataset as four decompressed IDX files, for programs that read the files themselves.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::cache_dir::{self, DECOMPRESSED, EXPORTED};
use super::idx_folder::decompressed_sum;
use super::search::Search;
use crate::data::{Dataset, Part};
use crate::error::LoadError;

/// Writes a dataset's IDX files into the cache and returns their paths, in the order of [`Part::ALL`].
///
/// Files that exist with the right checksums are kept.
///
/// # Errors
/// [`LoadError::CacheFolder`] or [`LoadError::Write`].
pub fn export(
    dataset: &Dataset,
    search: &Search,
    log: &mut dyn FnMut(&str),
) -> Result<[PathBuf; 4], LoadError> {
    let stem = dataset.cache.file_stem().unwrap_or_default();
    let folder = Path::new(DECOMPRESSED).join(stem).with_added_extension(EXPORTED);
    let existing = search.cache_dirs.iter().map(|dir| dir.join(&folder));
    if let Some(files) = existing
        .map(|folder| files_in(&folder))
        .find(|files| is_whole(dataset, files))
    {
        return Ok(files);
    }
    let (dir, probe) = cache_dir::writable(&search.cache_dirs, &folder, log)?;
    drop(probe);
    let files = files_in(&dir);
    for (path, part) in files.iter().zip(Part::ALL) {
        let split = if part.is_train() {
            &dataset.train
        } else {
            &dataset.test
        };
        let (header, body) = split.idx_file(part.kind());
        let fault = |source| LoadError::Write {
            path: path.clone(),
            source,
        };
        let mut temp = cache_dir::part_file(&dir).map_err(fault)?;
        temp.write_all(&header)
            .and_then(|()| temp.write_all(&body))
            .map_err(fault)?;
        temp.persist(path).map_err(|error| fault(error.error))?;
    }
    Ok(files)
}

fn files_in(folder: &Path) -> [PathBuf; 4] {
    Part::ALL.map(|part| folder.join(part.file_name()))
}

fn is_whole(dataset: &Dataset, files: &[PathBuf; 4]) -> bool {
    files.iter().all(|path| path.is_file())
        && dataset.file_sums().iter().zip(files).all(|(sum, path)| {
            let bytes = sum.bytes as u64;
            fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes)
                && decompressed_sum(path, bytes).is_ok_and(|found| found == sum.sha256)
        })
}
