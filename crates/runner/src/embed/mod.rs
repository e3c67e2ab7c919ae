//! Two-dimensional embeddings of a whole dataset: each image becomes a point of a picture.
//!
//! Every method is deterministic: the same dataset and seed give the same points, for any number of threads.

mod fuzzy_graph;
mod layout;
mod method;
mod neighbors;
mod quality;
mod table;

pub(crate) use method::Method;
pub(crate) use quality::{JUDGED, K, Quality, quality};
pub(crate) use table::{read, write};

/// Declares the modules and lists their methods, so that neither can be forgotten.
macro_rules! methods {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*

        /// Every method, sorted by name.
        pub(crate) const METHODS: &[Method] = &[$($name::METHOD),*];
    };
}

methods! {
    pca,
    tsne,
    umap,
}
