//! From a grid file in TOML to the plan: parsed, checked, and expanded to cells.

pub(crate) mod baselines;
pub(crate) mod command_engine;
pub(crate) mod datasets;
mod declarations;
mod declared_datasets;
mod declared_engines;
pub(crate) mod diagnostic;
pub(crate) mod entry;
pub(crate) mod exported_data;
pub(crate) mod file;
pub(crate) mod identity;
pub(crate) mod keys;
pub(crate) mod one_point;
pub(crate) mod paper;
pub(crate) mod plan;
pub(crate) mod point;
mod toml;
pub(crate) mod trainer;

pub use diagnostic::GridErrors;
pub use file::GridFile;
