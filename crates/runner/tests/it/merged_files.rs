//! Merging files that say different things about one cell, damaged or hostile labels, and outputs that are in the way.

use std::os::unix::fs::symlink;
use std::path::Path;

use runner::results::{Row, Status};
use sha2::{Digest, Sha256};

use crate::support::{Ended, Folder, QUICK, rows, statuses};

/// A folder whose grid of one point has run twice: `old.csv` and `new.csv` have a row each, with labels.
fn run_twice() -> Folder {
    let folder = Folder::with_grid(QUICK);
    for name in ["old", "new"] {
        folder.run(&["grid.toml", "--fresh"]).code(0);
        copy(&folder, "results/grid", name);
    }
    folder
}

fn copy(folder: &Folder, from: &str, to: &str) {
    for extension in ["csv", "labels"] {
        let from = folder.path(&format!("{from}.{extension}"));
        std::fs::copy(from, folder.path(&format!("{to}.{extension}"))).unwrap();
    }
}

/// Changes the only row of a file.
fn edit(folder: &Folder, name: &str, change: impl FnOnce(&mut Row)) {
    let path = folder.path(name);
    let mut row = only_row(&path);
    change(&mut row);
    let mut writer = csv::Writer::from_path(&path).unwrap();
    writer.serialize(row).unwrap();
}

#[track_caller]
fn only_row(path: &Path) -> Row {
    let mut rows = rows(path);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// Merges files into `all.csv`; returns the only row.
#[track_caller]
fn merged(folder: &Folder, inputs: [&str; 2]) -> (Row, Ended) {
    for name in ["all.csv", "all.labels"] {
        let _ = std::fs::remove_file(folder.path(name));
    }
    let ended = folder.run(&["merge", "all.csv", inputs[0], inputs[1]]).code(0);
    (only_row(&folder.path("all.csv")), ended)
}

#[test]
fn the_row_that_started_last_counts_in_any_order_of_the_files() {
    let folder = run_twice();
    let new = only_row(&folder.path("new.csv"));
    assert!(new.started_at > only_row(&folder.path("old.csv")).started_at);
    for inputs in [["new.csv", "old.csv"], ["old.csv", "new.csv"]] {
        assert_eq!(merged(&folder, inputs).0, new);
    }
    edit(&folder, "new.csv", |row| {
        (row.status, row.accuracy) = (Status::Timeout, None);
    });
    for inputs in [["new.csv", "old.csv"], ["old.csv", "new.csv"]] {
        assert_eq!(merged(&folder, inputs).0.status, Status::Ok);
    }
}

#[test]
fn an_interrupted_row_of_the_same_file_hides_no_score() {
    let folder = run_twice();
    edit(&folder, "new.csv", |row| {
        (row.status, row.accuracy) = (Status::Interrupted, None);
    });
    let old = std::fs::read_to_string(folder.path("old.csv")).unwrap();
    let new = std::fs::read_to_string(folder.path("new.csv")).unwrap();
    let last = new.lines().last().unwrap();
    folder.write("old.csv", format!("{old}{last}\n"));
    folder.run(&["merge", "all.csv", "old.csv"]).code(0);
    assert_eq!(statuses(&rows(&folder.path("all.csv"))), [Status::Ok]);
}

#[test]
fn of_rows_with_one_start_the_one_that_has_its_labels_counts() {
    let folder = run_twice();
    copy(&folder, "new", "rescued");
    let right = only_row(&folder.path("rescued.csv"));
    edit(&folder, "new.csv", |row| row.accuracy = Some(0.99));
    for inputs in [["new.csv", "rescued.csv"], ["rescued.csv", "new.csv"]] {
        let (row, ended) = merged(&folder, inputs);
        assert_eq!(row, right);
        ended.stderr_has(&[&right.cell_id, "the one whose labels have its accuracy counts"]);
    }
    std::fs::remove_file(folder.path("rescued.labels")).unwrap();
    std::fs::remove_file(folder.path("new.labels")).unwrap();
    let (row, ended) = merged(&folder, ["rescued.csv", "new.csv"]);
    assert_eq!(row.accuracy, Some(0.99));
    ended.stderr_has(&["no labels tell which is right"]);
}

#[test]
fn a_link_that_leads_nowhere_is_in_the_way_before_anything_is_written() {
    for name in ["all.csv", "all.labels"] {
        let folder = run_twice();
        symlink("nowhere/at/all", folder.path(name)).unwrap();
        folder
            .run(&["merge", "all.csv", "old.csv"])
            .code(2)
            .stderr_has(&["cannot create all.", "the file already exists"]);
        for other in ["all.csv", "all.labels"] {
            let is_link = folder.path(other).symlink_metadata().is_ok();
            assert_eq!(is_link, other == name, "{other}");
        }
    }
}

#[test]
fn labels_that_a_killed_merge_left_are_put_aside() {
    let folder = run_twice();
    let labels = std::fs::read(folder.path("results/grid.labels")).unwrap();
    folder.write("all.labels", &labels);
    folder
        .run(&["merge", "all.csv", "old.csv"])
        .code(0)
        .stderr_has(&["renamed all.labels to all.1.labels.bak", "its rows are missing"]);
    assert_eq!(std::fs::read(folder.path("all.1.labels.bak")).unwrap(), labels);
    assert!(folder.path("all.labels").exists());
}

#[test]
fn what_a_killed_merge_left_is_removed_by_the_next_one() {
    let folder = run_twice();
    for name in [
        ".all.csv.abc.part",
        ".all.labels.abc.part",
        ".all.csv.def.part",
        ".other.csv.abc.part",
    ] {
        folder.write(name, "a part");
    }
    let written = std::fs::File::open(folder.path(".all.csv.def.part")).unwrap();
    written.lock().unwrap();
    folder.run(&["merge", "all.csv", "old.csv"]).code(0);
    let entries = std::fs::read_dir(folder.path(".")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut parts: Vec<String> = names.filter(|name| name.ends_with(".part")).collect();
    parts.sort();
    // One is being written, and one belongs to another file.
    assert_eq!(parts, [".all.csv.def.part", ".other.csv.abc.part"]);
}

/// Kills a merge at many moments: what stays is gone after the next one.
#[test]
fn a_killed_merge_leaves_nothing_beside_the_next_one() {
    let folder = run_twice();
    for wait_us in (0..30).map(|i| i * 400) {
        let mut merge = folder.command(&["merge", "merged/all.csv", "old.csv", "new.csv"]);
        merge.stderr(std::process::Stdio::null());
        let mut merge = merge.spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(wait_us));
        merge.kill().unwrap();
        merge.wait().unwrap();
        let _ = std::fs::remove_file(folder.path("merged/all.csv"));
    }
    folder
        .run(&["merge", "merged/all.csv", "old.csv", "new.csv"])
        .code(0);
    let entries = std::fs::read_dir(folder.path("merged")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with(".labels.bak")).collect();
    names.sort();
    assert_eq!(names, ["all.csv", "all.labels"]);
}

#[test]
fn labels_whose_end_is_missing_are_named() {
    let folder = run_twice();
    let labels = std::fs::read(folder.path("old.labels")).unwrap();
    folder.write("old.labels", &labels[..labels.len() - 3]);
    folder
        .run(&["merge", "all.csv", "old.csv"])
        .code(0)
        .stderr_has(&["old.labels: its last record is incomplete and left out"]);
}

#[test]
fn what_the_inputs_lack_is_named() {
    let folder = run_twice();
    folder
        .run(&["merge", "whole/all.csv", "results/grid.csv"])
        .code(0)
        .stderr_lacks("of the inputs");
    // Labels of another run, and no machines.csv.
    std::fs::copy(folder.path("old.labels"), folder.path("new.labels")).unwrap();
    folder
        .run(&["merge", "merged/other.csv", "new.csv"])
        .code(0)
        .stderr_has(&[
            "no labels file of the inputs has the predictions of 1 of 1 fits",
            "no machines.csv of the inputs describes machine",
        ]);
    assert!(!folder.path("merged/other.labels").exists());
}

#[test]
fn a_merge_that_cannot_describe_the_machines_says_so_with_its_exit_code() {
    let folder = run_twice();
    std::fs::create_dir_all(folder.path("merged/machines.csv")).unwrap();
    folder
        .run(&["merge", "merged/all.csv", "results/grid.csv"])
        .code(1)
        .stderr_has(&["the descriptions of machines"]);
    assert!(folder.path("merged/all.csv").exists());
}

#[test]
fn labels_of_an_older_version_are_refused_with_the_remedy() {
    let folder = run_twice();
    let labels = std::fs::read(folder.path("results/grid.labels")).unwrap();
    let older = [b"hemline-labels 1\n", &labels[17..]].concat();
    for name in ["results/grid.labels", "old.labels"] {
        folder.write(name, &older);
    }
    folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["results/grid.labels", "`hemline-labels 2`", "--fresh"]);
    folder
        .run(&["merge", "all.csv", "old.csv"])
        .code(2)
        .stderr_has(&["old.labels", "`hemline-labels 2`"]);
    assert!(!folder.path("all.csv").exists());
    folder.run(&["grid.toml", "--fresh"]).code(0);
    let kept = std::fs::read(folder.path("results/grid.2.labels.bak")).unwrap();
    assert_eq!(kept, older);
}

#[test]
fn a_file_that_is_no_labels_file_is_named_with_what_to_do() {
    let folder = run_twice();
    let text = "notes of mine\n";
    for name in ["results/grid.labels", "old.labels"] {
        folder.write(name, text);
    }
    let before = folder.results();
    folder.run(&["grid.toml"]).code(2).stderr_has(&[
        "results/grid.labels is in the place of the predictions of results/grid.csv",
        "it is not a file of labels",
        "move or rename it, and the run keeps its predictions in a new one",
    ]);
    assert_eq!(folder.results(), before);
    folder
        .run(&["merge", "all.csv", "new.csv", "old.csv"])
        .code(2)
        .stderr_has(&[
            "old.labels is in the place of the predictions of old.csv",
            "it is not a file of labels",
            "move or rename it, and the rows are merged without predictions",
        ])
        .stderr_lacks("--fresh");
    folder
        .run(&["merge", "all.csv", "new.csv", "new.labels"])
        .code(2)
        .stderr_has(&[
            "new.labels is not a results file",
            "give the .csv file of the same name",
        ]);
    assert!(!folder.path("all.csv").exists());
    assert_eq!(std::fs::read_to_string(folder.path("old.labels")).unwrap(), text);
    // A new start renames it, with rows beside it or without.
    std::fs::remove_file(folder.path("results/grid.csv")).unwrap();
    folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["results/grid.labels", "--fresh"]);
    folder
        .run(&["grid.toml", "--fresh"])
        .code(0)
        .stderr_has(&["renamed results/grid.labels"]);
    std::fs::remove_file(folder.path("old.labels")).unwrap();
    folder.run(&["merge", "all.csv", "old.csv"]).code(0);
}

#[test]
fn another_id_or_time_in_a_record_is_damage() {
    for (field, at) in [("id", 0), ("started_at", 1)] {
        let folder = run_twice();
        let row = only_row(&folder.path("new.csv"));
        let mut bytes = std::fs::read(folder.path("new.labels")).unwrap();
        let line = format!("{} {} ", row.cell_id, row.started_at);
        let start = bytes
            .windows(line.len())
            .position(|part| part == line.as_bytes())
            .unwrap();
        let place = start + [3, row.cell_id.len() + 6][at];
        bytes[place] = if bytes[place] == b'1' { b'2' } else { b'1' };
        folder.write("new.labels", bytes);
        folder
            .run(&["merge", "all.csv", "new.csv"])
            .code(0)
            .stderr_has(&["new.labels is damaged in 1 place"]);
        assert!(!folder.path("all.labels").exists(), "{field}");
    }
}

/// Records that claim a gigabyte of labels each, in a few bytes, with right checksums.
#[test]
fn labels_that_claim_gigabytes_take_no_memory() {
    let folder = run_twice();
    let bomb: String = (0..2000).map(|_| record("0123456789abcdef", 1 << 30)).collect();
    let many: String = (0..2000)
        .map(|i| record(&format!("{i:016x}"), 10_000_000))
        .collect();
    let labels = std::fs::read(folder.path("results/grid.labels")).unwrap();
    let labels = [labels.as_slice(), bomb.as_bytes(), many.as_bytes()].concat();
    for name in ["results/grid.labels", "new.labels"] {
        folder.write(name, &labels);
    }
    // 4 GiB of address space.
    let script = "ulimit -v 4194304; exec \"$0\" \"$@\"";
    for arguments in [
        &["merge", "all.csv", "new.csv"][..],
        &["grid.toml", "--jobs", "1"],
    ] {
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", script, env!("CARGO_BIN_EXE_runner")])
            .args(arguments);
        folder.confine(&mut command);
        Ended::from(command.output().unwrap()).code(0);
    }
    assert_eq!(statuses(&rows(&folder.path("all.csv"))), [Status::Ok]);
}

/// A record of labels of one class, which take no bytes.
fn record(id: &str, n_labels: usize) -> String {
    let fields = format!("{id} 2026-01-01T00:00:00Z {n_labels} 1 0 ");
    let digest = Sha256::digest(&fields);
    let check: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{fields}{check}\n\n")
}

#[test]
fn a_file_that_a_run_still_writes_is_not_merged() {
    let folder = run_twice();
    let file = std::fs::File::open(folder.path("old.csv")).unwrap();
    file.lock().unwrap();
    folder
        .run(&["merge", "all.csv", "new.csv", "old.csv"])
        .code(2)
        .stderr_has(&["a run is writing to old.csv", "wait for that run to end"]);
    assert!(!folder.path("all.csv").exists());
    drop(file);
    folder.run(&["merge", "all.csv", "new.csv", "old.csv"]).code(0);
}
