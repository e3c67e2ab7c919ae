//! Running a plan: cells in child processes, a pool of them, the rows that they leave.

mod answer;
mod built_in;
mod cell;
mod load;
mod machines;
mod merge;
mod pool;
mod processes;
mod program;
mod progress;
mod row;
mod sink;
mod summary;
mod tail;
mod worker;

pub use answer::{Answer, Program, Request};
pub use cell::serve;
pub use load::others_now;
pub use machines::Machines;
pub use merge::merge;
pub use pool::{Halt, Pool};
pub use progress::Progress;
pub use row::{Row, SCHEMA, Status};
pub use sink::{Sink, SinkError};
pub use summary::Summary;
