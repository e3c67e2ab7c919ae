//! Writes and reads an embedding as CSV: one line for each image.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::Builder;

use super::layout::Layout2d;

/// Reads the columns `x` and `y` of a file.
///
/// # Errors
/// The file cannot be read, a column is missing, or a coordinate is no finite number.
pub(crate) fn read(path: &Path) -> io::Result<Layout2d> {
    let mut reader = csv::Reader::from_path(path)?;
    let header = reader.headers()?.clone();
    let place = |name: &str| {
        let found = header.iter().position(|title| title.trim() == name);
        found.ok_or_else(|| io::Error::other(format!("it has no column {name}")))
    };
    let columns = [place("x")?, place("y")?];
    let mut points = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record?;
        let mut point = [0.0; 2];
        for (value, column) in point.iter_mut().zip(columns) {
            let number = record
                .get(column)
                .and_then(|text| text.trim().parse::<f32>().ok());
            let number = number.filter(|number| number.is_finite());
            *value =
                number.ok_or_else(|| io::Error::other(format!("image {at} has no finite coordinate")))?;
        }
        points.push(point);
    }
    Ok(Layout2d(points))
}

/// Writes the points of `n_train` training images and of the test images after them, with their labels. The file appears whole or not at
/// all.
///
/// # Errors
/// The folder cannot be made, or the file cannot be written.
pub(crate) fn write(path: &Path, layout: &Layout2d, labels: &[u64], n_train: usize) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let everybody = Permissions::from_mode(0o666); // the umask applies
    let file = Builder::new().permissions(everybody).tempfile_in(folder)?;
    let mut writer = csv::Writer::from_writer(io::BufWriter::new(&file));
    writer.write_record(["split", "row", "label", "x", "y"])?;
    for (at, ([x, y], label)) in layout.0.iter().zip(labels).enumerate() {
        let (split, row) = if at < n_train {
            ("train", at)
        } else {
            ("test", at - n_train)
        };
        let numbers = [
            row.to_string(),
            label.to_string(),
            format!("{x:.4}"),
            format!("{y:.4}"),
        ];
        writer.write_record(std::iter::once(split).chain(numbers.iter().map(String::as_str)))?;
    }
    writer.flush()?;
    drop(writer);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
