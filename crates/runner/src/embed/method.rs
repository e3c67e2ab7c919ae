//! What the program needs to know of a method of embedding.

use loader::ImageBuffer;

use super::layout::Layout2d;

/// A method of embedding.
pub(crate) struct Method {
    /// Name on the command line, and the stem of its file.
    pub(crate) name: &'static str,
    /// Its line in the help.
    pub(crate) about: &'static str,
    /// The fewest images that it embeds.
    pub(crate) min_rows: usize,
    /// Embeds the images, in their order, with a seed.
    pub(crate) embed: fn(&ImageBuffer, u64) -> Layout2d,
}
