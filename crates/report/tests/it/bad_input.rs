//! Invalid input: a bad row or file is named and left out, the others are shown, and the exit code is 1. Only if no row is left
//! it is 2, and files stay as they are.

use std::fs;

use report::input::schema::COLUMNS;

use crate::support::{Place, README, row, sample, text_of};

/// Adds a file with one change of the sample beside a good file. The message must contain every text of `said`; the good file
/// is shown all the same.
#[track_caller]
fn names(change: impl FnOnce(String) -> String, said: &[&str]) {
    let good = row()
        .of("DummyClassifier", "native")
        .params("strategy=prior")
        .build();
    let place = Place::new()
        .write("results/published/bad.csv", &change(sample()))
        .write("results/published/good.csv", &text_of(&[good]));
    for args in [
        &["--format", "csv"][..],
        &["show", "--format", "csv", "--results", "results/published"],
    ] {
        let outcome = place.report(args);
        outcome.ends(1, said);
        assert!(outcome.stdout.contains("strategy=prior"), "{}", outcome.stdout);
    }
    place.report(&["--check"]).ends(1, said);
    place.report(&[]).ends(1, said);
    assert!(
        place
            .read("results/published/leaderboard.md")
            .contains("strategy=prior")
    );
    // The pages are up to date, but the bad row is still there.
    place.report(&["--check"]).ends(1, said);
}

/// The same change in the only file: no row is left, and nothing is written.
#[track_caller]
fn leaves_nothing(change: impl FnOnce(String) -> String, said: &[&str]) {
    let place = Place::new().write("results/published/bad.csv", &change(sample()));
    for args in [
        &[][..],
        &["--check"],
        &["--format", "csv"],
        &["peers"],
        &["show", "results/published/bad.csv"],
    ] {
        let outcome = place.report(args);
        outcome.ends(2, said);
        outcome.ends(2, &["no row can be used"]);
        assert_eq!(outcome.stdout, "");
    }
    assert_eq!(place.read("README.md"), README);
    assert!(!place.has("results/published/leaderboard.md"));
}

/// Sets one column of the sample's first row, on line 2.
fn with(column: &str, value: &str) -> impl FnOnce(String) -> String {
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
    names(
        renamed,
        &[
            "results/published/bad.csv",
            "missing `macro_f1`; unknown `f1`",
            "results-format.md",
        ],
    );
    leaves_nothing(renamed, &["missing `macro_f1`; unknown `f1`"]);
    names(
        |text| text.replacen("fit_s,fit_cpu_s", "fit_cpu_s,fit_s", 1),
        &["expected `fit_s`, found `fit_cpu_s`"],
    );
    names(
        |text| text.replacen(",error\n", ",error,error\n", 1),
        &["a column is repeated"],
    );
}

#[test]
fn a_file_of_another_schema_says_what_it_is_and_what_to_do() {
    let of_schema = |schema: &'static str| {
        move |text: String| {
            let text = text.replacen(",n_features,", ",", 1);
            text.replace("\n3,", &format!("\n{schema},"))
        }
    };
    let old = [
        "`results/published/bad.csv`: its rows are of results schema 1, of an older version",
        "run its grid again",
    ];
    names(of_schema("1"), &old);
    leaves_nothing(of_schema("1"), &old);
    names(
        of_schema("4"),
        &["results schema 4, of a newer version", "update the program"],
    );
}

/// Sets one column of the sample's first row; `runner` has the same test with the same cases.
#[test]
fn an_invalid_field_names_file_line_column_and_value() {
    let cases = include_str!("../fixtures/bad_rows.csv");
    for case in csv::Reader::from_reader(cases.as_bytes()).into_deserialize() {
        let (column, value, reason): (String, String, String) = case.unwrap();
        let place = Place::new().write("results/published/bad.csv", &with(&column, &value)(sample()));
        let outcome = place.report(&["--format", "csv"]);
        if reason.is_empty() {
            outcome.ends(0, &[]);
            continue;
        }
        let place_of = "× `results/published/bad.csv`, line 2:";
        outcome.ends(1, &[place_of, &reason, "the row is left out"]);
        assert_eq!(outcome.stderr.matches("× ").count(), 1, "{}", outcome.stderr);
        assert!(outcome.stdout.lines().count() > 15, "{}", outcome.stdout);
    }
    names(with("fit_cpu_s", "-5"), &["line 2: `fit_cpu_s` is -5"]);
}

#[test]
fn what_only_this_program_names_of_a_row_is_named_too() {
    for (column, value, reason) in [
        ("schema", "1", "`schema` is 1; this program reads 3"),
        ("machine", "\"abc", "a quoted field has no end"),
        ("machine", "\"abc\"d", "text after its last quote"),
    ] {
        let place = Place::new().write("results/published/bad.csv", &with(column, value)(sample()));
        place.report(&["--format", "csv"]).ends(1, &["line 2:", reason]);
    }
}

#[test]
fn a_short_row_is_left_out_unless_it_is_the_last() {
    names(
        |text| text.replacen(",0123abc,", ",", 1),
        &["`results/published/bad.csv`, line 2: expected 38 fields, found 37"],
    );
}

#[test]
fn an_open_quote_hides_no_other_row() {
    let place = Place::new().write("results/published/bad.csv", &with("error", "\"open")(sample()));
    let outcome = place.report(&["--format", "markdown"]);
    outcome.ends(1, &["line 2: a quoted field has no end"]);
    assert!(outcome.stdout.contains("From 36 rows in 1 results file"));
}

/// Each change spoils at most the row on line 2.
#[test]
fn odd_characters_hide_no_other_row() {
    type Spoil = fn(String) -> String;
    let cases: [(Spoil, &str); 11] = [
        (
            |text| text.replacen(",native,", ",nat\u{85}ive,", 1),
            "line 2: `engine` contains a control",
        ),
        (
            |text| text.replacen(",native,", ",\u{9b}31mnative,", 1),
            "line 2: `engine` contains a control",
        ),
        (
            |text| text.replacen(",native,", ",\0native,", 1),
            "line 2: `engine` contains a control",
        ),
        (
            |text| text.replacen(",native,", ",nat\rive,", 1),
            "line 2: `engine` contains a control",
        ),
        (
            |text| text.replacen("\n3,", "\n\u{feff}3,", 1),
            "line 2: `schema` is `\\u{feff}3`",
        ),
        (
            |text| text.replacen("\n3,", "\n\"3,", 1),
            "line 2: a quoted field has no end",
        ),
        (
            |text| text.replacen("\n3,", "\n3,\"", 1),
            "line 2: a quoted field has no end",
        ),
        (
            |text| text.replacen("\n3,", "\n\0\0\0\n3,", 1),
            "line 2: expected 38 fields, found 1",
        ),
        (|text| format!("\u{feff}{text}"), ""),
        (|text| text.replace('\n', "\r\n"), ""),
        (|text| text.replacen('\n', "\n\r\n\n", 1), ""),
    ];
    for (at, (spoil, said)) in cases.into_iter().enumerate() {
        let place = Place::new().write("results/published/bad.csv", &spoil(sample()));
        let outcome = place.report(&["--format", "markdown"]);
        outcome.ends(i32::from(!said.is_empty()), &[said]);
        let n = if said.is_empty() || said.ends_with("found 1") {
            37
        } else {
            36
        };
        assert!(
            outcome
                .stdout
                .contains(&format!("From {n} rows in 1 results file")),
            "case {at}"
        );
    }
    // A header that cannot be read leaves out its file only.
    let headers: [(Spoil, &str); 4] = [
        (
            |text| text.replacen("schema,", "schema,\"", 1),
            "in line 1, a quoted field has no end",
        ),
        (
            |text| text.replacen("schema,", "sch\u{9b}ema,", 1),
            "line 1 contains a control",
        ),
        (|text| text.replace('\n', "\r"), "not a results file: "),
        (
            |text| text.replacen("schema,", "schema\0,", 1),
            "line 1 contains a control",
        ),
    ];
    for (spoil, said) in headers {
        names(spoil, &[said]);
    }
}

#[test]
fn text_that_is_not_utf_8_is_named_with_its_line() {
    let place = Place::new();
    let mut bytes = sample().into_bytes();
    let at = bytes.windows(6).position(|window| window == b"native").unwrap();
    bytes[at] = 0xff;
    fs::write(place.path("results/published/bad.csv"), bytes).unwrap();
    let outcome = place.report(&["--format", "markdown"]);
    outcome.ends(1, &["`results/published/bad.csv`, line 2: `engine` is not UTF-8"]);
    assert!(outcome.stdout.contains("From 36 rows in 1 results file"));
}

#[test]
fn thousands_of_bad_rows_are_counted() {
    let bad = "2,x\n".repeat(30_000);
    let place = Place::new().write("results/published/bad.csv", &format!("{}{bad}", sample()));
    let outcome = place.report(&["--format", "csv"]);
    outcome.ends(
        1,
        &[
            "line 39: expected 38 fields, found 2",
            "29980 more rows are left out",
        ],
    );
    assert!(outcome.stderr.len() < 10_000, "{}", outcome.stderr.len());
}

#[test]
fn what_is_not_a_file_of_text_is_named_and_the_others_are_shown() {
    let place = Place::with_sample();
    fs::write(place.path("results/published/bytes.csv"), [0xff, 0xfe, 0, b'\n']).unwrap();
    std::os::unix::fs::symlink("nowhere", place.path("results/published/link.csv")).unwrap();
    make_fifo(&place.path("results/published/pipe.csv"));
    fs::create_dir(place.path("results/published/folder.csv")).unwrap();
    let outcome = place.report(&["--format", "csv"]);
    outcome.ends(
        1,
        &[
            "`results/published/bytes.csv`: not a results file",
            "`results/published/link.csv`: cannot read it: No such file",
            "`results/published/pipe.csv`: not a regular file",
        ],
    );
    assert!(outcome.stdout.lines().count() > 15, "{}", outcome.stdout);
    let outcome = place.report(&["show", "results/published/pipe.csv", "/dev/zero"]);
    outcome.ends(
        2,
        &[
            "`results/published/pipe.csv`: cannot read it: not a regular file",
            "`/dev/zero`: cannot read it: not a regular file",
        ],
    );
}

fn make_fifo(path: &std::path::Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[test]
fn an_unreadable_file_is_named_and_the_others_are_shown() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with_sample().write("results/published/secret.csv", &sample());
    fs::set_permissions(
        place.path("results/published/secret.csv"),
        PermissionsExt::from_mode(0o000),
    )
    .unwrap();
    if fs::read(place.path("results/published/secret.csv")).is_ok() {
        // Root reads everything: become another user, to whom the folder is open.
        fs::set_permissions(place.path("."), PermissionsExt::from_mode(0o755)).unwrap();
        let program = place.path("report");
        fs::copy(env!("CARGO_BIN_EXE_report"), &program).unwrap();
        let shell = format!("cd '{}' && ./report --format csv", place.path(".").display());
        let output = std::process::Command::new("setpriv")
            .args([
                "--reuid",
                "65534",
                "--regid",
                "65534",
                "--clear-groups",
                "sh",
                "-c",
                &shell,
            ])
            .output();
        let Ok(output) = output else {
            eprintln!("skipped: there is no setpriv to become another user");
            return;
        };
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(
            message.contains("`results/published/secret.csv`: cannot read it: Permission denied"),
            "{message}"
        );
        assert!(output.stdout.len() > 1000);
        return;
    }
    let outcome = place.report(&["--format", "csv"]);
    outcome.ends(
        1,
        &["`results/published/secret.csv`: cannot read it: Permission denied"],
    );
    assert!(outcome.stdout.len() > 1000);
}

#[test]
fn control_characters_of_the_input_do_not_reach_the_terminal() {
    let place = Place::new().write(
        "results/published/bad.csv",
        &with("status", "\u{202e}x")(sample()),
    );
    let place = place.write("results/published/a\u{1b}[31m.csv", "schema,\u{7}\n");
    let outcome = place.report(&["--format", "csv"]);
    outcome.ends(
        1,
        &[
            "line 2",
            "\\u{202e}",
            "a\\u{1b}[31m.csv",
            "line 1 contains a control",
        ],
    );
    assert!(
        !outcome.stderr.chars().any(|c| c.is_control() || c == '\u{202e}'),
        "{:?}",
        outcome.stderr
    );
}

#[test]
fn an_incomplete_last_line_is_skipped_with_a_note() {
    let text = sample();
    let place = Place::new().write("results/published/torn.csv", &text[..text.len() - 40]);
    let outcome = place.report(&["--format", "markdown"]);
    outcome.ends(
        0,
        &["note: results/published/torn.csv: line 38 skipped because it is incomplete"],
    );
    assert!(outcome.stdout.contains("From 36 rows in 1 results file"));
}

#[test]
fn a_csv_file_without_results_is_skipped_with_a_note() {
    let place = Place::with_sample().write("results/published/notes.csv", "machine,cpu\na1b2c3d4,fast\n");
    place.report(&[]).ends(
        0,
        &["note: results/published/notes.csv: skipped because it is not a results file"],
    );
}

#[test]
fn a_file_of_something_else_is_an_error_if_it_was_asked_for() {
    let place = Place::with_sample().write("notes.csv", "machine,cpu\na1b2c3d4,fast\n");
    for args in [
        &["show", "notes.csv"][..],
        &["peers", "notes.csv"],
        &["show", "README.md"],
    ] {
        place.report(args).ends(
            2,
            &[
                "not a results file",
                "no results are read from it",
                "no row can be used",
            ],
        );
    }
    place
        .report(&["show", "notes.csv", "results/published/sample.csv"])
        .ends(1, &["`notes.csv`: no results are read from it"]);
}

#[test]
fn a_file_of_blanks_and_very_long_text_give_a_short_message() {
    let place = Place::with_sample()
        .write("results/published/blanks.csv", &"\0".repeat(4096))
        .write("results/published/long.csv", &"x".repeat(100_000))
        .write(
            "results/published/wide.csv",
            &with("status", "y")(sample()).replace(",y,", &format!(",{},", "y".repeat(50_000))),
        );
    let outcome = place.report(&["--format", "csv"]);
    outcome.ends(
        1,
        &[
            "`results/published/blanks.csv`: not a results file: line 1 contains a control character",
            "note: results/published/long.csv: skipped",
            "`results/published/wide.csv`, line 2: `status` is `yyy",
        ],
    );
    assert!(outcome.stderr.len() < 3_000, "{}", outcome.stderr.len());
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
            !place.has("results/published/leaderboard.md"),
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
        .ends(2, &["csv, json, latex, markdown, parquet"]);
}

#[test]
fn an_unknown_machine_names_the_known_ones() {
    let place = Place::with_sample();
    for args in [
        &["--machine", "ffffffff"][..],
        &["show", "--machine", "ffffffff", "results/published/sample.csv"],
    ] {
        place.report(args).ends(
            2,
            &["no row is from machine `ffffffff`", "known machines: a1b2c3d4"],
        );
    }
    assert!(!place.has("results/published/leaderboard.md"));
    place
        .report(&["--machine", "a1b2c3d4"])
        .ends(0, &["wrote README.md"]);
}

#[test]
fn a_damaged_log_of_machines_is_named() {
    for (text, problem) in [
        (&b"\xff\x00,\n\xfe"[..], "no column `machine`"),
        (b"machine,cpu\nm1,AMD\nm2\nm3,Arm\n", "a line is left out"),
        (
            b"machine,cores\nm1,2\nm2,-2\n",
            "line 3 is left out: `cores` is not a whole number: -2",
        ),
    ] {
        let place = Place::with_sample();
        std::fs::write(place.path("results/published/machines.csv"), text).unwrap();
        let outcome = place.report(&["show", "--results", "results/published"]);
        outcome.ends(1, &["results/published/machines.csv", problem]);
    }
    // A run may be about to finish its last line.
    let place = Place::with_sample().write("results/published/machines.csv", "machine,cpu\nm1,AMD\nm2");
    place
        .report(&["show", "--results", "results/published"])
        .ends(0, &[]);
}
