//! Files that a run writes: the rows of the results, and the log of machines.

pub(crate) mod clock;
mod counting_row;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod label_records;
pub(crate) mod labels_file;
mod lock_holder;
pub(crate) mod machine_log;
pub(crate) mod merge;
mod packed_labels;
pub(crate) mod parse;
pub(crate) mod provenance;
pub(crate) mod row;
pub(crate) mod row_check;
pub(crate) mod sink;
pub(crate) mod status;
pub(crate) mod warning;

pub use row::Row;
pub use status::Status;
