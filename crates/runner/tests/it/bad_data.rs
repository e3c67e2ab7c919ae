//! Bad data: every damage is told with its file, exit code 2, results left alone.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use loader::{ImageBuffer, Label, idx};

use crate::support::{Folder, QUICK};

const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// A working folder with the declared dataset `mine`, whole: 20 + 10 rows of 4 × 4 pixels in 3 classes.
fn folder(labels: &str) -> Folder {
    let folder = Folder::new();
    for (files, n_rows) in [(&FILES[..2], 20usize), (&FILES[2..], 10)] {
        let pixels = (0..n_rows * 16)
            .map(|i| u8::try_from(i * 7 % 256).unwrap())
            .collect();
        let classes: Vec<Label> = (0..n_rows).map(|i| Label(u8::try_from(i % 3).unwrap())).collect();
        folder.write(
            &format!("mine/{}", files[0]),
            idx::write_images(ImageBuffer::new(pixels, 4, 4).view()),
        );
        folder.write(&format!("mine/{}", files[1]), idx::write_labels(&classes));
    }
    let grid = format!(
        "[run]\ndatasets = \"mine\"\nrepeats = 1\n[datasets.mine]\npath = \"mine\"\n{labels}\n{QUICK}"
    );
    folder.write("grid.toml", grid);
    folder
}

/// Runs what must be refused with `says`, without results and with some.
#[track_caller]
fn refused(folder: &Folder, says: &[&str]) {
    folder
        .run(&["grid.toml"])
        .code(2)
        .says(says)
        .keeps_quiet_of("panicked");
    assert!(!folder.path("results").exists(), "results were made");
    folder.write("results/grid.csv", "was there before\n");
    folder.run(&["grid.toml"]).code(2).says(says);
    assert_eq!(folder.results().unwrap(), b"was there before\n");
}

/// Changes one of the four files, which must then be refused.
#[track_caller]
fn damaged(file: &str, damage: impl Fn(&mut Vec<u8>), says: &[&str]) {
    let folder = folder("");
    let path = format!("mine/{file}");
    let mut bytes = std::fs::read(folder.path(&path)).unwrap();
    damage(&mut bytes);
    folder.write(&path, bytes);
    refused(&folder, &[says, &[file]].concat());
}

#[test]
fn whole_files_are_trained_on() {
    let folder = folder("labels = [\"cat\", \"dog\", \"eel\"]");
    folder.run(&["grid.toml"]).code(0);
    let rows = folder.rows();
    assert_eq!(
        (rows[0].dataset.as_str(), rows[0].n_train, rows[0].n_test),
        ("mine", 20, 10)
    );
}

#[test]
fn a_file_cut_short_is_named() {
    for file in FILES {
        damaged(file, |bytes| bytes.truncate(bytes.len() - 1), &["truncated"]);
    }
    damaged(FILES[0], |bytes| bytes.truncate(7), &["too short"]);
    damaged(FILES[1], Vec::clear, &["too short"]);
}

#[test]
fn a_file_with_bytes_behind_its_end_is_named() {
    damaged(FILES[0], |bytes| bytes.push(0), &["too long"]);
    damaged(FILES[3], |bytes| bytes.push(0), &["too long"]);
}

#[test]
fn a_wrong_magic_number_is_told() {
    damaged(FILES[0], |bytes| bytes[2] = 9, &["wrong magic number"]);
    damaged(FILES[1], |bytes| bytes[0] = 1, &["wrong magic number"]);
}

#[test]
fn images_in_the_place_of_labels_are_told() {
    let folder = folder("");
    let (images, labels) = (
        folder.path("mine/train-images-idx3-ubyte"),
        folder.path("mine/train-labels-idx1-ubyte"),
    );
    let aside = folder.path("aside");
    std::fs::rename(&images, &aside).unwrap();
    std::fs::rename(&labels, &images).unwrap();
    std::fs::rename(&aside, &labels).unwrap();
    refused(&folder, &["are the files swapped?"]);
}

#[test]
fn images_and_labels_that_disagree_in_number_are_told() {
    let folder = folder("");
    folder.write("mine/train-labels-idx1-ubyte", idx::write_labels(&[Label(0); 19]));
    refused(&folder, &["20 images", "19 labels"]);
}

#[test]
fn a_damaged_gzip_file_is_named() {
    let folder = folder("");
    let plain = folder.path("mine/train-images-idx3-ubyte");
    let mut bytes = Vec::new();
    let packed = Command::new("gzip")
        .arg("-c")
        .arg(&plain)
        .output()
        .expect("gzip is on every machine");
    bytes.extend(packed.stdout);
    std::fs::remove_file(&plain).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    folder.write("mine/train-images-idx3-ubyte.gz", &bytes);
    refused(&folder, &["train-images-idx3-ubyte.gz", "damaged"]);
    folder.write("mine/train-images-idx3-ubyte.gz", &bytes[..middle]);
    std::fs::remove_dir_all(folder.path("results")).unwrap();
    refused(&folder, &["train-images-idx3-ubyte.gz", "damaged"]);
}

#[test]
fn a_missing_file_is_named() {
    let folder = folder("");
    std::fs::remove_file(folder.path("mine/t10k-labels-idx1-ubyte")).unwrap();
    refused(&folder, &["is incomplete: missing", "t10k-labels-idx1-ubyte"]);
}

#[test]
fn a_missing_folder_is_named() {
    let folder = folder("");
    std::fs::remove_dir_all(folder.path("mine")).unwrap();
    refused(&folder, &["folder `mine` does not exist"]);
}

#[test]
fn a_label_without_a_declared_name_is_out_of_range() {
    refused(
        &folder("labels = [\"cat\", \"dog\"]"),
        &["label 2 at row 2 is out of range", "2 classes"],
    );
}

#[test]
fn mnist_under_the_name_of_fashion_mnist_is_refused() {
    let Some(data) = std::env::var_os("HEMLINE_DATA").map(|data| Path::new(&data).join("mnist")) else {
        println!("skipped: HEMLINE_DATA is not set");
        return;
    };
    if !data.is_dir() {
        println!("skipped: no {}", data.display());
        return;
    }
    let folder = Folder::new();
    std::fs::create_dir(folder.path("data")).unwrap();
    std::os::unix::fs::symlink(data.canonicalize().unwrap(), folder.path("data/fashion-mnist")).unwrap();
    folder.write("grid.toml", QUICK);
    refused(&folder, &["fashion-mnist", "mnist", "not fashion-mnist"]);
}

#[test]
fn without_data_and_network_it_ends_within_seconds() {
    let folder = Folder::new();
    folder.write("grid.toml", format!("[run]\ndatasets = \"mnist\"\n{QUICK}"));
    let started = Instant::now();
    let mut command = folder.command(&["grid.toml"]);
    // Behind a proxy that refuses, no mirror can be reached.
    for proxy in [
        "ALL_PROXY",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "all_proxy",
        "https_proxy",
        "http_proxy",
    ] {
        command.env(proxy, "http://127.0.0.1:1");
    }
    command
        .env("PATH", "")
        .env("HEMLINE_CACHE", folder.path("cache"))
        .env("TMPDIR", folder.path("tmp"));
    let ended = crate::support::Ended::from(command.output().unwrap());
    ended
        .code(2)
        .says(&["dataset `mnist` not found", "HEMLINE_DATA", "127.0.0.1:1"]);
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
    assert!(!folder.path("results").exists());
}
