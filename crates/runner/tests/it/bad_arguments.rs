//! Wrong arguments: the error names the argument, the exit code is 2, and results stay unchanged.

use crate::support::{Folder, QUICK};

#[test]
fn missing_grid_names_nearby_grids() {
    let folder = Folder::new();
    folder.write("configs/svm.toml", QUICK);
    folder
        .run(&["configs/smv.toml"])
        .code(2)
        .stderr_has(&["configs/smv.toml", "did you mean `configs/svm.toml`?"]);
    folder
        .run(&["nowhere/x.toml"])
        .code(2)
        .stderr_has(&["nowhere/x.toml", "known: configs/svm.toml"]);
    folder
        .run(&["configs"])
        .code(2)
        .stderr_has(&["cannot read the grid configs", "directory"]);
    assert!(!folder.path("results").exists());
}

#[test]
fn grids_of_the_same_name_are_rejected() {
    let folder = Folder::with_grid(QUICK);
    folder.write("more/grid.toml", QUICK);
    folder
        .run(&["grid.toml", "more/grid.toml"])
        .code(2)
        .stderr_has(&["two grids are named grid", "grid.csv"]);
    assert!(!folder.path("results").exists());
}

#[test]
fn options_that_select_no_cell_are_rejected() {
    Folder::with_grid(QUICK).rejects_grid(
        &["--only", "nonsense"],
        &["no cell of grid.toml is selected", "`nonsense`"],
    );
    Folder::with_grid(QUICK).rejects_grid(
        &["--shard", "2/2"],
        &["no cell of grid.toml is selected", "fewer points than 2 shards"],
    );
}

#[test]
fn retry_without_a_matching_cell_changes_nothing() {
    let folder = Folder::with_grid(QUICK);
    folder
        .run(&["grid.toml", "--retry", "failed"])
        .code(2)
        .stderr_has(&[
            "no cell of grid.toml is selected",
            "results/grid.csv does not exist",
        ]);
    assert!(
        !folder.path("results/grid.csv").exists(),
        "an empty results file remains"
    );
    folder.run(&["grid.toml"]).code(0);
    let before = folder.results();
    folder
        .run(&["grid.toml", "--retry", "failed"])
        .code(2)
        .stderr_has(&[
            "no cell of grid.toml is selected",
            "no cell has the status of --retry",
        ]);
    assert_eq!(folder.results(), before);
}

#[test]
fn wrong_argument_values_are_rejected() {
    for (arguments, text) in [
        (&["--jobs", "0"][..], "at least 1"),
        (&["--jobs", "two"], "whole number"),
        (&["--threads", "0"], "from 1 to 1024"),
        (&["--threads", "999999999999"], "from 1 to 1024"),
        (&["--repeats", "0"], "at least 1"),
        (&["--seed", "none"], "--seed"),
        (
            &["--seed", "18446744073709551616"],
            "from 0 to 18446744073709551615",
        ),
        (&["--train-limit", "0"], "at least 1"),
        (&["--test-limit", "1.5"], "whole number"),
        (&["--timeout", "soon"], "such as 30m"),
        (&["--timeout", "0s"], "such as 30m"),
        (&["--memory", "much"], "such as 8GiB"),
        (&["--retry", "faild"], "known: refused, failed"),
        (&["--retry", "ok"], "--fresh"),
        (&["--shard", "3/2"], "such as 1/4"),
        (&["--fresh", "--retry", "failed"], "cannot be used with"),
        (&["--job", "2"], "--jobs"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let folder = Folder::with_grid(QUICK);
        folder
            .run(&[&["grid.toml"], arguments].concat())
            .code(2)
            .stderr_has(&[text]);
        assert!(!folder.path("results").exists(), "{arguments:?}");
    }
    Folder::new()
        .run(&["--plan"])
        .code(2)
        .stderr_has(&["CONFIG.toml"]);
}
