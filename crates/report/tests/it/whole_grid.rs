//! The table of the whole grid: times by family, what was refused, and what did not converge.

use report::board::MNIST_SHA256;
use report::input::{Row, Status};

use crate::support::{Place, csv_of, row};

fn shown(rows: &[Row]) -> String {
    let text = String::from_utf8(csv_of(rows)).unwrap();
    let place = Place::new().write("results/published/seed.csv", &text);
    place.report(&["whole-grid"]).stdout
}

/// A fit of 10 s from this second on, with 9 s of processor time for the fit and 1 s for the prediction.
fn fit(cell: u64, second: u32, classifier: &str, params: &str) -> Row {
    let mut row = row().of(classifier, "native").params(params).cell(cell).build();
    (row.fit_s, row.predict_s) = (Some(9.0), Some(1.0));
    row.fit_cpu_s = Some(9.0);
    row.predict_cpu_s = Some(1.0);
    row.started_at = format!("2026-11-26T10:00:{second:02}Z").parse().unwrap();
    row
}

#[test]
fn wall_time_is_the_union_of_the_cells_and_each_cell_counts_once() {
    let mut on_mnist = fit(3, 40, "KNeighborsClassifier", "n_neighbors=1;p=1;weights=uniform");
    (on_mnist.dataset, on_mnist.data_sha256) = ("mnist".into(), MNIST_SHA256.into());
    let mut unconverged = fit(
        4,
        5,
        "LinearSVC",
        "C=1;loss=hinge;multi_class=crammer_singer;penalty=l1",
    );
    unconverged.warning = "not-converged: 1000 iterations".into();
    let mut same = unconverged.clone();
    same.params = report::input::Params::new("C=1;loss=hinge;multi_class=crammer_singer;penalty=l2");
    let mut refused = fit(5, 15, "LinearSVC", "C=1;loss=hinge;multi_class=ovr;penalty=l1");
    refused.status = Status::Refused;
    refused.error = "hinge has no l1".into();
    (
        refused.accuracy,
        refused.macro_f1,
        refused.fit_s,
        refused.fit_cpu_s,
    ) = (None, None, None, None);
    (refused.predict_s, refused.predict_cpu_s, refused.wall_s) = (None, None, None);
    let rows = [
        fit(1, 0, "KNeighborsClassifier", "n_neighbors=1;p=1;weights=uniform"),
        unconverged,
        same,
        refused,
        on_mnist,
    ];
    let out = shown(&rows);
    for text in [
        "**25.0 s of wall time** for fashion-mnist (4 points) and mnist (1 point)",
        "| LinearSVC | 3 | 1 | 2 | 10.0 s | 0 s |",
        "| KNeighborsClassifier | 1 | 0 | 0 | 10.0 s | 10.0 s |",
        "| **all** | 4 | 1 | 2 | 20.0 s | 10.0 s |",
        "refused: hinge has no l1",
        "- LinearSVC C=1; loss=hinge; multi_class=crammer_singer; penalty=l1, LinearSVC C=1; loss=hinge;",
        "multi_class=crammer_singer; penalty=l2: fashion-mnist: not-converged: 1000 iterations",
    ] {
        assert!(out.contains(text), "no `{text}` in {out}");
    }
}

#[test]
fn only_the_whole_grid_counts() {
    let text = String::from_utf8(csv_of(&[fit(1, 0, "SVC", "C=10")])).unwrap();
    let place = Place::new().write("results/published/svm.csv", &text);
    assert!(place.report(&["whole-grid"]).stdout.contains("No results yet"));
    assert!(
        place
            .report(&["whole-grid"])
            .stdout
            .contains("those with a limit on rows do not")
    );
}

#[test]
fn scikit_learn_stands_beside_native_where_both_trained_a_point_in_turn() {
    let ours = |cell, params: &str| {
        let mut row = fit(cell, 0, "SVC", params);
        row.predict_cpu_s = Some(2.0);
        row
    };
    let theirs = |cell, params: &str, machine: &str| {
        let mut row = row().of("SVC", "scikit-learn").params(params).cell(cell).build();
        (row.fit_cpu_s, row.predict_cpu_s) = (Some(100.0), Some(10.0));
        row.machine = machine.into();
        row
    };
    let grid = [
        ours(1, "C=10;kernel=rbf"),
        ours(2, "C=1;kernel=rbf"),
        ours(3, "C=100;kernel=rbf"),
    ];
    let machine = grid[0].machine.clone();
    // Of speed.csv, the point that is also one of the grid counts, though it leaves a default out; of the grid on scikit-learn, the one
    // that ran on the same machine.
    let in_turn = [
        ours(1, "C=10"),
        theirs(11, "C=10", &machine),
        ours(9, "C=7"),
        theirs(19, "C=7", &machine),
    ];
    let alone = [
        theirs(12, "C=1;kernel=rbf", &machine),
        theirs(13, "C=100;kernel=rbf", "another"),
    ];
    let mut place = Place::new();
    for (stem, rows) in [
        ("seed", &grid[..]),
        ("speed", &in_turn),
        ("seed_scikit_learn", &alone),
    ] {
        let text = String::from_utf8(csv_of(rows)).unwrap();
        place = place.write(&format!("results/published/{stem}.csv"), &text);
    }
    let out = place.report(&["whole-grid"]).stdout;
    assert!(out.contains("| 3 min 40 s / 22.0 s (2 fits) |"), "{out}");
}
