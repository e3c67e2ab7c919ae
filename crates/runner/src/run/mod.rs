//! Runs a plan: each cell in a child process, several in parallel, one row per cell.

pub(crate) mod answer;
mod augmented;
pub(crate) mod built_in;
pub(crate) mod cell;
mod cell_label;
mod cell_row;
pub(crate) mod claimed_times;
pub(crate) mod durations;
mod features;
pub(crate) mod given_up;
pub(crate) mod halt;
mod lock;
pub mod metrics;
pub(crate) mod outcome;
pub(crate) mod pool;
mod preparation;
pub(crate) mod printable;
pub(crate) mod program;
pub(crate) mod progress;
pub(crate) mod protocol;
mod record;
mod repeats;
pub(crate) mod stderr_tail;
pub(crate) mod system;
pub(crate) mod tell;
pub(crate) mod uncertainty;
pub(crate) mod worker;
