//! Damaged, swapped, truncated and mismatched files: each is refused with its own error.

use std::fs;
use std::path::Path;

use loader::{Label, LoadError, Source, idx};

use crate::sandbox::*;

/// Damages a good folder and returns the error of opening it.
fn error_after(damage: impl FnOnce(&Path)) -> String {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    damage(&folder);
    let error = sandbox.open("mine", &folder_source(&folder)).unwrap_err();
    assert!(
        sandbox.cached_files().is_empty(),
        "a damaged dataset is not cached"
    );
    with_causes(&error)
}

#[track_caller]
fn check(damage: impl FnOnce(&Path), expected: &[&str]) {
    let error = error_after(damage);
    for expected in expected {
        assert!(
            error.contains(expected),
            "{error:?} does not contain {expected:?}"
        );
    }
}

#[test]
fn a_good_folder_opens_plain_or_compressed() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    replace(&folder, TRAIN_LABELS, &idx_files(20)[1]);
    let dataset = sandbox.open("mine", &folder_source(&folder)).unwrap();
    assert_eq!((dataset.train, dataset.test), (rows(20), rows(5)));
    assert_eq!(
        (dataset.n_classes, dataset.label_names),
        (3, vec!["0".into(), "1".into(), "2".into()])
    );
}

#[test]
fn a_plain_file_takes_precedence_over_a_compressed_one() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    fs::write(folder.join(format!("{TRAIN_LABELS}.gz")), b"no gzip").unwrap();
    fs::write(folder.join(TRAIN_LABELS), &idx_files(20)[1]).unwrap();
    assert!(sandbox.open("mine", &folder_source(&folder)).is_ok());
}

#[test]
fn a_truncated_file_is_reported_with_both_sizes() {
    let cut = |folder: &Path| replace(folder, TRAIN_IMAGES, &idx_files(20)[0][..100]);
    check(
        cut,
        &[TRAIN_IMAGES, "truncated: 100 bytes, but its header requires 136"],
    );
    let cut = |folder: &Path| replace(folder, TRAIN_IMAGES, &idx_files(20)[0][..9]);
    check(cut, &[TRAIN_IMAGES, "too short: 9 bytes"]);
    check(
        |folder| replace(folder, TEST_LABELS, b""),
        &[TEST_LABELS, "too short: 0 bytes"],
    );
}

#[test]
fn a_truncated_file_in_undamaged_gzip_is_reported() {
    let cut = |folder: &Path| {
        fs::write(
            folder.join(format!("{TRAIN_IMAGES}.gz")),
            gzip(&idx_files(20)[0][..100]),
        )
        .unwrap();
    };
    check(
        cut,
        &[
            "train-images-idx3-ubyte.gz",
            "truncated: 100 bytes, but its header requires 136",
        ],
    );
}

#[test]
fn bytes_after_the_end_are_reported_with_both_sizes() {
    let longer = [idx_files(20)[0].as_slice(), &[0; 1000]].concat();
    check(
        |folder| replace(folder, TRAIN_IMAGES, &longer),
        &["too long: 1136 bytes, but its header requires 136"],
    );
    let in_gzip =
        |folder: &Path| fs::write(folder.join(format!("{TRAIN_IMAGES}.gz")), gzip(&longer)).unwrap();
    check(
        in_gzip,
        &["too long: at least 137 bytes, but its header requires 136"],
    );
}

#[test]
fn swapped_files_are_reported_as_swapped() {
    let swap = |folder: &Path| {
        let [images, labels] = [TRAIN_IMAGES, TRAIN_LABELS].map(|name| folder.join(format!("{name}.gz")));
        fs::rename(&images, folder.join("kept")).unwrap();
        fs::rename(&labels, &images).unwrap();
        fs::rename(folder.join("kept"), &labels).unwrap();
    };
    check(
        swap,
        &[TRAIN_IMAGES, "contains IDX labels instead of images", "swapped?"],
    );
}

#[test]
fn a_wrong_magic_number_is_reported() {
    check(
        |folder| replace(folder, TRAIN_IMAGES, b"<html>no such file</html>"),
        &["wrong magic number [3c, 68, 74, 6d]"],
    );
}

#[test]
fn a_header_with_a_false_huge_size_costs_no_memory() {
    let claim = [
        &[0, 0, 8, 3][..],
        &[0x00, 0xff, 0xff, 0xff],
        &[0, 0, 0xff, 0xff],
        &[0, 0, 0, 0xff],
        &[0; 50],
    ]
    .concat();
    check(
        |folder| replace(folder, TRAIN_IMAGES, &claim),
        &["truncated: 66 bytes, but its header requires"],
    );
    let in_gzip = |folder: &Path| fs::write(folder.join(format!("{TRAIN_IMAGES}.gz")), gzip(&claim)).unwrap();
    check(
        in_gzip,
        &["dimensions 16777215x65535x255: too large for this machine"],
    );
}

#[test]
fn different_numbers_of_images_and_labels_are_reported() {
    let fewer = |folder: &Path| replace(folder, TRAIN_LABELS, &idx_files(19)[1]);
    check(
        fewer,
        &["20 images in", TRAIN_IMAGES, "but 19 labels in", TRAIN_LABELS],
    );
}

#[test]
fn training_and_test_images_of_different_sizes_are_refused() {
    let wider = idx::write_images(loader::Images::new(&[0; 5 * 6], 2, 3));
    check(
        |folder| replace(folder, TEST_IMAGES, &wider),
        &["are 3x2 pixels", TEST_IMAGES, "are 2x3"],
    );
}

#[test]
fn gzip_damage_is_reported_with_the_file() {
    let name = format!("{TRAIN_IMAGES}.gz");
    let damaged = |change: fn(Vec<u8>) -> Vec<u8>| {
        let name = name.clone();
        move |folder: &Path| fs::write(folder.join(name), change(gzip(&idx_files(20)[0]))).unwrap()
    };
    let what = format!("{name}` is damaged or not a gzip file: ");
    check(damaged(|bytes| bytes[..bytes.len() / 2].to_vec()), &[&what]);
    check(damaged(|bytes| bytes[..bytes.len() - 3].to_vec()), &[&what]);
    check(damaged(|_| Vec::new()), &[&what]);
    check(
        damaged(|bytes| [b"oops", bytes.as_slice()].concat()),
        &[&what, "invalid gzip header"],
    );
    check(
        damaged(|bytes| [bytes.as_slice(), b"oops, something more than a header"].concat()),
        &[&what],
    );
    let other_sum = |mut bytes: Vec<u8>| {
        let crc = bytes.len() - 8;
        bytes[crc] ^= 1;
        bytes
    };
    check(damaged(other_sum), &[&what, "checksum"]);
}

#[test]
fn fewer_declared_labels_than_classes_are_refused() {
    let sandbox = Sandbox::new();
    let labels = Some(vec!["cat".to_owned(), "dog".to_owned()]);
    let source = Source::Folder {
        path: sandbox.folder("mine"),
        labels,
    };
    let error = with_causes(&sandbox.open("mine", &source).unwrap_err());
    assert!(
        error.contains("dataset `mine` has 3 classes, but 2 labels are declared"),
        "{error}"
    );
    let source = Source::Folder {
        path: sandbox.path("mine"),
        labels: Some(vec![]),
    };
    assert!(matches!(
        sandbox.open("mine", &source),
        Err(LoadError::NoLabels { .. })
    ));
}

#[test]
fn declared_class_names_are_kept_even_if_the_last_is_unused() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    replace(&folder, TRAIN_LABELS, &idx::write_labels(&[Label(1); 20]));
    let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let source = Source::Folder {
        path: folder,
        labels: Some(names.clone()),
    };
    let dataset = sandbox.open("mine", &source).unwrap();
    assert_eq!((dataset.n_classes, dataset.label_names), (4, names));
}

#[test]
fn a_declared_folder_must_exist_and_be_complete() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    let missing = sandbox
        .open("mine", &folder_source(&sandbox.path("nowhere")))
        .unwrap_err();
    assert!(matches!(missing, LoadError::NoFolder { .. }));
    fs::remove_file(folder.join(format!("{TEST_LABELS}.gz"))).unwrap();
    let incomplete = sandbox.open("mine", &folder_source(&folder)).unwrap_err();
    assert!(
        incomplete
            .to_string()
            .ends_with(&format!("is incomplete: missing {TEST_LABELS}"))
    );
    fs::write(sandbox.path("file"), b"").unwrap();
    let no_folder = sandbox
        .open("mine", &folder_source(&sandbox.path("file")))
        .unwrap_err();
    assert!(matches!(no_folder, LoadError::Read { .. }));
}
