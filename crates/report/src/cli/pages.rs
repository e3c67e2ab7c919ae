//! The texts of the README and of the pages in the docs folder.

use std::path::{Path, PathBuf};

use crate::atomic_file;
use crate::board::Board;
use crate::cli::board_args::BoardArgs;
use crate::cli::board_page;
use crate::error::ReportError;
use crate::input::Results;
use crate::input::engines::BASELINE;
use crate::render::{leaderboard, summary};
use crate::splice::{Block, splice};
use crate::tables::{Source, TABLES, headline, ranked};

/// The README and the pages of the docs folder with their tables up to date, the board as one page, and its pictures.
pub(super) fn pages(
    args: &BoardArgs,
    results: &Results,
    board: &Board,
) -> Result<Vec<(PathBuf, String)>, ReportError> {
    let readme = atomic_file::read(&args.readme)?.ok_or_else(|| ReportError::NoReadme {
        path: args.readme.clone(),
    })?;
    // A folder without any results file is a typing error rather than the wish to empty the pages.
    let keeps_rows =
        |path: &Path, text: &str, block: Block| match results.files.is_empty() && block.has_table_in(text) {
            true => Err(ReportError::NoResultsFiles {
                folder: args.results.clone(),
                page: path.to_owned(),
            }),
            false => Ok(()),
        };
    keeps_rows(&args.readme, &readme, summary::BLOCK)?;
    let full = link(&args.readme, &args.results.join(leaderboard::FILE));
    let timed = match &args.machine {
        Some(_) => board.clone(),
        None => {
            let files = ranked(results, TABLES);
            let mut timed = summary::board_of_most_times(&files, &results.machines, board.clone());
            timed.read_predictions(&files);
            timed
        }
    };
    let costs = link(&args.readme, &args.docs.join("whole-grid.md"));
    let headline = headline(&ranked(results, TABLES), &results.machines, &costs);
    let block = summary::summary(&timed, &full, headline.as_deref());
    let mut pages = vec![(
        args.readme.clone(),
        place(&args.readme, &readme, summary::BLOCK, &block)?,
    )];
    pages.extend(board_page::files(&args.docs, results, &timed));
    for table in TABLES {
        let source = Source {
            files: &table.files(results, TABLES),
            baseline: BASELINE,
        };
        let content = format!("\n{}\n", (table.markdown)(&source));
        let (path, block) = (args.docs.join(table.page), table.block);
        let Some(text) = atomic_file::read(&path)? else {
            return Err(ReportError::NoPage { path, block });
        };
        keeps_rows(&path, &text, block)?;
        let text = place(&path, &text, block, &content)?;
        pages.push((path, text));
    }
    Ok(pages)
}

/// The text of the file `path` with new content in a block.
fn place(path: &Path, text: &str, block: Block, content: &str) -> Result<String, ReportError> {
    splice(text, block, content).map_err(|source| ReportError::Markers {
        path: path.to_owned(),
        block,
        source,
    })
}

/// The relative address of `target` for a link in the file `from`.
fn link(from: &Path, target: &Path) -> String {
    let folder = from.parent().unwrap_or(Path::new(""));
    target
        .strip_prefix(folder)
        .unwrap_or(target)
        .display()
        .to_string()
}
