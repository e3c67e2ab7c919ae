//! What the system reports about processes: time, memory, contention, children, kills for lack of memory.

pub(crate) mod contention;
pub(crate) mod memory_meter;
pub(crate) mod memory_room;
pub(crate) mod oom_kills;
pub(crate) mod process_tree;
pub(crate) mod resource_usage;
pub(crate) mod scratch;
pub(crate) mod terminal_echo;
