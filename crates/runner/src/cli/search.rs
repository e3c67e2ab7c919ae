//! Where the data of a command are searched for.

use loader::{Search, cache_warning};
use std::path::PathBuf;

use crate::cli::error::RunError;
use crate::run::tell::tell;

/// The folders of the environment and of `--data-dir`. Warns of a `HEMLINE_CACHE` that cannot be written.
///
/// # Errors
/// A folder that the user names does not exist.
pub(super) fn checked_search(data_dir: Option<PathBuf>) -> Result<Search, RunError> {
    let search = Search::from_env(data_dir);
    search.check()?;
    if let Some(warning) = cache_warning(&search) {
        tell(&warning);
    }
    Ok(search)
}
