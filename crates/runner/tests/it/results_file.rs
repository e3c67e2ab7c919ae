//! The results file: it is checked, repaired, locked, and never left with an incomplete row; files can be merged.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use runner::results::{Row, Status};

use crate::support::{Ended, Folder, QUICK, rows, statuses};

/// A folder whose grid of two points has run.
fn finished() -> Folder {
    let folder =
        Folder::with_grid("[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\nalpha = [1, 2]\n");
    folder.run(&["grid.toml", "--jobs", "1"]).code(0);
    folder
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../report/tests/fixtures/sample.csv")
}

#[test]
fn file_with_another_header_is_rejected_unchanged() {
    let header = Row::COLUMNS.join(",");
    for (text, difference) in [
        ("a,b,c\n1,2,3\n".to_owned(), "missing columns: schema"),
        ("some notes".to_owned(), "its first line is not the header"),
        (format!("{header},more\n"), "unknown columns: more"),
        (
            header.replacen("schema,cell_id", "cell_id,schema", 1) + "\n",
            "its columns are in another order",
        ),
        (
            header.replacen("fit_s", "fit_ms", 1) + "\n",
            "missing columns: fit_s; unknown columns: fit_ms",
        ),
    ] {
        let folder = Folder::with_grid(QUICK);
        folder.write("results/grid.csv", &text);
        folder
            .run(&["grid.toml"])
            .code(2)
            .stderr_has(&["results/grid.csv", difference, "--fresh"]);
        assert_eq!(folder.results().unwrap(), text.as_bytes());
    }
}

#[test]
fn rows_of_another_schema_are_rejected() {
    let folder = finished();
    let text = String::from_utf8(folder.results().unwrap())
        .unwrap()
        .replace("\n3,", "\n4,");
    folder.write("results/grid.csv", &text);
    folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["rows of schema 4, this version writes schema 3"]);
    assert_eq!(folder.results().unwrap(), text.as_bytes());
}

#[test]
fn incomplete_last_row_is_removed_and_its_cell_rerun() {
    let folder = finished();
    let whole = folder.results().unwrap();
    for cut in [1, 40] {
        folder.write("results/grid.csv", &whole[..whole.len() - cut]);
        folder.run(&["grid.toml"]).code(0).stderr_has(&[
            "removed an incomplete row from the end of results/grid.csv",
            "1 cell to run",
        ]);
        let rows = folder.rows();
        assert_eq!(statuses(&rows), [Status::Ok; 2]);
        assert_ne!(rows[0].cell_id, rows[1].cell_id);
    }
}

#[test]
fn damaged_row_is_reported_with_its_line_and_stays() {
    let folder = finished();
    let whole = String::from_utf8(folder.results().unwrap()).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    for wrong in [
        "1,2,3",
        &lines[1].replace(",ok,", ",fine,"),
        &lines[1].replace(",300,", ",many,"),
    ] {
        let text = [lines[0], wrong, lines[2], ""].join("\n");
        folder.write("results/grid.csv", &text);
        folder
            .run(&["grid.toml"])
            .code(2)
            .stderr_has(&["results/grid.csv line 2: not a row of results"]);
        assert_eq!(folder.results().unwrap(), text.as_bytes());
    }
}

#[test]
fn second_run_on_a_file_is_rejected() {
    let folder = finished();
    let before = folder.results();
    let file = File::open(folder.path("results/grid.csv")).unwrap();
    file.lock().unwrap();
    folder
        .run(&["grid.toml", "--repeats", "2"])
        .code(2)
        .stderr_has(&["another run is writing to results/grid.csv"]);
    if std::path::Path::new("/proc/locks").exists() {
        // This test is the process that has locked it.
        let held = format!("results/grid.csv: process {}, ", std::process::id());
        folder.run(&["grid.toml"]).code(2).stderr_has(&[&held]);
    }
    folder
        .run(&["grid.toml", "--fresh"])
        .code(2)
        .stderr_has(&["another run"]);
    assert_eq!(folder.results(), before);
    drop(file);
    folder.run(&["grid.toml"]).code(0);
}

#[test]
fn results_folder_that_cannot_be_created_is_reported() {
    let folder = Folder::with_grid(QUICK);
    folder.write("results", "a file");
    folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["cannot create the folder of results/grid.csv", "--results"]);
    assert_eq!(std::fs::read(folder.path("results")).unwrap(), b"a file");
    folder
        .run(&["grid.toml", "--results", "results/deeper"])
        .code(2)
        .stderr_has(&["cannot create the folder"]);
    std::fs::create_dir_all(folder.path("other/grid.csv")).unwrap();
    folder
        .run(&["grid.toml", "--results", "other"])
        .code(2)
        .stderr_has(&["cannot open other/grid.csv"]);
}

#[test]
fn fresh_renames_the_old_file() {
    let folder = finished();
    let before = folder.results().unwrap();
    folder
        .run(&["grid.toml", "--fresh"])
        .code(0)
        .stderr_has(&["renamed results/grid.csv to results/grid.1.csv.bak"]);
    assert_eq!(
        std::fs::read(folder.path("results/grid.1.csv.bak")).unwrap(),
        before
    );
    assert_eq!(folder.rows().len(), 2);
    folder
        .run(&["grid.toml", "--fresh"])
        .code(0)
        .stderr_has(&["results/grid.2.csv.bak"]);
}

#[test]
fn merged_shards_equal_one_run() {
    let folder = finished();
    for shard in ["1/2", "2/2"] {
        let results = format!("part{}", &shard[..1]);
        folder
            .run(&["grid.toml", "--shard", shard, "--results", &results])
            .code(0);
    }
    folder
        .run(&["merge", "all.csv", "part1/grid.csv", "part2/grid.csv"])
        .code(0)
        .stderr_has(&["wrote 2 rows to all.csv"]);
    let points = |rows: &[Row]| -> Vec<(String, Option<f64>)> {
        rows.iter()
            .map(|row| (row.cell_id.clone(), row.accuracy))
            .collect()
    };
    assert_eq!(points(&rows(&folder.path("all.csv"))), points(&folder.rows()));
    let machines = std::fs::read_to_string(folder.path("machines.csv")).unwrap();
    let part = std::fs::read_to_string(folder.path("part1/machines.csv")).unwrap();
    assert!(machines.starts_with(&part), "{machines}");
}

#[test]
fn merge_waits_for_no_pipe_and_reads_no_device() {
    let folder = finished();
    let made = Command::new("mkfifo")
        .arg(folder.path("pipe.csv"))
        .status()
        .unwrap();
    assert!(made.success());
    for input in ["pipe.csv", "/dev/zero", "results"] {
        folder
            .run(&["merge", "all.csv", "results/grid.csv", input])
            .code(2)
            .stderr_has(&["cannot read", "not a regular file"]);
    }
    assert!(!folder.path("all.csv").exists());
}

#[test]
fn control_characters_of_an_edited_file_reach_no_terminal() {
    let folder = finished();
    let before = String::from_utf8(folder.results().unwrap()).unwrap();
    let edited = before.replacen(",BernoulliNB,", ",Bernoulli\u{1b}[2JNB,", 1);
    assert_ne!(edited, before);
    folder.write("results/grid.csv", &edited);
    for arguments in [
        ["grid.toml", "--quiet", "--jobs=1"],
        ["merge", "all.csv", "results/grid.csv"],
    ] {
        folder
            .run(&arguments)
            .code(2)
            .stderr_has(&["line 2", "control character"])
            .stderr_lacks("\u{1b}");
    }
    assert_eq!(folder.results().unwrap(), edited.as_bytes());
}

#[test]
fn an_edited_number_stops_a_run_too() {
    let folder = finished();
    let before = String::from_utf8(folder.results().unwrap()).unwrap();
    let accuracy = format!(",{:.6},", folder.rows()[0].accuracy.unwrap());
    let edited = before.replacen(&accuracy, ",-1,", 1);
    assert_ne!(edited, before);
    folder.write("results/grid.csv", &edited);
    folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["line 2", "`accuracy` is -1"]);
    assert_eq!(folder.results().unwrap(), edited.as_bytes());
}

#[test]
fn merge_writes_only_where_rows_belong() {
    let folder = finished();
    folder.write("results/published/.keep", "");
    for (output, text) in [
        ("machines.csv", "a file of this name describes machines"),
        ("all.labels", "its name does not end in .csv"),
        ("results/published/all.csv", "cannot publish"),
    ] {
        folder
            .run(&["merge", output, "results/grid.csv"])
            .code(2)
            .stderr_has(&[text]);
        assert!(!folder.path(output).exists());
    }
    for results in ["results/published/nowhere/..", "results/published"] {
        let arguments = ["grid.toml", "--results", results];
        folder.run(&arguments).code(2).stderr_has(&["cannot publish"]);
    }
    symlink("published/grid.csv", folder.path("results/other.csv")).unwrap();
    folder.write("other.toml", std::fs::read(folder.path("grid.toml")).unwrap());
    folder
        .run(&["other.toml"])
        .code(2)
        .stderr_has(&["cannot publish"]);
}

#[test]
fn the_published_rows_are_within_the_ranges_of_this_program() {
    let folder = Folder::new();
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/published");
    for entry in std::fs::read_dir(published).unwrap() {
        let path = entry.unwrap().path();
        let is_rows = path.extension().is_some_and(|extension| extension == "csv");
        if is_rows && !path.ends_with("machines.csv") {
            let name = path.file_name().unwrap().to_str().unwrap();
            folder.run(&["merge", name, path.to_str().unwrap()]).code(0);
        }
    }
}

#[test]
fn an_edited_row_does_not_pass_for_its_cell() {
    let folder = finished();
    let before = String::from_utf8(folder.results().unwrap()).unwrap();
    for (from, to) in [
        (",tiny,", ",other,"),
        (",BernoulliNB,", ",GaussianNB,"),
        (",native,", ",linfa,"),
        (",300,100,", ",600,100,"),
        (",300,100,", ",300,50,"),
    ] {
        let edited = before.replacen(from, to, 1);
        assert_ne!(edited, before);
        folder.write("results/grid.csv", &edited);
        folder
            .run(&["grid.toml"])
            .code(0)
            .stderr_has(&["1 row with the identity of a cell but other fields"]);
        let rows = std::fs::read_to_string(folder.path("results/grid.csv")).unwrap();
        assert!(rows.starts_with(&edited), "the edited row stays in the file");
        assert_eq!(rows.lines().count(), 4, "and the cell trained again");
        folder.run(&["grid.toml"]).code(0).stderr_lacks("other fields");
    }
}

#[test]
fn merge_keeps_one_row_per_cell_and_prefers_ok() {
    let folder = finished();
    let failed = String::from_utf8(folder.results().unwrap())
        .unwrap()
        .replace(",ok,", ",failed,");
    folder.write("failed.csv", failed);
    for inputs in [
        ["failed.csv", "results/grid.csv"],
        ["results/grid.csv", "failed.csv"],
    ] {
        folder.run(&["merge", "all.csv", inputs[0], inputs[1]]).code(0);
        assert_eq!(statuses(&rows(&folder.path("all.csv"))), [Status::Ok; 2]);
        std::fs::remove_file(folder.path("all.csv")).unwrap();
        std::fs::remove_file(folder.path("all.labels")).unwrap();
    }
}

#[test]
fn merge_rejects_foreign_inputs_and_an_existing_output() {
    let folder = finished();
    folder.write("foreign.csv", "a,b\n1,2\n");
    folder
        .run(&["merge", "all.csv", "results/grid.csv", "foreign.csv"])
        .code(2)
        .stderr_has(&["foreign.csv", "missing columns"]);
    folder
        .run(&["merge", "all.csv", "nowhere.csv"])
        .code(2)
        .stderr_has(&["cannot read nowhere.csv"]);
    assert!(!folder.path("all.csv").exists());
    folder
        .run(&["merge", "foreign.csv", "results/grid.csv"])
        .code(2)
        .stderr_has(&["cannot create foreign.csv", "the file already exists"]);
    assert_eq!(std::fs::read(folder.path("foreign.csv")).unwrap(), b"a,b\n1,2\n");
    folder.run(&["merge", "all.csv"]).code(2);
}

#[test]
fn sample_file_survives_a_merge_unchanged() {
    let folder = Folder::new();
    let sample = sample();
    folder
        .run(&["merge", "out.csv", sample.to_str().unwrap()])
        .code(0);
    let (sample, merged) = (rows(&sample), rows(&folder.path("out.csv")));
    let key = |row: &Row| (row.cell_id.clone(), row.params.clone());
    for row in &merged {
        assert!(sample.contains(row), "{row:?}");
    }
    for row in &sample {
        assert!(merged.iter().any(|other| key(other) == key(row)), "{row:?}");
    }
}

#[test]
fn closed_pipe_is_not_an_error() {
    let folder = finished();
    let script = "\"$0\" --list | head -n 1; \"$0\" grid.toml | true";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_runner")])
        .process_group(0);
    folder.confine(&mut command);
    let ended = Ended::from(command.output().unwrap());
    ended.stderr_lacks("panicked").code(0);
}

#[test]
fn keep_writes_labels_and_attributes_of_every_cell() {
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = \"SVC\"\nengine = \"native\"\n[[grid]]\nclassifier = \"RidgeClassifier\"\n",
    );
    folder.run(&["grid.toml", "--keep", "kept/here"]).code(0);
    let n_kept = |row: &Row| {
        let text = std::fs::read(folder.path(&format!("kept/here/{}.json", row.cell_id))).unwrap();
        let kept: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let labels = kept["labels"].as_array().unwrap();
        assert!(
            labels.iter().all(|label| label.as_u64().unwrap() < 10),
            "{labels:?}"
        );
        let attributes = ["n_support", "n_iter", "dual_objective", "coef", "intercept"].into_iter();
        let n_of = |name| kept["attributes"][name].as_array().map(Vec::len);
        (labels.len(), attributes.filter_map(n_of).collect::<Vec<_>>())
    };
    let rows = folder.rows();
    for (classifier, attributes) in [("SVC", vec![10, 45, 45]), ("RidgeClassifier", vec![10, 10])] {
        let row = rows.iter().find(|row| row.classifier == classifier).unwrap();
        assert_eq!(n_kept(row), (100, attributes));
    }
    assert_eq!(std::fs::read_dir(folder.path("kept/here")).unwrap().count(), 2);
}

#[test]
fn failure_to_keep_predictions_is_a_warning_and_exit_code_1() {
    let folder = Folder::with_grid(QUICK);
    folder.write("in_the_way", "");
    folder
        .run(&["grid.toml", "--keep", "in_the_way"])
        .code(2)
        .stderr_has(&["cannot create the folder in_the_way"]);
    assert_eq!(folder.results(), None);
    let id = folder.run(&["grid.toml", "--plan"]).code(0).out[..16].to_owned();
    folder.write(&format!("kept/{id}.json/.keep"), "");
    folder
        .run(&["grid.toml", "--keep", "kept"])
        .code(1)
        .stderr_has(&["1 file of --keep could not be written", "--rerun"]);
    let rows = folder.rows();
    assert_eq!(statuses(&rows), [Status::Ok]);
    assert!(
        rows[0].warning.contains("not-kept: cannot write kept"),
        "{}",
        rows[0].warning
    );
}
