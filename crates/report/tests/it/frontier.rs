//! The table of the frontier: pipelines on validation and on test rows, and their place among submitted scores.

use report::input::Row;

use crate::support::{Place, csv_of, id, row};

fn pipeline(dataset: Option<&str>, preprocessing: &str, augment: &str, accuracy: f64) -> Row {
    let sha256 = "0".repeat(64);
    let of = row().of("SVC", "native").accuracy(accuracy);
    let of = match dataset {
        Some(name) => of.data(name, &sha256),
        None => of,
    };
    of.set(|row| {
        row.cell_id = id(&format!("{dataset:?} {preprocessing} {augment}"));
        row.preprocessing = preprocessing.to_owned();
        row.augment = augment.to_owned();
        row.transform_s = Some(42.5);
    })
    .build()
}

fn place() -> Place {
    let chosen = [
        pipeline(None, "patches(size=6, pooling=4)", "none", 0.944),
        pipeline(None, "patches(size=6, pooling=4)", "flip", 0.95),
    ];
    let choice = [
        pipeline(Some("holdout"), "patches(size=6, pooling=3)", "none", 0.91),
        pipeline(Some("holdout"), "patches(size=6, pooling=4)", "none", 0.92),
        pipeline(Some("holdout"), "standard", "none", 0.85),
    ];
    let text = |rows: &[Row]| String::from_utf8(csv_of(rows)).unwrap();
    Place::new()
        .write("results/published/frontier.csv", &text(&chosen))
        .write("results/published/frontier_choice.csv", &text(&choice))
}

#[test]
fn the_table_opens_with_the_best_and_its_place_among_submitted_scores() {
    let out = place().report(&["frontier"]).stdout;
    assert!(
        out.contains("**fashion-mnist**: SVC on patches reaches 0.9500."),
        "{out}"
    );
    // WRN40-4, three more wide residual networks, DenseNet and DENSER: reference/submitted.csv has six above 0.95.
    assert!(
        out.contains("Of 38 scores that people submitted, 6 are higher."),
        "{out}"
    );
    let [test, validation] = ["### Test rows", "### Validation rows"].map(|title| out.find(title).unwrap());
    assert!(test < validation);
}

#[test]
fn only_parameters_that_differ_are_shown() {
    let out = place().report(&["frontier"]).stdout;
    assert!(
        out.contains("| holdout | patches(pooling=4) | – | SVC |"),
        "{out}"
    );
    assert!(out.contains("- All `patches`: size=6."), "{out}");
    assert!(out.contains("| fashion-mnist | patches | flip | SVC |"), "{out}");
    assert!(out.contains("42.5 s"), "{out}");
}

#[test]
fn rows_of_a_choice_are_not_ranked() {
    let place = place();
    place.report(&[]).ends(0, &["wrote docs/frontier.md"]);
    let leaderboard = place.read("results/published/leaderboard.md");
    assert!(
        leaderboard.contains("augment flip") && !leaderboard.contains("holdout"),
        "{leaderboard}"
    );
}
