//! From the command line to the exit code.

pub(crate) mod args;
pub(crate) mod command;
pub(crate) mod error;
pub(crate) mod jobs;
pub(crate) mod list;
pub(crate) mod summary;
