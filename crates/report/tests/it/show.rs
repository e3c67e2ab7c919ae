//! `report show`: a board of own rows, in the terminal and in other formats.

use report::board::{Board, MNIST_SHA256, OwnBoard};
use report::input::{Row, Status};
use report::render::own;

use crate::support::{Builder, Outcome, Place, row, sample, text_of};

/// A point on all rows: its number makes it unique.
fn point(cell: u64, accuracy: f64) -> Builder {
    row()
        .cell(cell)
        .params(&format!("C={cell};gamma=auto;kernel=rbf"))
        .accuracy(accuracy)
}

/// A declared dataset of 1,000 training and 200 test rows.
fn digits(cell: u64, accuracy: f64) -> Builder {
    point(cell, accuracy)
        .data("digits", &"ab".repeat(32))
        .rows(1_000, 200)
}

fn rows() -> Vec<Row> {
    let cells = [
        point(1, 0.9).set(|row| row.warning = "not-converged: 1 step".to_owned()),
        point(2, 0.8).set(|row| row.concurrent = Some(2)),
        point(3, 0.95).rows(500, 10_000),
        point(4, 0.97).data("mnist", MNIST_SHA256),
        digits(5, 0.5),
        digits(6, 0.7),
        digits(7, 0.9).rows(100, 200),
        point(8, 0.0).ended(Status::Timeout, "no end after 2h"),
    ];
    cells.map(Builder::build).into()
}

/// The board of rows in `results`, with these published rows.
fn shown(own: &[Row], published: &[Row], args: &[&str]) -> Outcome {
    let place = Place::new().write("results/mine.csv", &text_of(own));
    let place = place.write("results/published/theirs.csv", &text_of(published));
    place.report(&[&["show"], args].concat())
}

#[test]
fn each_dataset_is_ranked_by_itself_with_the_same_columns() {
    let outcome = shown(&rows(), &[], &[]);
    outcome.ends(0, &[]);
    insta::assert_snapshot!("show", outcome.stdout);
}

#[test]
fn the_other_formats_have_all_columns() {
    insta::assert_snapshot!(
        "show_markdown",
        shown(&rows(), &[], &["--format", "markdown"]).stdout
    );
    let csv = shown(&rows(), &[], &["--format", "csv"]).stdout;
    assert!(csv.starts_with("rank,dataset,classifier,params,"), "{csv}");
    assert_eq!(csv.lines().count(), 8, "{csv}");
    let json = shown(&rows(), &[], &["--format", "json"]).stdout;
    let board: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(board["datasets"][2]["lines"][1]["rank"], 1);
    assert_eq!(board["machine"]["name"], "a1b2c3d4");
}

#[test]
fn published_scores_stand_beside_the_same_points_and_name_another_machine() {
    let theirs = |cell: u64, accuracy: f64| {
        point(cell, accuracy)
            .on("ffffffff")
            .set(|row| row.fit_s = Some(77.0))
            .build()
    };
    let published = [theirs(1, 0.91), theirs(9, 0.99)];
    let outcome = shown(&rows(), &published, &["--published", "--format", "csv"]);
    let line = outcome
        .stdout
        .lines()
        .find(|line| line.contains("C=1;"))
        .unwrap()
        .to_owned();
    assert!(line.ends_with(",1,0.91,,77.0,1.0,ffffffff"), "{line}");
    assert!(!outcome.stdout.contains("C=9;"), "{}", outcome.stdout);
    let outcome = shown(&rows(), &published, &["--published=results/published"]);
    for text in ["Published", "0.9100", "machine ffffffff"] {
        assert!(outcome.stdout.contains(text), "no {text} in {}", outcome.stdout);
    }
    let same = [point(1, 0.91).build()];
    let outcome = shown(&rows(), &same, &["--published"]);
    assert!(
        outcome.stdout.contains("0.9100") && !outcome.stdout.contains("times of"),
        "{}",
        outcome.stdout
    );
    // Without the option nothing of others is shown, and no submitted claims.
    for format in ["terminal", "markdown"] {
        let outcome = shown(&rows(), &published, &["--format", format]);
        assert!(
            !outcome.stdout.contains("0.9100") && !outcome.stdout.contains("ubmitted"),
            "{}",
            outcome.stdout
        );
    }
}

#[test]
fn every_file_of_the_folder_or_the_named_ones_are_shown() {
    let place = Place::new()
        .write("results/a.csv", &text_of(&[point(1, 0.9).build()]))
        .write("results/parity_b.csv", &text_of(&[point(2, 0.8).build()]))
        .write(
            "results/machines.csv",
            "machine,engine,recorded_at,cpu,cores,simd\na1b2c3d4,native,x,Fast CPU,2,avx2\n",
        );
    let outcome = place.report(&["show"]);
    outcome.ends(0, &[]);
    for text in ["C=1;", "C=2;", "machine a1b2c3d4 (Fast CPU, 2 cores, avx2)"] {
        assert!(outcome.stdout.contains(text), "no {text} in {}", outcome.stdout);
    }
    let outcome = place.report(&["show", "results/parity_b.csv"]);
    assert!(
        outcome.stdout.contains("C=2;") && !outcome.stdout.contains("C=1;"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.stdout.contains("Fast CPU"), "{}", outcome.stdout);
}

#[test]
fn without_results_it_says_which_command_makes_some() {
    let place = Place::new();
    let outcome = place.report(&["show"]);
    outcome.ends(0, &[]);
    assert!(
        outcome
            .stdout
            .contains("No results yet. `cargo run -p runner -- configs/quickstart.toml`"),
        "{outcome:?}"
    );
    place
        .report(&["show", "--results", "nowhere"])
        .ends(2, &["`nowhere`", "-p runner -- configs/quickstart.toml"]);
    assert_eq!(place.report(&["show", "--format", "csv"]).stdout, "");
}

#[test]
fn a_bad_row_is_named_and_the_board_is_shown() {
    let bad = sample().replacen("0.898600", "1.5", 1);
    let place = Place::new().write("results/a.csv", &bad);
    let outcome = place.report(&["show"]);
    outcome.ends(1, &["`results/a.csv`, line 2: `accuracy` is 1.5"]);
    assert!(outcome.stdout.contains("fashion-mnist: "), "{outcome:?}");
}

#[test]
fn the_table_fits_every_width_and_breaks_no_word() {
    let mut rows = rows();
    rows.push(
        row()
            .cell(20)
            .of("HistGradientBoostingClassifier", "native")
            .params("early_stopping=false;l2_regularization=10;max_iter=300")
            .set(|row| {
                row.preprocessing = "hog(orientations=9, pixels_per_cell=4, cells_per_block=2)".to_owned();
                row.fit_s = Some(4000.0);
            })
            .build(),
    );
    let board = OwnBoard::new(Board::new(&[rows.clone()]), Some(&Board::new(&[rows.clone()])));
    for width in 60..260 {
        let text = own::terminal(&board, width);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
            assert_eq!(line, line.trim_end());
        }
        for word in [
            "HistGradientBoostingClassifier",
            "l2_regularization=10;",
            "max_iter=300",
            "gamma=auto;",
        ] {
            assert!(text.contains(word), "{width}: no {word} in {text}");
        }
        assert!(!text.contains('…'), "{width}: {text}");
        assert!(
            text.contains("0.9000") && text.contains("0.5000"),
            "{width}: {text}"
        );
    }
    let wide = own::terminal(&board, 250);
    assert!(
        !wide.contains("Left out") && wide.contains("Pub. predict"),
        "{wide}"
    );
    let narrow = own::terminal(&board, 80);
    assert!(
        narrow.contains("Left out, because the terminal is narrow"),
        "{narrow}"
    );
    // Too narrow for the words: they are cut rather than the table broken.
    let tiny = own::terminal(&board, 40);
    assert!(tiny.contains('…'), "{tiny}");
}

#[test]
fn declared_datasets_are_in_no_table_of_fashion_mnist() {
    let posing = "cd".repeat(32);
    let on = |engine: &str, cell: u64, dataset: &str, sha256: &str, n: u64| {
        point(7, 0.9)
            .cell(cell)
            .of("HistGradientBoostingClassifier", engine)
            .data(dataset, sha256)
            .rows(n, 10_000)
            .build()
    };
    let rows: Vec<Row> = [("digits", "ab".repeat(32)), ("fashion-mnist", posing.clone())]
        .into_iter()
        .enumerate()
        .flat_map(|(at, (name, sha256))| {
            let id = 100 * (at as u64 + 1);
            [
                on("native", id, name, &sha256, 60_000),
                on("scikit-learn", id + 1, name, &sha256, 60_000),
                on("native", id + 2, name, &sha256, 6_000),
            ]
        })
        .collect();
    let place = ["x", "parity_x", "speed", "scaling"]
        .iter()
        .fold(Place::new(), |place, stem| {
            place.write(&format!("results/published/{stem}.csv"), &text_of(&rows))
        });
    place.report(&[]).ends(0, &["wrote README.md"]);
    assert!(
        place
            .read("README.md")
            .contains("No results on Fashion-MNIST or MNIST yet")
    );
    for table in ["parity", "peers", "speed"] {
        let shown = place.report(&[table]).stdout;
        assert!(shown.contains("No results"), "{table}: {shown}");
        assert!(!shown.contains("HistGradient"), "{table}: {shown}");
    }
    // They have a section of their own on the board, and a table of their own on the page of scaling.
    let board = place.read("results/published/leaderboard.md");
    let (before, others) = board.split_once("## Other datasets").unwrap();
    assert!(!before.contains("HistGradient"), "{before}");
    assert!(
        others.contains("digits (abababab)") && others.contains("fashion-mnist (cdcdcdcd)"),
        "{others}"
    );
    let scaling = place.report(&["scaling"]).stdout;
    assert!(scaling.starts_with("### Other data\n"), "{scaling}");
    assert!(
        scaling.contains("| fashion-mnist (other data) |") && !scaling.contains("| fashion-mnist |"),
        "{scaling}"
    );
    let own = place.report(&["show", "results/published/x.csv"]).stdout;
    assert!(
        own.contains("fashion-mnist (cdcdcdcd): 3 points") && own.contains("digits (abababab): 3 points"),
        "{own}"
    );
}
