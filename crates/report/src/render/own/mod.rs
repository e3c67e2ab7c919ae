//! The board of the user's own rows in each format of `report show`.

pub(super) mod columns;
mod markdown;
mod records;
mod terminal;
mod theme;

pub use markdown::markdown;
pub use records::{csv, json};
pub use terminal::{DEFAULT_WIDTH, terminal};
