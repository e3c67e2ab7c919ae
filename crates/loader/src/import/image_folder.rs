//! A folder of images: one subfolder per class, or `train` and `test` with one subfolder per class each.

use std::fs;
use std::path::{Path, PathBuf};

use super::class_names::{ClassNames, compare};
use super::error::ImportError;
use super::format::{Format, Rows, Source, SourceRows, count, fault, input};
use super::image_file;
use super::image_rows::{DEFAULT_SIZE, ImageRows, Prepared};
use super::options::Options;
use super::parallel;
use super::places::Places;
use super::values::Values;
use crate::source::local;

/// Images that are decoded at once.
const BATCH: usize = 256;
/// How many bad files are named.
const MOST_NAMED: usize = 5;

const CLASS_FOLDERS: &str = "one subfolder per class, such as cat and dog, with the images in them;\n\
                             or folders train and test with these";

pub(super) const FORMAT: Format = Format {
    what: "a folder of images",
    known: "a folder of images with one subfolder per class",
    options: &["--size"],
    is_at: Path::is_dir,
    read,
};

/// An image file and its class.
struct Item {
    path: PathBuf,
    class: u16,
}

fn read(options: &Options, notes: &mut Vec<String>) -> Result<Source, ImportError> {
    let root = &options.path;
    let entries = listed(root)?;
    let mut names = ClassNames::default();
    let split = split_folders(root, &entries)?;
    let (train, test) = match &split {
        Some([train, test]) => {
            let train = items(train, &listed(train)?, false, &mut names)?;
            (train, Some(items(test, &listed(test)?, true, &mut names)?))
        }
        None => (items(root, &entries, false, &mut names)?, None),
    };
    let mut rows = ImageRows::new(options.size);
    decode(options, &train, test.as_deref().unwrap_or_default(), &mut rows)?;
    let size = rows.size().unwrap_or(DEFAULT_SIZE);
    if rows.n_scaled() > 0 && options.size.is_none() {
        notes.push(format!(
            "{} scaled to {}x{} pixels; --size sets another size",
            was(rows.n_scaled(), "image"),
            size.width,
            size.height
        ));
    }
    let mut pixels = rows.into_pixels();
    let rows = match test {
        None => SourceRows::All(rows_of(train, pixels)),
        Some(test) => {
            let test_pixels = pixels.split_off(train.len() * size.width * size.height);
            SourceRows::Split {
                train: rows_of(train, pixels),
                test: rows_of(test, test_pixels),
                is_train_sorted: true,
            }
        }
    };
    Ok(Source {
        height: size.height,
        width: size.width,
        is_flat: false,
        names,
        rows,
    })
}

/// `1 image was`, `2 images were`.
fn was(n: usize, noun: &str) -> String {
    format!("{} {}", count(n, noun), if n == 1 { "was" } else { "were" })
}

fn rows_of(items: Vec<Item>, pixels: Vec<u8>) -> Rows {
    Rows {
        values: Values::Bytes(pixels),
        labels: items.iter().map(|item| item.class).collect(),
        places: Places::Images(items.into_iter().map(|item| item.path).collect()),
    }
}

/// Appends every image; all bad files are counted before the error.
fn decode(options: &Options, train: &[Item], test: &[Item], rows: &mut ImageRows) -> Result<(), ImportError> {
    let mut bad = Vec::new();
    let mut n_bad = 0;
    let read = |item: &Item| image_file::read(&item.path).map(|image| Prepared::new(image, options.size));
    for items in train.chunks(BATCH).chain(test.chunks(BATCH)) {
        for (item, image) in items.iter().zip(parallel::map(items, read)) {
            match image {
                // After a bad file nothing is imported, so memory is not needed.
                Ok(image) if n_bad == 0 => {
                    let pushed = rows.push(&image);
                    pushed.map_err(|found| fault(&options.path, found, 0.0, String::new))?;
                }
                Ok(_) => {}
                Err(reason) => {
                    n_bad += 1;
                    if bad.len() < MOST_NAMED {
                        bad.push(format!("  {}: {reason}", item.path.display()));
                    }
                }
            }
        }
    }
    if n_bad == 0 {
        return Ok(());
    }
    if n_bad > bad.len() {
        bad.push(format!("  and {} more", n_bad - bad.len()));
    }
    Err(ImportError::Images {
        count: match n_bad {
            1 => "1 file is not an image".to_owned(),
            n => format!("{n} files are not images"),
        },
        list: bad.join("\n"),
        formats: image_file::FORMATS,
    })
}

/// The folders `train` and `test`, if both exist and have class folders.
fn split_folders(root: &Path, entries: &[PathBuf]) -> Result<Option<[PathBuf; 2]>, ImportError> {
    let folders = ["train", "test"].map(|name| root.join(name));
    for folder in &folders {
        if !folder.is_dir() || !listed(folder)?.iter().any(|path| path.is_dir()) {
            return Ok(None);
        }
    }
    match entries.iter().find(|path| !folders.contains(path)) {
        None => Ok(Some(folders)),
        Some(other) => Err(input(
            root,
            format!("`{}` lies beside the folders train and test", name_of(other)),
            "move its images into train or test, or move it away",
        )),
    }
}

/// The images in the class folders of a folder, in the order of the classes and file names.
fn items(
    folder: &Path,
    entries: &[PathBuf],
    may_be_empty: bool,
    names: &mut ClassNames,
) -> Result<Vec<Item>, ImportError> {
    if local::is_dataset(folder) {
        let relative = if folder.components().count() > 1 { "" } else { "./" };
        let help = format!(
            "it needs no import: copy it to data/NAME,\nor name it by its path: {relative}{}",
            folder.display()
        );
        return Err(input(folder, "has the four IDX files of a dataset", help));
    }
    if let Some(stray) = entries.iter().find(|path| !path.is_dir()) {
        let fault = if entries.iter().any(|path| path.is_dir()) {
            format!("`{}` lies beside the class folders", name_of(stray))
        } else {
            "has no class folders".to_owned()
        };
        return Err(input(folder, fault, format!("expected {CLASS_FOLDERS}")));
    }
    if entries.is_empty() {
        return Err(input(folder, "is empty", format!("expected {CLASS_FOLDERS}")));
    }
    let mut classes: Vec<(String, &PathBuf)> = Vec::new();
    for path in entries {
        match path.file_name().and_then(|name| name.to_str()) {
            Some(name) => classes.push((name.to_owned(), path)),
            None => return Err(input(path, "the name is not UTF-8", "rename the folder")),
        }
    }
    classes.sort_by(|(a, _), (b, _)| compare(a, b));
    let mut items = Vec::new();
    for (name, path) in classes {
        let files = listed(path)?;
        if files.is_empty() && may_be_empty {
            continue;
        }
        if files.is_empty() {
            let help = "each class folder has at least one image; remove the folder, or add images";
            return Err(input(path, "has no images", help));
        }
        if let Some(inner) = files.iter().find(|path| path.is_dir()) {
            let help = format!("expected {CLASS_FOLDERS}");
            return Err(input(
                path,
                format!("contains the folder `{}`", name_of(inner)),
                help,
            ));
        }
        let class = names.index(&name).map_err(|_| ImportError::ManyClasses {
            path: folder.to_owned(),
            help: "each subfolder is a class".to_owned(),
        })?;
        items.extend(files.into_iter().map(|path| Item { path, class }));
    }
    Ok(items)
}

/// The entries of a folder, sorted, without hidden ones.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let fault = |source| ImportError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or(path.display().to_string(), |name| name.display().to_string())
}
