//! Grids that several machines train: a file divides their cells into shards, and a merge has what one run has.

use std::collections::{BTreeMap, BTreeSet};

use runner::results::Row;

use crate::support::{Folder, QUICK, rows};

/// Deterministic and random points, a refused one, and one under two names.
fn with_points() -> Folder {
    let random = "[[grid]]\nclassifier = \"DecisionTreeClassifier\"\nengine = \"native\"\nsplitter = \"random\"\n\
                  max_depth = [1, 2, 3]\n";
    let refused = "[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nkernel = [\"sigmoid\", \"linear\"]\n\
                   gamma = [\"auto\", 0.5]\n";
    Folder::with_run("repeats = 3", &format!("{QUICK}{random}{refused}"))
}

/// What does not depend on when and where a cell ran.
fn lasting(rows: &[Row]) -> BTreeSet<(String, String, String, Option<String>)> {
    let rows = rows.iter().map(|row| {
        let accuracy = row.accuracy.map(|accuracy| accuracy.to_string());
        (
            row.cell_id.clone(),
            row.params.clone(),
            row.status.to_string(),
            accuracy,
        )
    });
    rows.collect()
}

#[test]
fn shards_of_a_file_are_together_one_run() {
    let folder = with_points();
    folder.run(&["grid.toml"]).code(0);
    folder
        .run(&["plan-shards", "grid.toml", "--shards", "3"])
        .code(0)
        .stderr_has(&[
            "shards.csv: ",
            " cells in 3 shards of about ",
            "grid.toml --shard-file shards.csv --shard 1/3 --jobs 1 --results shards/1",
            "merge grid.csv shards/*/grid.csv",
        ]);
    for shard in ["1", "2", "3"] {
        let results = format!("shards/{shard}");
        let shard = format!("{shard}/3");
        let arguments = ["grid.toml", "--shard-file", "shards.csv", "--shard", &shard];
        let arguments = [&arguments[..], &["--results", &results]].concat();
        folder.run(&arguments).code(0);
        // A shard that is started again has nothing left to do.
        folder.run(&arguments).code(0).stderr_has(&["every cell is in"]);
    }
    let merge = [
        "merge",
        "grid.csv",
        "shards/1/grid.csv",
        "shards/2/grid.csv",
        "shards/3/grid.csv",
    ];
    folder.run(&merge).code(0);
    assert_eq!(lasting(&rows(&folder.path("grid.csv"))), lasting(&folder.rows()));
    assert_eq!(
        rows(&folder.path("grid.csv")).len(),
        folder.rows().len(),
        "no row twice"
    );
}

#[test]
fn repeats_that_must_agree_are_in_one_shard() {
    let folder = with_points();
    folder
        .run(&["plan-shards", "grid.toml", "--shards", "4"])
        .code(0)
        .stderr_has(&["all cells count the same"]);
    let text = std::fs::read_to_string(folder.path("shards.csv")).unwrap();
    let mut shards: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        if line.contains("BernoulliNB") {
            shards.entry("deterministic").or_default().insert(fields[0]);
        }
        shards.entry("all").or_default().insert(fields[0]);
        // A refused cell takes no time.
        let seconds = if line.contains("sigmoid") { "0.0" } else { "" };
        assert_eq!(&fields[1..4], ["4", seconds, ""], "{line}");
    }
    assert_eq!(shards["deterministic"].len(), 1);
    assert_eq!(shards["all"].len(), 4);
}

#[test]
fn expensive_cells_are_apart() {
    let folder = Folder::with_grid(&format!(
        "{QUICK}[[grid]]\nclassifier = \"RandomForestClassifier\"\nengine = \"native\"\nn_estimators = [100, 101, 1, 2]\n"
    ));
    folder.run(&["grid.toml"]).code(0);
    folder.run(&["plan-shards", "grid.toml", "--shards", "2"]).code(0);
    let text = std::fs::read_to_string(folder.path("shards.csv")).unwrap();
    let shard = |name: &str| {
        let line = text.lines().find(|line| line.contains(name)).unwrap();
        line.split(',').next().unwrap().to_owned()
    };
    assert_ne!(shard("n_estimators=100"), shard("n_estimators=101"), "{text}");
}

#[test]
fn a_file_that_does_not_fit_the_run_is_refused() {
    let folder = with_points();
    folder.write("other.toml", std::fs::read(folder.path("grid.toml")).unwrap());
    let plan = ["plan-shards", "grid.toml", "--shards", "2"];
    folder.run(&plan).code(0);
    folder
        .run(&plan)
        .code(2)
        .stderr_has(&["cannot write the shards to shards.csv", "already exists"]);
    folder
        .run(&[
            "plan-shards",
            "grid.toml",
            "--shards",
            "1000",
            "--output",
            "many.csv",
        ])
        .code(2)
        .stderr_has(&["1000 shards, but there are only", "ask for fewer --shards"]);
    let text = std::fs::read_to_string(folder.path("shards.csv")).unwrap();
    let line = text.lines().nth(1).unwrap();
    folder.write("twice.csv", format!("{text}{line}\n"));
    folder.write("short.csv", text.replacen(&format!("{line}\n"), "", 1));
    folder.write("zero.csv", text.replacen("\n1,2,", "\n0,2,", 1));
    let seconds = line.split(',').nth(2).unwrap();
    for (name, wrong) in [("negative", "-inf"), ("unknown", "NaN")] {
        let wrong = line.replacen(&format!("1,2,{seconds},"), &format!("1,2,{wrong},"), 1);
        folder.write(&format!("{name}.csv"), text.replacen(line, &wrong, 1));
    }
    folder.write("empty.csv", "shard,shards,seconds,mib,cell_id,grid,cell\n");
    folder.write("binary.csv", [0xff_u8, 0, 1, b',', b'\n', 0xfe, b'\n']);
    for (arguments, texts) in [
        (&["--shard-file", "shards.csv"][..], &["--shard <I/N>"][..]),
        (
            &["--shard-file", "shards.csv", "--shard", "1/3"],
            &["it has 2 shards, and --shard says 1/3"],
        ),
        (
            &["--shard-file", "shards.csv", "--shard", "1/2", "--repeats", "4"],
            &["it lacks a cell of grid.toml: ", "runner plan-shards"],
        ),
        (
            &["--shard-file", "shards.csv", "--shard", "1/2", "--repeats", "2"],
            &["4 cells of it are not in this run"],
        ),
        (
            &["other.toml", "--shard-file", "shards.csv", "--shard", "1/2"],
            &["it lacks a cell of other.toml: "],
        ),
        (
            &["--shard-file", "twice.csv", "--shard", "1/2"],
            &["is in it twice"],
        ),
        (
            &["--shard-file", "short.csv", "--shard", "1/2"],
            &["it lacks a cell of"],
        ),
        (
            &["--shard-file", "negative.csv", "--shard", "1/2"],
            &["`seconds` of cell", "is -inf"],
        ),
        (
            &["--shard-file", "unknown.csv", "--shard", "1/2"],
            &["`seconds` of cell", "is NaN"],
        ),
        (
            &["--shard-file", "zero.csv", "--shard", "1/2"],
            &["is in shard 0 of 2"],
        ),
        (
            &["--shard-file", "empty.csv", "--shard", "1/2"],
            &["it has no cell"],
        ),
        (
            &["--shard-file", "binary.csv", "--shard", "1/2"],
            &["cannot use the shards of binary.csv"],
        ),
        (
            &["--shard-file", "grid.toml", "--shard", "1/2"],
            &["cannot use the shards of grid.toml"],
        ),
        (
            &["--shard-file", "nowhere.csv", "--shard", "1/2"],
            &["cannot use the shards of nowhere.csv", "No such file"],
        ),
        (
            &["--shard-file", "/dev/zero", "--shard", "1/2"],
            &["it is not a regular file"],
        ),
    ] {
        let arguments = [&["grid.toml"], arguments].concat();
        folder
            .run(&arguments)
            .code(2)
            .stderr_has(texts)
            .stderr_lacks("panicked");
        assert!(!folder.path("results").exists(), "results were created");
    }
}
