//! `loader import`: the name, the folder that it makes, and what it replaces.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::program::loader;
use crate::sandbox::{FILES, Sandbox, files_in};
use crate::sources::*;

fn with_table() -> Sandbox {
    let sandbox = Sandbox::new();
    let rows: String = (0..30).map(|i| format!("{i},c{}\n", i % 3)).collect();
    fs::write(sandbox.path("t.csv"), format!("a,label\n{rows}")).unwrap();
    sandbox
}

/// Runs an import over what exists, which is refused.
#[track_caller]
fn kept(sandbox: &Sandbox, arguments: &str, says: &str) {
    let mut command = loader(sandbox);
    command.arg("import").args(arguments.split(' '));
    let output = command.assert().code(2).get_output().clone();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(says), "{text}");
}

#[test]
fn the_folder_has_the_four_files_and_the_class_names() {
    let sandbox = with_table();
    let says = import(&sandbox, "t.csv mine");
    assert!(says.contains("\ndata/mine\n"), "{says}");
    let mut names: Vec<_> = files_in(&sandbox.path("data/mine"));
    names.sort();
    let mut expected: Vec<_> = FILES.iter().chain(&["labels.txt"]).collect();
    expected.sort();
    let expected: Vec<_> = expected
        .iter()
        .map(|name| sandbox.path("data/mine").join(name))
        .collect();
    assert_eq!(names, expected);
    assert_eq!(
        fs::read_to_string(sandbox.path("data/mine/labels.txt")).unwrap(),
        "c0\nc1\nc2\n"
    );
    let mode = fs::metadata(sandbox.path("data/mine"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o700, 0o700);
    assert_eq!(
        files_in(&sandbox.path("data")).len(),
        1,
        "nothing temporary is left"
    );
    loader(&sandbox).args(["check", "mine"]).assert().success();
    loader(&sandbox).args(["sprite", "mine"]).assert().success();
}

#[test]
fn another_folder_is_named_in_the_next_commands() {
    let sandbox = with_table();
    let says = import(&sandbox, "t.csv mine --to other/place");
    assert!(says.contains("sprite mine --data-dir other/place\n"), "{says}");
    assert!(
        says.contains("--datasets mine --data-dir other/place\n"),
        "{says}"
    );
    loader(&sandbox)
        .args(["check", "mine", "--data-dir", "other/place"])
        .assert()
        .success();
}

#[test]
fn a_dataset_that_another_folder_hides_is_named_with_its_folder() {
    let sandbox = with_table();
    sandbox.folder("env/mine");
    let output = loader(&sandbox)
        .env("HEMLINE_DATA", "env")
        .args(["import", "t.csv", "mine"])
        .assert()
        .success()
        .get_output()
        .clone();
    let says = String::from_utf8(output.stdout).unwrap();
    assert!(says.contains("sprite mine --data-dir data\n"), "{says}");
}

#[test]
fn the_summary_fits_80_columns_and_shows_20_classes() {
    let sandbox = Sandbox::new();
    let long = "n".repeat(150);
    let rows: String = (0..100).map(|i| format!("{i},{long}{}\n", i % 25)).collect();
    fs::write(sandbox.path("t.csv"), format!("a,label\n{rows}")).unwrap();
    let says = import(&sandbox, "t.csv mine");
    assert!(says.contains(" and 5 more\n"), "{says}");
    let widest = says.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{says}");
}

#[test]
fn an_existing_dataset_is_replaced_only_with_force() {
    let sandbox = with_table();
    import(&sandbox, "t.csv mine");
    let before = fs::read(sandbox.path("data/mine").join(FILES[0])).unwrap();
    kept(&sandbox, "t.csv mine --seed 1", "`data/mine` already exists");
    assert_eq!(
        fs::read(sandbox.path("data/mine").join(FILES[0])).unwrap(),
        before
    );
    import(&sandbox, "t.csv mine --seed 1 --force");
    assert_ne!(
        fs::read(sandbox.path("data/mine").join(FILES[0])).unwrap(),
        before
    );
    assert_eq!(files_in(&sandbox.path("data")).len(), 1);
}

#[test]
fn force_replaces_nothing_that_no_import_has_written() {
    let sandbox = with_table();
    import(&sandbox, "t.csv mine");
    fs::write(sandbox.path("data/mine/thesis.txt"), "years of work").unwrap();
    kept(&sandbox, "t.csv mine --force", "it contains `thesis.txt`");
    assert!(sandbox.path("data/mine/thesis.txt").exists());
    fs::create_dir(sandbox.path("data/other")).unwrap();
    kept(
        &sandbox,
        "t.csv other --force",
        "it has no `train-images-idx3-ubyte`",
    );
    fs::write(sandbox.path("data/file"), "").unwrap();
    kept(&sandbox, "t.csv file --force", "it is not a folder");
    symlink("mine", sandbox.path("data/link")).unwrap();
    kept(&sandbox, "t.csv link --force", "it is not a folder");
    kept(&sandbox, "t.csv link", "already exists");
}

#[test]
fn a_failed_import_keeps_the_old_dataset() {
    let sandbox = with_table();
    import(&sandbox, "t.csv mine");
    fs::write(sandbox.path("t.csv"), "a,label\n1,x\n").unwrap();
    kept(&sandbox, "t.csv mine --force", "only the class");
    assert_eq!(mine(&sandbox).n_classes, 3);
}

#[test]
fn names_are_plain_and_not_those_of_known_datasets() {
    let sandbox = with_table();
    for name in ["a/b", "..", ".mine", "a*b", "ä", &"x".repeat(65)] {
        refused(
            &sandbox,
            &format!("t.csv {name}"),
            &["cannot be the name of a dataset", "ASCII letters"],
        );
    }
    for name in ["mnist", "fashion-mnist", "synthetic"] {
        refused(&sandbox, &format!("t.csv {name}"), &["name of a known dataset"]);
    }
}

#[test]
fn what_cannot_be_imported_says_what_can() {
    let sandbox = with_table();
    fs::write(sandbox.path("a.zip"), "").unwrap();
    refused(
        &sandbox,
        "a.zip mine",
        &[
            "its format is not known",
            "folder of images",
            ".npz",
            ".csv or .tsv",
        ],
    );
    let nothing = ["there is nothing at `none.csv`", "folder of images", ".npz"];
    refused(&sandbox, "none.csv mine", &nothing);
    fs::create_dir(sandbox.path("photos")).unwrap();
    let did_you_mean = "did you mean `./photos`?";
    refused(&sandbox, "./photo mine", &["nothing at `./photo`", did_you_mean]);
    refused(&sandbox, "T.csv mine", &["did you mean `t.csv`?"]);
    refused(
        &sandbox,
        &format!("{} mine", "x".repeat(3000)),
        &["File name too long"],
    );
    nix::unistd::mkfifo(&sandbox.path("pipe.csv"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    refused(&sandbox, "pipe.csv mine", &["it is a named pipe"]);
    refused(&sandbox, "/dev/zero mine", &["it is a device"]);
}

#[test]
fn options_of_another_format_are_refused() {
    let sandbox = with_table();
    refused(
        &sandbox,
        "t.csv mine --size 28",
        &["`--size` has no effect on `t.csv`, a CSV table"],
    );
    fs::create_dir(sandbox.path("p")).unwrap();
    refused(
        &sandbox,
        "p mine --label y",
        &["`--label` has no effect on `p`, a folder of images"],
    );
    refused(&sandbox, "p mine --shape 2x2", &["`--shape` has no effect"]);
    write_npz(&sandbox.path("a.npz"), &[]);
    refused(
        &sandbox,
        "a.npz mine --no-header",
        &["`--no-header` has no effect on `a.npz`, an .npz file"],
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let sandbox = with_table();
    fs::write(sandbox.path("full"), "a file").unwrap();
    let mut command = loader(&sandbox);
    command.args(["import", "t.csv", "mine", "--to", "full/data"]);
    let output = command.assert().code(2).get_output().clone();
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(says.contains("full/data"), "{says}");
}
