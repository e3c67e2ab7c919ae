//! Import: makes a dataset folder of a folder of images, an `.npz` file or a CSV table.

mod class_names;
mod csv_table;
mod error;
mod format;
mod formats;
mod image_file;
mod image_folder;
mod image_rows;
mod line_reader;
mod npy_array;
mod npz;
mod options;
mod parallel;
mod places;
mod run;
mod scale;
mod split;
mod values;
mod write;

pub use error::ImportError;
pub use options::{Options, Scale, Shape, Size};
pub use run::{Imported, run};
