//! What `loader check` says of a dataset: sums, class counts, rows that occur twice, rows in both splits.

use std::collections::HashMap;
use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use loader::{Dataset, Images, Label, Split};

/// The whole report, with a line end behind it.
pub(crate) fn describe(dataset: &Dataset) -> String {
    let images = dataset.train.images.view();
    let mut text = format!("{}\n  from    {}\n", dataset.name, dataset.origin);
    // Writing to a String cannot fail.
    let mut line = |what: &str, value: String| writeln!(text, "  {what:<7} {value}").unwrap_or_default();
    line("cache", dataset.cache.display().to_string());
    line("sha256", dataset.sha256.clone());
    let (n_train, n_test) = (dataset.train.n_rows(), dataset.test.n_rows());
    line(
        "rows",
        format!(
            "{n_train} train, {n_test} test, {}x{} pixels",
            images.height(),
            images.width()
        ),
    );
    let (mean, deviation, zeros) = pixel_statistics(images);
    line(
        "pixels",
        format!(
            "mean {mean:.3}, std {deviation:.3}, {:.1} % are 0 (train)",
            100.0 * zeros
        ),
    );
    let train = first_rows(&dataset.train);
    let test = first_rows(&dataset.test);
    line(
        "twice",
        format!(
            "{} in train, {} in test",
            repeated(&dataset.train, &train),
            repeated(&dataset.test, &test)
        ),
    );
    line("overlap", shared(&dataset.test, &train).to_string());
    format!("{text}\n{}\n\n{}\n\n", files(dataset), classes(dataset))
}

fn files(dataset: &Dataset) -> Table {
    let mut table = table(&["file", "bytes", "SHA-256"], &[1]);
    for file in dataset.file_sums() {
        table.add_row([file.part.file_name(), &file.bytes.to_string(), &file.sha256]);
    }
    table
}

fn classes(dataset: &Dataset) -> Table {
    let count =
        |split: &Split, class: usize| split.labels.iter().filter(|label| label.index() == class).count();
    let mut table = table(&["label", "class", "train", "test"], &[0, 2, 3]);
    for (class, name) in dataset.label_names.iter().enumerate() {
        let [train, test] = [&dataset.train, &dataset.test].map(|split| count(split, class).to_string());
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

/// Mean and population standard deviation of all pixels, and the share of those that are 0.
fn pixel_statistics(images: Images<'_>) -> (f64, f64, f64) {
    let mut counts = [0u64; 256];
    for &pixel in images.pixels() {
        counts[usize::from(pixel)] += 1;
    }
    let weighed = || (0u8..=255).map(f64::from).zip(counts.map(|count| count as f64));
    let n = images.pixels().len() as f64;
    let mean = weighed().map(|(value, count)| value * count).sum::<f64>() / n;
    let variance = weighed()
        .map(|(value, count)| (value - mean).powi(2) * count)
        .sum::<f64>()
        / n;
    (mean, variance.sqrt(), counts[0] as f64 / n)
}

/// Each different image, with the label that it has where it is first seen.
fn first_rows(split: &Split) -> HashMap<&[u8], Label> {
    let mut seen = HashMap::with_capacity(split.n_rows());
    for (row, &label) in split.images.view().rows().zip(&split.labels) {
        seen.entry(row).or_insert(label);
    }
    seen
}

/// Rows that are the same image as an earlier one.
fn repeated(split: &Split, seen: &HashMap<&[u8], Label>) -> usize {
    split.n_rows() - seen.len()
}

/// Test rows that are the same image as a training row.
fn shared(test: &Split, train: &HashMap<&[u8], Label>) -> String {
    let rows = || test.images.view().rows().zip(&test.labels);
    let n = rows().filter(|(row, _)| train.contains_key(row)).count();
    let otherwise = rows()
        .filter(|(row, label)| train.get(row).is_some_and(|known| known != *label))
        .count();
    format!("{n} test rows are also in train, {otherwise} of them with another label")
}
