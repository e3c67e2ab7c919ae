//! Everything that can keep a dataset from being opened.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::data::idx::IdxError;

/// Why a dataset could not be opened.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum LoadError {
    /// Neither a known name, nor a folder.
    #[error("unknown dataset `{name}`")]
    #[diagnostic(code(loader::unknown_name), help("{help}"))]
    UnknownName {
        /// The name as typed.
        name: String,
        /// The nearest right name and the known ones.
        help: String,
    },

    /// Every place was tried.
    #[error("dataset `{name}` is nowhere to be had; tried:\n{tried}")]
    #[diagnostic(
        code(loader::not_found),
        help(
            "either name the folder that holds {name}/ with --data-dir or HEMLINE_DATA,\n\
             or connect to the network{package} and run again,\n\
             or use the generated dataset `synthetic`"
        )
    )]
    NotFound {
        /// The dataset.
        name: String,
        /// One line a place, with its reason.
        tried: String,
        /// How to get it as a package, where there is one.
        package: String,
    },

    /// A declared folder is not there.
    #[error("no folder `{path}`", path = path.display())]
    #[diagnostic(
        code(loader::no_folder),
        help("it must hold the four IDX files of dataset `{name}`")
    )]
    NoFolder {
        /// The dataset.
        name: String,
        /// The folder.
        path: PathBuf,
    },

    /// A declared folder lacks files.
    #[error("`{path}` is incomplete: missing {missing}", path = path.display())]
    #[diagnostic(
        code(loader::incomplete),
        help("each of the files may be plain or have .gz behind its name")
    )]
    Incomplete {
        /// The folder.
        path: PathBuf,
        /// Names of the files that are not there.
        missing: String,
    },

    /// A file or folder cannot be read.
    #[error("cannot read `{path}`", path = path.display())]
    #[diagnostic(code(loader::read))]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A compressed file cannot be decompressed.
    #[error("`{path}` is damaged, or no gzip file", path = path.display())]
    #[diagnostic(code(loader::gzip), help("get the file anew from where it came from"))]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },

    /// A file is not the IDX file that its name promises.
    #[error("`{path}` is not the IDX file that its name promises", path = path.display())]
    #[diagnostic(code(loader::idx), help("get the file anew from where it came from"))]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: IdxError,
    },

    /// Images and labels differ in number.
    #[error("{n_images} images in `{images}` but {n_labels} labels in `{labels}`",
        images = images.display(), labels = labels.display())]
    #[diagnostic(code(loader::counts), help("the two files do not belong together"))]
    Counts {
        /// File of the images.
        images: PathBuf,
        /// Images in it.
        n_images: usize,
        /// File of the labels.
        labels: PathBuf,
        /// Labels in it.
        n_labels: usize,
    },

    /// Training and test images differ in size.
    #[error("training images are {train} pixels but test images in `{path}` are {test}", path = path.display())]
    #[diagnostic(code(loader::shapes), help("the two files do not belong together"))]
    Shapes {
        /// File of the test images.
        path: PathBuf,
        /// Height x width of the training images.
        train: String,
        /// Height x width of the test images.
        test: String,
    },

    /// A dataset is declared with no class names at all.
    #[error("dataset `{name}` has an empty list of labels")]
    #[diagnostic(
        code(loader::no_labels),
        help("name its classes in order, or leave `labels` out")
    )]
    NoLabels {
        /// The dataset.
        name: String,
    },

    /// A known name with another known dataset's bytes.
    #[error("`{path}` is {is}, not {name}", path = path.display())]
    #[diagnostic(
        code(loader::mistaken),
        help("the folder is named {name} but holds {is} in this file: put the right files there")
    )]
    Mistaken {
        /// The name that was asked for.
        name: String,
        /// What the bytes are: a dataset and its file.
        is: String,
        /// The file.
        path: PathBuf,
    },

    /// A known name with bytes that nobody knows.
    #[error("`{path}` is not the file of {name}: its SHA-256 is {found}, not {expected}", path = path.display())]
    #[diagnostic(
        code(loader::unknown_bytes),
        help(
            "get the file anew, or, if it is another dataset on purpose, declare it in the grid under a name of \
             its own:\n[datasets.NAME]\npath = \"{folder}\""
        )
    )]
    UnknownBytes {
        /// The name that was asked for.
        name: String,
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: String,
        /// SHA-256 of the dataset's file.
        expected: String,
        /// SHA-256 of the bytes that are there.
        found: String,
    },

    /// A decompressed cache file is not whole.
    #[error("cache file `{path}` is damaged: {fault}", path = path.display())]
    #[diagnostic(code(loader::cache_file), help("remove it and run again"))]
    CacheFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },

    /// No cache folder can be written.
    #[error("no cache folder can be written; tried:\n{tried}")]
    #[diagnostic(
        code(loader::cache_folder),
        help("set HEMLINE_CACHE to a folder that can be written, with 120 MB of room")
    )]
    CacheFolder {
        /// One line a folder, with its reason.
        tried: String,
    },

    /// A file cannot be written.
    #[error("cannot write `{path}`", path = path.display())]
    #[diagnostic(
        code(loader::write),
        help("is there room? HEMLINE_CACHE sets another cache folder")
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
