//! From the grid file to the plan: what is written, what is wrong with it, and the cells that it asks for.

pub(crate) mod declared_datasets;
pub(crate) mod declared_engines;
pub(crate) mod diagnostic;
pub(crate) mod file;
pub(crate) mod keys;
pub(crate) mod plan;
pub(crate) mod toml;
pub(crate) mod trainer;

pub use diagnostic::{GridError, GridErrors};
pub use file::{Entry, GridFile};
pub use keys::RunKeys;
pub use plan::{Cell, CellId, DataInfo, Plan, PlannedPoint};
pub use trainer::{CommandEngine, FamilyRef, Trainer};
