//! Errors of opening a dataset.

use std::io;
use std::path::PathBuf;

use command_line::thousands;
use miette::Diagnostic;
use thiserror::Error;

use crate::data::idx::IdxError;

/// Why a dataset could not be opened.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum LoadError {
    /// The name is neither a known dataset nor a folder.
    #[error("unknown dataset `{name}`")]
    #[diagnostic(help("{help}"))]
    UnknownName {
        /// The name as given.
        name: String,
        /// The nearest known name, and all known names.
        help: String,
    },

    /// Neither a folder nor a download nor a package provided the dataset.
    #[error("dataset `{name}` not found; tried:\n{tried}")]
    #[diagnostic(help(
        "set --data-dir or HEMLINE_DATA to the folder that contains {name}/,\n\
             or connect to the network{package} and run again,\n\
             or use the generated dataset `synthetic`"
    ))]
    NotFound {
        /// The dataset.
        name: String,
        /// One line per place, with the reason.
        tried: String,
        /// How to install the Debian package; empty if there is none.
        package: String,
    },

    /// A folder that the user names as the place of datasets does not exist.
    #[error("the folder of {what}, `{}`, {state}", path.display())]
    #[diagnostic(help(
        "{what} is the folder that contains a folder per dataset, such as DIR/fashion-mnist; correct it or leave it out"
    ))]
    NoDataFolder {
        /// `--data-dir` or `HEMLINE_DATA`.
        what: &'static str,
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        state: &'static str,
    },

    /// A declared folder does not exist.
    #[error("folder `{path}` does not exist", path = path.display())]
    #[diagnostic(help("the folder must contain the four IDX files of dataset `{name}`"))]
    NoFolder {
        /// The dataset.
        name: String,
        /// The folder.
        path: PathBuf,
    },

    /// Files are missing in a declared folder.
    #[error("`{path}` is incomplete: missing {missing}", path = path.display())]
    #[diagnostic(help("each file may be plain, or compressed with .gz after its name"))]
    Incomplete {
        /// The folder.
        path: PathBuf,
        /// Names of the missing files.
        missing: String,
    },

    /// A file or folder cannot be read.
    #[error("cannot read `{path}`", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },

    /// A compressed file cannot be decompressed.
    #[error("`{path}` is damaged or not a gzip file", path = path.display())]
    #[diagnostic(help("download the file again"))]
    Gzip {
        /// The file.
        path: PathBuf,
        /// The error of the decompressor.
        source: io::Error,
    },

    /// A file is not the expected IDX file.
    #[error("`{path}` is not the expected IDX file", path = path.display())]
    #[diagnostic(help("download the file again; of a dataset of your own, correct the file"))]
    Idx {
        /// The file.
        path: PathBuf,
        /// What is wrong with the file.
        source: IdxError,
    },

    /// The number of images differs from the number of labels.
    #[error("{} images in `{images}` but {} labels in `{labels}`",
        thousands(*n_images as u64), thousands(*n_labels as u64), images = images.display(), labels = labels.display())]
    #[diagnostic(help("the two files do not belong together"))]
    Counts {
        /// The file of the images.
        images: PathBuf,
        /// Number of images.
        n_images: usize,
        /// The file of the labels.
        labels: PathBuf,
        /// Number of labels.
        n_labels: usize,
    },

    /// The training images differ from the test images in size.
    #[error("training images are {train} pixels but test images in `{path}` are {test}", path = path.display())]
    #[diagnostic(help("the two files do not belong together"))]
    Shapes {
        /// The file of the test images.
        path: PathBuf,
        /// Height x width of the training images.
        train: String,
        /// Height x width of the test images.
        test: String,
    },

    /// A dataset is declared with an empty list of class names.
    #[error("dataset `{name}` has an empty list of labels")]
    #[diagnostic(help("list one class name per label, in the order of the labels, or leave out `labels`"))]
    NoLabels {
        /// The dataset.
        name: String,
    },

    /// A dataset is declared with fewer class names than it has classes.
    #[error("dataset `{name}` has {n_classes} classes, but {declared}")]
    #[diagnostic(help(
        "list one class name per label in `labels`, in the order of the labels 0 to {largest}, or leave out `labels`"
    ))]
    FewLabels {
        /// The dataset.
        name: String,
        /// The largest label plus 1.
        n_classes: usize,
        /// How many are declared, with the noun and the verb.
        declared: String,
        /// The largest label.
        largest: usize,
    },

    /// The file of class names in a dataset folder is not valid.
    #[error("`{path}`: {fault}", path = path.display())]
    #[diagnostic(help(
        "write one class name per line, in the order of the labels, as UTF-8,\nor remove the file"
    ))]
    LabelsFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        fault: String,
    },

    /// The files under a known name belong to another known dataset.
    #[error("`{path}` is {is}, not {name}", path = path.display())]
    #[diagnostic(help("replace it with the file of {name}"))]
    Mistaken {
        /// The requested name.
        name: String,
        /// The dataset and file that the bytes belong to.
        is: String,
        /// The file.
        path: PathBuf,
    },

    /// The bytes of a file under a known name belong to no known dataset.
    #[error("`{path}` is not the file of {name}: SHA-256 is {found}, expected {expected}", path = path.display())]
    #[diagnostic(help(
        "download the file again, or, if this is another dataset, declare it in the grid under its own \
             name:\n[datasets.NAME]\npath = \"{folder}\""
    ))]
    UnknownBytes {
        /// The requested name.
        name: String,
        /// The file.
        path: PathBuf,
        /// The folder of the file.
        folder: String,
        /// SHA-256 of the right file.
        expected: String,
        /// SHA-256 of the bytes in the file.
        found: String,
    },

    /// The header of a file under a known name states a size that no known file has.
    #[error("`{path}` is not the file of {name}: its header states {stated} bytes, expected {expected}",
        path = path.display())]
    #[diagnostic(help(
        "download the file again, or, if this is another dataset, declare it in the grid under its own \
             name:\n[datasets.NAME]\npath = \"{folder}\""
    ))]
    OtherSize {
        /// The requested name.
        name: String,
        /// The file.
        path: PathBuf,
        /// The folder of the file.
        folder: String,
        /// Size of the right file, in bytes.
        expected: u64,
        /// Size of the whole file according to its header.
        stated: u64,
    },

    /// A generated dataset is larger than the memory.
    #[error("dataset `{name}` is too large: {rows} rows of {row_bytes} bytes are {size}, {limit}")]
    #[diagnostic(help("declare fewer rows"))]
    TooLarge {
        /// The dataset.
        name: String,
        /// Numbers of training rows and test rows.
        rows: String,
        /// Bytes of an image and its label.
        row_bytes: usize,
        /// Size of all rows, with its unit.
        size: String,
        /// Why that is too much.
        limit: String,
    },

    /// The names of a declared dataset and its classes do not fit into the header of a cache file.
    #[error(
        "the class names of dataset `{name}` are too long: {found} bytes in the header of its cache file, at most {most}"
    )]
    #[diagnostic(help(
        "shorten the names of `labels` in [datasets.NAME] of the grid, or leave out `labels`"
    ))]
    LongNames {
        /// The start of the dataset's name.
        name: String,
        /// Bytes of the header.
        found: usize,
        /// Largest header in bytes.
        most: u64,
    },

    /// A file in the cache was changed between its verification and its use.
    #[error("`{path}` was changed since it was verified: {fault}", path = path.display())]
    #[diagnostic(help("find the program that writes to the cache, then run again: the file is rebuilt"))]
    Changed {
        /// The file.
        path: PathBuf,
        /// The difference.
        fault: String,
    },

    /// A decompressed file in the cache is damaged.
    #[error("cache file `{path}` is damaged: {fault}", path = path.display())]
    #[diagnostic(help("remove it and run again"))]
    CacheFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with the file.
        fault: String,
    },

    /// No cache folder is writable.
    #[error("no cache folder is writable; tried:\n{tried}")]
    #[diagnostic(help("set HEMLINE_CACHE to a writable folder with 120 MB of free space"))]
    CacheFolder {
        /// One line per folder, with the reason.
        tried: String,
    },

    /// A file cannot be written.
    #[error("cannot write `{path}`", path = path.display())]
    #[diagnostic(help("check the free disk space; HEMLINE_CACHE sets another cache folder"))]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}
