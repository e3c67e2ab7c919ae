//! The program `loader`: its output, files and exit codes.

use std::fs;
use std::time::Duration;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use crate::sandbox::*;

/// The program in the sandbox: without PATH, network or the user's environment.
pub(crate) fn loader(sandbox: &Sandbox) -> Command {
    let mut command = Command::cargo_bin("loader").unwrap();
    command
        .env_clear()
        .env("HEMLINE_CACHE", sandbox.path("cache"))
        .env("HEMLINE_MIRROR", "http://127.0.0.1:1")
        // A proxy that refuses connections keeps every request on this machine.
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .env("TMPDIR", sandbox.path("."))
        .current_dir(sandbox.path("."))
        .timeout(Duration::from_secs(20));
    command
}

#[test]
fn fetch_prints_the_path_of_the_copy() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    loader(&sandbox)
        .args(["fetch", "./mine"])
        .assert()
        .success()
        .stdout(contains("cache/decompressed/mine-"));
    assert_eq!(sandbox.cached_files().len(), 1);
}

#[test]
fn check_counts_classes_duplicates_and_overlap() {
    let sandbox = Sandbox::new();
    // The five test rows are the first training rows; two training rows are made equal.
    let mut train = rows(20);
    train = train.select(&[
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 18,
    ]);
    let folder = sandbox.folder("mine");
    replace(
        &folder,
        TRAIN_IMAGES,
        &loader::idx::write_images(train.images.view()),
    );
    loader(&sandbox)
        .args(["check", "./mine"])
        .assert()
        .success()
        .stdout(
            contains("20 train, 5 test, 3x2 pixels")
                .and(predicate::str::is_match(r"duplicates +1 in train, 0 in test").unwrap())
                .and(contains(
                    "5 test rows are also in train, 0 of them with a different label",
                ))
                .and(
                    predicate::str::is_match(r"train-images-idx3-ubyte +136 bytes\n    [0-9a-f]{64}\n")
                        .unwrap(),
                )
                .and(predicate::str::is_match(r"0 +0 +7 +2").unwrap()),
        );
}

#[test]
fn sprite_draws_three_rows_of_thirty_images_per_class() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    loader(&sandbox)
        .args(["sprite", "./mine"])
        .assert()
        .success()
        .stdout("mine.png\n");
    let decoder = png::Decoder::new(std::io::BufReader::new(
        fs::File::open(sandbox.path("mine.png")).unwrap(),
    ));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (30 * 2, 3 * 3 * 3));
    // The first image of class 1 is row 1, and its gray values are inverted.
    let top = 3 * 3 * 60;
    let expected: Vec<u8> = rows(2).images.view().row(1)[..2]
        .iter()
        .map(|pixel| 255 - pixel)
        .collect();
    assert_eq!(pixels[top..top + 2], expected);
    assert_eq!(pixels[top - 1], 255, "white if a class has too few images");
    loader(&sandbox)
        .args(["sprite", "./mine", "--out", "no/such/folder.png"])
        .assert()
        .code(2);
    loader(&sandbox)
        .args(["sprite", "./mine", "./mine", "--out", "one.png"])
        .assert()
        .code(2);
}

#[test]
fn a_misspelled_name_gets_a_suggestion_and_exit_code_2() {
    let sandbox = Sandbox::new();
    let says = contains("did you mean `fashion-mnist`?").and(contains("fashion-mnist, mnist, synthetic"));
    loader(&sandbox)
        .args(["check", "fashoin-mnist"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(says);
    loader(&sandbox).arg("fetch").assert().code(2);
    loader(&sandbox).args(["fetch", ""]).assert().code(2);
    loader(&sandbox)
        .args(["fetch", "/"])
        .assert()
        .code(2)
        .stderr(contains("incomplete"));
}

#[test]
fn a_damaged_file_is_named_with_exit_code_2() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    replace(&folder, TRAIN_IMAGES, &idx_files(20)[0][..50]);
    let says = contains(TRAIN_IMAGES).and(contains("truncated: 50 bytes, but its header requires 136"));
    loader(&sandbox)
        .args(["check", "./mine"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(says);
}

#[test]
fn without_data_network_or_package_the_error_lists_attempts_and_remedies() {
    let sandbox = Sandbox::new();
    let says = contains("dataset `mnist` not found")
        .and(contains("data/mnist: not found"))
        .and(contains("download http://127.0.0.1"))
        .and(contains("--data-dir or HEMLINE_DATA"))
        .and(contains("`synthetic`"));
    loader(&sandbox)
        .args(["fetch", "mnist"])
        .assert()
        .code(2)
        .stderr(says);
}

#[test]
fn concurrent_processes_all_succeed_and_write_one_copy() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| loader(&sandbox).args(["fetch", "./mine"]).assert().success());
        }
    });
    assert_eq!(sandbox.cached_files().len(), 1, "{:?}", sandbox.cached_files());
}

#[test]
fn if_the_cache_folder_cannot_be_created_the_temporary_folder_is_used() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    fs::write(sandbox.path("cache"), b"a file where the folder should be").unwrap();
    let uid = nix::unistd::getuid();
    let says = contains("cache folder is not writable");
    let done = loader(&sandbox)
        .args(["fetch", "./mine"])
        .assert()
        .success()
        .stderr(says);
    done.stdout(contains(format!("hemline-{uid}/decompressed/mine-")));
    let no_temp = sandbox.path("cache/none");
    loader(&sandbox)
        .env("TMPDIR", no_temp)
        .args(["fetch", "./mine"])
        .assert()
        .code(2)
        .stderr(contains("set HEMLINE_CACHE"));
}
