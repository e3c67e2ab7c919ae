//! `--share`: one fit for all points that it holds.

use std::collections::HashMap;

use runner::results::{Row, Status};

use crate::support::Folder;

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
