//! Datasets without a declaration: found by name in the data folders, with the class names of `labels.txt`.

use std::fs;

use loader::{LoadError, local};
use predicates::prelude::*;
use predicates::str::contains;

use crate::program::loader;
use crate::sandbox::*;

/// A sandbox with `data/mine` and this `labels.txt`.
fn with_labels(text: &[u8]) -> Sandbox {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("data/mine");
    fs::write(folder.join("labels.txt"), text).unwrap();
    sandbox
}

#[track_caller]
fn check_refused(text: &[u8], fault: &str) {
    let sandbox = with_labels(text);
    let says = contains(format!("`data/mine/labels.txt`: {fault}")).and(contains("one class name per line"));
    loader(&sandbox)
        .args(["check", "mine"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(says);
}

#[test]
fn a_dataset_in_each_data_folder_is_found_without_a_declaration() {
    for place in ["data", "given", "env"] {
        let sandbox = Sandbox::new();
        sandbox.folder(&format!("{place}/mine"));
        fs::create_dir_all(sandbox.path("env")).unwrap();
        for subcommand in ["fetch", "check", "sprite"] {
            let mut command = loader(&sandbox);
            command.args([subcommand, "mine"]).env("HEMLINE_DATA", "env");
            if place == "given" {
                command.args(["--data-dir", "given"]);
            }
            command.assert().success();
        }
    }
}

#[test]
fn the_given_folder_comes_before_the_working_folder() {
    let sandbox = Sandbox::new();
    sandbox.folder("data/mine");
    write_folder(&sandbox.path("given/mine"), 30);
    loader(&sandbox)
        .args(["check", "mine", "--data-dir", "given"])
        .assert()
        .success()
        .stdout(contains("30 train"));
}

#[test]
fn an_unknown_name_lists_the_datasets_in_the_data_folders() {
    let sandbox = Sandbox::new();
    sandbox.folder("data/mine");
    sandbox.folder("env/letters");
    fs::create_dir_all(sandbox.path("data/empty")).unwrap();
    let says = contains("unknown dataset `mien`")
        .and(contains("did you mean `mine`?"))
        .and(contains(
            "known datasets: fashion-mnist, mnist, synthetic, letters, mine\n",
        ))
        .and(contains("loader import PATH NAME"));
    loader(&sandbox)
        .env("HEMLINE_DATA", "env")
        .args(["check", "mien"])
        .assert()
        .code(2)
        .stderr(says);
    let mut search = sandbox.search();
    assert_eq!(local::names(&search), ["letters", "mine"]);
    assert!(local::find("mine", &search).is_some());
    assert!(local::find("empty", &search).is_none());
    assert!(local::find("../data/mine", &search).is_none());
    search.working_dir = None;
    assert!(local::find("mine", &search).is_none());
}

#[test]
fn an_incomplete_folder_says_what_is_missing() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("data/mine");
    fs::remove_file(folder.join(format!("{TEST_LABELS}.gz"))).unwrap();
    let says = contains("`data/mine` is incomplete").and(contains(TEST_LABELS));
    loader(&sandbox)
        .args(["check", "mine"])
        .assert()
        .code(2)
        .stderr(says);
    write_folder(&sandbox.path("system/mine"), 20);
    let search = sandbox.search();
    let found = local::find("mine", &search).unwrap();
    assert!(
        sandbox.open("mine", &found).is_ok(),
        "a complete folder is preferred"
    );
}

#[test]
fn a_known_name_is_never_a_dataset_without_checksums() {
    let sandbox = Sandbox::new();
    sandbox.folder("data/mnist");
    assert!(local::find("mnist", &sandbox.search()).is_none());
    assert!(local::names(&sandbox.search()).is_empty());
    loader(&sandbox).args(["check", "mnist"]).assert().code(2);
}

#[test]
fn labels_txt_names_the_classes() {
    let sandbox = with_labels("Katze\nHund\nVögel\n".as_bytes());
    let says = predicate::str::is_match(r"0 +Katze +7 +2 *\n +1 +Hund +7 +2 *\n +2 +Vögel +6 +1").unwrap();
    loader(&sandbox)
        .args(["check", "mine"])
        .assert()
        .success()
        .stdout(says);
    // A changed file is seen although the images are cached.
    fs::write(sandbox.path("data/mine/labels.txt"), "a\nb\nc\nspare\n").unwrap();
    let found = local::find("mine", &sandbox.search()).unwrap();
    let dataset = sandbox.open("mine", &found).unwrap();
    assert_eq!(dataset.label_names, ["a", "b", "c", "spare"]);
    assert_eq!(dataset.n_classes, 4);
    fs::remove_file(sandbox.path("data/mine/labels.txt")).unwrap();
    let dataset = sandbox.open("mine", &found).unwrap();
    assert_eq!(dataset.label_names, ["0", "1", "2"]);
}

#[test]
fn a_declaration_wins_over_labels_txt() {
    let sandbox = with_labels(b"not even\n\nvalid");
    let source = loader::Source::Folder {
        path: sandbox.path("data/mine"),
        labels: Some(["x", "y", "z"].map(str::to_owned).to_vec()),
    };
    assert_eq!(
        sandbox.open("mine", &source).unwrap().label_names,
        ["x", "y", "z"]
    );
}

#[test]
fn a_bad_labels_txt_is_refused_with_its_line() {
    check_refused(b"", "the file is empty");
    check_refused(b"a\nb\n", "line 3 is missing: the largest label is 2");
    check_refused(b"a\n\nc\n", "line 2 is empty");
    check_refused(b"a\nb\x07\nc\n", "line 2 contains a control character");
    check_refused(b"a\nb\n\xff\xfe\n", "line 3 is not UTF-8");
}

#[test]
fn a_labels_txt_that_is_no_file_is_refused_and_not_waited_for() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("data/mine");
    nix::unistd::mkfifo(&folder.join("labels.txt"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    loader(&sandbox)
        .args(["check", "mine"])
        .assert()
        .code(2)
        .stderr(contains("cannot read `data/mine/labels.txt`").and(contains("named pipe")));
    let found = local::find("mine", &sandbox.search()).unwrap();
    let error = sandbox.open("mine", &found).unwrap_err();
    assert!(matches!(error, LoadError::Read { .. }), "{error:?}");
}
