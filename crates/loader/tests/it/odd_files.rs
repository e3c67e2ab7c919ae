//! Pipes, devices, folders, unreadable files and files that never end: each is refused at once.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use loader::{LoadError, Source, idx, read_cached};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::sandbox::*;

/// The error of opening a folder after `change`; it comes within seconds.
fn error_after(change: impl FnOnce(&Path)) -> String {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    change(&folder);
    let started = Instant::now();
    let error = with_causes(&sandbox.open("mine", &folder_source(&folder)).unwrap_err());
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(sandbox.cached_files().is_empty());
    error
}

/// Removes the compressed file and returns its path with another name.
fn instead(folder: &Path, part: &str, name: &str) -> std::path::PathBuf {
    fs::remove_file(folder.join(format!("{part}.gz"))).unwrap();
    folder.join(name)
}

#[test]
fn something_else_than_a_file_is_named() {
    let compressed = format!("{TRAIN_LABELS}.gz");
    for name in [TRAIN_LABELS, &compressed] {
        let pipe = error_after(|folder| mkfifo(&instead(folder, TRAIN_LABELS, name), Mode::S_IRWXU).unwrap());
        assert!(
            pipe.contains(&format!("{TRAIN_LABELS} ({name} is a named pipe)")),
            "{pipe}"
        );
        let inner = error_after(|folder| fs::create_dir(instead(folder, TRAIN_LABELS, name)).unwrap());
        assert!(inner.contains(&format!("{name} is a folder")), "{inner}");
        let zeros = error_after(|folder| symlink("/dev/zero", instead(folder, TRAIN_LABELS, name)).unwrap());
        assert!(zeros.contains(&format!("{name} is a device")), "{zeros}");
        let broken = error_after(|folder| symlink("nowhere", instead(folder, TRAIN_LABELS, name)).unwrap());
        assert!(
            broken.contains(&format!("{name} is a symbolic link to a missing file")),
            "{broken}"
        );
    }
}

#[test]
fn a_folder_beside_the_compressed_file_does_not_matter() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    fs::create_dir(folder.join(TRAIN_LABELS)).unwrap();
    sandbox.open("mine", &folder_source(&folder)).unwrap();
}

#[test]
fn a_pipe_in_the_cache_is_replaced_and_never_waited_for() {
    let sandbox = Sandbox::new();
    let source = folder_source(&sandbox.folder("mine"));
    let cache = sandbox.open("mine", &source).unwrap().cache;
    let other = cache.with_file_name("other.hemline");
    for path in [&cache, &other] {
        fs::remove_file(path).ok();
        mkfifo(path, Mode::S_IRWXU).unwrap();
    }
    let error = read_cached(&cache, 1, 1).unwrap_err();
    assert!(
        with_causes(&error).contains("it is a named pipe, not a file"),
        "{error:?}"
    );
    assert_eq!(sandbox.open("mine", &source).unwrap().cache, cache);
    read_cached(&cache, 1, 1).unwrap();
}

#[test]
fn reading_a_compressed_file_ends_where_its_header_ends_the_images() {
    let endless = [idx_files(20)[0].as_slice(), &vec![0; 100 << 20]].concat();
    let bomb = gzip(&endless);
    let error = error_after(|folder| fs::write(folder.join(format!("{TRAIN_IMAGES}.gz")), bomb).unwrap());
    assert!(
        error.contains("too long: at least 137 bytes, but its header requires 136"),
        "{error}"
    );
}

#[test]
fn class_names_that_no_cache_file_can_hold_are_refused_before_anything_is_written() {
    let sandbox = Sandbox::new();
    let source = Source::Folder {
        path: sandbox.folder("mine"),
        labels: Some(["a", "b", "c"].map(|name| name.repeat(400_000)).to_vec()),
    };
    let error = sandbox.open("mine", &source).unwrap_err();
    assert!(matches!(error, LoadError::LongNames { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .starts_with("the class names of dataset `mine` are too long: 1200"),
        "{error}"
    );
    assert!(!sandbox.path("cache").exists());
    let long_name = "x".repeat(2 << 20);
    let error = sandbox
        .open(&long_name, &folder_source(&sandbox.path("mine")))
        .unwrap_err();
    assert!(error.to_string().len() < 300, "{error}");
    assert!(!sandbox.path("cache").exists());
}

#[test]
fn generated_rows_beyond_the_memory_are_refused_with_their_number() {
    let sandbox = Sandbox::new();
    for train in [1 << 31, 1_000_000_000_000_000, usize::MAX] {
        let source = Source::Synthetic {
            train,
            test: 10,
            seed: 0,
        };
        let error = sandbox.open("big", &source).unwrap_err().to_string();
        let rows = format!("dataset `big` is too large: {train} + 10 rows of 785 bytes are ");
        assert!(error.starts_with(&rows), "{error}");
        assert!(error.contains("GiB, but this machine has "), "{error}");
    }
    assert!(!sandbox.path("cache").exists());
}

#[test]
fn a_compressed_file_that_claims_more_than_the_memory_is_refused() {
    let header = [&[0, 0, 8, 3][..], &[0xff; 4], &[0, 1, 0, 0], &[0, 0, 1, 0]].concat();
    let error =
        error_after(|folder| fs::write(folder.join(format!("{TRAIN_IMAGES}.gz")), gzip(&header)).unwrap());
    assert!(
        error.contains("dimensions 4294967295x65536x256: too large"),
        "{error}"
    );
}

#[test]
fn a_file_of_a_known_dataset_is_not_read_if_its_header_states_more() {
    let sandbox = Sandbox::new();
    let known = loader::catalog::known("mnist").unwrap();
    let folder = sandbox.path("data/mnist");
    write_folder(&folder, 20);
    let header = idx::Header::of_labels(50_000_000).to_bytes();
    let bomb = gzip(&[header, vec![0; 1 << 20]].concat());
    fs::write(folder.join(format!("{TRAIN_LABELS}.gz")), bomb).unwrap();
    // The images are read first; they are as small as they claim, so that only the labels are refused for their size.
    let error = with_causes(&sandbox.open("mnist", &Source::Known(known)).unwrap_err());
    assert!(
        error.contains("is not the file of mnist: its header states 50000008 bytes, expected 60008"),
        "{error}"
    );
}
