//! What a run will cost, before it starts.

pub(crate) mod bundles;
pub(crate) mod growth;
pub(crate) mod known_fits;
pub(crate) mod schedule;
pub(crate) mod small_fits;
