//! The speed tables: native against scikit-learn at full size, and the boosting libraries.

use report::input::Row;

use crate::support::{Builder, Place, csv_of, id, page, row};

const HIST: &str = "HistGradientBoostingClassifier";

/// A round of one family on one engine that took `seconds` in total, three quarters of them for the fit.
fn on(classifier: &str, engine: &str, round: u32, seconds: f64) -> Builder {
    row().repeat(round).of(classifier, engine).params("").set(|row| {
        row.cell_id = id(&format!("{classifier} {engine} {round}"));
        row.fit_s = Some(0.75 * seconds);
        row.fit_cpu_s = Some(0.74 * seconds);
        row.predict_s = Some(0.25 * seconds);
        row.peak_rss_mib = Some(1000.0 * seconds + f64::from(round));
    })
}

/// Two rounds: native and scikit-learn on one family, and two libraries with their own names for it.
fn rounds() -> Vec<Row> {
    let round = |round| {
        [
            on(HIST, "native", round, 1.0),
            on(HIST, "scikit-learn", round, 4.0),
            on("LGBMClassifier", "lightgbm", round, 2.0),
            on("XGBClassifier", "xgboost", round, 3.0),
            on("GaussianNB", "native", round, 0.5),
        ]
    };
    [round(0), round(1)]
        .into_iter()
        .flatten()
        .map(Builder::build)
        .collect()
}

fn text(rows: &[Row]) -> String {
    String::from_utf8(csv_of(rows)).unwrap()
}

fn shown(rows: &[Row]) -> String {
    let place = Place::new().write("results/published/speed.csv", &text(rows));
    place.report(&["speed"]).stdout
}

#[test]
fn one_table_compares_engines_and_one_the_boosting_libraries() {
    insta::assert_snapshot!("speed", shown(&rounds()));
}

#[test]
fn boosted_trees_on_equal_rows_are_adjacent() {
    let mut rows = rounds();
    for row in rows.iter_mut().filter(|row| row.engine == "native") {
        row.n_train = 500;
    }
    let table = shown(&rows);
    let place = |part: &str| {
        table
            .find(part)
            .unwrap_or_else(|| panic!("no `{part}` in {table}"))
    };
    assert!(place("| 500 | Hist") < place("| 60,000 | Hist"), "{table}");
    assert!(place("| 60,000 | Hist") < place("| 60,000 | LGBM"), "{table}");
}

#[test]
fn times_beside_other_cells_do_not_count_and_a_busy_machine_is_marked() {
    let mut rows = rounds();
    for row in rows.iter_mut().filter(|row| row.engine == "xgboost") {
        row.concurrent = Some(2);
    }
    for row in rows.iter_mut().filter(|row| row.engine == "lightgbm") {
        row.steal = Some(0.03);
    }
    let table = shown(&rows);
    assert!(
        table.contains("| xgboost | defaults | 0.9000 | – | – | – | 3,001 |"),
        "{table}"
    );
    assert!(
        table.contains("| 1.50 s \\* | 1.48 s |") && table.contains("- \\* Other work"),
        "{table}"
    );
}

#[test]
fn files_with_any_name_can_be_given() {
    let place = Place::new().write("mine.csv", &text(&rounds()));
    let outcome = place.report(&["speed", "mine.csv"]);
    outcome.ends(0, &[]);
    assert!(
        outcome.stdout.contains("Boosting libraries"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn the_page_has_the_tables_and_check_verifies_them() {
    let place = Place::new();
    place.report(&[]).ends(0, &["wrote docs/speed.md"]);
    assert!(place.read("docs/speed.md").contains("No results yet"));
    let place = place.write("results/published/speed.csv", &text(&rounds()));
    place
        .report(&["--check"])
        .ends(1, &["docs/speed.md is out of date"]);
    place.report(&[]).ends(0, &["wrote docs/speed.md"]);
    place.report(&["--check"]).ends(0, &[]);
    let page = place.read("docs/speed.md");
    assert!(
        page.contains("**4.00**") && page.contains("Boosting libraries"),
        "{page}"
    );
}

#[test]
fn the_chart_has_the_figures_of_the_table_whatever_other_files_have() {
    let mut peers: Vec<Row> = rounds();
    for row in peers.iter_mut().filter(|row| row.engine == "scikit-learn") {
        row.fit_s = Some(90.0);
    }
    let place = Place::new()
        .write("results/published/peers.csv", &text(&peers))
        .write("results/published/speed.csv", &text(&rounds()));
    place.report(&[]).ends(0, &[]);
    assert!(place.read("docs/speed.md").contains("**4.00**"));
    let chart = place.read("docs/charts/speed-light.svg");
    assert!(
        chart.contains("Times as fast as scikit-learn: HistGradientBoosting 4.00."),
        "{chart}"
    );
}

#[test]
fn the_chart_compares_a_family_with_those_of_other_names_that_have_as_many_rounds() {
    let named =
        |classifier, engine, params: &str, seconds| on(classifier, engine, 0, seconds).params(params).build();
    let mut rows = vec![
        named(HIST, "native", "max_iter=100", 1.0),
        named("LGBMClassifier", "lightgbm", "n_estimators=100", 2.0),
        named("XGBClassifier", "xgboost", "n_estimators=100", 3.0),
        named("XGBClassifier", "xgboost", "n_estimators=10", 0.5),
    ];
    let chart = |rows: &[Row]| {
        let place = Place::new().write("results/published/speed.csv", &text(rows));
        place.report(&[]).ends(0, &[]);
        place.read("docs/charts/speed-light.svg")
    };
    let drawn = chart(&rows);
    for text in [
        "2.00×, lightgbm",
        "HistGradientBoosting: 2.00 times as fast as lightgbm.",
    ] {
        assert!(drawn.contains(text), "no {text} in {drawn}");
    }
    // Fits on another number of rows do not compare.
    rows[1].n_train = 500;
    assert!(chart(&rows).contains("3.00×, xgboost"));
}

#[test]
fn its_points_are_ranked_but_not_among_the_peers() {
    let place = Place::new().write("results/published/speed.csv", &text(&rounds()));
    assert!(
        place
            .report(&["--format", "csv"])
            .stdout
            .contains("XGBClassifier")
    );
    assert!(place.report(&["peers"]).stdout.contains("No results"));
}

#[test]
fn a_missing_page_or_marker_is_an_error() {
    let place = Place::new().write(
        "docs/speed.md",
        &page("speed").replace("<!-- speed:begin -->\n", ""),
    );
    place.report(&[]).ends(
        2,
        &[
            "`docs/speed.md`",
            "the line `<!-- speed:begin -->` is missing",
            "each once",
        ],
    );
    std::fs::remove_file(place.path("docs/speed.md")).unwrap();
    place
        .report(&["--check"])
        .ends(2, &["no file `docs/speed.md`", "<!-- speed:end -->"]);
}
