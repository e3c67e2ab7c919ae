//! An `.npz` file of numpy with `x_train, y_train, x_test, y_test`, or with `x, y`.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use zip::ZipArchive;

use super::class_names::ClassNames;
use super::error::ImportError;
use super::format::{Format, Rows, Source, SourceRows, fault, input};
use super::npy_array::{EachError, Element, NpyArray};
use super::options::Options;
use super::places::Places;
use super::values::{Values, reserve};
use crate::source::regular_file;

type Archive = ZipArchive<BufReader<File>>;

pub(super) const FORMAT: Format = Format {
    what: "an .npz file",
    known: "an .npz file with x_train, y_train, x_test, y_test, or with x, y",
    options: &["--shape"],
    is_at: |path| {
        path.extension()
            .is_some_and(|found| found.eq_ignore_ascii_case("npz"))
    },
    read,
};

const NAMES: &str = "expected x_train, y_train, x_test and y_test, or x and y:\n\
                     np.savez(\"mine.npz\", x=x, y=y)";

/// Rows and columns of each row; a row with one dimension has one row.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Dimensions {
    height: usize,
    width: usize,
    is_flat: bool,
}

fn read(options: &Options, notes: &mut Vec<String>) -> Result<Source, ImportError> {
    let path = &options.path;
    let mut archive = open(path)?;
    let arrays = Arrays::of(&archive);
    let mut names = ClassNames::default();
    let (used, rows, dimensions): (&[&str], _, _) = if arrays.has("x_train") || arrays.has("x_test") {
        let (train, dimensions) = arrays.rows(path, &mut archive, ["x_train", "y_train"], &mut names)?;
        let (test, of_test) = arrays.rows(path, &mut archive, ["x_test", "y_test"], &mut names)?;
        if dimensions != of_test {
            let fault = "rows of `x_train` and `x_test` differ in shape";
            return Err(input(path, fault, "all rows have the same number of features"));
        }
        let rows = SourceRows::Split {
            train,
            test,
            is_train_sorted: false,
        };
        (&["x_train", "y_train", "x_test", "y_test"], rows, dimensions)
    } else {
        let (rows, dimensions) = arrays.rows(path, &mut archive, ["x", "y"], &mut names)?;
        (&["x", "y"], SourceRows::All(rows), dimensions)
    };
    let unused = arrays.others(used);
    if !unused.is_empty() {
        notes.push(format!(
            "not imported from `{}`: {}",
            path.display(),
            unused.join(", ")
        ));
    }
    Ok(Source {
        height: dimensions.height,
        width: dimensions.width,
        is_flat: dimensions.is_flat,
        names,
        rows,
    })
}

fn open(path: &Path) -> Result<Archive, ImportError> {
    let file = regular_file::open(path).map_err(|source| ImportError::Read {
        path: path.to_owned(),
        source,
    })?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| {
        let help = "write it with np.savez or np.savez_compressed";
        input(path, format!("is not an .npz file: {error}"), help)
    })
}

/// The names of the arrays in an archive.
struct Arrays {
    names: Vec<String>,
}

impl Arrays {
    fn of(archive: &Archive) -> Arrays {
        let names = archive.file_names();
        let mut names: Vec<String> = names.filter_map(|name| Some(name.ok()?.into_owned())).collect();
        names.sort();
        Arrays { names }
    }

    /// The entry of an array; `X_train` is `x_train`.
    fn entry(&self, array: &str) -> Option<&str> {
        let is_it = |name: &&String| name_of(name).eq_ignore_ascii_case(array);
        self.names.iter().find(is_it).map(String::as_str)
    }

    fn has(&self, array: &str) -> bool {
        self.entry(array).is_some()
    }

    /// The arrays other than these.
    fn others(&self, used: &[&str]) -> Vec<&str> {
        let is_used = |name: &&str| used.iter().any(|used| name.eq_ignore_ascii_case(used));
        self.names
            .iter()
            .map(|name| name_of(name))
            .filter(|name| !is_used(name))
            .collect()
    }

    fn rows(
        &self,
        path: &Path,
        archive: &mut Archive,
        [x, y]: [&str; 2],
        names: &mut ClassNames,
    ) -> Result<(Rows, Dimensions), ImportError> {
        let missing = |array: &str| {
            let found: Vec<&str> = self.names.iter().map(|name| name_of(name)).collect();
            let found = match found.len() {
                0 => "no arrays".to_owned(),
                1..=20 => found.join(", "),
                _ => format!("{} and more", found[..20].join(", ")),
            };
            input(path, format!("has no array `{array}`; found: {found}"), NAMES)
        };
        let x_entry = self.entry(x).ok_or_else(|| missing(x))?;
        let y_entry = self.entry(y).ok_or_else(|| missing(y))?;
        let (values, n_rows, dimensions) = features(path, archive, x_entry)?;
        let labels = labels(path, archive, y_entry, names)?;
        if labels.len() != n_rows {
            let fault = format!("`{x}` has {n_rows} rows, but `{y}` has {}", labels.len());
            return Err(input(path, fault, "each row has one label"));
        }
        let rows = Rows {
            values,
            labels,
            places: Places::Array {
                path: path.to_owned(),
                name: name_of(x_entry).to_owned(),
            },
        };
        Ok((rows, dimensions))
    }
}

/// `x_train` of `x_train.npy`.
fn name_of(entry: &str) -> &str {
    entry.strip_suffix(".npy").unwrap_or(entry)
}

/// An error about an array.
fn array_error(path: &Path, entry: &str, fault: &str, help: &str) -> ImportError {
    input(path, format!("array `{}`: {fault}", name_of(entry)), help)
}

/// Opens an array and passes it on.
fn with_array<T>(
    path: &Path,
    archive: &mut Archive,
    entry: &str,
    act: impl FnOnce(NpyArray<&mut dyn io::Read>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let help = "write the file again with np.savez or np.savez_compressed";
    let mut file = archive
        .by_name(entry)
        .map_err(|error| array_error(path, entry, &error.to_string(), help))?;
    let stated = file.size();
    let reader: &mut dyn io::Read = &mut file;
    act(NpyArray::open(reader, stated).map_err(|reason| array_error(path, entry, &reason, help))?)
}

fn features(
    path: &Path,
    archive: &mut Archive,
    entry: &str,
) -> Result<(Values, usize, Dimensions), ImportError> {
    with_array(path, archive, entry, |array| {
        let wrong = |fault: &str| {
            let help = "expected (rows, height, width), (rows, height, width, 1) or\n(rows, features)";
            array_error(path, entry, fault, help)
        };
        let shape = array.shape().to_vec();
        let shown = shown(&shape);
        if array.is_text() {
            return Err(wrong("its elements are strings, not numbers"));
        }
        let side = |n: u64| usize::try_from(n).ok().filter(|&n| u32::try_from(n).is_ok());
        let (height, width, is_flat) = match shape[..] {
            [_, width] => (Some(1), side(width), true),
            [_, height, width] | [_, height, width, 1] => (side(height), side(width), false),
            [_, _, _, 3 | 4] => {
                return Err(wrong(&format!("shape {shown} is in colour; make it gray first")));
            }
            _ => return Err(wrong(&format!("shape {shown}"))),
        };
        let (Some(n_rows), Some(height), Some(width)) = (side(shape[0]), height, width) else {
            return Err(wrong(&format!(
                "shape {shown} has a dimension of more than 32 bits"
            )));
        };
        if array.n_elements() == 0 {
            return Err(wrong(&format!("shape {shown} has no elements")));
        }
        let n_features = height * width;
        // In Fortran's order, the first dimension changes fastest.
        let is_fortran = array.is_fortran();
        let place = move |i: usize| {
            if !is_fortran {
                return (i / n_features, i % n_features);
            }
            let (row, rest) = (i % n_rows, i / n_rows);
            (row, rest % height * width + rest / height)
        };
        let refused = |found, value, i| {
            fault(path, found, value, || {
                let name = name_of(entry).to_owned();
                let (row, feature) = place(i);
                let path = path.to_owned();
                Places::Array { path, name }.of(row, feature)
            })
        };
        let values = Values::with_capacity(array.n_elements());
        let mut values = values.map_err(|found| refused(found, 0.0, 0))?;
        let read = array.each(|element| {
            let value = match element {
                // Beyond 2^53 it is rounded.
                Element::Integer(value) => value as f64,
                Element::Float(value) => value,
                // Strings were refused before.
                Element::Text(_) => return Ok(()),
            };
            values.push(value).map_err(|found| (found, value))
        });
        match read {
            Ok(()) => {}
            Err(EachError::Array(reason)) => return Err(wrong(&reason)),
            Err(EachError::Take((found, value))) => return Err(refused(found, value, values.len())),
        }
        if is_fortran {
            let target = |i| {
                let (row, feature) = place(i);
                row * n_features + feature
            };
            values = values.permuted(target).map_err(|found| refused(found, 0.0, 0))?;
        }
        let dimensions = Dimensions {
            height,
            width,
            is_flat,
        };
        Ok((values, n_rows, dimensions))
    })
}

fn labels(
    path: &Path,
    archive: &mut Archive,
    entry: &str,
    names: &mut ClassNames,
) -> Result<Vec<u16>, ImportError> {
    with_array(path, archive, entry, |array| {
        let wrong = |fault: &str| {
            let help = "expected one label per row, as whole numbers or strings;\n\
                        of one-hot rows take y.argmax(axis=1)";
            array_error(path, entry, fault, help)
        };
        if !matches!(array.shape(), [_] | [_, 1]) {
            return Err(wrong(&format!("shape {}", shown(array.shape()))));
        }
        let mut labels = Vec::new();
        reserve(&mut labels, array.n_elements()).map_err(|found| fault(path, found, 0.0, String::new))?;
        let many = || ImportError::ManyClasses {
            path: path.to_owned(),
            help: format!("`{}` must have one value per class", name_of(entry)),
        };
        let read = array.each(|element| {
            let is_whole = match &element {
                Element::Float(number) => number.fract() == 0.0,
                Element::Integer(_) | Element::Text(_) => true,
            };
            if !is_whole {
                let row = labels.len();
                return Err(wrong(&format!(
                    "label {element} at row {row} is not a whole number"
                )));
            }
            labels.push(names.index(&element.to_string()).map_err(|_| many())?);
            Ok(())
        });
        match read {
            Ok(()) => Ok(labels),
            Err(EachError::Array(reason)) => Err(wrong(&reason)),
            Err(EachError::Take(error)) => Err(error),
        }
    })
}

/// A shape as Python prints it.
fn shown(shape: &[u64]) -> String {
    let numbers: Vec<String> = shape.iter().map(u64::to_string).collect();
    match numbers.as_slice() {
        [one] => format!("({one},)"),
        many => format!("({})", many.join(", ")),
    }
}
