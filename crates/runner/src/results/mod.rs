//! What a run writes: rows, the machine, and the files that hold them.

pub(crate) mod machine_log;
pub(crate) mod merge;
pub(crate) mod provenance;
pub(crate) mod row;
pub(crate) mod sink;
pub(crate) mod status;

pub use row::Row;
pub use status::Status;
