//! The command line, and the steps from it to finished files.

use std::path::{Path, PathBuf};

use clap::Parser;
use clap::builder::PossibleValuesParser;

use crate::board::Board;
use crate::error::ReportError;
use crate::files;
use crate::render::{self, RENDERERS, markdown};
use crate::rows;
use crate::splice::splice;

/// Rewrites the leaderboard in the README and in the results folder from the results CSV files.
#[derive(Debug, Clone, Parser)]
#[command(name = "report", version)]
pub struct Args {
    /// Folder with the CSV files that runs wrote; leaderboard.md is written beside them.
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,

    /// File whose leaderboard block, between the two marker lines, is rewritten.
    #[arg(long, value_name = "FILE", default_value = "README.md")]
    pub readme: PathBuf,

    /// Write nothing; exit with 1 if a file is out of date.
    #[arg(long, conflicts_with = "format")]
    pub check: bool,

    /// Print the whole board to standard output instead, and write nothing.
    #[arg(long, conflicts_with = "readme", value_name = "FORMAT",
          value_parser = PossibleValuesParser::new(RENDERERS.iter().map(|r| r.name)))]
    pub format: Option<String>,
}

/// What [`run`] did, and what it noticed on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was done.
    pub done: Done,
    /// Files and lines that were left out, for standard error.
    pub notes: Vec<String>,
}

/// What [`run`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// The board in the format asked for, to be printed.
    Printed(String),
    /// The files that were rewritten; those that were right already are not among them.
    Written(Vec<PathBuf>),
    /// `--check`: the files that are out of date.
    Stale(Vec<PathBuf>),
}

/// Does what the command line asks. All texts are made before the first file is touched.
///
/// # Errors
/// A results folder or file that cannot be read or is no results file, and a README without its two markers.
pub fn run(args: &Args) -> Result<Report, ReportError> {
    let loaded = rows::load(&args.results)?;
    let board = Board::new(&loaded.files);
    let notes = loaded.notes;
    if let Some(renderer) = args.format.as_deref().and_then(render::find) {
        return Ok(Report {
            done: Done::Printed((renderer.render)(&board)),
            notes,
        });
    }

    let readme = files::read(&args.readme)?.ok_or_else(|| ReportError::NoReadme {
        path: args.readme.clone(),
    })?;
    let full = link(&args.readme, &args.results.join(markdown::FILE));
    let spliced =
        splice(&readme, &markdown::summary(&board, &full)).map_err(|source| ReportError::Markers {
            path: args.readme.clone(),
            source,
        })?;
    let mut wanted = vec![(args.readme.clone(), spliced)];
    for renderer in RENDERERS {
        if let Some(name) = renderer.file {
            wanted.push((args.results.join(name), (renderer.render)(&board)));
        }
    }

    let mut stale = Vec::new();
    for (path, text) in wanted {
        if files::read(&path)?.as_deref() != Some(text.as_str()) {
            stale.push((path, text));
        }
    }
    if !args.check {
        for (path, text) in &stale {
            files::replace(path, text)?;
        }
    }
    let paths = stale.into_iter().map(|(path, _)| path).collect();
    Ok(Report {
        done: if args.check {
            Done::Stale(paths)
        } else {
            Done::Written(paths)
        },
        notes,
    })
}

/// The address of `target` as written in the file `from`.
fn link(from: &Path, target: &Path) -> String {
    let folder = from.parent().unwrap_or(Path::new(""));
    target
        .strip_prefix(folder)
        .unwrap_or(target)
        .display()
        .to_string()
}
