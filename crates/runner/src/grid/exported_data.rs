//! The files of a dataset for engines by command, written again where something has changed them.

use std::sync::{Mutex, PoisonError};

use loader::{Dataset, ExportedFiles, LoadError, Search, Source, export, open};

/// The files, and where their dataset comes from.
#[derive(Debug)]
pub(crate) struct ExportedData {
    name: String,
    source: Source,
    search: Search,
    files: Mutex<ExportedFiles>,
}

impl ExportedData {
    /// Writes the files of an open dataset.
    ///
    /// # Errors
    /// Those of [`export`].
    pub(crate) fn new(
        dataset: &Dataset,
        name: &str,
        source: Source,
        search: &Search,
        log: &mut dyn FnMut(&str),
    ) -> Result<ExportedData, LoadError> {
        Ok(ExportedData {
            name: name.to_owned(),
            files: Mutex::new(export(dataset, search, log)?),
            source,
            search: search.clone(),
        })
    }

    /// The files. Those that were changed cost the cell that they were changed under, and are written again for the next one; where that
    /// fails, the check of the next cell says what is wrong.
    pub(crate) fn files(&self) -> ExportedFiles {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.check().is_err() {
            let mut silent = |_: &str| {};
            let again = open(&self.name, &self.source, &self.search, &mut silent)
                .and_then(|dataset| export(&dataset, &self.search, &mut silent));
            if let Ok(again) = again {
                *files = again;
            }
        }
        files.clone()
    }
}
