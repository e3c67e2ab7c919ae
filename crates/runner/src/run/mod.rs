//! Running a plan: cells in child processes, a pool of them, the rows that they leave.

pub(crate) mod built_in;
pub(crate) mod cell;
pub(crate) mod contention;
pub(crate) mod durations;
pub(crate) mod halt;
pub mod metrics;
pub(crate) mod outcome;
pub(crate) mod pool;
pub(crate) mod process_tree;
pub(crate) mod program;
pub(crate) mod progress;
pub(crate) mod protocol;
pub(crate) mod resource_usage;
pub(crate) mod stderr_tail;
pub(crate) mod worker;
