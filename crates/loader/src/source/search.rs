//! The folders and mirrors where datasets are searched for and stored.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::temp_cache;
use crate::error::LoadError;

/// The places that [`crate::open`] searches, in the order of the fields.
#[derive(Clone, Debug)]
pub struct Search {
    /// `--data-dir`: contains one subfolder per dataset, as do the next three.
    pub data_dir: Option<PathBuf>,
    /// `HEMLINE_DATA`.
    pub env_dir: Option<PathBuf>,
    /// `data` under the working folder.
    pub working_dir: Option<PathBuf>,
    /// The folder where system packages install datasets.
    pub system_dir: Option<PathBuf>,
    /// Cache folders: all are read, the first writable one is written. By default `HEMLINE_CACHE` or the user's cache
    /// folder.
    pub cache_dirs: Vec<PathBuf>,
    /// The system's folder for temporary files. A folder of this user in it, `hemline-UID`, is the last cache folder; it is
    /// used only if nobody else can write to it.
    pub temp_dir: Option<PathBuf>,
    /// `HEMLINE_MIRROR`: a URL with `NAME/FILE.gz` below it, tried before the public mirrors.
    pub mirror: Option<String>,
    /// Whether to try the public mirrors.
    pub public_mirrors: bool,
    /// `PATH`: the folders that contain `apt-get` and `dpkg-deb`.
    pub programs: Option<OsString>,
}

impl Search {
    /// The default places and those of the environment variables. An empty variable counts as unset.
    pub fn from_env(data_dir: Option<PathBuf>) -> Search {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let user_cache = || Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("hemline"));
        let cache = set("HEMLINE_CACHE").map(PathBuf::from).or_else(user_cache);
        Search {
            data_dir,
            env_dir: set("HEMLINE_DATA").map(PathBuf::from),
            working_dir: Some(PathBuf::from("data")),
            system_dir: Some(PathBuf::from("/usr/share/datasets")),
            cache_dirs: cache.into_iter().collect(),
            temp_dir: Some(env::temp_dir()),
            mirror: set("HEMLINE_MIRROR").map(|url| url.to_string_lossy().into_owned()),
            public_mirrors: true,
            programs: set("PATH"),
        }
    }

    /// Checks that the folders exist that the user names.
    ///
    /// # Errors
    /// [`LoadError::NoDataFolder`].
    pub fn check(&self) -> Result<(), LoadError> {
        for (what, folder) in [("--data-dir", &self.data_dir), ("HEMLINE_DATA", &self.env_dir)] {
            if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_dir()) {
                return Err(LoadError::NoDataFolder {
                    what,
                    path: folder.clone(),
                    state: if folder.exists() {
                        "is no folder"
                    } else {
                        "does not exist"
                    },
                });
            }
        }
        Ok(())
    }

    /// Every cache folder that may be read.
    pub(crate) fn readable_caches(&self) -> Vec<PathBuf> {
        let last = self.temp_dir.as_deref().and_then(temp_cache::existing);
        self.cache_dirs.iter().cloned().chain(last).collect()
    }

    /// The folders with one subfolder per dataset that no program writes on its own: no cache folders.
    pub(crate) fn data_dirs(&self) -> impl Iterator<Item = &Path> {
        [&self.data_dir, &self.env_dir, &self.working_dir, &self.system_dir]
            .into_iter()
            .filter_map(|dir| dir.as_deref())
    }

    /// Every folder that may contain the dataset; the cache folders come last.
    pub(crate) fn candidates(&self, name: &str) -> Vec<Candidate> {
        let given = [
            ("--data-dir", &self.data_dir),
            ("HEMLINE_DATA", &self.env_dir),
            ("working folder", &self.working_dir),
            ("system", &self.system_dir),
        ];
        let given = given
            .into_iter()
            .filter_map(|(what, dir)| Some((what, dir.as_ref()?, false)));
        let caches = self.readable_caches();
        let cached = caches.iter().map(|dir| ("cache", dir, true));
        given
            .chain(cached)
            .map(|(what, dir, is_cache)| Candidate::new(what, dir, name, is_cache))
            .collect()
    }
}

/// A folder that may contain a dataset.
pub(crate) struct Candidate {
    /// Name of the place, for messages.
    pub(crate) what: &'static str,
    pub(crate) folder: PathBuf,
    /// Whether damaged files in it may be replaced.
    pub(crate) is_cache: bool,
}

impl Candidate {
    fn new(what: &'static str, dir: &Path, name: &str, is_cache: bool) -> Candidate {
        Candidate {
            what,
            folder: dir.join(name),
            is_cache,
        }
    }
}
