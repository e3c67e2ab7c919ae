//! The registry of output formats. A new format is one new file and one line in the list below.

pub mod changes;
pub mod leaderboard;
mod narrow;
pub mod own;
mod record;
mod renderer;
mod submitted;
pub mod summary;
mod warnings;

pub use narrow::narrow;
pub use renderer::{Render, Rendered, Renderer};

/// Declares the modules and lists their renderers, so that neither can be forgotten.
macro_rules! renderers {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// Every format, sorted by name.
        pub const RENDERERS: &[Renderer] = &[$($name::RENDERER),*];
    };
}

renderers! {
    csv,
    html,
    json,
    latex,
    markdown,
    parquet,
    terminal,
}
