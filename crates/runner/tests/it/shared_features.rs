//! Features that are computed once and kept in the cache, and training rows that are multiplied.

use std::path::PathBuf;

use runner::results::{Row, Status};

use crate::support::{Folder, QUICK, rows, statuses};

/// Two families on one costly preprocessing, and one on another setting of it.
const COSTLY: &str = "[[grid]]\nclassifier = [\"RidgeClassifier\", \"SVC\"]\nengine = \"native\"\npreprocessing = \"patches(centres=8, max_patches=500)\"\n[[grid]]\nclassifier = \"SVC\"\nengine = \"native\"\npreprocessing = \"patches(centres=9, max_patches=500)\"\n";

/// Runs the grid, one cell at a time in its order, with a cache in the folder itself; returns what it says on standard error.
fn run(folder: &Folder, arguments: &[&str], code: i32) -> String {
    let arguments = [&["grid.toml", "--jobs", "1"], arguments].concat();
    let output = folder
        .command(&arguments)
        .env("HEMLINE_CACHE", folder.path("cache"))
        .env("TMPDIR", folder.path(""))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

fn feature_files(folder: &Folder) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.path("cache/features")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "features"))
        .collect()
}

#[test]
fn costly_features_are_computed_once_for_all_cells_and_runs() {
    let folder = Folder::with_grid(COSTLY);
    let told = run(&folder, &[], 0);
    assert_eq!(told.matches("computing patches").count(), 2, "{told}");
    assert_eq!(feature_files(&folder).len(), 2);
    let n_entries = std::fs::read_dir(folder.path("cache/features")).unwrap().count();
    assert_eq!(n_entries, 2, "nothing temporary is left");
    let first = rows(&folder.path("results/grid.csv"));
    assert!(first.iter().all(|row| row.transform_s.is_some_and(|s| s > 0.0)));
    assert_eq!(first[0].transform_s, first[1].transform_s);
    // 8 centres, two signs, 2 x 2 cells.
    assert_eq!(first[0].n_features, Some(64));

    let told = run(&folder, &["--fresh"], 0);
    assert!(!told.contains("computing"), "{told}");
    let second = rows(&folder.path("results/grid.csv"));
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(first.accuracy, second.accuracy);
        assert_eq!(first.transform_s, second.transform_s);
    }
}

#[test]
fn a_damaged_file_of_features_is_computed_again() {
    let folder = Folder::with_grid(COSTLY);
    run(&folder, &[], 0);
    let before = rows(&folder.path("results/grid.csv"));
    for path in feature_files(&folder) {
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.len() - 3;
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    let told = run(&folder, &["--fresh"], 0);
    assert!(told.contains("wrong checksum"), "{told}");
    let after = rows(&folder.path("results/grid.csv"));
    let results = |rows: &[Row]| -> Vec<_> {
        let result = |row: &Row| (row.cell_id.clone(), row.status, row.accuracy);
        rows.iter().map(result).collect()
    };
    assert_eq!(results(&before), results(&after));
}

#[test]
fn a_limit_on_time_holds_for_the_features_too_and_is_not_tried_again_for_every_cell() {
    // Seconds of k-means, so that the limit is reached on any machine.
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = [\"RidgeClassifier\", \"SVC\"]\nengine = \"native\"\npreprocessing = \"patches(centres=2000)\"\n",
    );
    let told = run(&folder, &["--timeout", "100ms"], 3);
    assert_eq!(told.matches("computing").count(), 1, "{told}");
    let found = rows(&folder.path("results/grid.csv"));
    assert_eq!(statuses(&found), [Status::Timeout; 2]);
    assert!(
        found[1]
            .error
            .starts_with("features of patches(size=6, centres=2000"),
        "{}",
        found[1].error
    );
    assert!(feature_files(&folder).is_empty());
}

#[test]
fn a_cache_that_cannot_be_written_is_said_in_the_row() {
    let folder = Folder::with_grid(COSTLY);
    // Neither the cache nor the folder for temporary files can hold the features.
    folder.write("cache/features", "a file");
    folder.write("temporary", "a file");
    let mut command = folder.command(&["grid.toml", "--jobs", "1"]);
    command.env("HEMLINE_CACHE", folder.path("cache"));
    command.env("TMPDIR", folder.path("temporary"));
    let ended = command.output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(3), "{told}");
    let found = rows(&folder.path("results/grid.csv"));
    assert_eq!(statuses(&found), [Status::Failed; 3]);
    assert!(
        found[0].error.contains("no place for the features"),
        "{}",
        found[0].error
    );
}

#[test]
fn waiting_for_the_features_of_another_run_has_the_time_limit() {
    let folder = Folder::with_grid(COSTLY);
    run(&folder, &[], 0);
    for path in feature_files(&folder) {
        std::fs::remove_file(&path).unwrap();
        std::fs::write(path.with_extension("lock"), "").unwrap();
    }
    let locks: Vec<std::fs::File> = std::fs::read_dir(folder.path("cache/features"))
        .unwrap()
        .map(|entry| std::fs::File::open(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(locks.len(), 2);
    locks.iter().for_each(|lock| lock.try_lock().unwrap());
    let told = run(&folder, &["--fresh", "--timeout", "1s"], 3);
    assert!(
        told.contains("waiting for another run that computes patches"),
        "{told}"
    );
    let found = rows(&folder.path("results/grid.csv"));
    assert_eq!(statuses(&found), [Status::Timeout; 3]);
    drop(locks);
    run(&folder, &["--fresh"], 0);
}

#[test]
fn multiplied_rows_are_named_and_not_counted() {
    let folder = Folder::with_run("repeats = 1\naugment = [\"none\", \"flip\"]", QUICK);
    run(&folder, &[], 0);
    let found = rows(&folder.path("results/grid.csv"));
    let augments: Vec<&str> = found.iter().map(|row| row.augment.as_str()).collect();
    assert_eq!(augments, ["none", "flip"]);
    assert_eq!(found[0].n_train, found[1].n_train);
    assert_ne!(found[0].cell_id, found[1].cell_id);
    assert_ne!(found[0].accuracy, found[1].accuracy);
}

#[test]
fn a_program_does_not_train_on_multiplied_rows() {
    let folder = Folder::with_run(
        "repeats = 1\naugment = \"flip\"\n[engines.own]\ncommand = [\"sh\", \"own.sh\"]\nclassifiers = [\"Own\"]",
        "[[grid]]\nclassifier = \"Own\"\nengine = \"own\"\n",
    );
    folder.write("own.sh", "exit 1\n");
    run(&folder, &[], 0);
    let found = rows(&folder.path("results/grid.csv"));
    assert_eq!(statuses(&found), [Status::Refused]);
    assert!(
        found[0].error.contains("engine own does not support augment"),
        "{}",
        found[0].error
    );
}

#[test]
fn a_wrong_augment_is_an_error_of_the_grid() {
    let folder = Folder::with_run("augment = \"flop\"", QUICK);
    let told = run(&folder, &[], 2);
    assert!(told.contains("flop"), "{told}");
}
