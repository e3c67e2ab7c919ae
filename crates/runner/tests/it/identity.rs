//! The identity of a cell: typed values, the files of a command engine, and cells that are chosen to train again.

use runner::results::{Row, Status};

use crate::support::{Folder, TINY, rows, statuses};

/// A script that answers label 0 for the 100 test rows of the dataset `tiny`.
const SCRIPT: &str = r#"printf '{"labels":[%s0],"fit_s":0.0001,"predict_s":0.0002}' "$(yes 0, | head -n 99 | tr -d '\n')" > answer.json"#;

/// A folder with a command engine of its own family, these keys of the engine, and these parameters.
fn folder(engine: &str, parameters: &str) -> Folder {
    let folder = Folder::new();
    folder.write("engine.sh", SCRIPT);
    folder.write(
        "grid.toml",
        format!(
            "[run]\ndatasets = \"tiny\"\nrepeats = 1\n{TINY}[engines.own]\ncommand = [\"sh\", \"engine.sh\"]\nclassifiers = [\"Own\"]\n{engine}\n\
             [[grid]]\nclassifier = \"Own\"\nengine = \"own\"\n{parameters}\n"
        ),
    );
    folder
}

fn params(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.params.as_str()).collect()
}

#[test]
fn values_of_another_type_are_other_cells() {
    let folder = folder(
        "",
        "a = [1, 1.0, \"1\", true, \"true\", \"1;b=2\", \"x\\ny\", \"=cmd\"]",
    );
    folder.write(
        "more.toml",
        std::fs::read_to_string(folder.path("grid.toml"))
            .unwrap()
            .replace("a = [1, ", "b = 2\na = [1, "),
    );
    folder.run(&["grid.toml", "more.toml"]).code(0);
    let mut rows = rows(&folder.path("results/grid.csv"));
    assert_eq!(statuses(&rows), [Status::Ok; 8]);
    rows.sort_by(|a, b| a.params.cmp(&b.params));
    assert_eq!(
        params(&rows),
        [
            "a=\"1\"",
            "a=\"true\"",
            "a=1",
            "a=1.0",
            "a=1\\;b\\=2",
            "a=\\=cmd",
            "a=true",
            "a=x\\ny",
        ]
    );
    rows.extend(crate::support::rows(&folder.path("results/more.csv")));
    let mut ids: Vec<&str> = rows.iter().map(|row| row.cell_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 16);
    // A row is a line, whatever its parameters hold.
    let text = String::from_utf8(folder.results().unwrap()).unwrap();
    assert_eq!(text.lines().count(), 9);
}

#[test]
fn an_edited_engine_trains_anew_and_a_stated_version_decides_alone() {
    let folder = folder("", "a = 1");
    folder.run(&["grid.toml"]).code(0);
    folder
        .run(&["grid.toml"])
        .code(0)
        .stderr_has(&["every cell is in results/grid.csv"]);
    folder.write("engine.sh", format!("{SCRIPT}\n# edited\n"));
    folder.run(&["grid.toml"]).code(0).stderr_has(&["1 cell to run"]);
    let rows = folder.rows();
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0].cell_id, rows[1].cell_id);
    assert_ne!(rows[0].engine_version, rows[1].engine_version);
    assert!(rows[0].engine_version.starts_with("sha256:"));

    let folder = self::folder("version = \"1.2\"\nkind = \"tree\"", "a = 1");
    folder.run(&["grid.toml"]).code(0);
    folder.write("engine.sh", format!("{SCRIPT}\n# edited\n"));
    folder
        .run(&["grid.toml"])
        .code(0)
        .stderr_has(&["every cell is in results/grid.csv"]);
    let row = &folder.rows()[0];
    assert_eq!((row.engine_version.as_str(), row.kind.as_str()), ("1.2", "tree"));
}

#[test]
fn wrong_keys_of_an_engine_are_refused() {
    for (line, text) in [
        ("version = \"\"", "`version`: expected"),
        ("version = \"a b\"", "`version`: expected"),
        ("kind = \"forest\"", "unknown kind of method `forest`"),
        ("files = \"helper.py\"", "`files`: expected a list"),
        ("version = \"1\"\nfiles = [\"engine.sh\"]", "exclude each other"),
        (
            "files = [\"nowhere.py\"]",
            "cannot read nowhere.py of engine `own`",
        ),
    ] {
        folder(line, "a = 1").rejects_grid(&[], &[text]);
    }
    for wrong in ["inf", "nan", "[1, -inf]"] {
        folder("", &format!("a = {wrong}")).rejects_grid(&[], &["`a`: expected a finite number"]);
    }
    let folder = folder("", "a = 1");
    let grid = std::fs::read_to_string(folder.path("grid.toml")).unwrap();
    folder.write("grid.toml", grid.replace("[\"Own\"]", "[\"a\\nb\"]"));
    folder.rejects_grid(&[], &["expected a list of names of printable characters"]);
}

#[test]
fn an_engine_that_is_edited_during_the_run_does_not_pass_for_the_planned_one() {
    let edits = format!("{SCRIPT}\necho '# edited' >> \"$0\"\n");
    let folder = folder("", "a = [1, 2, 3]");
    folder.write("engine.sh", edits);
    folder.run(&["grid.toml", "--jobs", "1"]).code(3).stderr_has(&[
        "the files of engine `own` changed during the run",
        "2 further cells of it did not start",
    ]);
    assert_eq!(statuses(&folder.rows()), [Status::Interrupted]);
    folder.write("engine.sh", SCRIPT);
    folder.run(&["grid.toml"]).code(0);
    assert_eq!(statuses(&folder.rows())[1..], [Status::Ok; 3]);
}

#[test]
fn chosen_cells_train_again_and_their_new_rows_count() {
    let folder =
        Folder::with_grid("[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\nalpha = [1, 2]\n");
    folder.run(&["grid.toml"]).code(0);
    let before = folder.results().unwrap();
    folder
        .run(&["grid.toml", "--rerun", "alpha=2"])
        .code(0)
        .stderr_has(&["1 cell to run"]);
    let after = folder.results().unwrap();
    assert!(after.starts_with(&before), "the old rows stay");
    let rows = folder.rows();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2].params, "alpha=2");
    let old = rows.iter().find(|row| row.params == "alpha=2").unwrap();
    assert_eq!((&rows[2].cell_id, rows[2].accuracy), (&old.cell_id, old.accuracy));
    assert!(rows[2].started_at > old.started_at);
    // Cells that were not chosen and have never run are no failure.
    folder
        .run(&["grid.toml", "--results", "other", "--rerun", "alpha=2"])
        .code(0)
        .stderr_lacks("some cells failed");
    folder
        .run(&["grid.toml", "--rerun", "alpha=3"])
        .code(2)
        .stderr_has(&["no line of --plan contains `alpha=3`"]);
    for other in [["--fresh", ""], ["--retry", "failed"]] {
        let arguments = ["grid.toml", "--rerun", "alpha", other[0], other[1]];
        let arguments = &arguments[..if other[1].is_empty() { 4 } else { 5 }];
        folder.run(arguments).code(2).stderr_has(&["cannot be used with"]);
    }
}

#[test]
fn publishing_needs_committed_code() {
    let folder = Folder::with_grid("[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\n");
    folder
        .run(&["grid.toml", "--results", "results/published"])
        .code(2)
        .stderr_has(&["cannot publish"]);
    assert!(!folder.path("results").exists());
}

#[test]
fn labels_are_kept_and_merged_and_checked() {
    let folder = Folder::with_run(
        "repeats = 2",
        "[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\nalpha = [1, 2]\n",
    );
    for shard in ["1/2", "2/2"] {
        folder
            .run(&["grid.toml", "--shard", shard, "--results", &shard[..1]])
            .code(0);
    }
    folder
        .run(&["merge", "all.csv", "1/grid.csv", "2/grid.csv"])
        .code(0)
        .stderr_lacks("left out");
    let merged = std::fs::read(folder.path("all.labels")).unwrap();
    let count = |bytes: &[u8], text: &str| {
        let text = text.as_bytes();
        bytes.windows(text.len()).filter(|window| *window == text).count()
    };
    assert!(merged.starts_with(b"hemline-labels 2\n"));
    assert_eq!(count(&merged, "truth:"), 1);
    for row in rows(&folder.path("all.csv")) {
        assert_eq!(
            count(&merged, &format!("{} {} 100 10 48 ", row.cell_id, row.started_at)),
            1
        );
    }
    // A row whose accuracy is not that of its labels.
    let text = std::fs::read_to_string(folder.path("1/grid.csv")).unwrap();
    let row = &rows(&folder.path("1/grid.csv"))[0];
    let accuracy = format!(",ok,{:.6},", row.accuracy.unwrap());
    folder.write("1/grid.csv", text.replacen(&accuracy, ",ok,0.123456,", 1));
    folder
        .run(&["merge", "again.csv", "1/grid.csv"])
        .code(0)
        .stderr_has(&["do not have the accuracy of its row"]);
    // They stay with the merged row, so that `report` can tell.
    let again = std::fs::read(folder.path("again.labels")).unwrap();
    assert_eq!(
        count(&again, &format!("{} {} 100 10 48 ", row.cell_id, row.started_at)),
        1
    );
}
