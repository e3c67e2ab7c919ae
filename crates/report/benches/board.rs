//! Benches: parse 10,000 rows, rank them, render the board and the page.

use std::collections::HashMap;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

use divan::Bencher;
use report::Board;
use report::board::{FASHION_MNIST_SHA256, MNIST_SHA256, OwnBoard};
use report::input::rows::parse;
use report::input::schema::{COLUMNS, SCHEMA};
use report::input::{Findings, Row};
use report::page::{Source, page};
use report::render::{RENDERERS, Render};

fn main() {
    divan::main();
}

#[divan::bench]
fn parse_10000_rows(bencher: Bencher<'_, '_>) {
    let text = text();
    bencher.bench(|| read(black_box(&text)));
}

#[divan::bench]
fn board_of_10000_rows(bencher: Bencher<'_, '_>) {
    let files = [read(&text())];
    bencher.bench(|| Board::new(black_box(&files)));
}

#[divan::bench(args = RENDERERS.iter().filter(|renderer| renderer.full.is_some()).map(|renderer| renderer.name))]
fn render_1000_points(bencher: Bencher<'_, '_>, name: &str) {
    let board = Board::new(&[read(&text())]);
    let renderer = RENDERERS.iter().find(|renderer| renderer.name == name);
    let renderer = renderer.expect("the name comes from the registry");
    match &renderer.full {
        Some(Render::Text(render)) => bencher.bench(|| render(black_box(&board))),
        Some(Render::Bytes(render)) => bencher.bench(|| render(black_box(&board))),
        _ => unreachable!("the full board is text or bytes"),
    }
}

/// The page of 10,000 rows, from the ranked board to the text.
#[divan::bench]
fn page_of_10000_rows(bencher: Bencher<'_, '_>) {
    let board = OwnBoard::new(Board::new(&[read(&text())]), None);
    let source = Source {
        board: &board,
        comparisons: &[],
        speed: &[],
        scaling: &[],
        machines: &HashMap::new(),
        class_names: &HashMap::new(),
        hardest: &HashMap::new(),
        embeddings: None,
    };
    bencher.bench(|| page(black_box(&source)));
}

/// 1,000 points with five repeats on both datasets.
fn text() -> String {
    let mut text = COLUMNS.join(",") + "\n";
    for cell in 0..10_000_u32 {
        let (point, repeat, mnist) = (cell / 10, cell % 5, cell % 10 >= 5);
        let (dataset, sha) = if mnist {
            ("mnist", MNIST_SHA256)
        } else {
            ("fashion-mnist", FASHION_MNIST_SHA256)
        };
        let accuracy = f64::from(cell * 7919 % 10_000) / 10_000.0;
        let _ = writeln!(
            text,
            "{SCHEMA},{cell:016x},{dataset},{sha},standard,none,SVC,kernel,linfa,0.8.1,C={point};gamma=auto;kernel=rbf,{repeat},\
             {repeat},60000,10000,784,ok,{accuracy:.6},0.5,,,1.5,1.4,0.5,0.5,,400,1,1,0.02,0.0000,,a1b2c3d4,0.1.0,0123abc,\
             2026-01-05T10:00:00.000Z,,"
        );
    }
    text
}

fn read(text: &str) -> Vec<Row> {
    let mut findings = Findings::default();
    let rows = parse(Path::new("bench.csv"), text.as_bytes(), &mut findings);
    assert_eq!(findings, Findings::default(), "the rows are valid");
    rows.expect("the first column is `schema`")
}
