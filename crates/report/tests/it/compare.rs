//! `report compare`: what changed between two results files, and the exit code.

use std::fs;

use report::board::FASHION_MNIST_SHA256;
use report::input::Row;
use report::input::label_records::HEADER;

use crate::labels::{STARTED, record};
use crate::support::{Outcome, Place, row, text_of};

const N: usize = 200;

/// A results file of fits that get the first `wrong` of 200 test rows wrong, with their labels.
fn write(place: Place, name: &str, fits: &[(u64, usize)]) -> Place {
    let truth: Vec<u64> = (0..N as u64).map(|at| at % 10).collect();
    let mut bytes = [
        HEADER,
        &record(&format!("truth:{FASHION_MNIST_SHA256}"), "-", &truth, 10),
    ]
    .concat();
    let mut rows: Vec<Row> = Vec::new();
    for (cell, wrong) in fits {
        let predicted: Vec<u64> = truth
            .iter()
            .enumerate()
            .map(|(at, label)| if at < *wrong { (label + 1) % 10 } else { *label })
            .collect();
        let built = row()
            .cell(*cell)
            .params(&format!("C={cell}"))
            .rows(600, N as u64)
            .started(STARTED)
            .accuracy((N - wrong) as f64 / N as f64)
            .set(|row| row.fit_s = Some(*wrong as f64));
        let built = built.build();
        bytes.extend(record(&built.cell_id, STARTED, &predicted, 10));
        rows.push(built);
    }
    let place = place.write(&format!("{name}.csv"), &text_of(&rows));
    fs::write(place.path(&format!("{name}.labels")), bytes).unwrap();
    place
}

fn two() -> Place {
    let place = write(Place::new(), "before", &[(1, 20), (2, 30), (3, 10)]);
    write(place, "after", &[(1, 20), (2, 40), (4, 10)])
}

fn words(outcome: &Outcome) -> String {
    outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn points_of_both_files_are_compared_in_pairs() {
    let place = two();
    let outcome = place.report(&["compare", "before.csv", "after.csv"]);
    outcome.ends(0, &[]);
    let said = words(&outcome);
    for text in [
        "2 points in both files",
        "0.8500 0.8000 -0.0500",
        "1 point only in the first file.",
        "1 point only in the second file.",
    ] {
        assert!(said.contains(text), "no `{text}` in {said}");
    }
    let csv = place
        .report(&["compare", "before.csv", "after.csv", "--format", "csv"])
        .stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let first = reader.records().next().unwrap().unwrap();
    let field = |name: &str| first[header.iter().position(|title| title == name).unwrap()].to_owned();
    assert_eq!(
        (field("paired_only_first"), field("paired_only_second")),
        ("10".to_owned(), "0".to_owned())
    );
    // Ten heads of ten throws: 2 / 1024 - 1 / 1024.
    assert!((field("paired_p").parse::<f64>().unwrap() - 1.0 / 1024.0).abs() < 1e-9);
    assert!((field("time_ratio").parse::<f64>().unwrap() - 41.0 / 31.0).abs() < 1e-9);
    let json = place
        .report(&["compare", "before.csv", "after.csv", "--format", "json"])
        .stdout;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json).unwrap()["only_second"],
        1
    );
}

fn before() -> Place {
    write(Place::new(), "before", &[(1, 20), (2, 30)])
}

/// Two files, the second with every point of the first.
fn same_points() -> Place {
    write(before(), "after", &[(1, 20), (2, 40), (4, 10)])
}

#[test]
fn a_change_beyond_a_bound_is_found_and_the_exit_code_says_so() {
    let place = same_points();
    let compare = |args: &[&str]| place.report(&[&["compare", "before.csv", "after.csv"], args].concat());
    compare(&["--max-accuracy-change", "0.05"]).ends(0, &[]);
    compare(&["--max-accuracy-change", "0.049"]).ends(1, &["1 point changed by more than a bound"]);
    compare(&["--max-time-ratio", "1.3"]).ends(1, &["1 point changed"]);
    compare(&["--max-time-ratio", "1.4"]).ends(0, &[]);
}

#[test]
fn a_point_for_which_a_bound_was_not_checked_is_found_and_named() {
    let bound = ["compare", "before.csv", "after.csv", "--max-accuracy-change", "1"];
    two().report(&bound[..3]).ends(0, &[]);
    two().report(&bound).ends(
        1,
        &["no bound was checked for 1 point, which is not in `after.csv`: SVC (C=3), linfa, standard on fashion-mnist"],
    );
    // A row that shares the fit of another cell has no time.
    let fit = |cell: u64, shared_with: &str| {
        let built = row().cell(cell).params(&format!("C={cell}")).rows(600, N as u64);
        built.set(|row| row.shared_with = shared_with.to_owned()).build()
    };
    let other = "0000000000000009";
    let bound = ["compare", "before.csv", "other.csv", "--max-time-ratio", "9"];
    let place = before().write("other.csv", &text_of(&[fit(1, ""), fit(2, other)]));
    place.report(&bound).ends(
        1,
        &["--max-time-ratio was not checked for 1 point without a time in both files: SVC (C=2)"],
    );
    let place = before().write("other.csv", &text_of(&[fit(1, other), fit(2, other)]));
    place.report(&bound).ends(2, &["was not checked for 2 points"]);
}

#[test]
fn a_machine_that_no_row_is_from_is_refused() {
    let place = two();
    place
        .report(&["compare", "before.csv", "after.csv", "--machine", "nope"])
        .ends(
            2,
            &[
                "no row of `before.csv` is from machine `nope`",
                "known machines: a1b2c3d4",
            ],
        );
    place
        .report(&["compare", "before.csv", "after.csv", "--machine", "a1b2c3d4"])
        .ends(0, &[]);
}

#[test]
fn damaged_labels_are_no_finding_of_the_comparison() {
    let place = same_points();
    place.report(&["compare", "before.csv", "after.csv"]).ends(0, &[]);
    let path = place.path("after.labels");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    fs::write(path, bytes).unwrap();
    let outcome = place.report(&["compare", "before.csv", "after.csv", "--max-accuracy-change", "1"]);
    outcome.ends(2, &["after.labels"]);
    assert!(outcome.stdout.contains("0.8500"), "{outcome:?}");
}

#[test]
fn what_cannot_be_compared_is_a_message() {
    let place = two();
    place.report(&["compare", "before.csv"]).ends(2, &["SECOND"]);
    place
        .report(&["compare", "before.csv", "afte.csv"])
        .ends(2, &["did you mean after.csv"]);
    place
        .report(&["compare", "before.csv", "after.csv", "--max-time-ratio", "0"])
        .ends(2, &["expected a number above 0"]);
    place
        .report(&["compare", "before.csv", "after.csv", "--max-accuracy-change", "x"])
        .ends(2, &["expected a number from 0 to 1"]);
    let place = place.write("other.csv", &text_of(&[row().cell(9).params("C=9").build()]));
    let outcome = place.report(&["compare", "before.csv", "other.csv"]);
    outcome.ends(0, &[]);
    assert!(
        outcome.stdout.contains("No point is in both files."),
        "{}",
        outcome.stdout
    );
    place
        .report(&["compare", "before.csv", "other.csv", "--max-time-ratio", "2"])
        .ends(2, &["no point is in both files, so no bound was checked"]);
}

#[test]
fn a_repeat_that_one_file_lacks_is_no_change() {
    let fits = |repeats: &[(u32, f64)]| {
        let built: Vec<Row> = repeats
            .iter()
            .map(|(repeat, accuracy)| {
                let built = row().cell(u64::from(*repeat)).accuracy(*accuracy);
                built.set(|row| row.repeat = *repeat).build()
            })
            .collect();
        text_of(&built)
    };
    let place = Place::new()
        .write("before.csv", &fits(&[(0, 0.8), (1, 0.9), (2, 0.7)]))
        .write("after.csv", &fits(&[(0, 0.8), (1, 0.9)]));
    let outcome = place.report(&["compare", "before.csv", "after.csv", "--max-accuracy-change", "0"]);
    outcome.ends(0, &[]);
    assert!(words(&outcome).contains("+0.0000"), "{}", outcome.stdout);
}
