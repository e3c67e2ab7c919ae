//! An import from the path to the dataset folder.

use std::path::PathBuf;

use super::error::ImportError;
use super::format::{Format, Rows, Source, SourceRows, count};
use super::options::Options;
use super::scale::{self, Part, Scaled};
use super::split::{shuffled, stratified};
use super::values::Values;
use super::{formats, write};
use crate::data::{ImageBuffer, Images, Label, Split};
use crate::source::{catalog, labels_file, local};

/// Share of the test rows where none is given.
const TEST_SHARE: f64 = 0.2;
/// If the largest value is below this, the values use less than half of the range of a byte.
const HALF_RANGE: f64 = 128.0;

/// A dataset that was imported.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The folder of the dataset.
    pub folder: PathBuf,
    /// Height of an image in pixels.
    pub height: usize,
    /// Width of an image in pixels.
    pub width: usize,
    /// Each class in the order of the labels: its name, training rows and test rows.
    pub classes: Vec<(String, usize, usize)>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Makes the folder `to/NAME` with the four IDX files and `labels.txt`. The same input and options give the same bytes.
///
/// # Errors
/// Every [`ImportError`]. Nothing is written then, and a dataset of the same name stays as it was.
pub fn run(options: &Options) -> Result<Imported, ImportError> {
    let mut notes = Vec::new();
    check_name(&options.name)?;
    let share = options.test_share.unwrap_or(TEST_SHARE);
    if !(share > 0.0 && share < 1.0) {
        return Err(ImportError::Value {
            option: "--test-share",
            fault: format!("{share} is not between 0 and 1"),
            help: "the share of test rows, such as 0.2".to_owned(),
        });
    }
    let format = formats::at(&options.path)?;
    check_options(options, format)?;
    let folder = options.to.join(&options.name);
    write::check_free(&folder, options.force)?;
    let mut source = (format.read)(options, &mut notes)?;
    reshape(options, &mut source, &mut notes)?;
    let prepared = Prepared::new(options, format, source, share)?;
    let [train, test] = prepared.splits(options, &mut notes)?;
    write::write(&folder, &train, &test, &prepared.names, options.force)?;
    let of_class = |split: &Split, class: usize| {
        let labels = split.labels.iter();
        labels.filter(|label| label.index() == class).count()
    };
    let classes = prepared.names.into_iter().enumerate();
    Ok(Imported {
        folder,
        height: train.images.view().height(),
        width: train.images.view().width(),
        classes: classes
            .map(|(class, name)| (name, of_class(&train, class), of_class(&test, class)))
            .collect(),
        notes,
    })
}

fn check_name(name: &str) -> Result<(), ImportError> {
    let name = name.to_owned();
    if catalog::NAMES.contains(&name.as_str()) {
        return Err(ImportError::KnownName { name });
    }
    if local::is_plain_name(&name) {
        Ok(())
    } else {
        Err(ImportError::Name { name })
    }
}

/// Refuses options that have no effect on the format.
fn check_options(options: &Options, format: &Format) -> Result<(), ImportError> {
    let given = [
        ("--size", options.size.is_some()),
        ("--shape", options.shape.is_some()),
        ("--label", options.label.is_some()),
        ("--no-header", options.no_header),
    ];
    match given
        .into_iter()
        .find(|(option, is_given)| *is_given && !format.options.contains(option))
    {
        None => Ok(()),
        Some((option, _)) => Err(ImportError::NoEffect {
            option,
            what: format!("`{}`, {}", options.path.display(), format.what),
        }),
    }
}

fn reshape(options: &Options, source: &mut Source, notes: &mut Vec<String>) -> Result<(), ImportError> {
    let n_features = source.height * source.width;
    if let Some(shape) = options.shape {
        // Both are at most 32 bits.
        let expected = shape.rows * shape.columns;
        if expected != n_features {
            return Err(ImportError::Shape {
                shape: shape.to_string(),
                expected,
                found: count(n_features, "feature"),
            });
        }
        (source.height, source.width) = (shape.rows, shape.columns);
    } else if source.is_flat && n_features > 1 {
        let side = n_features.isqrt();
        if side * side == n_features {
            notes.push(format!(
                "rows are 1x{n_features} pixels; if they are images, say --shape {side}x{side}"
            ));
        }
    }
    Ok(())
}

/// Rows of a source with labels and a split.
struct Prepared {
    height: usize,
    width: usize,
    names: Vec<String>,
    /// One, or training rows and test rows.
    parts: Vec<Rows>,
    labels: Vec<Vec<u8>>,
    /// The part of the training rows and their positions in it; then those of the test rows.
    splits: [(usize, Vec<usize>); 2],
}

impl Prepared {
    fn new(options: &Options, format: &Format, source: Source, share: f64) -> Result<Prepared, ImportError> {
        let (names, label_of) = source.names.sorted();
        check_classes(options, &names)?;
        let of = |rows: &Rows| -> Vec<u8> {
            let labels = rows.labels.iter();
            labels.map(|&index| label_of[usize::from(index)]).collect()
        };
        let (height, width) = (source.height, source.width);
        match source.rows {
            SourceRows::All(rows) => {
                let labels = of(&rows);
                let split = stratified(&labels, names.len(), share, options.seed);
                if split.test.is_empty() {
                    return Err(ImportError::NothingToTest {
                        path: options.path.clone(),
                    });
                }
                Ok(Prepared {
                    height,
                    width,
                    names,
                    parts: vec![rows],
                    labels: vec![labels],
                    splits: [(0, split.train), (0, split.test)],
                })
            }
            SourceRows::Split {
                train,
                test,
                is_train_sorted,
            } => {
                if options.test_share.is_some() {
                    return Err(ImportError::NoEffect {
                        option: "--test-share",
                        what: format!("{} with its own test rows", format.what),
                    });
                }
                let labels = vec![of(&train), of(&test)];
                check_test_classes(options, &names, &labels)?;
                let train_order = if is_train_sorted {
                    shuffled(labels[0].len(), options.seed)
                } else {
                    (0..labels[0].len()).collect()
                };
                let test_order = (0..labels[1].len()).collect();
                Ok(Prepared {
                    height,
                    width,
                    names,
                    parts: vec![train, test],
                    labels,
                    splits: [(0, train_order), (1, test_order)],
                })
            }
        }
    }

    /// The training rows and the test rows as bytes.
    fn splits(&self, options: &Options, notes: &mut Vec<String>) -> Result<[Split; 2], ImportError> {
        let (train_part, train_rows) = &self.splits[0];
        let parts: Vec<Part<'_>> = self
            .parts
            .iter()
            .enumerate()
            .map(|(i, rows)| Part {
                rows,
                train: if i == *train_part { train_rows } else { &[] },
            })
            .collect();
        let scaled = scale::scaled(&parts, self.height * self.width, options.scale)?;
        self.describe_scale(&scaled, notes);
        Ok(self.splits.each_ref().map(|(part, rows)| {
            let images = Images::new(&scaled.pixels[*part], self.height, self.width);
            let mut pixels = Vec::with_capacity(rows.len() * images.n_features());
            rows.iter()
                .for_each(|&row| pixels.extend_from_slice(images.row(row)));
            let labels = &self.labels[*part];
            Split {
                images: ImageBuffer::new(pixels, self.height, self.width),
                labels: rows.iter().map(|&row| Label(labels[row])).collect(),
            }
        }))
    }

    fn describe_scale(&self, scaled: &Scaled<'_>, notes: &mut Vec<String>) {
        if let Some((min, max)) = scaled.range {
            notes.push(format!("values from {min} to {max} became 0 to 255"));
        }
        match scaled.n_clipped {
            0 => {}
            n => notes.push(format!(
                "{} of the test rows outside the range of the training rows became 0 or 255",
                count(n, "value")
            )),
        }
        let ranges = self.parts.iter().map(|rows| match &rows.values {
            Values::Bytes(_) => rows.values.range(0..rows.values.len()),
            Values::Numbers(_) => None,
        });
        let max = ranges.flatten().map(|(_, max)| max).reduce(f64::max);
        if let (None, Some(max)) = (scaled.range, max.filter(|&max| max > 0.0 && max < HALF_RANGE)) {
            notes.push(format!(
                "the largest value is {max}; --scale 0,{max} uses the whole range, 0 to 255"
            ));
        }
    }
}

fn check_classes(options: &Options, names: &[String]) -> Result<(), ImportError> {
    if let [class] = names {
        return Err(ImportError::OneClass {
            path: options.path.clone(),
            class: class.clone(),
        });
    }
    for name in names {
        if let Some(fault) = labels_file::name_fault(name) {
            return Err(ImportError::ClassName {
                place: options.path.display().to_string(),
                name: name.clone(),
                fault,
            });
        }
    }
    Ok(())
}

fn check_test_classes(options: &Options, names: &[String], labels: &[Vec<u8>]) -> Result<(), ImportError> {
    let mut is_trained = vec![false; names.len()];
    labels[0]
        .iter()
        .for_each(|&label| is_trained[usize::from(label)] = true);
    let untrained: Vec<&str> = (names.iter().zip(is_trained))
        .filter(|(_, is_trained)| !is_trained)
        .map(|(name, _)| name.as_str())
        .collect();
    if untrained.is_empty() {
        return Ok(());
    }
    let (noun, verb) = match untrained.len() {
        1 => ("class", "is"),
        _ => ("classes", "are"),
    };
    Err(ImportError::TestOnly {
        path: options.path.clone(),
        classes: format!("{noun} {} {verb}", untrained.join(", ")),
    })
}
