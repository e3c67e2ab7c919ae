//! The command line of `loader`, and what it prints.

mod command;
mod help;
mod import;
mod output;
mod png_file;

pub(crate) use command::{Cli, run};
pub(crate) use output::{OutputError, written};
