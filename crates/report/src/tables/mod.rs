//! The registry of tables. A new table is one new file and one line in the list below.

mod counterparts;
mod rounds;
mod table;
mod tolerances;

pub(crate) use counterparts::counterparts;
pub(crate) use peers::{Compared, compared};
pub(crate) use scaling::{Curve, curves};
pub use table::{Source, Table, Takes, ranked};
pub(crate) use whole_grid::headline;

/// Declares the modules and lists their tables, so that neither can be forgotten.
macro_rules! tables {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// Every table, sorted by name.
        pub const TABLES: &[Table] = &[$($name::TABLE),*];
    };
}

tables! {
    frontier,
    paper,
    parity,
    peers,
    scaling,
    speed,
    whole_grid,
}
