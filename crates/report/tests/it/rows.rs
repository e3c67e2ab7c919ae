//! Parsing results files: what is read, and what is skipped with a note.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use report::input::rows::parse;
use report::input::schema::COLUMNS;
use report::input::{Findings, Results, Row};

use crate::support::{csv_of, row, sample};

fn read(bytes: &[u8]) -> (Option<Vec<Row>>, Findings) {
    let mut findings = Findings::default();
    let rows = parse(Path::new("x.csv"), bytes, &mut findings);
    (rows, findings)
}

#[test]
fn the_sample_file_is_valid_and_has_every_status() {
    let (rows, findings) = read(sample().as_bytes());
    let rows = rows.unwrap();
    assert_eq!((rows.len(), findings), (37, Findings::default()));
    let statuses: BTreeSet<_> = rows.iter().map(|row| row.status.name()).collect();
    assert_eq!(statuses.len(), 7);
    assert!(
        rows.iter()
            .any(|row| row.params.get("priors").as_deref() == Some("[0.1, 0.9]"))
    );
}

#[test]
fn an_incomplete_last_line_is_skipped_with_a_note() {
    let sample = sample();
    let whole = read(sample.as_bytes()).0.unwrap();
    let last = sample.trim_end().rfind('\n').unwrap() + 1;
    for end in last + 1..sample.len() {
        let (rows, findings) = read(&sample.as_bytes()[..end]);
        assert_eq!(rows.as_deref(), Some(&whole[..whole.len() - 1]), "{end}");
        assert!(
            findings.notes[0].starts_with("x.csv: line 38 skipped because it is incomplete"),
            "{findings:?}"
        );
        assert!(findings.problems.is_empty());
    }
}

#[test]
fn a_line_is_a_row_so_a_last_line_with_an_open_quote_is_a_bad_row() {
    let bad = format!("{}{},\"a reason\n", sample(), "2");
    let (rows, findings) = read(bad.as_bytes());
    assert_eq!((rows.unwrap().len(), findings.problems.len()), (37, 1));
    assert!(
        findings.problems[0].starts_with("`x.csv`, line 39: a quoted field has no end"),
        "{findings:?}"
    );
}

#[test]
fn an_incomplete_header_and_an_empty_file_are_skipped_with_a_note() {
    for bytes in [&b""[..], b"sch", b"schema", b"schema,cell_id,data"] {
        let (rows, findings) = read(bytes);
        assert_eq!(
            (rows, findings.notes.len(), findings.problems.len()),
            (None, 1, 0)
        );
    }
}

#[test]
fn a_file_without_rows_and_windows_line_ends_are_valid() {
    let header = format!("{}\n", COLUMNS.join(","));
    assert_eq!(read(header.as_bytes()), (Some(Vec::new()), Findings::default()));
    let windows = sample().replace('\n', "\r\n");
    assert_eq!(read(windows.as_bytes()), read(sample().as_bytes()));
    let spreadsheet = format!("\u{feff}{}", sample());
    assert_eq!(read(spreadsheet.as_bytes()), read(sample().as_bytes()));
}

proptest! {
    #[test]
    fn a_row_survives_writing_and_parsing(
        error in "[ -~\"é,]{0,30}", machine in "[ -~]{0,12}", accuracy in 0.0..=1.0f64,
        fit_s in 1.0..1e6f64, repeat in any::<u32>(), seed in any::<u64>(),
    ) {
        let row = row().repeat(repeat).accuracy(accuracy).set(|row| {
            (row.error, row.machine, row.fit_s, row.seed) = (error, machine, Some(fit_s), seed);
        });
        let rows = vec![row.build()];
        prop_assert_eq!(read(&csv_of(&rows)), (Some(rows), Findings::default()));
    }

    #[test]
    fn the_parser_never_panics(tail in prop::collection::vec(any::<u8>(), 0..200), keep in 0..9000usize) {
        let sample = sample();
        let mut bytes = sample.as_bytes()[..keep.min(sample.len())].to_vec();
        bytes.extend(tail);
        let _ = parse(Path::new("x.csv"), &bytes, &mut Findings::default());
    }
}

#[test]
fn every_published_row_comes_from_a_committed_revision() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/published");
    let results = Results::of_folder(&folder).unwrap();
    assert!(!results.files.is_empty());
    for row in results.files.iter().flat_map(|file| &file.rows) {
        let revision = &row.revision;
        assert!(
            revision.len() == 12 && revision.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{}: {revision}",
            row.cell_id
        );
    }
}
