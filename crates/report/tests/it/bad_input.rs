//! Invalid input: exit code 2, a message with the place and the remedy, and unchanged files.

use std::fs;

use report::input::schema::COLUMNS;

use crate::support::{Place, README, sample};

/// Runs the report on the sample file with one change. The message must contain every text of `said`.
#[track_caller]
fn refuses(change: impl FnOnce(String) -> String, said: &[&str]) {
    let place = Place::new().write("results/bad.csv", &change(sample()));
    for args in [&[][..], &["--check"], &["--format", "csv"]] {
        place.report(args).ends(2, said);
    }
    assert_eq!(place.read("README.md"), README);
    assert!(!place.has("results/leaderboard.md"));
}

/// Sets one column of the sample's first row, on line 2.
fn with(column: &'static str, value: &'static str) -> impl FnOnce(String) -> String {
    move |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut fields: Vec<&str> = lines[1].split(',').collect();
        fields[COLUMNS.iter().position(|name| *name == column).unwrap()] = value;
        lines[1] = fields.join(",");
        lines.join("\n") + "\n"
    }
}

#[test]
fn a_wrong_header_names_the_file_and_the_columns() {
    let renamed = |text: String| text.replacen("macro_f1", "f1", 1);
    refuses(
        renamed,
        &[
            "results/bad.csv",
            "missing `macro_f1`; unknown `f1`",
            "results-format.md",
        ],
    );
    refuses(
        |text| text.replacen("fit_s,fit_cpu_s", "fit_cpu_s,fit_s", 1),
        &["expected `fit_s`, found `fit_cpu_s`"],
    );
    refuses(
        |text| text.replacen(",error\n", ",error,error\n", 1),
        &["a column is repeated"],
    );
}

#[test]
fn an_invalid_field_names_file_line_column_and_value() {
    for (column, value, said) in [
        ("accuracy", "abc", "`accuracy` is `abc`"),
        (
            "accuracy",
            "1.5",
            "`accuracy` is 1.5, expected a number from 0 to 1",
        ),
        ("accuracy", "NaN", "`accuracy` is NaN"),
        ("accuracy", "", "`status` is `ok`, but `accuracy` is empty"),
        ("macro_f1", "-0.1", "`macro_f1` is -0.1"),
        ("fit_s", "inf", "`fit_s` is inf"),
        ("predict_s", "-1", "`predict_s` is -1"),
        ("n_train", "many", "`n_train` is `many`"),
        ("repeat", "-1", "`repeat` is `-1`"),
        (
            "status",
            "done",
            "unknown variant `done`, expected one of `ok`, `refused`",
        ),
        ("schema", "2", "`schema` is 2; this program reads 1"),
        ("cell_id", "", "`cell_id` is empty"),
        ("params", "rbf", "`params` contains `rbf`"),
        ("started_at", "yesterday", "`started_at` is `yesterday`"),
    ] {
        refuses(with(column, value), &["`results/bad.csv`, line 2:", said]);
    }
}

#[test]
fn a_short_row_is_an_error_unless_it_is_the_last() {
    refuses(
        |text| text.replacen(",0.1.0,", ",", 1),
        &["`results/bad.csv`, line 2: expected 27 fields, found 26"],
    );
}

#[test]
fn text_that_is_not_utf_8_is_an_error_with_its_line() {
    let place = Place::new();
    let mut bytes = sample().into_bytes();
    let at = bytes.windows(6).position(|window| window == b"native").unwrap();
    bytes[at] = 0xff;
    fs::write(place.path("results/bad.csv"), bytes).unwrap();
    place
        .report(&[])
        .ends(2, &["`results/bad.csv`, line 2: the text is not UTF-8"]);
}

#[test]
fn an_incomplete_last_line_is_skipped_with_a_note() {
    let text = sample();
    let place = Place::new().write("results/torn.csv", &text[..text.len() - 40]);
    let outcome = place.report(&["--format", "markdown"]);
    outcome.ends(
        0,
        &["note: results/torn.csv: line 38 skipped because it is incomplete"],
    );
    assert!(outcome.stdout.contains("From 36 rows in 1 results file"));
}

#[test]
fn a_csv_file_without_results_is_skipped_with_a_note() {
    let place = Place::with_sample().write("results/notes.csv", "machine,cpu\na1b2c3d4,fast\n");
    place.report(&[]).ends(
        0,
        &["note: results/notes.csv: skipped because it is not a results file"],
    );
}

#[test]
fn a_missing_results_folder_is_an_error_that_names_the_command_to_run() {
    let place = Place::new();
    place
        .report(&["--results", "nowhere"])
        .ends(2, &["`nowhere`", "No such file", "-p runner", "--results DIR"]);
    place
        .report(&["--results", "README.md"])
        .ends(2, &["`README.md`", "Not a directory"]);
}

#[test]
fn a_readme_with_wrong_markers_is_an_error_and_stays_unchanged() {
    let begin = "<!-- leaderboard:begin -->\n";
    let end = "<!-- leaderboard:end -->\n";
    for (readme, said) in [
        (
            "# Title\n".to_owned(),
            "the line `<!-- leaderboard:begin -->` is missing",
        ),
        (
            format!("{begin}x\n"),
            "the line `<!-- leaderboard:end -->` is missing",
        ),
        (format!("{begin}{begin}{end}"), "more than once, on lines 1 and 2"),
        (
            format!("{end}{begin}"),
            "the end marker on line 1 comes before the begin marker on line 2",
        ),
    ] {
        let place = Place::with_sample().write("README.md", &readme);
        place
            .report(&[])
            .ends(2, &["`README.md`", said, "each once and in this order"]);
        assert_eq!(place.read("README.md"), readme);
        assert!(
            !place.has("results/leaderboard.md"),
            "no file is written if another one is invalid"
        );
    }
}

#[test]
fn a_missing_or_unreadable_readme_is_an_error() {
    let place = Place::with_sample();
    place
        .report(&["--readme", "no.md"])
        .ends(2, &["no file `no.md`", "--readme FILE"]);
    place
        .report(&["--readme", "results"])
        .ends(2, &["cannot read `results`"]);
}

#[test]
fn conflicting_options_and_unknown_formats_are_usage_errors() {
    let place = Place::with_sample();
    place
        .report(&["--check", "--format", "csv"])
        .ends(2, &["cannot be used with"]);
    place
        .report(&["--format", "xml"])
        .ends(2, &["csv, json, markdown"]);
}
