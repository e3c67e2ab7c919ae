//! From the command line to the exit code.

pub(crate) mod args;
pub(crate) mod command;
mod costs;
mod count;
mod embed;
pub(crate) mod error;
mod estimates;
mod findings;
mod grid_text;
mod jobs;
mod list;
mod next_commands;
mod pending;
mod plan_json;
mod plan_shards;
pub(crate) mod print;
mod publish;
mod published;
mod run_cells;
mod selected_jobs;
mod shard_file;
mod shell_words;
mod show_plan;
mod summary;
mod summary_line;
mod train_grids;
mod try_point;
