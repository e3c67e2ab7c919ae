//! The registry of tables. A new table is one new file and one line in the list below.

mod rounds;
mod table;
mod tolerances;

pub use table::{Source, Table, Takes, ranked};

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
