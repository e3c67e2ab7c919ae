//! From the command line to the exit code.

pub(crate) mod args;
pub(crate) mod command;
mod count;
pub(crate) mod error;
mod jobs;
mod list;
mod pending;
mod print;
mod publish;
mod show_plan;
mod summary;
