//! From the grid file to the plan: what is written, what is wrong with it, and the cells that it asks for.

mod declared_datasets;
mod declared_engines;
mod file;
mod keys;
mod mistake;
mod plan;
mod toml;
mod trainer;

pub use file::{Entry, GridFile};
pub use keys::RunKeys;
pub(crate) use keys::{duration, size};
pub(crate) use mistake::nearest;
pub use mistake::{Mistake, Mistakes};
pub use plan::{Cell, CellId, DataInfo, Plan, PlannedPoint};
pub use trainer::{CommandEngine, FamilyOf, Trainer};
