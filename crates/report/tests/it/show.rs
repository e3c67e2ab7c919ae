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

/// The board in a terminal, without the codes of styles.
fn terminal(board: &OwnBoard, width: usize) -> String {
    anstream::adapter::strip_str(&own::terminal(board, width)).to_string()
}

/// The board of rows in `results`, with these published rows.
fn shown(own: &[Row], published: &[Row], args: &[&str]) -> Outcome {
    let place = Place::new().write("results/mine.csv", &text_of(own));
    let place = place.write("results/published/theirs.csv", &text_of(published));
    place.report(&[&["show"], args].concat())
}

#[test]
fn the_points_with_the_most_common_numbers_of_rows_are_ranked_or_those_on_all_rows_of_a_benchmark() {
    let small = |cell, n_test| point(cell, 0.5).rows(2_000, n_test).build();
    let mut own: Vec<Row> = (1..=3).map(|cell| small(cell, 5_000)).collect();
    own.push(small(9, 10_000));
    let ranks = |own: &[Row]| -> Vec<String> {
        let csv = shown(own, &[], &["--format", "csv"]).stdout;
        let mut ranked: Vec<String> = csv
            .lines()
            .skip(1)
            .filter(|line| !line.starts_with(','))
            .filter_map(|line| Some(line.split("C=").nth(1)?.split(';').next()?.to_owned()))
            .collect();
        ranked.sort();
        ranked
    };
    assert_eq!(ranks(&own), ["1", "2", "3"]);
    own.push(point(7, 0.4).build());
    assert_eq!(ranks(&own), ["7"]);
    // Of the page, every small point's command has its limits, and the sentence has the datasets that are there.
    let page = shown(&own[..4], &[], &["--format", "html"]).stdout;
    for text in [
        "--train-limit 2000 --test-limit 5000",
        "classifiers on Fashion-MNIST: 4 scores",
    ] {
        assert!(page.contains(text), "no {text}");
    }
    let page = shown(&[digits(5, 0.5).build()], &[], &["--format", "html"]).stdout;
    assert!(
        !page.contains("Fashion-MNIST:") && !page.contains("id=\"claims\""),
        "a page of other data"
    );
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
    assert!(
        csv.starts_with("rank,tier,rank_first,rank_last,dataset,classifier,params,"),
        "{csv}"
    );
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
fn the_machine_of_published_times_is_named_only_beside_a_published_time() {
    let published = [point(9, 0.91).on("ffffffff").build()];
    for format in ["terminal", "markdown"] {
        let shown = shown(&rows(), &published, &["--published", "--format", format]).stdout;
        assert!(
            shown.contains("Published") && !shown.contains("ffffffff"),
            "{format}: {shown}"
        );
    }
}

#[test]
fn data_that_were_imported_again_come_first_and_are_called_the_newest() {
    let on = |cell: u64, name: &str, sha256: &str, day: u32| {
        let at = format!("2026-01-{day:02}T10:00:00Z");
        point(cell, 0.9)
            .data(name, &sha256.repeat(32))
            .started(&at)
            .build()
    };
    let rows = [
        on(1, "digits", "3f", 3),
        on(2, "digits", "fd", 5),
        on(3, "digits", "aa", 1),
        on(4, "cats", "cd", 4),
        point(5, 0.9).started("2026-01-01T10:00:00Z").build(),
    ];
    let shown = shown(&rows, &[], &[]).stdout;
    let titles: Vec<&str> = shown
        .lines()
        .filter_map(|line| Some(line.split_once(": 1 point")?.0))
        .collect();
    assert_eq!(
        titles,
        [
            "fashion-mnist",
            "digits (fdfdfdfd), newest rows",
            "cats (cdcdcdcd)",
            "digits (3f3f3f3f)",
            "digits (aaaaaaaa)"
        ]
    );
}

#[test]
fn rows_of_the_test_and_columns_that_a_table_lacks_are_said_in_clear_words() {
    let long = |line: Builder| {
        line.of("HistGradientBoostingClassifier", "native")
            .set(|row| row.preprocessing = "hog(orientations=9, pixels_per_cell=4)".to_owned())
    };
    let rows = [
        long(point(1, 0.9)).rows(1_000, 5_000).build(),
        long(point(2, 0.8)).rows(60_000, 10_000).build(),
        long(point(3, 0.8))
            .set(|row| row.engine = "linfa".to_owned())
            .build(),
        row().cell(4).data("mnist", MNIST_SHA256).params("C=1").build(),
    ];
    let board = OwnBoard::new(Board::new(&[rows]), None);
    assert!(terminal(&board, 200).contains("1,000 train, 5,000 test"));
    let said = |width: usize| {
        let text = terminal(&board, width);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let at_90 = said(90);
    assert!(
        at_90.contains("terminal is narrow, for fashion-mnist: ±, Fits"),
        "{at_90}"
    );
    let at_70 = said(70);
    assert!(
        at_70.contains("where not named: ") && at_70.contains("rows 60,000"),
        "{at_70}"
    );
    assert!(at_70.contains(", 1,000 train, 5,000 test rows"), "{at_70}");
}

#[test]
fn a_results_file_that_does_not_exist_gets_the_nearest_name() {
    let text = text_of(&[point(1, 0.9).build()]);
    let place = Place::new()
        .write("results/baseline.csv", &text)
        .write("results/try.csv", &text);
    for (file, said) in [
        ("results/basline.csv", "did you mean results/baseline.csv?"),
        ("baseline", "did you mean results/baseline.csv?"),
        ("result", "did you mean --results results?"),
        (
            "results",
            "it is a folder; all its results files: --results results",
        ),
        (
            "other.csv",
            "results files: results/baseline.csv, results/try.csv",
        ),
        (&"x".repeat(300), "there is no such file"),
    ] {
        let outcome = place.report(&["show", file]);
        outcome.ends(2, &[said]);
        assert!(!outcome.stderr.contains("os error"), "{outcome:?}");
    }
    // The other files are shown.
    let outcome = place.report(&["show", "results/try.csv", "results/basline.csv"]);
    outcome.ends(1, &["did you mean results/baseline.csv?"]);
    assert!(outcome.stdout.contains("fashion-mnist: 1 point"), "{outcome:?}");
    Place::new()
        .report(&["show", "x.csv"])
        .ends(2, &["run a grid first", "configs/quickstart.toml"]);
    place
        .report(&["peers", "results/basline.csv"])
        .ends(2, &["did you mean results/baseline.csv?"]);
}

#[test]
fn a_results_file_in_the_place_of_a_command_gets_the_command() {
    for word in ["results/mine.csv", "mine.csv"] {
        Place::new().report(&[word]).ends(
            2,
            &[
                &format!("`{word}` is no command"),
                &format!("did you mean `report show {word}`?"),
            ],
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
        let text = terminal(&board, width);
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
    let wide = terminal(&board, 250);
    assert!(
        !wide.contains("Left out") && wide.contains("Pub. predict"),
        "{wide}"
    );
    let narrow = terminal(&board, 80);
    assert!(
        narrow.contains("Left out, because the terminal is narrow"),
        "{narrow}"
    );
    // Too narrow for the words: they are cut rather than the table broken.
    let tiny = terminal(&board, 40);
    assert!(tiny.contains('…'), "{tiny}");
}

/// Points that differ only in what identifies them beside the parameters.
fn twins() -> Vec<Row> {
    let twin = |cell: u64, engine: &str, preprocessing: &str, n: u64| {
        row()
            .cell(cell)
            .of("KNeighborsClassifier", engine)
            .params("n_neighbors=5")
            .rows(n, 10_000)
            .set(|row| row.preprocessing = preprocessing.to_owned())
            .build()
    };
    vec![
        twin(1, "native", "standard", 60_000),
        twin(2, "native", "standard", 6_000),
        twin(3, "native", "none", 60_000),
        twin(4, "linfa", "none", 60_000),
    ]
}

#[test]
fn lines_can_be_told_apart_at_every_width() {
    let board = OwnBoard::new(Board::new(&[twins()]), Some(&Board::new(&[twins()])));
    let at_80 = terminal(&board, 80);
    for title in ["Engine", "Rows", "Fit", "Published"] {
        assert!(at_80.contains(title), "no {title} in {at_80}");
    }
    let said = at_80.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("narrow: ±, Fits, Pub. predict, Pub. fit, Predict."),
        "{at_80}"
    );
    // A note on columns that no table has would explain nothing.
    assert!(
        said.contains("Fit: mean wall time") && said.contains("Published: the committed"),
        "{at_80}"
    );
    // What most lines have is said once, and where a line differs it says so.
    assert!(
        said.contains("fashion-mnist: 4 points; where not named: preprocessing none"),
        "{at_80}"
    );
    assert_eq!(said.matches(", standard").count(), 2, "{at_80}");
    let at_45 = terminal(&board, 45);
    assert!(!at_45.contains("mean wall time"), "{at_45}");
    for width in 44..200 {
        let text = terminal(&board, width);
        let end = text
            .find("\n\nFit")
            .or_else(|| text.find("\n\nPublished"))
            .unwrap_or(text.len());
        let lines = &text[..end];
        for value in ["standard", "none", "native", "linfa", "60,000", "6,000"] {
            assert!(lines.contains(value), "{width}: no {value} in {text}");
        }
        assert!(!text.contains('…'), "{width}: {text}");
    }
    // Where all lines agree, the value is said once above the table.
    let same = terminal(&OwnBoard::new(Board::new(&[twins()[..2].to_vec()]), None), 70);
    assert!(
        same.contains("2 points, engine native, preprocessing standard\n"),
        "{same}"
    );
}

#[test]
fn a_default_that_only_one_text_states_is_the_same_point() {
    let own = [row()
        .cell(1)
        .of("RidgeClassifier", "native")
        .params("")
        .accuracy(0.8)
        .build()];
    let theirs = |cell: u64| {
        let theirs = row().cell(cell).of("RidgeClassifier", "native").params("alpha=1");
        [theirs.accuracy(0.8113).build()]
    };
    let outcome = shown(&own, &theirs(1), &["--published"]);
    assert!(outcome.stdout.contains("0.8113"), "{}", outcome.stdout);
    let outcome = shown(&own, &theirs(2), &["--published"]);
    assert!(!outcome.stdout.contains("0.8113"), "{}", outcome.stdout);
}

#[test]
fn a_line_without_a_published_row_is_explained() {
    let text = "–: no published row of the same point with the same numbers of training and test rows";
    let published = [point(1, 0.91).build()];
    let fewer = [point(1, 0.9).cell(7).rows(500, 10_000).build()];
    for (own, options, is_said) in [
        (&fewer, &["--published"][..], true),
        (&fewer, &["--published", "--format", "markdown"], true),
        (&fewer, &[], false),
        (&published, &["--published"], false),
    ] {
        let shown = shown(own, &published, options).stdout;
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            shown.matches(text).count(),
            usize::from(is_said),
            "{options:?}: {shown}"
        );
    }
}

#[test]
fn a_machine_chooses_the_times_of_the_side_that_has_it() {
    let timed = |machine: &str, repeat: u32, seconds: f64| {
        row()
            .repeat(repeat)
            .on(machine)
            .set(|row| row.fit_s = Some(seconds))
            .build()
    };
    let own = [
        timed("mine", 0, 1.0),
        timed("mine", 1, 1.0),
        timed("both", 2, 2.0),
    ];
    let published = [
        timed("theirs", 0, 10.0),
        timed("theirs", 1, 10.0),
        timed("both", 2, 20.0),
        timed("old", 3, 30.0),
    ];
    let times = |machine: &str| {
        let outcome = shown(
            &own,
            &published,
            &["--published", "--format", "json", "--machine", machine],
        );
        outcome.ends(0, &[]);
        let board: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let line = &board["datasets"][0]["lines"][0];
        [&line["score"], &line["published"]].map(|score| score["fit_s"].as_f64().unwrap())
    };
    for (machine, expected) in [
        ("mine", [1.0, 10.0]),
        ("old", [1.0, 30.0]),
        ("both", [2.0, 20.0]),
        ("theirs", [1.0, 10.0]),
    ] {
        assert_eq!(
            times(machine).map(f64::to_bits),
            expected.map(f64::to_bits),
            "{machine}"
        );
    }
    shown(&own, &published, &["--published", "--machine", "no"]).ends(
        2,
        &[
            "no row is from machine `no`",
            "known machines: both, mine, old, theirs",
        ],
    );
    // Without the published rows, their machines are unknown.
    shown(&own, &published, &["--machine", "old"]).ends(2, &["known machines: both, mine"]);
}

#[test]
fn a_missing_folder_of_published_results_names_its_option() {
    let outcome = shown(&rows(), &[], &["--published=results/nowhere"]);
    outcome.ends(2, &["`results/nowhere`", "`--published=DIR`"]);
    assert!(!outcome.stderr.contains("--results"), "{}", outcome.stderr);
}

#[test]
fn a_time_of_zero_is_shown_as_the_file_has_it() {
    let text = text_of(&[point(1, 0.9)
        .set(|row| (row.fit_s, row.fit_cpu_s) = (Some(4.0), None))
        .build()]);
    let (header, line) = text.split_once('\n').unwrap();
    for (fit_s, shown) in [
        ("0.000000", "< 1 µs"),
        ("0.000000000", "0 s"),
        ("0", "0 s"),
        ("0.000000450", "450 ns"),
        ("0.000001", "1.00 µs"),
        ("0.000000001", "1.00 ns"),
    ] {
        let line = line.replacen(",4.0,", &format!(",{fit_s},"), 1);
        let place = Place::new()
            .write("results/mine.csv", &format!("{header}\n{line}"))
            .write("results/published/x.csv", &format!("{header}\n{line}"))
            .write("results/published/scaling.csv", &format!("{header}\n{line}"));
        for args in [
            &["show"][..],
            &["show", "--format", "markdown"],
            &["--format", "markdown"],
            &["scaling"],
        ] {
            let outcome = place.report(args);
            assert!(
                outcome.stdout.contains(&format!(" {shown}")),
                "{fit_s}: {args:?}: {}",
                outcome.stdout
            );
        }
    }
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

#[test]
fn colours_are_codes_around_the_header_and_the_words_of_a_status() {
    let styled = own::terminal(&OwnBoard::new(Board::new(&[rows()]), None), 80);
    for text in [
        "\u{1b}[1m#  Classifier",
        "7 \u{1b}[32mok\u{1b}[0m",
        "1 \u{1b}[31mtimeout\u{1b}[0m:",
    ] {
        assert!(styled.contains(text), "no {text:?} in {styled:?}");
    }
    // Not in a pipe.
    assert!(!shown(&rows(), &[], &[]).stdout.contains('\u{1b}'));
}
