//! The table of engines side by side: which rows it compares and how it shows them.

use report::input::{Row, Status};

use crate::support::{Builder, Outcome, Place, csv_of, id, row};

fn on(engine: &str, round: u32, seconds: f64) -> Builder {
    let engine = engine.to_owned();
    row().repeat(round).set(|row| {
        row.cell_id = id(&format!("{engine}{round}"));
        row.engine = engine;
        row.fit_s = Some(0.75 * seconds);
        row.predict_s = Some(0.25 * seconds);
    })
}

/// Three rounds of two engines with the speedups 2, 4 and 3.
fn rounds() -> Vec<Row> {
    let theirs = [(0, 20.0), (1, 40.0), (2, 30.0)].map(|(round, seconds)| on("scikit-learn", round, seconds));
    let ours = [0, 1, 2].map(|round| on("linfa", round, 10.0).accuracy(0.91));
    theirs.into_iter().chain(ours).map(Builder::build).collect()
}

fn shown(rows: &[Row], arguments: &[&str]) -> Outcome {
    let csv = String::from_utf8(csv_of(rows)).unwrap();
    let place = Place::new().write("results/published/peers.csv", &csv);
    place.report(&[&["peers"], arguments].concat())
}

#[test]
fn a_line_has_the_accuracy_difference_and_the_median_speedup_with_its_range() {
    let table = shown(&rounds(), &[]).stdout;
    insta::assert_snapshot!(table, @r"
    | Classifier | Parameters | Preprocessing | Training rows | Engine | Accuracy | scikit-learn accuracy | Difference | Fit + predict | scikit-learn time | Speedup |
    | --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |
    | SVC | C=1; kernel=rbf | standard | 60,000 | linfa | 0.9100 | 0.9000 | +0.0100 | 10.0 s | 30.0 s | **3.00** (2.00 to 4.00, 3) |

    - Speedup: time of scikit-learn divided by time of the engine, fit and predict together. The engines ran alone and in
      turn. Median over the rounds (minimum to maximum, number of rounds). Above 1 the engine is faster.
    - Threads: 1.
    ");
}

#[test]
fn the_csv_has_the_same_numbers() {
    let csv = shown(&rounds(), &["--format", "csv"]).stdout;
    insta::assert_snapshot!(csv, @r"
    dataset,classifier,params,preprocessing,n_train,n_test,threads,engine,accuracy,baseline,baseline_accuracy,seconds,baseline_seconds,times_as_fast,times_as_fast_low,times_as_fast_high,rounds,shared_machine,not_converged,baseline_not_converged
    fashion-mnist,SVC,C=1;kernel=rbf,standard,60000,10000,1,linfa,0.91,scikit-learn,0.9,10.0,30.0,3.0,2.0,4.0,3,false,false,false
    ");
}

#[test]
fn another_baseline_inverts_the_speedup() {
    let table = shown(&rounds(), &["--baseline", "linfa"]).stdout;
    assert!(table.contains("**0.33** (0.25 to 0.50, 3)"), "{table}");
}

#[test]
fn times_beside_other_cells_give_no_speedup() {
    let mut rows = rounds();
    rows.iter_mut().for_each(|row| row.concurrent = Some(2));
    let table = shown(&rows, &[]).stdout;
    assert!(table.contains("| +0.0100 | – | – | – |"), "{table}");
}

#[test]
fn a_busy_machine_is_marked() {
    let mut rows = rounds();
    rows[0].foreign_cores = Some(0.5);
    let table = shown(&rows, &[]).stdout;
    assert!(
        table.contains(", 3) \\* |") && table.contains("- \\* Other work"),
        "{table}"
    );
}

#[test]
fn rows_with_other_data_threads_or_machines_are_not_compared() {
    let changes: [fn(&mut Row); 4] = [
        |row| row.n_train = 100,
        |row| row.threads = Some(2),
        |row| row.machine = "ffffffff".into(),
        |row| row.status = Status::Failed,
    ];
    for change in changes {
        let mut rows = rounds();
        rows.iter_mut()
            .filter(|row| row.engine == "linfa")
            .for_each(change);
        let table = shown(&rows, &[]).stdout;
        assert!(
            table.contains("No results: no point was trained both on scikit-learn"),
            "{table}"
        );
    }
}

#[test]
fn the_page_gets_the_table() {
    let csv = String::from_utf8(csv_of(&rounds())).unwrap();
    let place = Place::new().write("results/published/peers.csv", &csv);
    place
        .report(&["--check"])
        .ends(1, &["docs/peers.md is out of date"]);
    place.report(&[]).ends(0, &["wrote docs/peers.md"]);
    assert!(place.read("docs/peers.md").contains("Speedup"));
    place.report(&["--check"]).ends(0, &[]);
    let place = place.write("docs/peers.md", "<!-- peers:begin -->\n");
    place.report(&[]).ends(2, &["<!-- peers:end -->"]);
}

#[test]
fn machines_csv_is_not_a_results_file() {
    let place = Place::with_sample().write("results/published/machines.csv", "machine,engine\n");
    let outcome = place.report(&["--format", "csv"]);
    outcome.ends(0, &[]);
    assert!(!outcome.stderr.contains("machines.csv"), "{}", outcome.stderr);
}
