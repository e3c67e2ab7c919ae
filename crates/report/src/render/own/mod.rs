//! The board of the user's own rows.

pub(super) mod columns;
mod markdown;
mod records;
mod terminal;
mod theme;

pub use markdown::markdown;
pub(super) use records::records;
pub use terminal::{DEFAULT_WIDTH, terminal};
pub(super) use terminal::{mark_notes, notes, time};
