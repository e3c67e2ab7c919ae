//! `--share`: one fit for all points that it holds.

use std::collections::HashMap;

use runner::results::{Row, Status};

use crate::support::{Folder, rows};

/// Fourteen points that four fits hold.
const SHARED: &str = "[[grid]]
classifier = \"KNeighborsClassifier\"
engine = \"native\"
n_neighbors = [1, 5, 9]
weights = [\"uniform\", \"distance\"]
[[grid]]
classifier = \"RandomForestClassifier\"
engine = \"native\"
n_estimators = [2, 6]
[[grid]]
classifier = \"GradientBoostingClassifier\"
engine = \"native\"
n_estimators = [1, 2, 4]
max_depth = 2
[[grid]]
classifier = \"HistGradientBoostingClassifier\"
engine = \"native\"
max_iter = [1, 2, 4]
";

fn scores(rows: &[Row]) -> HashMap<String, (Option<f64>, Option<f64>, Status)> {
    let scores = rows.iter().map(|row| {
        let name = format!("{} {} {}", row.classifier, row.params, row.repeat);
        (name, (row.accuracy, row.macro_f1, row.status))
    });
    scores.collect()
}

#[test]
fn rows_of_shared_fits_have_the_scores_of_fits_of_their_own() {
    let [own, shared] = [(); 2].map(|()| Folder::with_run("repeats = 2", SHARED));
    own.run(&["grid.toml"]).code(0);
    let ended = shared.run(&["grid.toml", "--share"]).code(0);
    ended.stderr_has(&["28 cells to run with 8 fits"]);
    let rows = shared.rows();
    assert_eq!(scores(&rows), scores(&own.rows()));
    assert!(own.rows().iter().all(|row| row.shared_with.is_empty()));
    let trained: HashMap<&str, &Row> = rows
        .iter()
        .filter(|row| row.shared_with.is_empty())
        .map(|row| (row.cell_id.as_str(), row))
        .collect();
    assert_eq!(trained.len(), 8, "four fits, twice");
    for row in rows.iter().filter(|row| !row.shared_with.is_empty()) {
        let fit = trained[row.shared_with.as_str()];
        assert_eq!((fit.fit_s, fit.repeat), (row.fit_s, row.repeat), "{}", row.params);
        assert_eq!(fit.classifier, row.classifier);
    }
    // They count as done.
    shared
        .run(&["grid.toml"])
        .code(0)
        .stderr_has(&["every cell is in"]);
}

#[test]
fn the_plan_counts_the_fits() {
    let folder = Folder::with_grid(SHARED);
    let plan = folder.run(&["grid.toml", "--plan", "--share"]).code(0);
    assert!(
        plan.out.contains("14 cells; all are due; 4 fits for them"),
        "{}",
        plan.out
    );
    let ids = |line: &&str| line[..16].to_owned();
    let (served, trained): (Vec<&str>, Vec<&str>) = plan
        .out
        .lines()
        .filter(|line| line.contains(" · 300 rows"))
        .partition(|line| line.contains(" · from the fit of "));
    assert_eq!((served.len(), trained.len()), (10, 4), "{}", plan.out);
    let trained: Vec<String> = trained.iter().map(ids).collect();
    for line in served {
        assert!(trained.iter().any(|id| line.ends_with(id)), "{line}");
    }
    let json = folder
        .run(&["grid.toml", "--plan", "--json", "--share"])
        .code(0)
        .out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let cells = json[0]["cells"].as_array().unwrap();
    let named = cells.iter().filter_map(|cell| cell["shared_with"].as_str());
    let named: Vec<&str> = named.collect();
    assert_eq!(named.len(), 10);
    assert!(named.iter().all(|id| trained.iter().any(|other| other == id)));
    folder
        .run(&["grid.toml", "--share", "--keep", "kept"])
        .code(2)
        .stderr_has(&["--share", "--keep"]);
}

#[test]
fn where_the_largest_has_no_score_the_others_are_trained_by_themselves() {
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = \"native\"\nn_neighbors = [1, 5, 301, 302]\n",
    );
    folder.run(&["grid.toml", "--share"]).code(3);
    let rows = folder.rows();
    let status = |n: &str| {
        let row = rows.iter().find(|row| row.params == format!("n_neighbors={n}"));
        row.map(|row| (row.status, row.shared_with.is_empty()))
    };
    assert_eq!(status("302"), Some((Status::Failed, true)));
    assert_eq!(status("301"), Some((Status::Failed, true)));
    assert_eq!(status("5"), Some((Status::Ok, true)));
    assert_eq!(status("1"), Some((Status::Ok, false)));
}

#[test]
fn points_of_one_fit_are_in_one_shard() {
    let folder = Folder::with_run("repeats = 2", SHARED);
    let plan = ["plan-shards", "grid.toml", "--shards", "3", "--share"];
    folder
        .run(&plan)
        .code(0)
        .stderr_has(&["grid.toml --share --shard-file shards.csv --shard 1/3"]);
    for shard in ["1", "2", "3"] {
        let results = format!("shards/{shard}");
        let shard = format!("{shard}/3");
        let arguments = [
            "grid.toml",
            "--share",
            "--shard-file",
            "shards.csv",
            "--shard",
            &shard,
        ];
        folder
            .run(&[&arguments[..], &["--results", &results]].concat())
            .code(0);
    }
    let files = ["1", "2", "3"].map(|shard| folder.path(&format!("shards/{shard}/grid.csv")));
    let all: Vec<Row> = files.iter().flat_map(|file| rows(file)).collect();
    assert_eq!(all.len(), 28);
    let trained = all.iter().filter(|row| row.shared_with.is_empty());
    assert_eq!(trained.count(), 8, "no fit is divided");
}
