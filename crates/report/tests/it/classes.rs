//! Recall by class: which point it describes, where class names come from, and when there is none.

use std::fs;

use report::input::Row;
use report::input::label_records::HEADER;

use crate::labels::{STARTED, record};
use crate::support::{Builder, Outcome, Place, row, text_of};

const DATA: &str = "abababababababababababababababababababababababababababababababab";

/// A row of a dataset of one's own whose predictions are `predicted`.
fn own(cell: u64, truth: &[u64], predicted: &[u64]) -> Builder {
    let n = truth.len() as u64;
    let equal = truth.iter().zip(predicted).filter(|(a, b)| a == b).count();
    row()
        .cell(cell)
        .params(&format!("C={cell}"))
        .data("mine", DATA)
        .rows(100, n)
        .started(STARTED)
        .accuracy(equal as f64 / n as f64)
}

/// A results file of one row and the labels beside it.
fn place(row: &Row, truth: &[u64], predicted: &[u64], n_classes: u64) -> Place {
    let place = Place::new().write("results/mine.csv", &text_of(std::slice::from_ref(row)));
    let id = row.data_sha256.as_str();
    let bytes = [
        HEADER,
        &record(&format!("truth:{id}"), "-", truth, n_classes),
        &record(&row.cell_id, STARTED, predicted, n_classes),
    ];
    fs::write(place.path("results/mine.labels"), bytes.concat()).unwrap();
    place
}

const TRUTH: [u64; 8] = [0, 0, 0, 0, 1, 1, 2, 2];
const PREDICTED: [u64; 8] = [0, 1, 1, 2, 1, 1, 2, 0];

fn three() -> Place {
    place(&own(1, &TRUTH, &PREDICTED).build(), &TRUTH, &PREDICTED, 3)
}

fn words(outcome: &Outcome) -> String {
    outcome.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_class_of_the_best_point_has_its_recall_and_the_worst_confusion_is_named() {
    let place = three();
    let outcome = place.report(&["show"]);
    outcome.ends(0, &[]);
    let said = words(&outcome);
    for text in [
        "Recall of each class at the best point, SVC (C=1), linfa, standard:",
        "Class Recall Correct 0 0.2500 1 of 4 1 1.0000 2 of 2 2 0.5000 1 of 2",
        "Most often confused: 0 taken for 1, 2 of 4.",
    ] {
        assert!(said.contains(text), "no `{text}` in {said}");
    }
    let markdown = place.report(&["show", "--format", "markdown"]).stdout;
    for text in [
        "| 0 | 0.2500 | 1 of 4 |",
        "Most often confused: 0 taken for 1, 2 of 4.",
    ] {
        assert!(markdown.contains(text), "no `{text}` in {markdown}");
    }
    let json = place.report(&["show", "--format", "json"]).stdout;
    let board: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(board["datasets"][0]["by_class"]["classes"][2]["correct"], 1);
    for word in ["Fashion", "paper", "ubmitted"] {
        assert!(
            !outcome.stdout.contains(word) && !markdown.contains(word),
            "{word}: {said}"
        );
    }
}

#[test]
fn class_names_come_from_the_folder_of_the_dataset() {
    let names = |folder: &str, text: &str| {
        let place = three();
        fs::create_dir_all(place.path(folder)).unwrap();
        place.write(&format!("{folder}/labels.txt"), text)
    };
    let said = words(&names("data/mine", "cat\nlong-haired dog\nbird\n").report(&["show"]));
    assert!(said.contains("cat taken for long-haired dog, 2 of 4"), "{said}");
    let elsewhere = names("pictures/mine", "cat\r\ndog\r\nbird");
    assert!(words(&elsewhere.report(&["show"])).contains("0 taken for 1"));
    let said = words(&elsewhere.report(&["show", "--data-dir", "pictures"]));
    assert!(said.contains("cat taken for dog"), "{said}");
    // The folder that is named comes first.
    let both = names("data/mine", "x\ny\nz\n");
    fs::create_dir_all(both.path("pictures/mine")).unwrap();
    let both = both.write("pictures/mine/labels.txt", "cat\ndog\nbird\n");
    assert!(words(&both.report(&["show", "--data-dir", "pictures"])).contains("cat taken for dog"));
    // A missing name is the label; one that would move the cursor is made safe.
    let said = words(&names("data/mine", "cat\u{1b}[2J\n").report(&["show"]));
    assert!(said.contains("cat[2J taken for 1"), "{said}");
    // What is no list of names is none.
    let place = names("data/mine", &"a".repeat(100_000));
    let outcome = place.report(&["show"]);
    outcome.ends(
        0,
        &[
            "note: data/mine/labels.txt: classes have no names",
            "it is longer than 64 KiB",
        ],
    );
    assert!(words(&outcome).contains("0 taken for 1"), "{outcome:?}");
    fs::write(place.path("data/mine/labels.txt"), b"cat\n\xff\n").unwrap();
    place.report(&["show"]).ends(0, &["it is not UTF-8"]);
    fs::remove_file(place.path("data/mine/labels.txt")).unwrap();
    fs::create_dir(place.path("data/mine/labels.txt")).unwrap();
    place.report(&["show"]).ends(0, &["not a regular file"]);
    place
        .report(&["show", "--data-dir", "nowhere"])
        .ends(2, &["there is no folder `nowhere`", "leave the option out"]);
}

#[test]
fn without_class_names_a_note_says_where_they_were_searched_for() {
    let note = "Class names: none found in data/mine; give the folder with --data-dir, or put labels.txt beside the files.";
    let place = three();
    assert!(words(&place.report(&["show"])).contains(note));
    assert!(words(&place.report(&["show", "--format", "markdown"])).contains("none found in data/mine"));
    fs::create_dir_all(place.path("pictures")).unwrap();
    let said = words(&place.report(&["show", "--data-dir", "pictures/"]));
    assert!(said.contains("none found in pictures/mine, data/mine;"), "{said}");
    // Names that are numbers are names; and a file that cannot be used is in another note.
    fs::create_dir_all(place.path("data/mine")).unwrap();
    for text in ["0\n1\n2\n".to_owned(), "a".repeat(100_000)] {
        fs::write(place.path("data/mine/labels.txt"), text).unwrap();
        assert!(!words(&place.report(&["show"])).contains("none found"));
    }
}

#[test]
fn points_that_share_the_first_place_are_counted_and_one_is_described() {
    let second = own(2, &TRUTH, &PREDICTED).of("KNeighborsClassifier", "native");
    let worse = own(3, &TRUTH, &[2; 8]);
    let rows = [own(1, &TRUTH, &PREDICTED).build(), second.build(), worse.build()];
    let place = place(&rows[1], &TRUTH, &PREDICTED, 3).write("results/mine.csv", &text_of(&rows));
    let said = words(&place.report(&["show"]));
    assert!(
        said.contains(
            "2 points share the first place; recall of each class is that of KNeighborsClassifier (C=2), native, standard:"
        ),
        "{said}"
    );
}

#[test]
fn of_more_than_twelve_classes_the_five_worst_are_shown() {
    let truth: Vec<u64> = (0..13).flat_map(|class| [class; 4]).collect();
    let predicted: Vec<u64> = truth
        .iter()
        .enumerate()
        .map(|(at, class)| {
            if (at as u64 % 4) < class % 4 {
                (class + 1) % 13
            } else {
                *class
            }
        })
        .collect();
    let row = own(1, &truth, &predicted).build();
    let said = words(&place(&row, &truth, &predicted, 13).report(&["show"]));
    assert!(
        said.contains("Recall of the 5 worst of 13 classes at the best point"),
        "{said}"
    );
    assert!(
        said.contains(
            "3 0.2500 1 of 4 7 0.2500 1 of 4 11 0.2500 1 of 4 2 0.5000 2 of 4 6 0.5000 2 of 4 Most often"
        ),
        "{said}"
    );
}

#[test]
fn without_labels_of_the_best_point_there_is_no_recall() {
    let none = |place: Place| {
        let said = words(&place.report(&["show"]));
        assert!(
            said.contains("mine (abababab): ") && !said.contains("Recall"),
            "{said}"
        );
    };
    let place = three();
    fs::remove_file(place.path("results/mine.labels")).unwrap();
    none(place);
    // A better point without labels.
    let rows = [own(1, &TRUTH, &PREDICTED).build(), own(2, &TRUTH, &TRUTH).build()];
    none(three().write("results/mine.csv", &text_of(&rows)));
    // Labels of one class take no bytes, so a file may claim any number of them.
    let mut row = own(1, &[0], &[0]).build();
    row.n_test = u64::MAX;
    let place = Place::new().write("results/mine.csv", &text_of(std::slice::from_ref(&row)));
    let line = |id: &str, at: &str| format!("{id} {at} {} 1 0 e3b0c44298fc1c14\n\n", u64::MAX);
    let labels = [
        String::from_utf8_lossy(HEADER).into_owned(),
        line(&format!("truth:{DATA}"), "-"),
        line(&row.cell_id, STARTED),
    ];
    none(place.write("results/mine.labels", &labels.concat()));
    // Fashion-MNIST and MNIST have none.
    let row = own(1, &TRUTH, &PREDICTED)
        .data("fashion-mnist", report::board::FASHION_MNIST_SHA256)
        .build();
    let place = self::place(&row, &TRUTH, &PREDICTED, 3);
    assert!(!words(&place.report(&["show"])).contains("Recall"));
}

#[test]
fn with_repeats_the_first_one_that_has_labels_is_described() {
    let rows: Vec<Row> = (0..3)
        .map(|repeat| {
            own(1, &TRUTH, &PREDICTED)
                .set(|row| (row.repeat, row.seed) = (repeat, repeat.into()))
                .set(|row| row.cell_id = format!("{repeat:016x}"))
                .build()
        })
        .collect();
    let place = place(&rows[2], &TRUTH, &PREDICTED, 3).write("results/mine.csv", &text_of(&rows));
    let said = words(&place.report(&["show"]));
    assert!(said.contains("linfa, standard, repeat 2:"), "{said}");
}

#[test]
fn a_dataset_whose_name_is_a_path_reads_no_file() {
    let place = three();
    let mut row = own(1, &TRUTH, &PREDICTED).build();
    for name in ["../mine", "/etc", ".", "a/b"] {
        row.dataset = name.to_owned();
        fs::write(
            place.path("results/mine.csv"),
            text_of(std::slice::from_ref(&row)),
        )
        .unwrap();
        fs::write(place.path("labels.txt"), "cat\ndog\nbird\n").unwrap();
        let said = words(&place.report(&["show", "--data-dir", "."]));
        assert!(said.contains("0 taken for 1"), "{name}: {said}");
    }
}
