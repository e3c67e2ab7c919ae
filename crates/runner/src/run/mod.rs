//! Running a plan: cells in child processes, a pool of them, the rows that they leave.

mod answer;
mod cell;
mod merge;
mod pool;
mod progress;
mod row;
mod sink;
mod summary;
mod worker;

pub use answer::{Answer, Request};
pub use cell::serve;
pub use merge::merge;
pub use pool::{Halt, Pool};
pub use progress::Progress;
pub use row::{Row, SCHEMA, Status};
pub use sink::{Sink, SinkError};
pub use summary::Summary;
