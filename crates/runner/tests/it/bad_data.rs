//! Damaged data: the error names the file, the exit code is 2, and results stay unchanged.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use loader::{ImageBuffer, Label, idx};

use crate::support::{Ended, Folder, QUICK};

const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// A folder whose grid declares the dataset `mine`, undamaged: 20 + 10 rows of 4 × 4 pixels in 3 classes.
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

/// Checks that the runner rejects a dataset with one damaged file.
#[track_caller]
fn rejects_damage(file: &str, damage: impl Fn(&mut Vec<u8>), texts: &[&str]) {
    let folder = folder("");
    let path = format!("mine/{file}");
    let mut bytes = std::fs::read(folder.path(&path)).unwrap();
    damage(&mut bytes);
    folder.write(&path, bytes);
    folder.rejects_grid(&[], &[texts, &[file]].concat());
}

#[test]
fn a_cache_folder_that_cannot_be_used_is_named_once_with_what_it_costs() {
    let folder = Folder::with_grid(QUICK);
    let cache = folder.write("cache", "a file");
    for arguments in [
        &["grid.toml", "--plan"][..],
        &["grid.toml"],
        &["try", "BernoulliNB", "--dataset", "synthetic"],
    ] {
        let mut command = folder.command(arguments);
        command
            .env("HEMLINE_CACHE", &cache)
            .env("TMPDIR", folder.path("."));
        let ended = Ended::from(command.output().unwrap()).code(0);
        let name = cache.display().to_string();
        assert_eq!(ended.err.matches(&name).count(), 1, "{}", ended.err);
        ended.stderr_has(&[
            "the folder of HEMLINE_CACHE cannot be written: ",
            "small fits that it lacks are kept in",
        ]);
    }
}

#[test]
fn undamaged_files_are_trained_on() {
    let folder = folder("labels = [\"cat\", \"dog\", \"eel\"]");
    folder.run(&["grid.toml"]).code(0);
    let rows = folder.rows();
    assert_eq!(
        (rows[0].dataset.as_str(), rows[0].n_train, rows[0].n_test),
        ("mine", 20, 10)
    );
}

#[test]
fn truncated_file_is_named() {
    for file in FILES {
        rejects_damage(file, |bytes| bytes.truncate(bytes.len() - 1), &["truncated"]);
    }
    rejects_damage(FILES[0], |bytes| bytes.truncate(7), &["too short"]);
    rejects_damage(FILES[1], Vec::clear, &["too short"]);
}

#[test]
fn file_with_trailing_bytes_is_named() {
    rejects_damage(FILES[0], |bytes| bytes.push(0), &["too long"]);
    rejects_damage(FILES[3], |bytes| bytes.push(0), &["too long"]);
}

#[test]
fn wrong_magic_number_is_reported() {
    rejects_damage(FILES[0], |bytes| bytes[2] = 9, &["wrong magic number"]);
    rejects_damage(FILES[1], |bytes| bytes[0] = 1, &["wrong magic number"]);
}

#[test]
fn swapped_images_and_labels_are_reported() {
    let folder = folder("");
    let (images, labels) = (
        folder.path("mine/train-images-idx3-ubyte"),
        folder.path("mine/train-labels-idx1-ubyte"),
    );
    let aside = folder.path("aside");
    std::fs::rename(&images, &aside).unwrap();
    std::fs::rename(&labels, &images).unwrap();
    std::fs::rename(&aside, &labels).unwrap();
    folder.rejects_grid(&[], &["are the files swapped?"]);
}

#[test]
fn different_numbers_of_images_and_labels_are_reported() {
    let folder = folder("");
    folder.write("mine/train-labels-idx1-ubyte", idx::write_labels(&[Label(0); 19]));
    folder.rejects_grid(&[], &["20 images", "19 labels"]);
}

#[test]
fn damaged_gzip_file_is_named() {
    let folder = folder("");
    let plain = folder.path("mine/train-images-idx3-ubyte");
    let mut bytes = Vec::new();
    let packed = Command::new("gzip")
        .arg("-c")
        .arg(&plain)
        .output()
        .expect("gzip is installed");
    bytes.extend(packed.stdout);
    std::fs::remove_file(&plain).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    folder.write("mine/train-images-idx3-ubyte.gz", &bytes);
    folder.rejects_grid(&[], &["train-images-idx3-ubyte.gz", "damaged"]);
    folder.write("mine/train-images-idx3-ubyte.gz", &bytes[..middle]);
    std::fs::remove_dir_all(folder.path("results")).unwrap();
    folder.rejects_grid(&[], &["train-images-idx3-ubyte.gz", "damaged"]);
}

#[test]
fn missing_file_is_named() {
    let folder = folder("");
    std::fs::remove_file(folder.path("mine/t10k-labels-idx1-ubyte")).unwrap();
    folder.rejects_grid(&[], &["is incomplete: missing", "t10k-labels-idx1-ubyte"]);
}

#[test]
fn missing_folder_is_named() {
    let folder = folder("");
    std::fs::remove_dir_all(folder.path("mine")).unwrap();
    folder.rejects_grid(&[], &["folder `mine` does not exist"]);
}

#[test]
fn label_without_a_declared_name_is_out_of_range() {
    folder("labels = [\"cat\", \"dog\"]")
        .rejects_grid(&[], &["dataset `mine` has 3 classes, but 2 labels are declared"]);
}

#[test]
fn mnist_under_the_name_of_fashion_mnist_is_rejected() {
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
    folder.rejects_grid(&[], &["fashion-mnist", "mnist", "not fashion-mnist"]);
}

#[test]
fn missing_data_without_network_fails_within_seconds() {
    let folder = Folder::new();
    folder.write("grid.toml", format!("[run]\ndatasets = \"mnist\"\n{QUICK}"));
    let started = Instant::now();
    let mut command = folder.command(&["grid.toml"]);
    // The proxy refuses connections, so that no mirror can be reached.
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
        .stderr_has(&["dataset `mnist` not found", "HEMLINE_DATA", "127.0.0.1:1"]);
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
    assert!(!folder.path("results").exists());
}
