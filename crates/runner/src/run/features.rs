//! The features of a costly preprocessing: computed once per dataset and setting, kept in the cache, read by every cell that needs them.
//!
//! A file holds one line of JSON and then the features of the training rows, copies by `augment` included, and of the test rows:
//! `f32`, little endian, in the order of the data. It is written under another name and renamed, so that it is whole; a checksum
//! shows whether it still is when it is read. A cell reads the rows in its own order.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crc32fast::Hasher;
use loader::{Preprocessing, Transform};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::grid::point::PlannedPoint;
use crate::results::status::Status;
use crate::run::augmented::augmented;
use crate::run::outcome::Ended;
use crate::run::protocol::Request;
use crate::run::system::resource_usage::Stopwatch;

/// Version of the file's form.
const FORMAT: u32 = 1;

/// Extension of a whole file, and of one that is being written.
const WHOLE: &str = "features";
pub(super) const UNFINISHED: &str = "part";

/// The files of the folder take at most this many bytes; the ones that were not read for longest go first.
const MOST_BYTES: u64 = 24 << 30;

/// Bytes that are read or written at once.
const CHUNK: usize = 4 << 20;

/// Features of the training and of the test rows, and what they took.
pub(super) struct Features {
    pub(super) train: Array2<f32>,
    pub(super) test: Array2<f32>,
    /// Wall seconds of fitting the preprocessing and computing all features.
    pub(super) transform_s: f64,
    /// Processor seconds of the same.
    pub(super) transform_cpu_s: f64,
}

/// The first line of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    n_train: usize,
    n_test: usize,
    n_features: usize,
    transform_s: f64,
    transform_cpu_s: f64,
    crc32: u32,
}

/// The file of a point's features, whether it exists or not. It lies beside the folder of the decompressed datasets.
pub(super) fn file_of(point: &PlannedPoint) -> PathBuf {
    let identity = serde_json::json!([
        FORMAT,
        point.preprocessing.version(),
        point.data.sha256,
        point.preprocessing.to_string(),
        point.augment.to_string(),
        point.n_train,
        point.n_test,
    ]);
    let digest = Sha256::digest(identity.to_string());
    let name: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let decompressed = point.data.cache.parent();
    let cache = decompressed.and_then(Path::parent).unwrap_or(Path::new("."));
    cache.join("features").join(format!("{name}.{WHOLE}"))
}

/// Computes the features of a request and writes their file. It runs on rayon's current thread pool.
///
/// # Errors
/// Data that cannot be read, a file that cannot be written.
pub(super) fn make(request: &Request, path: &Path) -> Result<(), Ended> {
    let preprocessing: Preprocessing = request
        .preprocessing
        .parse()
        .map_err(|error| Ended::failed(format!("{error}")))?;
    let data = request.read_data(request.n_train)?;
    let train = augmented(data.train, request)?;
    let stopwatch = Stopwatch::start();
    let (transform, train) = Transform::fit_to_f32(preprocessing, train.images.view());
    let test = transform.to_f32(data.test.images.view());
    let taken = stopwatch.read();
    let features = Features {
        train,
        test,
        transform_s: taken.wall_s,
        transform_cpu_s: taken.cpu_s,
    };
    let unfinished = path.with_extension(UNFINISHED);
    let written = write(&features, &unfinished).and_then(|()| fs::rename(&unfinished, path));
    written.map_err(|error| {
        // It may not exist.
        let _ = fs::remove_file(&unfinished);
        let size = bytesize::ByteSize(n_bytes(&features)).display().iec().to_string();
        Ended::failed(format!(
            "cannot write the features, {size}, to {}: {error}",
            path.display()
        ))
    })
}

fn n_bytes(features: &Features) -> u64 {
    4 * (features.train.len() + features.test.len()) as u64
}

fn write(features: &Features, path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
        make_room(folder, n_bytes(features));
    }
    let mut crc = Hasher::new();
    let parts = [&features.train, &features.test];
    let values = || {
        parts
            .iter()
            .flat_map(|part| part.as_slice().unwrap_or_default().chunks(CHUNK / 4))
    };
    for chunk in values() {
        crc.update(&bytes_of(chunk));
    }
    let header = Header {
        format: FORMAT,
        n_train: features.train.nrows(),
        n_test: features.test.nrows(),
        n_features: features.train.ncols(),
        transform_s: features.transform_s,
        transform_cpu_s: features.transform_cpu_s,
        crc32: crc.finalize(),
    };
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "{}", serde_json::to_string(&header)?)?;
    for chunk in values() {
        file.write_all(&bytes_of(chunk))?;
    }
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Removes files until there is room for a new one. One that cannot be removed stays.
fn make_room(folder: &Path, n_new: u64) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(SystemTime, u64, PathBuf)> = files
        .filter(|file| file.path().extension().is_some_and(|word| word == WHOLE))
        .filter_map(|file| {
            let metadata = file.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len(), file.path()))
        })
        .collect();
    files.sort();
    let mut held: u64 = files.iter().map(|(_, n_bytes, _)| n_bytes).sum();
    for (_, n_bytes, path) in files {
        if held + n_new <= MOST_BYTES {
            break;
        }
        // A process that reads it goes on reading.
        if fs::remove_file(path).is_ok() {
            held -= n_bytes;
        }
    }
}

/// Reads a file, with the training rows in this order.
///
/// # Errors
/// A file that cannot be read, or is damaged.
pub(super) fn read(path: &Path, order: &[usize]) -> Result<Features, Ended> {
    let fault = |error: io::Error| {
        let damaged = error.kind() == io::ErrorKind::InvalidData;
        if damaged {
            // The next run computes it again.
            let _ = fs::remove_file(path);
        }
        let reason = format!(
            "cannot read the features in {}: {error}; the same command computes them again",
            path.display()
        );
        // The same command also runs interrupted cells again.
        Ended(Status::Interrupted, reason)
    };
    read_file(path, order).map_err(fault)
}

fn read_file(path: &Path, order: &[usize]) -> io::Result<Features> {
    let damaged = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let file = File::open(path)?;
    // The time of the last use, by which files are removed; a folder without write access has no use for it.
    let _ = file.set_modified(SystemTime::now());
    let n_bytes = file.metadata()?.len();
    let mut file = BufReader::with_capacity(CHUNK, file);
    let mut line = Vec::new();
    file.by_ref().take(4096).read_until(b'\n', &mut line)?;
    let header: Header = serde_json::from_slice(&line).map_err(|_| damaged("it is damaged: no header"))?;
    let n_values = header
        .n_train
        .saturating_add(header.n_test)
        .saturating_mul(header.n_features);
    let expected = (line.len() as u64).saturating_add((n_values as u64).saturating_mul(4));
    if header.format != FORMAT || header.n_train != order.len() || n_values == 0 || n_bytes != expected {
        return Err(damaged("it is damaged: wrong length"));
    }
    let mut position = vec![0; order.len()];
    for (to, from) in order.iter().enumerate() {
        *position.get_mut(*from).ok_or_else(|| damaged("wrong order"))? = to;
    }
    let mut crc = Hasher::new();
    let mut row_bytes = vec![0; 4 * header.n_features];
    let mut read_rows = |n_rows: usize, position: &dyn Fn(usize) -> usize| -> io::Result<Array2<f32>> {
        let mut rows = Array2::zeros((n_rows, header.n_features));
        for row in 0..n_rows {
            file.read_exact(&mut row_bytes)?;
            crc.update(&row_bytes);
            let values = row_bytes.as_chunks::<4>().0;
            for (to, bytes) in rows.row_mut(position(row)).iter_mut().zip(values) {
                *to = f32::from_le_bytes(*bytes);
            }
        }
        Ok(rows)
    };
    let train = read_rows(header.n_train, &|row| position[row])?;
    let test = read_rows(header.n_test, &|row| row)?;
    if crc.finalize() != header.crc32 {
        return Err(damaged("it is damaged: wrong checksum"));
    }
    Ok(Features {
        train,
        test,
        transform_s: header.transform_s,
        transform_cpu_s: header.transform_cpu_s,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features() -> Features {
        let value = |(row, column): (usize, usize)| (row * 10 + column) as f32;
        Features {
            train: Array2::from_shape_fn((3, 2), value),
            test: Array2::from_shape_fn((2, 2), |(row, column)| -value((row, column))),
            transform_s: 1.5,
            transform_cpu_s: 2.5,
        }
    }

    #[test]
    fn a_file_reads_back_in_the_order_of_the_cell() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.features");
        write(&features(), &path).unwrap();
        let found = read_file(&path, &[2, 0, 1]).unwrap();
        assert_eq!(
            found.train,
            ndarray::array![[20.0, 21.0], [0.0, 1.0], [10.0, 11.0]]
        );
        assert_eq!(found.test, features().test);
        assert_eq!((found.transform_s, found.transform_cpu_s), (1.5, 2.5));
    }

    #[test]
    fn any_damage_is_noticed_and_removes_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.features");
        write(&features(), &path).unwrap();
        let bytes = fs::read(&path).unwrap();
        for n_bytes in 0..bytes.len() {
            fs::write(&path, &bytes[..n_bytes]).unwrap();
            assert!(read_file(&path, &[0, 1, 2]).is_err(), "{n_bytes}");
        }
        for position in bytes.len() - 40..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 64;
            fs::write(&path, &changed).unwrap();
            assert!(read(&path, &[0, 1, 2]).is_err(), "{position}");
            assert!(!path.exists());
        }
    }

    #[test]
    fn old_files_make_room_for_new_ones() {
        let folder = tempfile::tempdir().unwrap();
        for (name, age) in [("a", 30), ("b", 20), ("c", 10)] {
            let file = File::create(folder.path().join(format!("{name}.features"))).unwrap();
            file.set_len(MOST_BYTES / 4).unwrap();
            file.set_modified(SystemTime::now() - std::time::Duration::from_secs(age))
                .unwrap();
        }
        make_room(folder.path(), MOST_BYTES / 2);
        let names = ["a", "b", "c"].map(|name| folder.path().join(format!("{name}.features")).exists());
        assert_eq!(names, [false, true, true]);
    }
}
