//! Errors of an import.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

/// Why nothing was imported.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ImportError {
    /// The name cannot be that of a dataset.
    #[error("`{name}` cannot be the name of a dataset")]
    #[diagnostic(help(
        "use ASCII letters, digits, `-`, `_` and `.`, at most 64,\nand no `-` or `.` at the start"
    ))]
    Name {
        /// The name as given.
        name: String,
    },

    /// The name is that of a known dataset.
    #[error("`{name}` is the name of a known dataset")]
    #[diagnostic(help("choose another name"))]
    KnownName {
        /// The name as given.
        name: String,
    },

    /// Nothing that can be imported is at the path.
    #[error("`{path}` cannot be imported: {fault}", path = path.display())]
    #[diagnostic(help("known:\n{known}"))]
    Format {
        /// The path as given.
        path: PathBuf,
        /// What is there instead.
        fault: String,
        /// What can be imported.
        known: String,
    },

    /// An option has no effect on what is imported.
    #[error("`{option}` has no effect on {what}")]
    #[diagnostic(help("leave it out"))]
    NoEffect {
        /// The option.
        option: &'static str,
        /// What is imported.
        what: String,
    },

    /// The value of an option is out of range.
    #[error("`{option}`: {fault}")]
    #[diagnostic(help("{help}"))]
    Value {
        /// The option.
        option: &'static str,
        /// What is wrong.
        fault: String,
        /// What is allowed.
        help: String,
    },

    /// A dataset of this name exists.
    #[error("`{folder}` already exists", folder = folder.display())]
    #[diagnostic(help("choose another name, or replace the dataset with --force"))]
    Exists {
        /// The folder.
        folder: PathBuf,
    },

    /// `--force` does not replace what no import has written.
    #[error("`{folder}` is not replaced: {fault}", folder = folder.display())]
    #[diagnostic(help(
        "--force replaces only a folder with the four IDX files and labels.txt;\nchoose another name, or move the folder away"
    ))]
    NotImported {
        /// The folder.
        folder: PathBuf,
        /// Why no import can have written it.
        fault: String,
    },

    /// Nothing is at the path.
    #[error("there is nothing at `{path}`", path = path.display())]
    #[diagnostic(help("{help}"))]
    NotFound {
        /// The path as given.
        path: PathBuf,
        /// The nearest path, or what can be imported.
        help: String,
    },

    /// A file or folder cannot be read.
    #[error("cannot read `{path}`", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },

    /// A file or folder does not have the form that its format requires.
    #[error("`{path}`: {fault}", path = path.display())]
    #[diagnostic(help("{help}"))]
    Input {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, and where.
        fault: String,
        /// What to do.
        help: String,
    },

    /// Files in class folders are no images.
    #[error("{count}:\n{list}")]
    #[diagnostic(help("known formats: {formats};\nmove other files out of the class folders"))]
    Images {
        /// How many: `2 files are not images`.
        count: String,
        /// The first ones, one per line, with the reason.
        list: String,
        /// Known image formats.
        formats: &'static str,
    },

    /// A value is not finite.
    #[error("{place} is {value}")]
    #[diagnostic(help("every value must be finite: remove or replace such rows before the import"))]
    NotFinite {
        /// Where.
        place: String,
        /// `NaN`, `inf` or `-inf`.
        value: String,
    },

    /// Values are not bytes, and no scale is given.
    #[error("values from {min} to {max} are not all whole numbers from 0 to 255")]
    #[diagnostic(help(
        "`--scale {min},{max}` maps this range to 0..255,\n\
             `--scale auto` the range of the training rows;\n\
             any other MIN,MAX that contains all values is allowed"
    ))]
    NeedsScale {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },

    /// A value is outside the given scale.
    #[error("{place} is {value}, outside --scale {min},{max}")]
    #[diagnostic(help(
        "the values are from {found_min} to {found_max}:\n`--scale {found_min},{found_max}`, or `--scale auto`"
    ))]
    OutsideScale {
        /// Where the first one is.
        place: String,
        /// The value.
        value: f64,
        /// Start of the scale.
        min: f64,
        /// End of the scale.
        max: f64,
        /// Smallest value of all.
        found_min: f64,
        /// Largest value of all.
        found_max: f64,
    },

    /// All training values are equal, so that they have no range.
    #[error("all training values are {value}, so `--scale auto` has no range")]
    #[diagnostic(help("give the range: --scale MIN,MAX"))]
    Constant {
        /// The value.
        value: f64,
    },

    /// The shape does not match the number of features.
    #[error("`--shape {shape}` has {expected}, but a row has {found}")]
    #[diagnostic(help("ROWSxCOLUMNS must be the number of features of a row"))]
    Shape {
        /// The shape as given.
        shape: String,
        /// Its number of pixels.
        expected: usize,
        /// The number of features, with the noun.
        found: String,
    },

    /// There are more classes than a label can state.
    #[error("`{path}` has more than 256 classes", path = path.display())]
    #[diagnostic(help("labels are bytes, so at most 256 classes are possible;\n{help}"))]
    ManyClasses {
        /// The file or folder.
        path: PathBuf,
        /// What may be wrong.
        help: String,
    },

    /// There are not at least two classes.
    #[error("`{path}` has only the class `{class}`", path = path.display())]
    #[diagnostic(help("a classifier needs at least two classes"))]
    OneClass {
        /// The file or folder.
        path: PathBuf,
        /// Its only class.
        class: String,
    },

    /// A label cannot be the name of a class.
    #[error("{place}: the class name `{name}` {fault}", name = name.escape_debug())]
    #[diagnostic(help("rename the class"))]
    ClassName {
        /// Where it comes from.
        place: String,
        /// The name.
        name: String,
        /// Why it cannot.
        fault: String,
    },

    /// Classes of the test rows have no training row.
    #[error("{classes} in the test rows of `{path}`, but not in the training rows", path = path.display())]
    #[diagnostic(help("add training rows of these classes, or remove their test rows"))]
    TestOnly {
        /// The file or folder.
        path: PathBuf,
        /// The classes, with the noun.
        classes: String,
    },

    /// No class has enough rows for a split.
    #[error("every class of `{path}` has only one row, so no row is left to test", path = path.display())]
    #[diagnostic(help("add rows: at least two of one class"))]
    NothingToTest {
        /// The file or folder.
        path: PathBuf,
    },

    /// There is not enough memory.
    #[error("`{path}` is too large: the import needs {found}, but this machine has {limit}", path = path.display())]
    #[diagnostic(help("import fewer rows, or a smaller --size of images"))]
    TooLarge {
        /// The file or folder.
        path: PathBuf,
        /// What it needs.
        found: String,
        /// Memory of this machine.
        limit: String,
    },

    /// A file or folder cannot be written.
    #[error("cannot write `{path}`", path = path.display())]
    #[diagnostic(help("check the free disk space and the permissions;\n--to DIR sets another folder"))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}
