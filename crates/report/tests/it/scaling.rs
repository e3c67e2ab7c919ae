//! The scaling table: times by number of rows. Its rows are not ranked.

use report::input::Row;

use crate::support::{Place, csv_of, id, row};

const FOREST: &str = "RandomForestClassifier";

fn fit(n_train: u64, threads: u32, seconds: f64) -> Row {
    row()
        .of(FOREST, "native")
        .set(|row| {
            row.cell_id = id(&format!("{n_train} {threads}"));
            row.n_train = n_train;
            row.threads = Some(threads);
            row.fit_s = Some(seconds);
            row.peak_rss_mib = Some(seconds * 10.0);
        })
        .build()
}

fn place() -> Place {
    let rows = [
        fit(10_000, 1, 2.0),
        fit(20_000, 1, 4.0),
        fit(20_000, 2, 2.5),
        fit(40_000, 1, 8.0),
    ];
    Place::new().write(
        "results/published/scaling.csv",
        &String::from_utf8(csv_of(&rows)).unwrap(),
    )
}

#[test]
fn a_line_has_times_by_rows_exponent_and_speedup() {
    insta::assert_snapshot!("scaling", place().report(&["scaling"]).stdout);
}

#[test]
fn the_page_has_the_table_and_its_rows_are_not_ranked() {
    let place = place();
    place
        .report(&["--check"])
        .ends(1, &["docs/scaling.md is out of date"]);
    place.report(&[]).ends(0, &["wrote docs/scaling.md"]);
    assert!(place.read("docs/scaling.md").contains(FOREST));
    assert!(!place.read("results/published/leaderboard.md").contains(FOREST));
    place.report(&["--check"]).ends(0, &[]);
}
