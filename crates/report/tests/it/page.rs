//! The page and the pictures that `report` writes, without a browser; `browser` has the tests in one.

use std::fs;

use report::board::FASHION_MNIST_SHA256;
use report::input::label_records::HEADER;

use crate::labels::{STARTED, record};
use crate::support::{Place, row, text_of};

/// What a page or a picture would ask another server for, or run.
fn asks_nobody(text: &str) {
    for part in [
        "src=\"http",
        "href=\"http",
        "@import",
        "url(http",
        "<link rel=\"stylesheet",
        "fetch(",
        "XMLHttpRequest",
    ] {
        assert!(!text.contains(part), "the page has `{part}`");
    }
}

#[test]
fn report_writes_the_page_and_two_pictures_in_two_themes_and_checks_them() {
    let place = Place::with_sample();
    place.report(&[]).ends(
        0,
        &[
            "wrote docs/index.html",
            "wrote docs/charts/accuracy-time-light.svg",
        ],
    );
    let page = place.read("docs/index.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    asks_nobody(&page);
    for theme in ["light", "dark"] {
        let picture = place.read(&format!("docs/charts/accuracy-time-{theme}.svg"));
        assert!(picture.contains("xmlns=\"http://www.w3.org/2000/svg\"") && picture.ends_with("</svg>\n"));
    }
    place.report(&["--check"]).ends(0, &[]);
    let place = place
        .write("docs/index.html", "old")
        .write("docs/charts/accuracy-time-dark.svg", "old");
    place.report(&["--check"]).ends(
        1,
        &[
            "docs/index.html is out of date",
            "docs/charts/accuracy-time-dark.svg is out of date",
        ],
    );
    place.report(&[]).ends(0, &[]);
    assert_eq!(
        place.read("docs/index.html"),
        page,
        "the page depends on something else than the rows"
    );
}

#[test]
fn names_with_markup_are_text_in_the_page_in_pictures_and_in_latex() {
    let nasty = "</script><script>alert(1)</script>\"'`|\u{202e}_^%";
    let rows: Vec<_> = (0..3_u64)
        .map(|cell| {
            let params = format!("C={cell};note={nasty}");
            let accuracy = 0.5 + 0.1 * cell as f64;
            let builder = row().cell(cell).params(&params).accuracy(accuracy);
            let built = builder.set(|row| {
                row.classifier = nasty.to_owned();
                row.kind = "linear".to_owned();
                row.fit_s = Some(accuracy);
                row.warning = format!("other: {nasty}");
            });
            built.build()
        })
        .collect();
    let place = Place::new().write("results/published/nasty.csv", &text_of(&rows));
    place.report(&[]).ends(0, &[]);
    let file = "results/published/nasty.csv";
    for command in [&[][..], &["show", file], &["compare", file, file]] {
        let latex = place.report(&[command, &["--format", "latex"]].concat()).stdout;
        assert!(
            latex.contains("\\textless{}script\\textgreater{}") && !latex.contains("<script"),
            "{latex}"
        );
        assert!(!latex.contains('\u{202e}'), "{latex}");
    }
    for file in ["docs/index.html", "docs/charts/accuracy-time-light.svg"] {
        let text = place.read(file);
        assert!(text.contains("alert(1)"), "{file} lacks the name");
        assert!(
            !text.contains("<script>alert") && !text.contains('\u{202e}'),
            "{file}"
        );
        assert_eq!(
            text.matches("</script>").count(),
            if file.ends_with("html") { 2 } else { 0 },
            "{file}"
        );
    }
    let own = place.report(&["show", "results/published/nasty.csv", "--format", "html"]);
    own.ends(0, &[]);
    assert!(!own.stdout.contains("<script>alert"));
}

/// A results file of one row of `n_classes` classes with labels, as a page.
fn page_of_classes(n_classes: u64) -> String {
    let truth: Vec<u64> = (0..400).map(|at| at % n_classes).collect();
    let predicted: Vec<u64> = truth
        .iter()
        .map(|label| if *label == 0 { n_classes - 1 } else { *label })
        .collect();
    let equal = truth.iter().zip(&predicted).filter(|(a, b)| a == b).count();
    let row = row()
        .cell(1)
        .data("mine", &"ab".repeat(32))
        .rows(1000, 400)
        .started(STARTED)
        .accuracy(equal as f64 / 400.0)
        .build();
    let place = Place::new().write("results/mine.csv", &text_of(std::slice::from_ref(&row)));
    let labels = [
        HEADER,
        &record(&format!("truth:{}", row.data_sha256), "-", &truth, n_classes),
        &record(&row.cell_id, STARTED, &predicted, n_classes),
    ];
    fs::write(place.path("results/mine.labels"), labels.concat()).unwrap();
    let outcome = place.report(&["show", "--format", "html"]);
    outcome.ends(0, &[]);
    outcome.stdout
}

#[test]
fn one_class_and_two_hundred_make_a_page() {
    assert!(page_of_classes(1).contains("\"confusion\":null"));
    assert!(page_of_classes(3).contains("\"confusion\":[[0,0,134],[0,133,0],[0,0,133]]"));
    let many = page_of_classes(200);
    assert!(many.contains("\"confusion\":null") && many.contains("\"confused\":[[0,199,2]]"));
}

#[test]
fn labels_that_do_not_fit_their_row_are_named_and_left_out_of_the_page() {
    let row = row()
        .cell(1)
        .rows(60_000, 20)
        .started(STARTED)
        .accuracy(0.25)
        .build();
    let labels: Vec<u64> = (0..20).map(|at| at % 10).collect();
    let place = Place::new().write("results/mine.csv", &text_of(std::slice::from_ref(&row)));
    let bytes = [
        HEADER,
        &record(&format!("truth:{FASHION_MNIST_SHA256}"), "-", &labels, 10),
        &record(&row.cell_id, STARTED, &labels, 10),
    ];
    fs::write(place.path("results/mine.labels"), bytes.concat()).unwrap();
    let outcome = place.report(&["show", "--format", "html"]);
    outcome.ends(1, &["its labels are not used"]);
    assert!(outcome.stdout.contains("\"correct\":null"));
}

#[test]
fn a_submitted_score_stands_beside_our_best_point_of_the_same_kind_of_model() {
    let hog = "hog(orientations=9, pixels_per_cell=4, cells_per_block=2)";
    let of = |cell: u64, classifier: &str, preprocessing: &str, accuracy: f64| {
        let builder = row().cell(cell).params("defaults=1").accuracy(accuracy);
        let built = builder.set(|row| {
            row.classifier = classifier.to_owned();
            row.preprocessing = preprocessing.to_owned();
        });
        built.build()
    };
    let rows = [
        of(1, "SVC", hog, 0.92),
        of(2, "LinearSVC", hog, 0.91),
        of(3, "SVC", "standard", 0.95),
        of(4, "XGBClassifier", "none", 0.85),
        of(5, "MLPClassifier", "none", 0.8833),
    ];
    let place = Place::new().write("results/published/claims.csv", &text_of(&rows));
    place.report(&[]).ends(0, &[]);
    let page = place.read("docs/index.html");
    for expected in [
        "fashion-mnist: run again, confirmed, 0.9200, SVC (",
        "fashion-mnist: run again, -0.0480 from it, 0.8500, XGBClassifier (",
    ] {
        assert!(page.contains(expected), "no `{expected}`");
    }
    // Another architecture is another model.
    assert!(!page.contains("0.8833, MLPClassifier"));
}

#[test]
fn the_pictures_of_times_say_how_many_threads_the_fits_had() {
    let rows: Vec<_> = (1..4)
        .map(|cell| {
            let builder = row().cell(u64::from(cell)).params(&format!("C={cell}"));
            let built = builder.set(|row| row.threads = Some(cell.min(2)));
            built.accuracy(0.5 + f64::from(cell) / 10.0).build()
        })
        .collect();
    let place = Place::new().write("results/published/mine.csv", &text_of(&rows));
    place.report(&[]).ends(0, &[]);
    let picture = place.read("docs/charts/accuracy-time-light.svg");
    for said in [
        "wall time of a fit with 1 or 2 threads, logarithmic",
        "Threads: 2 for 2 points, 1 for 1 point.",
        "time of a fit 1.00 s with 2 threads",
    ] {
        assert!(picture.contains(said), "no `{said}` in {picture}");
    }
}
