//! Executes the command line.

use clap::CommandFactory;
use command_line::Made;

use crate::cli::args::{Cli, Command};
use crate::cli::count::count;
use crate::cli::embed;
use crate::cli::error::{Exit, RunError};
use crate::cli::list::{list, list_family};
use crate::cli::plan_shards;
use crate::cli::print::{print, written};
use crate::cli::publish::is_publishing;
use crate::cli::train_grids::train_grids;
use crate::cli::try_point::try_point;
use crate::results::merge::merge;
use crate::run::cell::serve;
use crate::run::tell::{tell, tell_error};

/// Executes the command line.
///
/// # Errors
/// Errors of usage, grid, data or results, before anything is trained.
pub fn run(cli: &Cli) -> Result<Exit, RunError> {
    match &cli.command {
        Some(Command::Cell) => serve(),
        Some(Command::Try(args)) => return try_point(args),
        Some(Command::Embed(args)) => return embed::run(args),
        Some(Command::PlanShards(args)) => return plan_shards::run(args),
        Some(Command::Manual(manual)) => match manual.make(Cli::command())? {
            Made::Script(script) => return Ok(written(command_line::print(&script))),
            Made::Pages(line) => tell(&line),
        },
        Some(Command::Merge { output, inputs }) => {
            if is_publishing(output) {
                return Err(RunError::NotPublishable {
                    reason: "a merge cannot tell which code its rows come from".into(),
                });
            }
            let merged = match merge(output, inputs) {
                Ok(merged) => merged,
                Err(source) => {
                    let exit = if source.is_full_disk() {
                        Exit::Internal
                    } else {
                        Exit::Usage
                    };
                    tell_error(RunError::merge(source));
                    return Ok(exit);
                }
            };
            merged.notices.iter().for_each(|notice| tell(notice));
            tell(&format!(
                "wrote {} to {}",
                count(merged.n_rows, "row"),
                output.display()
            ));
            if !merged.is_complete {
                return Ok(Exit::Internal);
            }
        }
        None => {
            return match &cli.run.list {
                Some(Some(family)) => Ok(print(&list_family(family)?)),
                Some(None) => Ok(print(&list())),
                None => train_grids(&cli.run),
            };
        }
    }
    Ok(Exit::Success)
}
