//! The report of `loader check`: checksums, class counts, duplicate rows, and rows in both splits.

use std::collections::HashMap;
use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use command_line::thousands;
use loader::preprocessing::mean_and_deviation;
use loader::{Dataset, Images, Label, Split};

/// The report as text that ends with an empty line.
pub(crate) fn describe(dataset: &Dataset) -> String {
    let images = dataset.train.images.view();
    let mut text = format!("{}\n  source     {}\n", dataset.name, dataset.origin);
    // Writing to a String cannot fail.
    let mut line = |what: &str, value: String| writeln!(text, "  {what:<10} {value}").unwrap_or_default();
    line("cache", dataset.cache.display().to_string());
    line("sha256", dataset.sha256.clone());
    let (n_train, n_test) = (dataset.train.n_rows(), dataset.test.n_rows());
    line(
        "rows",
        format!(
            "{} train, {} test, {}x{} pixels",
            grouped(n_train),
            grouped(n_test),
            images.height(),
            images.width()
        ),
    );
    let (mean, deviation, zeros) = pixel_statistics(images);
    line(
        "pixels",
        format!(
            "mean {mean:.3}, standard deviation {deviation:.3}, {:.1} % zeros (train)",
            100.0 * zeros
        ),
    );
    let train = first_rows(&dataset.train);
    let test = first_rows(&dataset.test);
    line(
        "duplicates",
        format!(
            "{} in train, {} in test",
            grouped(repeated(&dataset.train, &train)),
            grouped(repeated(&dataset.test, &test))
        ),
    );
    line("overlap", shared(&dataset.test, &train).to_string());
    format!("{text}\n{}\n\n{}\n", classes(dataset).trim_fmt(), files(dataset))
}

/// Each file with its size and, on a line of its own, its whole checksum.
fn files(dataset: &Dataset) -> String {
    let mut text = String::from("decompressed files, with their SHA-256\n");
    for file in dataset.file_sums() {
        let (name, bytes) = (file.part.file_name(), thousands(file.bytes as u64));
        writeln!(text, "  {name:<24} {bytes:>12} bytes\n    {}", file.sha256).unwrap_or_default();
    }
    text
}

fn grouped(n: usize) -> String {
    thousands(n as u64)
}

fn classes(dataset: &Dataset) -> Table {
    let counts = [&dataset.train, &dataset.test].map(|split| {
        let mut counts = vec![0_usize; dataset.n_classes.max(dataset.label_names.len())];
        split.labels.iter().for_each(|label| counts[label.index()] += 1);
        counts
    });
    let mut table = table(&["label", "class", "train", "test"], &[0, 2, 3]);
    for (class, name) in dataset.label_names.iter().enumerate() {
        let [train, test] = counts.each_ref().map(|counts| grouped(counts[class]));
        table.add_row([&class.to_string(), name, &train, &test]);
    }
    table
}

fn table(header: &[&str], to_the_right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for &column in to_the_right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Mean and population standard deviation of all pixels, and the share of pixels that are 0.
fn pixel_statistics(images: Images<'_>) -> (f64, f64, f64) {
    let pixels = images.pixels();
    let (mean, deviation) = mean_and_deviation(Images::new(pixels, 1, 1))[0];
    let zeros = pixels.iter().filter(|&&pixel| pixel == 0).count();
    (mean, deviation, zeros as f64 / pixels.len() as f64)
}

/// Every distinct image, with the label of its first row.
fn first_rows(split: &Split) -> HashMap<&[u8], Label> {
    let mut seen = HashMap::with_capacity(split.n_rows());
    for (row, &label) in split.images.view().rows().zip(&split.labels) {
        seen.entry(row).or_insert(label);
    }
    seen
}

/// Number of rows whose image occurs in an earlier row.
fn repeated(split: &Split, seen: &HashMap<&[u8], Label>) -> usize {
    split.n_rows() - seen.len()
}

/// Test rows whose image occurs in a training row, as text.
fn shared(test: &Split, train: &HashMap<&[u8], Label>) -> String {
    let rows = || test.images.view().rows().zip(&test.labels);
    let n = rows().filter(|(row, _)| train.contains_key(row)).count();
    let otherwise = rows()
        .filter(|(row, label)| train.get(row).is_some_and(|known| known != *label))
        .count();
    format!(
        "{} test rows are also in train, {} of them with a different label",
        grouped(n),
        grouped(otherwise)
    )
}
