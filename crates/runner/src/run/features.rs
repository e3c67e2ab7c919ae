//! The features of a costly preprocessing: computed once per dataset and setting, kept in the cache, read by every cell that needs them.
//!
//! A file holds a checksum of all that follows, one line of JSON, and then the features of the training rows, copies by `augment`
//! included, and of the test rows: `f32`, little endian, in the order of the data. It is written under another name and renamed, so
//! that it is whole; the checksum shows whether it still is when it is read. A cell reads the rows in its own order.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crc32fast::Hasher;
use loader::{Preprocessing, Search, Transform, cached_file};
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
const FORMAT: u32 = 2;

/// Extension of a whole file, and of one that is being written.
const WHOLE: &str = "features";
pub(super) const UNFINISHED: &str = "part";

/// Extension of the file that the process that makes the features locks.
pub(super) const LOCK: &str = "lock";

/// The files of the folder take at most this many bytes; the ones that were not read for longest go first.
const MOST_BYTES: u64 = 24 << 30;

/// Bytes that are read or written at once.
const CHUNK: usize = 4 << 20;

/// No line of a header is longer, in bytes.
const LONGEST_LINE: u64 = 4096;

/// Features of the training and of the test rows, and what they took.
pub(super) struct Features {
    pub(super) train: Array2<f32>,
    pub(super) test: Array2<f32>,
    /// Wall seconds of fitting the preprocessing and computing all features.
    pub(super) transform_s: f64,
    /// Processor seconds of the same.
    pub(super) transform_cpu_s: f64,
}

/// The second line of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    n_train: usize,
    n_test: usize,
    n_features: usize,
    transform_s: f64,
    transform_cpu_s: f64,
}

impl Header {
    fn has_times(&self) -> bool {
        [self.transform_s, self.transform_cpu_s]
            .iter()
            .all(|seconds| *seconds >= 0.0 && seconds.is_finite())
    }
}

/// The subfolder of a cache folder.
const FOLDER: &str = "features";

/// The file of a point's features: in the cache folder that has it, or else in the first writable one.
///
/// # Errors
/// No cache folder is writable.
pub(super) fn file_of(point: &PlannedPoint, log: &mut dyn FnMut(&str)) -> Result<PathBuf, Ended> {
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
    // The cache folders do not depend on where the data are.
    let search = Search::from_env(None);
    cached_file(&search, FOLDER, &format!("{name}.{WHOLE}"), log)
        .map_err(|error| Ended::failed(format!("no place for the features: {error}")))
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
    let image = train.images.view();
    let n_features = preprocessing.n_features(image.height(), image.width());
    check_size(train.n_rows() + data.test.n_rows(), n_features, request.memory)?;
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
    let mut written = write(&features, &unfinished);
    if written
        .as_ref()
        .is_err_and(|error| error.kind() == io::ErrorKind::StorageFull)
        && let Some(folder) = path.parent()
    {
        // On a small disk, the features of other settings must go.
        make_room(folder, MOST_BYTES);
        written = write(&features, &unfinished);
    }
    written
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(|error| {
            // It may not exist.
            let _ = fs::remove_file(&unfinished);
            let size = bytesize::ByteSize(n_bytes(&features)).display().iec().to_string();
            Ended::failed(format!(
                "cannot write the features, {size}, to {}: {error}",
                path.display()
            ))
        })
}

/// Refuses features that memory cannot hold before they are computed: the limit of the cell, or all of the machine.
fn check_size(n_rows: usize, n_features: usize, limit: Option<u64>) -> Result<(), Ended> {
    let bytes = (n_rows as u64)
        .saturating_mul(n_features as u64)
        .saturating_mul(4);
    let of_machine = || nix::sys::sysinfo::sysinfo().ok().map(|info| info.ram_total());
    let in_words = |bytes: u64| bytesize::ByteSize(bytes).display().iec().to_string();
    match limit.or_else(of_machine) {
        Some(most) if bytes > most => Err(Ended(
            Status::OutOfMemory,
            format!(
                "{n_features} features of {n_rows} rows take {}, more than {} {}",
                in_words(bytes),
                if limit.is_some() {
                    "the memory limit of"
                } else {
                    "this machine has:"
                },
                in_words(most)
            ),
        )),
        _ => Ok(()),
    }
}

fn n_bytes(features: &Features) -> u64 {
    4 * (features.train.len() + features.test.len()) as u64
}

fn write(features: &Features, path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
        make_room(folder, n_bytes(features));
    }
    let parts = [&features.train, &features.test];
    let values = || {
        parts
            .iter()
            .flat_map(|part| part.as_slice().unwrap_or_default().chunks(CHUNK / 4))
    };
    let header = Header {
        format: FORMAT,
        n_train: features.train.nrows(),
        n_test: features.test.nrows(),
        n_features: features.train.ncols(),
        transform_s: features.transform_s,
        transform_cpu_s: features.transform_cpu_s,
    };
    let header = serde_json::to_string(&header)? + "\n";
    let mut crc = Hasher::new();
    crc.update(header.as_bytes());
    for chunk in values() {
        crc.update(&bytes_of(chunk));
    }
    // A new file, not the target of a link of this name.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = BufWriter::new(File::create_new(path)?);
    write!(file, "{:08x}\n{header}", crc.finalize())?;
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

/// Removes files until there is room for a new one, and what ended processes left. One that cannot be removed stays.
fn make_room(folder: &Path, n_new: u64) {
    remove_left_over(folder);
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

/// Removes unfinished files whose process has ended: nobody holds their lock.
fn remove_left_over(folder: &Path) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = file.path();
        if path.extension().is_none_or(|word| word != UNFINISHED) {
            continue;
        }
        let Ok(lock) = File::open(path.with_extension(LOCK)) else {
            continue;
        };
        // The file of the lock stays, because another process may have opened it; the lock is held until the other file is gone.
        if lock.try_lock().is_ok() {
            let _ = fs::remove_file(path);
        }
    }
}

/// Reads a file, with the training rows in this order.
///
/// # Errors
/// A file that cannot be read, or is damaged.
pub(super) fn read(path: &Path, order: &[usize], n_test: usize) -> Result<Features, Ended> {
    let fault = |error: io::Error| {
        let damaged = error.kind() == io::ErrorKind::InvalidData;
        if damaged {
            // The next run computes it again.
            let _ = fs::remove_file(path);
        }
        let reason = format!(
            "cannot read the features in {}: {error}; {}",
            path.display(),
            if damaged {
                "they are computed again"
            } else {
                "the same command tries again"
            }
        );
        // The same command also runs interrupted cells again.
        Ended(Status::Interrupted, reason)
    };
    read_file(path, order, n_test).map_err(fault)
}

fn read_file(path: &Path, order: &[usize], n_test: usize) -> io::Result<Features> {
    let damaged = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let file = File::open(path)?;
    // The time of the last use, by which files are removed; a folder without write access has no use for it.
    let _ = file.set_modified(SystemTime::now());
    let n_bytes = file.metadata()?.len();
    let mut file = BufReader::with_capacity(CHUNK, file);
    let mut line = || {
        let mut line = Vec::new();
        file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        io::Result::Ok(line)
    };
    let (sum, line) = (line()?, line()?);
    let header: Header = serde_json::from_slice(&line).map_err(|_| damaged("it is damaged: no header"))?;
    let n_values = header
        .n_train
        .saturating_add(header.n_test)
        .saturating_mul(header.n_features);
    let expected = ((sum.len() + line.len()) as u64).saturating_add((n_values as u64).saturating_mul(4));
    let is_of_request = (header.format, header.n_train, header.n_test) == (FORMAT, order.len(), n_test);
    if !is_of_request || n_values == 0 || n_bytes != expected {
        return Err(damaged("it is damaged: wrong length"));
    }
    if !header.has_times() {
        return Err(damaged("it is damaged: times that cannot be"));
    }
    let mut position = vec![0; order.len()];
    for (to, from) in order.iter().enumerate() {
        *position.get_mut(*from).ok_or_else(|| damaged("wrong order"))? = to;
    }
    let mut crc = Hasher::new();
    crc.update(&line);
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
    if sum != format!("{:08x}\n", crc.finalize()).as_bytes() {
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
    fn features_that_memory_cannot_hold_are_refused() {
        assert!(check_size(1000, 1000, Some(4_000_000)).is_ok());
        let Err(Ended(status, reason)) = check_size(70_000, 800_000, Some(2 << 30)) else {
            panic!("accepted");
        };
        assert_eq!(status, Status::OutOfMemory);
        assert_eq!(
            reason,
            "800000 features of 70000 rows take 208.6 GiB, more than the memory limit of 2.0 GiB"
        );
        assert!(check_size(usize::MAX, usize::MAX, None).is_err());
    }

    #[test]
    fn a_file_reads_back_in_the_order_of_the_cell() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.features");
        write(&features(), &path).unwrap();
        let found = read_file(&path, &[2, 0, 1], 2).unwrap();
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
            assert!(read_file(&path, &[0, 1, 2], 2).is_err(), "{n_bytes}");
        }
        for position in 0..bytes.len() {
            for bit in [1, 64] {
                let mut changed = bytes.clone();
                changed[position] ^= bit;
                fs::write(&path, &changed).unwrap();
                assert!(read(&path, &[0, 1, 2], 2).is_err(), "{position}");
                assert!(!path.exists());
            }
        }
        fs::write(&path, &bytes).unwrap();
        assert!(read(&path, &[0, 1, 2], 3).is_err(), "other test rows");
    }

    #[test]
    fn what_an_ended_process_left_is_removed_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["left.part", "left.lock", "used.part", "used.lock"] {
            fs::write(path(name), "").unwrap();
        }
        let lock = File::open(path("used.lock")).unwrap();
        lock.try_lock().unwrap();
        remove_left_over(folder.path());
        assert!(!path("left.part").exists() && path("used.part").exists());
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
