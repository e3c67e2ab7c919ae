//! Labels beside the results: removed, replaced or cut in mid-run, and a disk that has no room for them.

use std::process::{Child, Command};

use runner::results::{Row, Status};

use crate::support::{Ended, Folder, rows, statuses};

/// Six cells one after the other; one record of labels takes 8 KiB.
const SLOW: &str = "[run]\ndatasets = \"many\"\nrepeats = 1\n\
    [datasets.many]\nsynthetic = { train = 300, test = 20000, seed = 1 }\n\
    [[grid]]\nclassifier = \"RandomForestClassifier\"\nengine = \"native\"\n\
    n_estimators = [301, 302, 303, 304, 305, 306]\n";

fn started() -> (Folder, Child) {
    let folder = Folder::new();
    folder.write("grid.toml", SLOW);
    let child = folder.start(&["grid.toml"]);
    folder.wait_for_lines(3);
    (folder, child)
}

fn is_without_labels(row: &Row) -> bool {
    row.warning.contains("not-kept")
}

/// The number of rows whose labels stand in `results/grid.labels`.
fn n_with_labels(folder: &Folder) -> usize {
    let labels = std::fs::read(folder.path("results/grid.labels")).unwrap();
    let has_labels = |row: &&Row| {
        let id = row.cell_id.as_bytes();
        labels.windows(id.len()).any(|window| window == id)
    };
    folder.rows().iter().filter(has_labels).count()
}

#[test]
fn labels_that_are_removed_are_written_again() {
    let (folder, child) = started();
    std::fs::remove_file(folder.path("results/grid.labels")).unwrap();
    Ended::from(child.wait_with_output().unwrap()).code(0);
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 6]);
    assert_eq!(n_with_labels(&folder), 6);
}

#[test]
fn labels_that_are_replaced_or_cut_stop_the_run() {
    for (content, is_replaced, text) in [
        ("mine", true, "another program replaced it during the run"),
        ("mine", false, "another program changed it during the run"),
        ("", false, "another program changed it during the run"),
    ] {
        let (folder, child) = started();
        let path = folder.path("results/grid.labels");
        if is_replaced {
            folder.write("new", content);
            std::fs::rename(folder.path("new"), &path).unwrap();
        } else {
            std::fs::write(&path, content).unwrap();
        }
        Ended::from(child.wait_with_output().unwrap())
            .code(1)
            .stderr_has(&["labels", "--rerun"]);
        assert_eq!(std::fs::read(&path).unwrap(), content.as_bytes());
        let kept = folder.rows();
        assert!((3..6).contains(&kept.len()), "{} rows", kept.len());
        assert!(kept.iter().all(|row| row.status == Status::Ok));
        assert_eq!(kept.iter().filter(|row| is_without_labels(row)).count(), 1);
        assert!(kept.last().unwrap().warning.contains(text));
        if content.is_empty() {
            folder.run(&["grid.toml"]).code(0);
            assert_eq!(statuses(&folder.rows()), [Status::Ok; 6]);
        } else {
            folder
                .run(&["grid.toml"])
                .code(2)
                .stderr_has(&["not a file of labels"]);
            assert_eq!(folder.rows(), kept);
        }
    }
}

/// A disk without room for the labels, imitated by a limit on the file size that is set in mid-run.
#[test]
fn labels_that_cannot_be_written_cost_no_row() {
    let (folder, child) = started();
    let limit = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--fsize=15000"])
        .status();
    if !limit.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this machine has no prlimit");
        drop(child.wait_with_output());
        return;
    }
    Ended::from(child.wait_with_output().unwrap())
        .code(1)
        .stderr_has(&["labels", "--rerun"]);
    let kept = folder.rows();
    assert!((3..6).contains(&kept.len()), "{} rows", kept.len());
    assert!(kept.iter().all(|row| row.status == Status::Ok));
    assert_eq!(n_with_labels(&folder), kept.len() - 1);
    assert!(is_without_labels(kept.last().unwrap()));
    folder.run(&["grid.toml"]).code(0);
    assert_eq!(n_with_labels(&folder), 5);
    let lost = &kept.last().unwrap().params;
    folder.run(&["grid.toml", "--rerun", lost]).code(0);
    assert_eq!(n_with_labels(&folder), 7, "six cells, and the old row of one");
    assert_eq!(rows(&folder.path("results/grid.csv")).len(), 7);
}
