//! A results file with several families, engines and machines on both datasets, and the labels of its fits.

use std::fs;
use std::path::PathBuf;

use report::board::{FASHION_MNIST_SHA256, MNIST_SHA256};
use report::input::Row;
use report::input::label_records::HEADER;

use crate::labels::{STARTED, record};
use crate::support::{Place, row, text_of};

/// Test rows of each dataset.
pub(crate) const N_TEST: usize = 1000;

/// What a fit gets wrong: every row whose number the family's step divides.
struct Family {
    name: &'static str,
    engine: &'static str,
    step: usize,
}

const FAMILIES: [Family; 5] = [
    Family {
        name: "SVC",
        engine: "native",
        step: 10,
    },
    Family {
        name: "NearestCentroid",
        engine: "native",
        step: 3,
    },
    Family {
        name: "GaussianNB",
        engine: "linfa",
        step: 4,
    },
    Family {
        name: "DummyClassifier",
        engine: "native",
        step: 2,
    },
    Family {
        name: "SVC",
        engine: "scikit-learn",
        step: 11,
    },
];

/// Names that would break a page that does not escape them.
pub(crate) const NASTY: &str = "<script>alert(1)</script>\"'|`\u{202e}x&amp;";

/// Writes the page of the sample, `board.html`.
pub(crate) fn page() -> (Place, PathBuf) {
    let truth: Vec<u64> = (0..N_TEST as u64).map(|at| at % 10).collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut labels = HEADER.to_vec();
    for sha in [FASHION_MNIST_SHA256, MNIST_SHA256] {
        labels.extend(record(&format!("truth:{sha}"), "-", &truth, 10));
    }
    let mut cell = 0;
    for (dataset, sha, worse) in [
        ("fashion-mnist", FASHION_MNIST_SHA256, 0),
        ("mnist", MNIST_SHA256, 1),
    ] {
        for (n, family) in FAMILIES.iter().enumerate() {
            for (m, c) in ["1", "10", "100"].iter().enumerate() {
                cell += 1;
                let step = family.step + worse + m;
                let predicted: Vec<u64> = truth
                    .iter()
                    .enumerate()
                    .map(|(at, label)| if at % step == 0 { (label + 1) % 10 } else { *label })
                    .collect();
                let wrong = N_TEST.div_ceil(step);
                let builder = row()
                    .of(family.name, family.engine)
                    .cell(cell)
                    .params(&format!("C={c};gamma=auto"))
                    .data(dataset, sha)
                    .rows(600, N_TEST as u64)
                    .started(STARTED)
                    .on(if n == 2 { "bbbbbbbb" } else { "aaaaaaaa" })
                    .accuracy(1.0 - wrong as f64 / N_TEST as f64)
                    .set(|row| {
                        row.fit_s = Some(0.1 * (n + 1) as f64 * 3_f64.powi(i32::try_from(m).unwrap()));
                        row.predict_s = Some(0.02 * (5 - n) as f64);
                        if family.name == "DummyClassifier" {
                            row.threads = Some(2);
                        }
                    });
                let built = builder.build();
                labels.extend(record(&built.cell_id, STARTED, &predicted, 10));
                rows.push(built);
            }
        }
    }
    // One that says everything in the worst possible way, on a dataset of its own.
    rows.push(
        row()
            .cell(1000)
            .params(&format!("note={}", NASTY.replace(';', "")))
            .data(NASTY, &"cd".repeat(32))
            .on("aaaaaaaa")
            .rows(50, 20)
            .set(|row| {
                row.classifier = NASTY.to_owned();
                row.engine = NASTY.to_owned();
                row.preprocessing = NASTY.to_owned();
                row.warning = format!("other: {NASTY}");
            })
            .build(),
    );
    let place = Place::new().write("results/mine.csv", &text_of(&rows));
    fs::write(place.path("results/mine.labels"), labels).unwrap();
    let outcome = place.report(&["show", "--format", "html"]);
    outcome.ends(0, &[]);
    let path = place.path("board.html");
    fs::write(&path, outcome.stdout).unwrap();
    (place, path)
}
