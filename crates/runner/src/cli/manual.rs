//! Completion scripts and manual pages, generated from the declaration of the command line.

use clap::CommandFactory;
use std::path::Path;

use crate::cli::args::Cli;
use crate::cli::error::{Exit, RunError};
use crate::run::tell::tell;

/// The completion script of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "runner", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Writes `runner.1` and a page per command into a folder.
///
/// # Errors
/// A folder that cannot be written.
pub(crate) fn manual(folder: &Path) -> Result<Exit, RunError> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|source| RunError::Manual {
            path: folder.to_owned(),
            source,
        })?;
    tell(&format!(
        "wrote the manual pages to {}; read one with: man -l {}/runner.1",
        folder.display(),
        folder.display()
    ));
    Ok(Exit::Success)
}
