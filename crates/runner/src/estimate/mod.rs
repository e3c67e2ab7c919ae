//! What a run will cost, before it starts.

pub(crate) mod known_fits;
pub(crate) mod schedule;
