//! Rows that were edited by hand: this program refuses what `report` leaves out, and nothing else.

use std::path::{Path, PathBuf};

use runner::results::Row;

use crate::support::Folder;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../report/tests/fixtures")
        .join(name)
}

/// Sets one column of the sample's first row; `report` has the same test with the same cases.
#[test]
fn a_field_that_report_refuses_is_refused_with_its_line_and_column() {
    let sample = std::fs::read_to_string(fixture("sample.csv")).unwrap();
    let lines: Vec<&str> = sample.lines().collect();
    for case in csv::Reader::from_path(fixture("bad_rows.csv"))
        .unwrap()
        .into_deserialize()
    {
        let (column, value, reason): (String, String, String) = case.unwrap();
        let mut fields: Vec<&str> = lines[1].split(',').collect();
        let at = Row::COLUMNS.iter().position(|name| *name == column).unwrap();
        fields[at] = &value;
        let folder = Folder::new();
        folder.write("edited.csv", [lines[0], &fields.join(","), ""].join("\n"));
        let ended = folder.run(&["merge", "all.csv", "edited.csv"]);
        if reason.is_empty() {
            ended.code(0);
        } else {
            ended
                .code(2)
                .stderr_has(&["edited.csv line 2: not a row of results", &reason])
                .stderr_lacks("\u{1b}");
            assert!(!folder.path("all.csv").exists(), "{column}={value}");
        }
    }
}
