//! Opens a dataset: searches the folders, the cache, the mirrors and the Debian package, in this order.

use std::fs;
use std::path::PathBuf;

use super::cache;
use super::cache_dir::{DECOMPRESSED, writable};
use super::cache_format::Header;
use super::catalog::{self, Known};
use super::idx_folder::{Contents, IdxFolder, Look, look};
use super::labels_file;
use super::search::Search;
use super::{debian, download, memory, synthetic};
use crate::data::{Dataset, checksum};
use crate::error::LoadError;

/// What a dataset's name refers to.
#[derive(Clone, Debug)]
pub enum Source {
    /// A known dataset: searched for, and its checksums are verified.
    Known(&'static Known),
    /// A folder with the four IDX files.
    Folder {
        /// Path of the folder, absolute or relative to the working folder.
        path: PathBuf,
        /// One name per class, in the order of the labels. By default, the names are those of the folder's `labels.txt`,
        /// or `0`, `1`, … without that file.
        labels: Option<Vec<String>>,
    },
    /// The generated dataset.
    Synthetic {
        /// Training rows, at least 1.
        train: usize,
        /// Test rows, at least 1.
        test: usize,
        /// Seed of the random numbers: different seeds give different datasets.
        seed: u64,
    },
}

/// Opens a dataset: finds it, verifies it, and writes a decompressed copy into the cache for [`crate::read_cached`].
///
/// `log` receives one line for each place that is used, and for each place that is skipped with the reason.
///
/// # Errors
/// Every [`LoadError`] except [`LoadError::UnknownName`]. Damaged or wrong files stop the search, except in a cache folder,
/// where they are downloaded again.
pub fn open(
    name: &str,
    source: &Source,
    search: &Search,
    log: &mut dyn FnMut(&str),
) -> Result<Dataset, LoadError> {
    match source {
        Source::Known(known) => open_known(name, known, search, log),
        Source::Folder { path, labels } => {
            if labels.as_ref().is_some_and(Vec::is_empty) {
                return Err(LoadError::NoLabels {
                    name: name.to_owned(),
                });
            }
            match look(path) {
                Look::Complete(files) => open_files(name, &files, None, labels.as_deref(), search, log),
                Look::Absent => Err(LoadError::NoFolder {
                    name: name.to_owned(),
                    path: path.clone(),
                }),
                Look::Unreadable(source) => Err(LoadError::Read {
                    path: path.clone(),
                    source,
                }),
                Look::Incomplete(missing) => Err(LoadError::Incomplete {
                    path: path.clone(),
                    missing,
                }),
            }
        }
        Source::Synthetic { train, test, seed } => open_synthetic(name, [*train, *test], *seed, search, log),
    }
}

fn open_known(
    name: &str,
    known: &'static Known,
    search: &Search,
    log: &mut dyn FnMut(&str),
) -> Result<Dataset, LoadError> {
    let mut tried = Vec::new();
    for candidate in search.candidates(known.name) {
        let folder = candidate.folder.display();
        let fault = match look(&candidate.folder) {
            Look::Absent => "not found".to_owned(),
            Look::Unreadable(error) => format!("not readable: {error}"),
            Look::Incomplete(missing) => format!("incomplete: missing {missing}"),
            Look::Complete(files) => match open_files(name, &files, Some(known), None, search, log) {
                Err(error) if candidate.is_cache && is_about_files(&error) => {
                    format!("will be downloaded again: {}", with_causes(&error))
                }
                result => return result,
            },
        };
        if fault != "not found" {
            log(&format!("{name}: {folder} ({}) {fault}", candidate.what));
        }
        tried.push(format!("{} {folder}: {fault}", candidate.what));
    }
    if let Some(dataset) = cache::find_known(name, known, &search.readable_caches()) {
        log(&format!("{name}: {}, from the cache", dataset.origin));
        return Ok(dataset);
    }
    let (folder, probe) = writable(search, known.name, log)?;
    drop(probe);
    let fetched = download::fetch(known, &folder, search, log, &mut tried)
        || debian::fetch(known, &folder, search.programs.as_deref(), log, &mut tried);
    // Removes an empty folder, which would look like a dataset without files. A folder with files stays.
    fs::remove_dir(&folder).ok();
    match look(&folder) {
        Look::Complete(files) if fetched => open_files(name, &files, Some(known), None, search, log),
        _ => Err(LoadError::NotFound {
            name: name.to_owned(),
            tried: tried
                .iter()
                .map(|line| format!("  {line}"))
                .collect::<Vec<_>>()
                .join("\n"),
            package: known.debian_package.map_or(String::new(), |package| {
                format!(" (or install Debian's package {package})")
            }),
        }),
    }
}

fn open_files(
    name: &str,
    files: &IdxFolder,
    known: Option<&Known>,
    labels: Option<&[String]>,
    search: &Search,
    log: &mut dyn FnMut(&str),
) -> Result<Dataset, LoadError> {
    let declared = known
        .map(|known| known.label_names.map(str::to_owned).to_vec())
        .or(labels.map(<[_]>::to_vec));
    let from_file = match declared {
        Some(_) => None,
        None => labels_file::read(&files.folder)?,
    };
    let n_declared = declared.as_ref().map(Vec::len);
    let labels = declared.or(from_file.clone());
    let origin = files.folder.display().to_string();
    let key = Key {
        name,
        source: files.source(),
        identity: format!("{labels:?}\n{}", files.fingerprint()?),
    };
    let expected = known.map(|known| known.files.map(|(_, sum)| sum.to_owned()));
    if let Some(dataset) = key.cached(expected.as_ref(), search, log) {
        return Ok(dataset);
    }
    let mut contents = files.read(known, known.and(n_declared))?;
    if let Some(n_labels) = n_declared {
        let n_classes = contents.n_classes;
        if n_classes > n_labels {
            let (noun, verb) = if n_labels == 1 {
                ("label", "is")
            } else {
                ("labels", "are")
            };
            return Err(LoadError::FewLabels {
                name: name.to_owned(),
                n_classes,
                declared: format!("{n_labels} {noun} {verb} declared"),
                largest: n_classes - 1,
            });
        }
        contents.n_classes = n_labels;
    }
    if let Some(names) = from_file {
        contents.n_classes = labels_file::covers(&files.folder, &names, contents.n_classes)?;
    }
    if known.is_none() {
        let owner = contents
            .file_sums
            .iter()
            .map(|sum| catalog::owner_of(sum))
            .collect::<Option<Vec<_>>>();
        if let Some((other, _)) = owner.and_then(|owners| owners.first().copied()) {
            log(&format!("{name}: the files are those of {}", other.name));
        }
    }
    key.write(contents, labels, origin, search, log)
}

fn open_synthetic(
    name: &str,
    [train, test]: [usize; 2],
    seed: u64,
    search: &Search,
    log: &mut dyn FnMut(&str),
) -> Result<Dataset, LoadError> {
    let [train, test] = [train.max(1), test.max(1)];
    let (bytes, most) = (synthetic::bytes([train, test]), memory::most_bytes());
    let too_large = |limit: String| LoadError::TooLarge {
        name: name.to_owned(),
        rows: format!("{train} + {test}"),
        row_bytes: synthetic::ROW_BYTES,
        size: memory::gib(bytes),
        limit,
    };
    if bytes > most.into() {
        let memory = memory::gib(most.into());
        return Err(too_large(format!("but this machine has {memory}")));
    }
    let source = format!("generated: {train} + {test} rows, seed {seed}");
    let key = Key {
        name,
        source: source.clone(),
        identity: synthetic::VERSION.to_string(),
    };
    if let Some(dataset) = key.cached(None, search, log) {
        return Ok(dataset);
    }
    let generate = |stream, n_rows| {
        synthetic::generate(seed, stream, n_rows)
            .map_err(|_| too_large("and this process gets no more memory".to_owned()))
    };
    let train = generate(synthetic::Stream::Train, train)?;
    let test = generate(synthetic::Stream::Test, test)?;
    let contents = Contents::of_splits(train, test, synthetic::N_CLASSES);
    key.write(contents, None, source, search, log)
}

/// Identity of a decompressed copy, from which its file name is made.
struct Key<'a> {
    name: &'a str,
    source: String,
    identity: String,
}

impl Key<'_> {
    fn file_name(&self) -> String {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '.' {
                c
            } else {
                '_'
            }
        };
        let name: String = self.name.chars().take(64).map(plain).collect();
        let key =
            checksum::sha256(&[format!("{}\n{}\n{}", self.name, self.source, self.identity).as_bytes()]);
        format!("{name}-{}.hemline", &key[..16])
    }

    /// The dataset, if a cache folder contains an undamaged copy with the expected checksums.
    fn cached(
        &self,
        expected: Option<&[String; 4]>,
        search: &Search,
        log: &mut dyn FnMut(&str),
    ) -> Option<Dataset> {
        for dir in search.readable_caches() {
            let path = dir.join(DECOMPRESSED).join(self.file_name());
            if !path.exists() {
                continue;
            }
            match cache::read_verified(&path) {
                Ok((header, dataset))
                    if header.name == self.name && expected.is_none_or(|sums| *sums == header.file_sums) =>
                {
                    log(&format!("{}: {}, from the cache", self.name, dataset.origin));
                    return Some(dataset);
                }
                Ok(_) => log(&format!(
                    "{}: {} contains other data; it is rebuilt",
                    self.name,
                    path.display()
                )),
                Err(error) => log(&format!("{}: {}; it is rebuilt", self.name, with_causes(&error))),
            }
        }
        None
    }

    /// Writes the decompressed copy.
    fn write(
        self,
        contents: Contents,
        labels: Option<Vec<String>>,
        origin: String,
        search: &Search,
        log: &mut dyn FnMut(&str),
    ) -> Result<Dataset, LoadError> {
        log(&format!("{}: {origin}", self.name));
        let labels =
            labels.unwrap_or_else(|| (0..contents.n_classes).map(|class| class.to_string()).collect());
        let file_name = self.file_name();
        let header = Header::new(self.name, self.source, origin, labels, &contents);
        cache::write(search, &file_name, header, contents, log)
    }
}

/// Whether downloading the files again may help.
fn is_about_files(error: &LoadError) -> bool {
    !matches!(error, LoadError::CacheFolder { .. } | LoadError::Write { .. })
}

/// The error and its causes, on one line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
