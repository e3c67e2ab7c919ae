//! Labels files: what is read, what is named, and that no bytes make the reader panic or slow.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Instant;

use proptest::prelude::*;
use report::board::FASHION_MNIST_SHA256;
use report::input::Row;
use report::input::label_records::{HEADER, read};
use sha2::{Digest, Sha256};

use crate::support::{Place, row, text_of};

pub(crate) const STARTED: &str = "2026-01-05T10:00:00Z";

/// What a file holds, and what is wrong with it.
#[derive(Debug)]
struct Contents {
    records: Vec<Held>,
    problems: Vec<String>,
    torn_at: Option<usize>,
}

#[derive(Debug)]
struct Held {
    id: String,
    n_labels: u64,
    /// Empty if there are many: labels of one class take no bytes.
    labels: Vec<u64>,
}

fn contents(bytes: &[u8]) -> Contents {
    let mut records = Vec::new();
    let damages = read(bytes, bytes.len() as u64, |record| {
        let labels = record.labels;
        let all = labels.matches(&labels);
        assert_eq!(all, labels.n_labels());
        let few = labels.iter().take(1000);
        records.push(Held {
            id: record.id.to_owned(),
            n_labels: labels.n_labels(),
            labels: if labels.n_labels() <= 1000 {
                few.collect()
            } else {
                Vec::new()
            },
        });
    });
    let damages = damages.unwrap();
    Contents {
        records,
        problems: damages.problems,
        torn_at: damages.torn_at.map(|at| usize::try_from(at).unwrap()),
    }
}

/// Packs labels as `docs/results-format.md` says.
fn packed(labels: &[u64], n_classes: u64) -> Vec<u8> {
    let mut k = 1;
    while n_classes > 1 && u128::from(n_classes).pow(k + 1) <= 1 << 64 {
        k += 1;
    }
    let groups = labels.chunks(k as usize).filter(|_| n_classes > 1);
    let number = |group: &[u64]| {
        group
            .iter()
            .rev()
            .fold(0_u64, |sum, label| sum.wrapping_mul(n_classes) + label)
    };
    groups.flat_map(|group| number(group).to_le_bytes()).collect()
}

/// A record of these labels.
pub(crate) fn record(id: &str, started_at: &str, labels: &[u64], n_classes: u64) -> Vec<u8> {
    record_of(
        id,
        started_at,
        labels.len() as u64,
        n_classes,
        &packed(labels, n_classes),
    )
}

/// A record with a right checksum, whatever its numbers are.
fn record_of(id: &str, started_at: &str, n_labels: u64, n_classes: u64, payload: &[u8]) -> Vec<u8> {
    let fields = format!("{id} {started_at} {n_labels} {n_classes} {} ", payload.len());
    let mut check = String::new();
    for byte in &Sha256::digest([fields.as_bytes(), payload].concat())[..8] {
        let _ = write!(check, "{byte:02x}");
    }
    [fields.as_bytes(), check.as_bytes(), b"\n", payload, b"\n"].concat()
}

fn truth(labels: &[u64]) -> Vec<u8> {
    record(&format!("truth:{FASHION_MNIST_SHA256}"), "-", labels, 10)
}

/// 20 true labels, and predictions of which 18 are equal to them.
fn small() -> (Vec<u64>, Vec<u64>) {
    let truth: Vec<u64> = (0..20).map(|at| at % 10).collect();
    let mut predicted = truth.clone();
    (predicted[3], predicted[19]) = (7, 0);
    (truth, predicted)
}

fn small_row(cell: u64) -> Row {
    row()
        .cell(cell)
        .params(&format!("C={cell}"))
        .rows(60_000, 20)
        .accuracy(0.9)
        .build()
}

fn id(cell: u64) -> String {
    format!("{cell:016x}")
}

/// The program's exit code and messages for rows and the bytes of their labels file.
fn said(rows: &[Row], parts: &[Vec<u8>]) -> (i32, String) {
    let place = Place::new().write("results/published/x.csv", &text_of(rows));
    fs::write(
        place.path("results/published/x.labels"),
        [HEADER, &parts.concat()].concat(),
    )
    .unwrap();
    let outcome = place.report(&["--format", "csv"]);
    assert!(outcome.stdout.lines().count() > rows.len().min(1), "{outcome:?}");
    let own = place.report(&["show", "results/published/x.csv"]);
    assert_eq!((own.code, &own.stderr), (outcome.code, &outcome.stderr));
    (outcome.code, outcome.stderr)
}

#[test]
fn the_sample_has_labels_that_fit_its_first_row() {
    // 1,014 of 10,000 predictions are wrong: accuracy 0.8986.
    let truth: Vec<u64> = (0..10_000).map(|at| at * 7 % 10).collect();
    let predicted: Vec<u64> = truth
        .iter()
        .enumerate()
        .map(|(at, label)| {
            if at % 9 == 4 && at < 9_126 {
                (label + 1) % 10
            } else {
                *label
            }
        })
        .collect();
    let bytes = [
        HEADER,
        &self::truth(&truth),
        &record("a417f4f394af2d12", "2026-01-05T10:00:01Z", &predicted, 10),
    ]
    .concat();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sample.labels");
    if std::env::var_os("WRITE_SAMPLE_LABELS").is_some() {
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let place = Place::with_sample();
    fs::copy(&path, place.path("results/published/sample.labels")).unwrap();
    place.report(&["--format", "csv"]).ends(0, &[]);
    // Labels that do not fit are noticed: the row claims one more correct prediction.
    let other = crate::support::sample().replacen("0.898600", "0.898700", 1);
    let place = place.write("results/published/sample.csv", &other);
    place.report(&["--format", "csv"]).ends(
        1,
        &[
            "`results/published/sample.labels`: cell a417f4f394af2d12, started 2026-01-05T10:00:01Z: its labels are not used: \
             they give accuracy 0.898600, the row says 0.898700",
        ],
    );
}

#[test]
fn labels_that_fit_and_rows_without_labels_are_fine() {
    let (true_labels, predicted) = small();
    let rows = [small_row(1), small_row(2)];
    let parts = [truth(&true_labels), record(&id(1), STARTED, &predicted, 10)];
    assert_eq!(said(&rows, &parts), (0, String::new()));
    // A record whose row was lost, and a time with milliseconds.
    let mut later = small_row(3);
    later.started_at = "2026-01-05T10:00:00.250Z".parse().unwrap();
    let more = [
        truth(&true_labels),
        record(&id(9), STARTED, &predicted, 10),
        record(&id(3), "2026-01-05T10:00:00.250Z", &predicted, 10),
    ];
    assert_eq!(said(&[later], &more), (0, String::new()));
}

#[test]
fn a_mismatch_names_the_cell_and_what_differs() {
    let (true_labels, predicted) = small();
    let of = |labels: &[u64]| record(&id(1), STARTED, labels, 10);
    for (parts, what) in [
        (
            vec![truth(&true_labels), of(&true_labels)],
            "they give accuracy 1.000000, the row says 0.900000",
        ),
        (
            vec![truth(&true_labels), of(&predicted[..19])],
            "there are 19, but the row has 20 test rows",
        ),
        (vec![of(&predicted)], "the true labels are missing"),
        (
            vec![truth(&true_labels[..19]), of(&predicted)],
            "the true labels are missing before it",
        ),
        (
            vec![truth(&true_labels), truth(&predicted), of(&predicted)],
            "two different records of the 20 true labels",
        ),
        (
            vec![truth(&true_labels), record(&id(1), "noon", &predicted, 10)],
            "`noon` is not a time",
        ),
    ] {
        let (code, message) = said(&[small_row(1)], &parts);
        assert!(code == 1 && message.contains(what), "no `{what}` in {message}");
        assert!(message.contains("`results/published/x.labels`"), "{message}");
    }
    // Times are printed as the file has them.
    let mut later = small_row(1);
    later.started_at = "2026-01-05T10:00:47.720Z".parse().unwrap();
    let parts = [
        truth(&true_labels),
        record(&id(1), "2026-01-05T10:00:47.720Z", &true_labels, 10),
    ];
    let (_, message) = said(&[later], &parts);
    assert!(
        message.contains("started 2026-01-05T10:00:47.720Z: "),
        "{message}"
    );
    // The accuracy of a row that is not `ok` is empty, and nothing is compared with it.
    let mut failed = small_row(1);
    (failed.status, failed.accuracy) = (report::input::Status::Failed, None);
    let parts = [truth(&true_labels), of(&true_labels)];
    assert_eq!(said(&[failed, small_row(2)], &parts), (0, String::new()));
}

/// A rescued file beside an edited one: both have the row of one cell and start.
#[test]
fn of_contradicting_rows_the_one_that_has_its_labels_counts() {
    let (true_labels, predicted) = small();
    let labels = [
        HEADER,
        &truth(&true_labels),
        &record(&id(1), STARTED, &predicted, 10),
    ]
    .concat();
    let mut edited = small_row(1);
    edited.accuracy = Some(0.99);
    for (edited_file, right_file) in [("a", "b"), ("b", "a")] {
        let place = Place::new()
            .write(
                &format!("results/published/{edited_file}.csv"),
                &text_of(&[edited.clone()]),
            )
            .write(
                &format!("results/published/{right_file}.csv"),
                &text_of(&[small_row(1)]),
            );
        let path = |file: &str| place.path(&format!("results/published/{file}.labels"));
        fs::write(path(right_file), &labels).unwrap();
        let show = || place.report(&["show", "--results", "results/published", "--format", "csv"]);
        let outcome = show();
        let what = format!(
            "its row in `results/published/{edited_file}.csv` contradicts the one in `results/published/{right_file}.csv`, whose \
             labels have its accuracy, and is left out"
        );
        outcome.ends(1, &[&id(1), &what]);
        assert!(
            outcome.stdout.contains("0.9") && !outcome.stdout.contains("0.99"),
            "{}",
            outcome.stdout
        );
        fs::write(path(edited_file), &labels).unwrap();
        show().ends(1, &[&what, "they give accuracy 0.900000, the row says 0.990000"]);
        fs::remove_file(path(right_file)).unwrap();
        fs::remove_file(path(edited_file)).unwrap();
        show().ends(1, &["no labels tell which is right; the last one counts"]);
    }
    // A copy of a row contradicts nothing.
    let place = Place::new()
        .write("results/published/a.csv", &text_of(&[small_row(1)]))
        .write("results/published/b.csv", &text_of(&[small_row(1)]));
    fs::write(place.path("results/published/a.labels"), &labels).unwrap();
    place
        .report(&["show", "--results", "results/published"])
        .ends(0, &[]);
}

#[test]
fn a_damaged_record_is_named_and_the_records_after_it_are_read() {
    let (true_labels, predicted) = small();
    let whole = [
        truth(&true_labels),
        record(&id(1), STARTED, &predicted, 10),
        record(&id(2), STARTED, &true_labels, 10),
        record(&id(3), STARTED, &true_labels, 10),
    ];
    let rows = [small_row(1), small_row(2)];
    let at = HEADER.len() + whole[0].len();
    for damage in 0..whole[1].len() {
        let mut parts = whole.clone();
        parts[1][damage] ^= 0x40;
        let bytes = [HEADER, &parts.concat()].concat();
        let read = contents(&bytes);
        let ids: Vec<&str> = read.records.iter().map(|record| record.id.as_str()).collect();
        assert_eq!(ids.last(), Some(&id(3).as_str()), "{damage}: {read:?}");
        // Without the line end before it, the second cell's record does not begin a line.
        assert_eq!(
            ids.contains(&id(2).as_str()),
            damage + 1 < whole[1].len(),
            "{damage}"
        );
        let is_named = read
            .problems
            .first()
            .is_some_and(|problem| problem.contains(&format!("byte {at} ")));
        assert!(is_named, "{damage}: {read:?}");
    }
    let mut parts = whole;
    let end = parts[1].len();
    parts[1][end - 3] ^= 1;
    let (code, message) = said(&rows, &parts);
    assert!(
        code == 1 && message.contains("is damaged and not used: its line and payload"),
        "{message}"
    );
    // The labels of the second row were read: they do not fit it.
    assert!(
        message.contains("cell 0000000000000002") && message.contains("accuracy 1.000000"),
        "{message}"
    );
}

#[test]
fn an_incomplete_last_record_is_only_noted() {
    let (true_labels, predicted) = small();
    let first = truth(&true_labels);
    let last = record(&id(1), STARTED, &predicted, 10);
    for end in 1..last.len() {
        let bytes = [HEADER, &first, &last[..end]].concat();
        let read = contents(&bytes);
        assert_eq!((read.records.len(), read.problems.len()), (1, 0), "{end}");
        assert_eq!(read.torn_at, Some(HEADER.len() + first.len()), "{end}");
    }
    for end in 0..HEADER.len() {
        assert_eq!(contents(&HEADER[..end]).torn_at, Some(0));
    }
    let (code, message) = said(&[small_row(1)], &[first, last[..30].to_vec()]);
    assert!(
        code == 0 && message.contains("note: results/published/x.labels: the record at byte"),
        "{message}"
    );
}

#[test]
fn other_files_in_its_place_are_named() {
    let place = Place::new().write("results/published/x.csv", &text_of(&[small_row(1)]));
    let place = place.write("results/published/x.labels", "labels 7\n");
    place.report(&["--format", "csv"]).ends(
        1,
        &["`results/published/x.labels`: its first line is not `hemline-labels 2`"],
    );
    let place = place.write("results/published/x.labels", "hemline-labels 1\n");
    place.report(&["--format", "csv"]).ends(
        1,
        &[
            "its first line is not `hemline-labels 2`",
            "another version",
            "--fresh",
        ],
    );
    fs::remove_file(place.path("results/published/x.labels")).unwrap();
    fs::create_dir(place.path("results/published/x.labels")).unwrap();
    place.report(&["--format", "csv"]).ends(
        1,
        &["`results/published/x.labels`: cannot read it: not a regular file"],
    );
}

#[test]
fn numbers_that_no_file_can_hold_are_refused_at_once() {
    let start = Instant::now();
    let (true_labels, _) = small();
    let max = u64::MAX;
    let mut parts = truth(&true_labels);
    // One class takes no bytes, so the number of labels is not limited by the file.
    for n_labels in [max, 10_000_001, 10_000_000] {
        parts.extend(record_of(&id(1), STARTED, n_labels, 1, &[]));
    }
    parts.extend(record_of(&id(1), STARTED, 0, 0, &[]));
    for line in [
        format!("{} {STARTED} {max} 10 {max} e3b0c44298fc1c14\n", id(1)),
        format!("{} {STARTED} 8 256 8 0000000000000000\n12345678\n", id(1)),
        format!("{} {STARTED} +20 10 16 e3b0c44298fc1c14\n", id(1)),
    ] {
        parts.extend(line.into_bytes());
    }
    let bytes = [HEADER, &parts].concat();
    let read = contents(&bytes);
    assert_eq!(read.records.len(), 2);
    let (code, message) = said(&[small_row(1)], &[parts]);
    assert!(code == 1 && message.contains("there are 10000000"), "{message}");
    assert!(start.elapsed().as_secs() < 10);
}

/// Thousands of records, and as many lines that claim the rest of the file as their payload.
#[test]
fn time_is_linear_in_the_size_of_the_file() {
    let labels: Vec<u64> = (0..1000).map(|at| at % 10).collect();
    let mut bytes = [HEADER, &truth(&labels)].concat();
    for cell in 0..30_000 {
        bytes.extend(record(&id(cell), STARTED, &labels, 10));
    }
    let start = Instant::now();
    assert_eq!(contents(&bytes).records.len(), 30_001);
    let whole = start.elapsed();

    let mut hostile = HEADER.to_vec();
    for _ in 0..30_000 {
        // 4,000,000 labels of 256 classes: a payload of 4 MB that ends before a line end.
        hostile.extend(format!("{} {STARTED} 4000000 256 4000000 0000000000000000\n", id(1)).bytes());
    }
    // Every byte of the tail may be a line end.
    hostile.extend(std::iter::repeat_n(b'\n', 4_100_000));
    let start = Instant::now();
    assert!(contents(&hostile).records.is_empty());
    assert!(
        whole.as_secs() < 5 && start.elapsed().as_secs() < 10,
        "{whole:?}, {:?}",
        start.elapsed()
    );
}

proptest! {
    #[test]
    fn labels_survive_packing_and_reading(n_classes in 1..300_u64, labels in prop::collection::vec(any::<u64>(), 0..200)) {
        let labels: Vec<u64> = labels.into_iter().map(|label| label % n_classes).collect();
        let bytes = [HEADER, &record("0123456789abcdef", STARTED, &labels, n_classes)].concat();
        let read = contents(&bytes);
        prop_assert_eq!((read.records.len(), &read.problems, read.torn_at), (1, &Vec::new(), None));
        prop_assert_eq!(&read.records[0].labels, &labels);
        prop_assert_eq!(read.records[0].n_labels, labels.len() as u64);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        tail in prop::collection::vec(any::<u8>(), 0..300), keep in 0..400_usize, flips in prop::collection::vec((0..400_usize, any::<u8>()), 0..6),
    ) {
        let (true_labels, predicted) = small();
        let mut bytes = [HEADER, &truth(&true_labels), &record(&id(1), STARTED, &predicted, 10)].concat();
        bytes.truncate(keep);
        bytes.extend(tail);
        for (at, byte) in flips {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let read = contents(&bytes);
        let held: usize = read.records.iter().map(|record| record.labels.len()).sum();
        prop_assert!(held <= 64 * bytes.len() + 1000 * read.records.len());
    }

    #[test]
    fn lines_that_look_like_records_do_not_make_it_panic(lines in prop::collection::vec("[0-9a-f]{0,16} (-|[0-9TZ:.-]{0,24}) [0-9]{0,20} [0-9]{0,20} [0-9]{0,20} [0-9a-f]{0,17}\n\n?", 0..20)) {
        let bytes = [HEADER, lines.concat().as_bytes()].concat();
        let _ = contents(&bytes);
    }
}
