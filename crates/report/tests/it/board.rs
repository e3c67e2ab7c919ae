//! The board: which rows count, how points rank and which marks they get.

use proptest::prelude::*;
use report::Board;
use report::board::MNIST_SHA256;
use report::input::{Row, Status};

use crate::support::row;

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

#[test]
fn a_time_measured_beside_other_cells_is_marked() {
    let file = vec![
        row().repeat(0).build(),
        row().repeat(1).set(|row| row.concurrent = Some(2)).build(),
    ];
    assert!(
        Board::new(&[file]).lines[0]
            .fashion_mnist
            .as_ref()
            .unwrap()
            .beside_others
    );
    assert!(
        !Board::new(&[vec![row().build()]]).lines[0]
            .fashion_mnist
            .as_ref()
            .unwrap()
            .beside_others
    );
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
