//! A fresh folder for every test, with small datasets.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use loader::{Dataset, ImageBuffer, Label, LoadError, Search, Source, Split, idx};
use tempfile::TempDir;

pub(crate) const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
pub(crate) const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
pub(crate) const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
pub(crate) const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";
pub(crate) const FILES: [&str; 4] = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS];

pub(crate) struct Sandbox {
    dir: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Sandbox {
        Sandbox {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A folder with the four files of [`rows`], compressed.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.path(name);
        write_folder(&folder, 20);
        folder
    }

    /// Searches only folders inside the sandbox.
    pub(crate) fn search(&self) -> Search {
        Search {
            data_dir: Some(self.path("data-dir")),
            env_dir: Some(self.path("env")),
            working_dir: Some(self.path("data")),
            system_dir: Some(self.path("system")),
            cache_dirs: vec![self.path("cache")],
            temp_dir: None,
            mirror: None,
            public_mirrors: false,
            programs: None,
        }
    }

    pub(crate) fn open(&self, name: &str, source: &Source) -> Result<Dataset, LoadError> {
        loader::open(name, source, &self.search(), &mut |_| {})
    }

    /// Opens a dataset and returns it with the log.
    pub(crate) fn open_logged(&self, source: &Source) -> (Dataset, String) {
        let mut log = String::new();
        let dataset = loader::open("mine", source, &self.search(), &mut |line| {
            log += line;
            log += "\n";
        });
        (dataset.unwrap(), log)
    }

    pub(crate) fn cached_files(&self) -> Vec<PathBuf> {
        files_in(&self.path("cache/decompressed"))
    }
}

pub(crate) fn files_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect()
}

pub(crate) fn folder_source(path: &Path) -> Source {
    Source::Folder {
        path: path.to_owned(),
        labels: None,
    }
}

/// Rows of 3 x 2 pixels in three classes.
pub(crate) fn rows(n_rows: usize) -> Split {
    let pixels = (0..n_rows * 6).map(|i| (i * 7 % 256) as u8).collect();
    let labels = (0..n_rows).map(|i| Label((i % 3) as u8)).collect();
    Split {
        images: ImageBuffer::new(pixels, 3, 2),
        labels,
    }
}

/// The decompressed files of a dataset of `n_train` rows and 5 test rows.
pub(crate) fn idx_files(n_train: usize) -> [Vec<u8>; 4] {
    let (train, test) = (rows(n_train), rows(5));
    [
        idx::write_images(train.images.view()),
        idx::write_labels(&train.labels),
        idx::write_images(test.images.view()),
        idx::write_labels(&test.labels),
    ]
}

pub(crate) fn write_folder(folder: &Path, n_train: usize) {
    fs::create_dir_all(folder).unwrap();
    for (name, bytes) in FILES.iter().zip(idx_files(n_train)) {
        fs::write(folder.join(format!("{name}.gz")), gzip(&bytes)).unwrap();
    }
}

/// Replaces a compressed file with a plain one.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) {
    fs::remove_file(folder.join(format!("{name}.gz"))).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The error and its causes on one line.
pub(crate) fn with_causes(error: &LoadError) -> String {
    let first: &dyn std::error::Error = error;
    let causes = std::iter::successors(Some(first), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
