//! The parity table: which points it compares, what it leaves out and where it is written.

use std::fs;

use report::input::{Row, Status};

use crate::support::{Builder, Change, Outcome, Place, csv_of, page, row};

/// A cell of one family on one engine; `id` makes it unique within a test.
fn on(classifier: &str, engine: &str, id: u32, accuracy: f64) -> Builder {
    row().repeat(id).of(classifier, engine).accuracy(accuracy)
}

/// Three families: within the tolerance (two seeds and one), outside it, and without a tolerance.
fn points() -> Vec<Row> {
    let cells = [
        on("SVC", "native", 0, 0.8990),
        on("SVC", "native", 1, 0.8992),
        on("SVC", "scikit-learn", 2, 0.8999),
        on("GaussianNB", "native", 3, 0.5706).params(""),
        on("GaussianNB", "scikit-learn", 4, 0.5701).params(""),
        on("NearestCentroid", "native", 5, 0.6784).params(""),
        on("NearestCentroid", "scikit-learn", 6, 0.6784).params(""),
    ];
    cells.map(Builder::build).into()
}

fn text(rows: &[Row]) -> String {
    String::from_utf8(csv_of(rows)).unwrap()
}

fn shown(rows: &[Row]) -> Outcome {
    let place = Place::new().write("results/published/parity_some.csv", &text(rows));
    place.report(&["parity"])
}

#[test]
fn a_line_has_both_means_their_difference_and_the_verdict() {
    insta::assert_snapshot!("parity", shown(&points()).stdout);
}

#[test]
fn points_of_one_engine_are_counted_and_other_engines_are_ignored() {
    let mut rows = points();
    rows.push(on("SVC", "native", 10, 0.8).params("C=2").build());
    rows.push(on("SVC", "scikit-learn", 11, 0.8).params("C=3").build());
    rows.push(on("SVC", "linfa", 12, 0.8).params("C=4").build());
    let table = shown(&rows).stdout;
    assert!(
        table.contains("- Not compared: 2 points that only one of the two engines has trained."),
        "{table}"
    );
    assert!(!table.contains("C=4"), "{table}");
}

#[test]
fn a_row_that_is_not_ok_does_not_count_and_is_reported() {
    let mut rows = points();
    rows.push(
        on("SVC", "native", 20, 0.0)
            .ended(Status::Timeout, "too long")
            .build(),
    );
    rows[3].status = Status::Failed;
    let table = shown(&rows).stdout;
    assert!(table.contains("| 0.8991 | 2 | 0.8999 | 1 | -0.0008 |"), "{table}");
    assert!(!table.contains("| GaussianNB |"), "{table}");
    assert!(
        table.contains("Not compared: 1 point ") && table.contains("is not ok: 1 failed, 1 timeout."),
        "{table}"
    );
}

#[test]
fn points_with_other_rows_data_or_preprocessing_are_not_compared() {
    // Rows of other data are not looked at: only the points of scikit-learn are left.
    let changes: [(Change, u32); 4] = [
        (|row| row.n_train = 100, 6),
        (|row| row.n_test = 100, 6),
        (|row| row.data_sha256 = "0".repeat(64), 3),
        (|row| row.preprocessing = "unit".into(), 6),
    ];
    for (change, n) in changes {
        let mut rows = points();
        rows.iter_mut()
            .filter(|row| row.engine == "native")
            .for_each(change);
        let table = shown(&rows).stdout;
        assert!(
            table.contains("No results yet") && table.contains(&format!("Not compared: {n} points")),
            "{table}"
        );
    }
}

#[test]
fn machines_threads_and_other_cells_do_not_matter() {
    let plain = shown(&points()).stdout;
    let mut rows = points();
    (rows[0].machine, rows[0].concurrent, rows[0].threads) = ("ffffffff".into(), Some(2), Some(2));
    assert_eq!(shown(&rows).stdout, plain);
}

#[test]
fn several_files_make_one_table_and_each_file_is_named() {
    let place = Place::new()
        .write("results/published/parity_a.csv", &text(&points()[..4]))
        .write("results/published/parity_b.csv", &text(&points()[3..]))
        .write(
            "results/published/svm.csv",
            &text(&[on("SVC", "native", 30, 0.1).build()]),
        );
    let table = place.report(&["parity"]).stdout;
    let (lines, _) = shown(&points())
        .stdout
        .split_once("\n- ")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(table.starts_with(&lines), "{table}");
    for stem in ["parity_a", "parity_b"] {
        assert!(table.contains(&format!("`{stem}.csv`")), "{table}");
    }
    assert!(!table.contains("svm.csv"), "{table}");
}

#[test]
fn files_with_any_name_can_be_given() {
    let place = Place::new().write("mine.csv", &text(&points()));
    let outcome = place.report(&["parity", "mine.csv"]);
    outcome.ends(0, &[]);
    assert!(outcome.stdout.contains("| SVC |"), "{}", outcome.stdout);
    place.report(&["parity", "no.csv"]).ends(
        2,
        &[
            "`no.csv`: there is no such file; results files: mine.csv",
            "no row can be used",
        ],
    );
}

#[test]
fn the_page_has_the_table_and_check_notices_manual_edits_and_new_rows() {
    let place = Place::new().write("results/published/parity_some.csv", &text(&points()));
    place
        .report(&["--check"])
        .ends(1, &["docs/parity.md is out of date"]);
    place.report(&[]).ends(0, &["wrote docs/parity.md"]);
    place.report(&["--check"]).ends(0, &[]);
    let page = place.read("docs/parity.md");
    assert!(
        page.starts_with("# Page\n\n<!-- parity:begin -->\n\n**Within tolerance: 1 of 2 points.**"),
        "{page}"
    );
    let place = place.write("docs/parity.md", &page.replace("| NO |", "| yes |"));
    place
        .report(&["--check"])
        .ends(1, &["docs/parity.md is out of date"]);
    let place = place
        .write("docs/parity.md", &page)
        .write("results/published/parity_some.csv", &text(&points()[..3]));
    place
        .report(&["--check"])
        .ends(1, &["docs/parity.md is out of date"]);
}

#[test]
fn its_points_are_neither_ranked_nor_among_the_peers() {
    let place = Place::new().write("results/published/parity_some.csv", &text(&points()));
    assert_eq!(place.report(&["--format", "csv"]).stdout, "");
    assert!(place.report(&["peers"]).stdout.contains("No results"));
}

#[test]
fn a_page_without_results_says_so() {
    let place = Place::new();
    place.report(&[]).ends(0, &["wrote docs/parity.md"]);
    let page = place.read("docs/parity.md");
    assert!(
        page.contains("No results yet") && !page.contains("olerance"),
        "{page}"
    );
    place.report(&["--check"]).ends(0, &[]);
}

#[test]
fn a_table_without_rows_says_so_with_the_option_for_own_rows() {
    let empty = text(&points()).lines().next().unwrap().to_owned() + "\n";
    let place = Place::new();
    for place in [
        Place::new(),
        place.write("results/published/parity_some.csv", &empty),
    ] {
        for table in report::tables::TABLES {
            let outcome = place.report(&[table.name]);
            outcome.ends(0, &[]);
            let said = &outcome.stdout;
            assert!(
                said.lines().count() <= 2 && said.contains("`--results results` reads"),
                "{}: {said}",
                table.name
            );
        }
    }
}

#[test]
fn a_missing_page_or_marker_is_an_error_and_nothing_is_written() {
    let place = Place::with_sample();
    fs::remove_file(place.path("docs/parity.md")).unwrap();
    place.report(&[]).ends(
        2,
        &["no file `docs/parity.md`", "--docs DIR", "<!-- parity:begin -->"],
    );
    let place = place.write(
        "docs/parity.md",
        &page("parity").replace("<!-- parity:end -->\n", ""),
    );
    place.report(&[]).ends(
        2,
        &[
            "`docs/parity.md`",
            "the line `<!-- parity:end -->` is missing",
            "each once",
        ],
    );
    assert!(!place.has("results/published/leaderboard.md"));
}
