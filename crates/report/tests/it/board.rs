//! The board: which rows count, how points rank and which marks they get.

use std::collections::HashMap;

use proptest::prelude::*;
use report::Board;
use report::board::MNIST_SHA256;
use report::input::{Row, Status};

use crate::support::{Change, row};

fn names(board: &Board) -> Vec<(Option<usize>, &str)> {
    board
        .lines
        .iter()
        .map(|line| (line.rank, line.point.params.as_str()))
        .collect()
}

#[test]
fn within_a_file_the_last_row_of_a_cell_counts() {
    let file = vec![
        row().accuracy(0.7).started("2026-02-01T00:00:00Z").build(),
        row().accuracy(0.8).build(),
    ];
    let board = Board::new(&[file]);
    let score = board.lines[0].fashion_mnist.as_ref().unwrap();
    assert_eq!((score.accuracy.mean, score.n), (0.8, 1));
    assert_eq!((board.origin.rows, board.origin.cells), (2, 1));
}

#[test]
fn among_files_the_row_that_started_last_counts() {
    let old = vec![row().accuracy(0.7).build()];
    let new = vec![row().accuracy(0.8).started("2026-02-01T00:00:00Z").build()];
    let board = Board::new(&[old.clone(), new.clone()]);
    assert_eq!(board, Board::new(&[new, old]));
    assert_eq!(board.lines[0].fashion_mnist.as_ref().unwrap().accuracy.mean, 0.8);
}

#[test]
fn an_interrupted_row_hides_no_score() {
    let interrupted = row()
        .started("2026-02-01T00:00:00Z")
        .ended(Status::Interrupted, "the run was stopped");
    let stopped = interrupted.build();
    for files in [
        vec![vec![row().accuracy(0.8).build(), stopped.clone()]],
        vec![vec![row().accuracy(0.8).build()], vec![stopped.clone()]],
        vec![vec![stopped.clone()], vec![row().accuracy(0.8).build()]],
    ] {
        let board = Board::new(&files);
        assert_eq!(board.lines[0].fashion_mnist.as_ref().unwrap().accuracy.mean, 0.8);
    }
    // A failure that a later attempt did not reach the end of.
    let failed = row().ended(Status::Failed, "no memory").build();
    let board = Board::new(&[vec![failed, stopped]]);
    assert_eq!(
        board.origin.by_status.keys().collect::<Vec<_>>(),
        [&Status::Interrupted]
    );
}

#[test]
fn a_cell_under_two_contradicting_texts_is_two_points_with_one_rank() {
    let file = vec![
        row().params("loss=a").build(),
        row().params("loss=b").build(),
        row().cell(2).params("z=1").accuracy(0.1).build(),
    ];
    let board = Board::new(&[file]);
    assert_eq!(
        names(&board),
        [(Some(1), "loss=a"), (Some(1), "loss=b"), (Some(3), "z=1")]
    );
}

#[test]
fn a_text_that_omits_a_default_belongs_to_the_longer_text() {
    let file = vec![
        row().repeat(0).params("a=1;b=2").accuracy(0.8).build(),
        row().repeat(1).params("a=1;b=2").accuracy(0.6).build(),
        row()
            .repeat(0)
            .params("a=1")
            .accuracy(0.9)
            .started("2026-02-01T00:00:00Z")
            .build(),
        row().repeat(2).params("a=1").accuracy(0.45).build(),
        row().cell(9).params("b=2").accuracy(0.1).build(),
    ];
    let board = Board::new(&[file]);
    assert_eq!(names(&board), [(Some(1), "a=1;b=2"), (Some(2), "b=2")]);
    let score = board.lines[0].fashion_mnist.as_ref().unwrap();
    // Both texts share a cell; the row that started last counts.
    assert_eq!((score.n, score.accuracy.mean), (3, 0.65));
}

#[test]
fn only_ok_rows_count_and_other_rows_are_listed_with_reasons() {
    let file = vec![
        row().repeat(0).accuracy(0.8).build(),
        row().repeat(1).ended(Status::Timeout, "too long").build(),
        row().repeat(2).ended(Status::Timeout, "too long").build(),
        row()
            .cell(9)
            .params("C=2")
            .ended(Status::Refused, "no such kernel")
            .build(),
    ];
    let board = Board::new(&[file]);
    assert_eq!(names(&board), [(Some(1), "C=1;kernel=rbf")]);
    let listed: Vec<_> = board
        .shortfalls
        .iter()
        .map(|s| (s.point.params.as_str(), s.ok, s.reasons.join(" ")))
        .collect();
    assert_eq!(
        listed,
        [
            ("C=2", 0, "no such kernel".to_owned()),
            ("C=1;kernel=rbf", 1, "too long".to_owned())
        ]
    );
    assert_eq!(board.shortfalls[1].by_status[&Status::Timeout], 2);
}

#[test]
fn a_score_on_fewer_rows_has_a_position_but_no_rank() {
    let file = vec![
        row().cell(1).params("C=1").accuracy(0.8).build(),
        row()
            .cell(2)
            .params("C=2")
            .accuracy(0.9)
            .rows(6_000, 10_000)
            .build(),
        row().cell(3).params("C=3").accuracy(0.7).build(),
        row()
            .cell(4)
            .params("C=4")
            .accuracy(0.75)
            .rows(60_000, 500)
            .build(),
    ];
    assert_eq!(
        names(&Board::new(&[file])),
        [(None, "C=2"), (Some(1), "C=1"), (None, "C=4"), (Some(2), "C=3")]
    );
}

#[test]
fn the_best_of_a_family_is_on_all_rows_where_there_is_one_and_engines_stand_apart() {
    let file = vec![
        row().cell(1).params("C=1").accuracy(0.8).build(),
        row().cell(2).params("C=2").accuracy(0.7).build(),
        row()
            .cell(3)
            .params("C=3")
            .accuracy(0.9)
            .rows(6_000, 10_000)
            .build(),
        row()
            .cell(4)
            .params("C=4")
            .accuracy(0.85)
            .rows(6_000, 10_000)
            .set(|row| row.engine = "native".to_owned())
            .build(),
    ];
    let board = Board::new(&[file]);
    let best: Vec<_> = board
        .best()
        .iter()
        .map(|line| (line.rank, line.point.params.to_string()))
        .collect();
    assert_eq!(best, [(None, "C=4".to_owned()), (Some(1), "C=1".to_owned())]);
}

#[test]
fn a_point_without_fashion_mnist_is_last_and_has_no_rank() {
    let mnist =
        |row: &mut Row| (row.dataset, row.data_sha256) = ("mnist".to_owned(), MNIST_SHA256.to_owned());
    let file = vec![
        row().cell(1).params("C=1").accuracy(0.99).set(mnist).build(),
        row().cell(2).params("C=2").accuracy(0.1).build(),
    ];
    assert_eq!(names(&Board::new(&[file])), [(Some(1), "C=2"), (None, "C=1")]);
}

#[test]
fn mnist_decides_between_equal_scores_on_fashion_mnist() {
    let mnist =
        |row: &mut Row| (row.dataset, row.data_sha256) = ("mnist".to_owned(), MNIST_SHA256.to_owned());
    let file = vec![
        row().cell(1).params("C=1").build(),
        row().cell(2).params("C=1").accuracy(0.5).set(mnist).build(),
        row().cell(3).params("C=2").build(),
        row().cell(4).params("C=2").accuracy(0.6).set(mnist).build(),
    ];
    assert_eq!(names(&Board::new(&[file])), [(Some(1), "C=2"), (Some(2), "C=1")]);
}

#[test]
fn other_data_with_the_name_fashion_mnist_is_another_dataset() {
    let file = vec![row().set(|row| row.data_sha256 = MNIST_SHA256.to_owned()).build()];
    let board = Board::new(&[file]);
    assert_eq!(board.lines, []);
    assert_eq!(board.others[0].dataset, "fashion-mnist (d0a3eec1)");
}

/// The score of one changed row.
fn score(change: impl FnOnce(&mut Row)) -> report::board::Score {
    let board = Board::new(&[vec![row().set(change).build()]]);
    board.lines[0].fashion_mnist.clone().unwrap()
}

#[test]
fn a_machine_is_shared_by_the_rule_of_the_results_format() {
    // A cell takes two seconds: fit 1 s, predict 1 s.
    let cases: [(Change, bool); 8] = [
        (|_| {}, false),
        (|row| row.concurrent = Some(2), true),
        (|row| row.foreign_cores = Some(0.1), false),
        (|row| row.foreign_cores = Some(0.11), true),
        (
            |row| (row.foreign_cores, row.fit_s, row.predict_s) = (Some(1.0), Some(0.02), Some(0.02)),
            false,
        ),
        (
            |row| (row.foreign_cores, row.fit_s, row.predict_s) = (Some(1.0), Some(0.04), Some(0.02)),
            true,
        ),
        (|row| row.steal = Some(0.02), false),
        (|row| row.steal = Some(0.0201), true),
    ];
    for (at, (change, is_shared)) in cases.into_iter().enumerate() {
        assert_eq!(score(change).shared_machine, is_shared, "case {at}");
    }
}

#[test]
fn only_an_entry_of_the_warning_marks_a_score() {
    for (warning, is_marked) in [
        ("", false),
        ("not-converged: tol 1e-4 was not reached in 1000 passes", true),
        ("chance: no better; not-converged: 1 step", true),
        ("engine: it says: not-converged", false),
        ("chance: accuracy equals the majority-class share", false),
        ("claimed-times: 1 s of 20 s; not-converged", true),
    ] {
        let score = score(|row| row.warning = warning.to_owned());
        assert_eq!(score.not_converged, is_marked, "{warning}");
    }
    // What an old program wrote into `error` is no mark.
    assert!(!score(|row| row.error = "times measured beside other work".to_owned()).shared_machine);
}

#[test]
fn a_later_fit_on_another_machine_takes_no_time_away() {
    let fit = |machine: &str, started: &str, accuracy: f64, seconds: f64| {
        let builder = row().on(machine).started(started).accuracy(accuracy);
        builder.set(|row| row.fit_s = Some(seconds)).build()
    };
    let files = [
        vec![
            fit("aaaaaaaa", "2026-01-01T00:00:00Z", 0.8, 7.0),
            fit("aaaaaaaa", "2026-01-02T00:00:00Z", 0.8, 2.0),
        ],
        vec![fit("bbbbbbbb", "2026-01-03T00:00:00Z", 0.9, 5.0)],
    ];
    for (machine, seconds) in [("aaaaaaaa", 2.0), ("bbbbbbbb", 5.0)] {
        let board = Board::on(&files, Some(machine), &HashMap::new()).unwrap();
        let score = board.lines[0].fashion_mnist.clone().unwrap();
        // The accuracy is that of the newest fit alone.
        assert_eq!((score.n, score.accuracy.mean), (1, 0.9));
        assert_eq!(score.fit_s, Some(seconds), "{machine}");
        assert_eq!(score.times("aaaaaaaa").unwrap().fit_s, Some(2.0));
    }
}

#[test]
fn of_one_revision_the_fit_that_ran_alone_with_most_threads_is_the_measured_one() {
    let fit = |started: &str, seconds: f64, concurrent: u32, threads: u32, revision: &str| {
        let builder = row().started(started).set(|row| {
            row.fit_s = Some(seconds);
            row.concurrent = Some(concurrent);
            row.threads = Some(threads);
            row.revision = revision.to_owned();
        });
        vec![builder.build()]
    };
    let measured = |files: &[Vec<Row>]| Board::new(files).lines[0].fashion_mnist.clone().unwrap().fit_s;
    let beside = fit("2026-01-01T00:00:00Z", 9.0, 2, 1, "abc");
    let board = fit("2026-01-02T00:00:00Z", 3.0, 1, 2, "abc");
    let speed = fit("2026-01-03T00:00:00Z", 5.0, 1, 1, "abc");
    let newer = fit("2026-01-04T00:00:00Z", 4.0, 1, 2, "def");
    let comparison = fit("2026-01-05T00:00:00Z", 6.0, 1, 1, "ghi");
    let mut files = vec![beside, board, speed];
    assert_eq!(measured(&files), Some(3.0));
    assert_eq!(measured(&[files[0].clone(), files[2].clone()]), Some(5.0));
    // In one file the last row counts: it was trained again on purpose.
    assert_eq!(
        measured(&[[files[1].clone(), files[2].clone()].concat()]),
        Some(5.0)
    );
    // With equal threads a fit that other work disturbed does not count, though it is newer.
    let mut disturbed = fit("2026-01-03T12:00:00Z", 7.0, 1, 2, "abc");
    disturbed[0].steal = Some(0.05);
    assert_eq!(measured(&[files[1].clone(), disturbed]), Some(3.0));
    files.push(newer);
    assert_eq!(measured(&files), Some(4.0), "a newer revision has other times");
    files.push(comparison);
    assert_eq!(
        measured(&files),
        Some(4.0),
        "a comparison with one thread takes no time away"
    );
}

#[test]
fn times_come_from_the_machine_with_most_full_size_cells() {
    let fit = |machine: &str, repeat: u32, seconds: f64| {
        row()
            .repeat(repeat)
            .on(machine)
            .set(|row| row.fit_s = Some(seconds))
    };
    let reduced = (0..5).map(|repeat| {
        fit("cccccccc", repeat + 20, 9.0)
            .params("C=3")
            .rows(500, 10_000)
            .build()
    });
    let mut rows: Vec<Row> = vec![
        fit("bbbbbbbb", 0, 1.0).build(),
        fit("bbbbbbbb", 1, 3.0).build(),
        fit("aaaaaaaa", 2, 50.0)
            .set(|row| row.concurrent = Some(2))
            .build(),
        fit("aaaaaaaa", 10, 4.0).params("C=2").build(),
    ];
    rows.extend(reduced);
    // Both have two full-size cells; the lexically smallest counts, and cells on fewer rows count for nobody.
    let board = Board::new(std::slice::from_ref(&rows));
    assert_eq!(board.machine.as_ref().unwrap().name, "aaaaaaaa");
    let times = |board: &Board| -> Vec<(String, Option<f64>, bool)> {
        let score = |line: &report::board::Line| line.fashion_mnist.clone().unwrap();
        let lines = board.lines.iter();
        let times = lines.map(|line| {
            (
                line.point.params.to_string(),
                score(line).fit_s,
                score(line).shared_machine,
            )
        });
        let mut times: Vec<_> = times.collect();
        times.sort_by(|a, b| a.0.cmp(&b.0));
        times
    };
    let same = "C=1;kernel=rbf".to_owned();
    let (two, three) = ("C=2".to_owned(), "C=3".to_owned());
    assert_eq!(
        times(&board),
        [
            (same.clone(), Some(50.0), true),
            (two.clone(), Some(4.0), false),
            (three.clone(), None, false)
        ]
    );
    rows.push(fit("bbbbbbbb", 30, 1.0).params("C=4").build());
    let board = Board::new(std::slice::from_ref(&rows));
    assert_eq!(board.machine.as_ref().unwrap().name, "bbbbbbbb");
    // The mark of the other machine's time is gone with that time; all three repeats count for the accuracy.
    assert_eq!(times(&board)[..2], [(same, Some(2.0), false), (two, None, false)]);
    assert_eq!(
        board
            .lines
            .iter()
            .map(|line| line.fashion_mnist.as_ref().unwrap().n)
            .max(),
        Some(5)
    );
    let chosen = Board::on(std::slice::from_ref(&rows), Some("cccccccc"), &Default::default()).unwrap();
    assert_eq!(times(&chosen)[2].1, Some(9.0));
    let unknown = Board::on(&[rows], Some("dddddddd"), &Default::default()).unwrap_err();
    assert_eq!(unknown.known, ["aaaaaaaa", "bbbbbbbb", "cccccccc"]);
    // Without a full-size cell every cell counts.
    let small = vec![fit("bbbbbbbb", 1, 1.0).rows(500, 500).build()];
    assert_eq!(Board::new(&[small]).machine.unwrap().name, "bbbbbbbb");
}

#[test]
fn a_mean_is_over_the_newest_version_of_an_engine() {
    let of = |version: &str, repeat: u32, id: u64, accuracy: f64, day: u32| {
        row()
            .repeat(repeat)
            .cell(id)
            .accuracy(accuracy)
            .started(&format!("2026-01-{day:02}T00:00:00Z"))
            .set(|row| row.engine_version = version.to_owned())
            .build()
    };
    let rows = vec![
        of("2", 0, 1, 0.9, 3),
        of("1", 0, 2, 0.5, 1),
        of("1", 1, 3, 0.5, 2),
    ];
    let board = Board::new(&[rows]);
    let score = board.lines[0].fashion_mnist.as_ref().unwrap();
    assert_eq!((score.n, score.accuracy.mean), (1, 0.9));
}

#[test]
fn thirty_thousand_rows_take_no_quadratic_time() {
    let names = (0..30_000).map(|at| row().cell(1).params(&format!("x={at};y=1")).build());
    let repeats = (0..30_000).map(|at| {
        let row = row()
            .repeat(at)
            .params("C=9")
            .set(|row| row.warning = format!("engine: {at}"));
        row.build()
    });
    let files: [Vec<Row>; 2] = [names.collect(), repeats.collect()];
    let start = std::time::Instant::now();
    let board = Board::new(&files);
    assert_eq!(board.lines.len(), 30_001);
    let parts: Vec<Row> = (0..13)
        .flat_map(|bit| [0, 1].map(|other| (bit, other)))
        .map(|(bit, other)| row().cell(2).params(&format!("a{bit}={other}")).build())
        .collect();
    assert_eq!(Board::new(&[parts]).lines.len(), 26);
    // A quadratic loop over 30,000 texts takes minutes.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

fn cells() -> impl Strategy<Value = Vec<Row>> {
    let cell = (0..3u32, 0..4usize, 0..3usize, 0..2usize, 0..2000u32, 0..6u8);
    prop::collection::vec(cell, 0..40).prop_map(|cells| {
        let cells =
            cells
                .into_iter()
                .enumerate()
                .map(|(id, (repeat, params, rows, data, accuracy, status))| {
                    let row = row()
                        .repeat(repeat)
                        .cell(id as u64)
                        .params(["C=1", "C=2", "C=10", "a=b"][params]);
                    let row = row
                        .rows([60_000, 6_000, 500][rows], 10_000)
                        .accuracy(f64::from(accuracy) / 2000.0);
                    let row = if status == 0 {
                        row.ended(Status::Crashed, ["signal 9", "signal 11"][data])
                    } else {
                        row
                    };
                    row.set(|row| {
                        row.fit_s = Some(f64::from(accuracy) / 7.0);
                        if data == 1 {
                            (row.dataset, row.data_sha256) = ("mnist".to_owned(), MNIST_SHA256.to_owned());
                        }
                    })
                });
        cells.map(|row| row.build()).collect()
    })
}

proptest! {
    #[test]
    fn the_board_does_not_depend_on_the_order_of_rows_or_the_split_into_files(
        (rows, shuffled) in cells().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        at in 0..40usize,
    ) {
        let board = Board::new(std::slice::from_ref(&rows));
        prop_assert_eq!(&board, &Board::new(std::slice::from_ref(&shuffled)));
        let (left, right) = shuffled.split_at(at.min(shuffled.len()));
        let spread = Board::new(&[left.to_vec(), right.to_vec()]);
        prop_assert_eq!(board.best(), spread.best());
        prop_assert_eq!((board.lines, board.shortfalls), (spread.lines, spread.shortfalls));
    }

    #[test]
    fn reduced_lines_have_no_rank_and_ranks_increase(rows in cells()) {
        let board = Board::new(&[rows]);
        for lines in [board.lines.clone(), board.best()] {
            let ranks: Vec<usize> = lines.iter().filter_map(|line| line.rank).collect();
            prop_assert!(ranks.is_sorted() && ranks.first().is_none_or(|&rank| rank == 1));
            prop_assert!(lines.iter().all(|line| line.rank.is_none() || !line.point.is_reduced()));
        }
    }
}
