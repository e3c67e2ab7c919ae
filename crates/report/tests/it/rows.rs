//! Parsing results files: what is read, and what is skipped with a note.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use report::input::rows::{Row, parse};
use report::input::schema::COLUMNS;

use crate::support::{csv_of, row, sample};

fn read(bytes: &[u8]) -> (Option<Vec<Row>>, Vec<String>) {
    let mut notes = Vec::new();
    let rows = parse(Path::new("x.csv"), bytes, &mut notes).unwrap();
    (rows, notes)
}

#[test]
fn the_sample_file_is_valid_and_has_every_status() {
    let (rows, notes) = read(sample().as_bytes());
    let rows = rows.unwrap();
    assert_eq!((rows.len(), notes.len()), (37, 0));
    let statuses: BTreeSet<_> = rows.iter().map(|row| row.status.name()).collect();
    assert_eq!(statuses.len(), 7);
    assert!(
        rows.iter()
            .any(|row| row.params.get("priors") == Some("[0.1, 0.9]"))
    );
}

#[test]
fn the_format_page_describes_every_column_and_no_other() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/results-format.md");
    let page = std::fs::read_to_string(page).unwrap();
    // The later sections describe other files.
    let (page, _) = page.split_once("\n## ").unwrap();
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let described: BTreeSet<&str> = cells
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`'))
        .collect();
    assert_eq!(described, BTreeSet::from(COLUMNS));
}

#[test]
fn an_incomplete_last_line_is_skipped_with_a_note() {
    let sample = sample();
    let whole = read(sample.as_bytes()).0.unwrap();
    let last = sample.trim_end().rfind('\n').unwrap() + 1;
    for end in last + 1..sample.len() {
        let (rows, notes) = read(&sample.as_bytes()[..end]);
        assert_eq!(rows.as_deref(), Some(&whole[..whole.len() - 1]), "{end}");
        assert!(
            notes[0].starts_with("x.csv: line 38 skipped because it is incomplete"),
            "{notes:?}"
        );
    }
}

#[test]
fn a_last_line_with_an_open_quote_is_skipped_even_with_a_line_end() {
    let torn = format!("{}{},\"a reason\n", sample(), "1");
    let (rows, notes) = read(torn.as_bytes());
    assert_eq!((rows.unwrap().len(), notes.len()), (37, 1));
}

#[test]
fn an_incomplete_header_and_an_empty_file_are_skipped_with_a_note() {
    for bytes in [&b""[..], b"sch", b"schema", b"schema,cell_id,data"] {
        let (rows, notes) = read(bytes);
        assert_eq!((rows, notes.len()), (None, 1));
    }
}

#[test]
fn a_file_without_rows_and_windows_line_ends_are_valid() {
    let header = format!("{}\n", COLUMNS.join(","));
    assert_eq!(read(header.as_bytes()), (Some(Vec::new()), Vec::new()));
    let windows = sample().replace('\n', "\r\n");
    assert_eq!(read(windows.as_bytes()), read(sample().as_bytes()));
}

proptest! {
    #[test]
    fn a_row_survives_writing_and_parsing(
        error in "[ -~\n\"é]{0,30}", machine in "[ -~]{0,12}", accuracy in 0.0..=1.0f64,
        fit_s in prop::option::of(0.0..1e6f64), repeat in any::<u32>(), seed in any::<u64>(),
    ) {
        let row = row().repeat(repeat).accuracy(accuracy).set(|row| {
            (row.error, row.machine, row.fit_s, row.seed) = (error, machine, fit_s, seed);
        });
        let rows = vec![row.build()];
        prop_assert_eq!(read(&csv_of(&rows)), (Some(rows), Vec::new()));
    }

    #[test]
    fn the_parser_never_panics(tail in prop::collection::vec(any::<u8>(), 0..200), keep in 0..9000usize) {
        let sample = sample();
        let mut bytes = sample.as_bytes()[..keep.min(sample.len())].to_vec();
        bytes.extend(tail);
        let _ = parse(Path::new("x.csv"), &bytes, &mut Vec::new());
    }
}
