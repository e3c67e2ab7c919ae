//! Native against the other engines, point by point: how many times as fast, and how much more accurate.

use std::collections::BTreeSet;

use super::axis::Axis;
use super::chart::Chart;
use super::frame::{Plot, width};
use super::palette::STYLES;
use super::svg::{Anchor, Mark, Svg};
use crate::cells;
use crate::input::ResultsFile;
use crate::input::engines::NATIVE;
use crate::tables::{Compared, compared};

const WIDTH: f64 = 880.0;

/// The picture of every point that native and another engine have trained alone on one machine; `None` without one.
pub fn engines(files: &[&ResultsFile]) -> Option<Chart> {
    let names: BTreeSet<&str> = files
        .iter()
        .flat_map(|file| &file.rows)
        .map(|row| row.engine.as_str())
        .filter(|engine| *engine != NATIVE)
        .collect();
    let of = |engine: &str| -> Vec<Compared> {
        let native = compared(files, engine).into_iter();
        native
            .filter(|line| line.point.engine == NATIVE && line.times_as_fast.is_some_and(|ratio| ratio > 0.0))
            .collect()
    };
    let engines: Vec<(&str, Vec<Compared>)> = names.iter().map(|name| (*name, of(name))).collect();
    let engines: Vec<_> = engines
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .collect();
    let all = || engines.iter().flat_map(|(_, lines)| lines);
    let ratios = || all().filter_map(|line| line.times_as_fast);
    all().next()?;
    let (low, high) = (ratios().fold(1.0, f64::min), ratios().fold(1.0, f64::max));
    let largest = all()
        .map(|line| (line.accuracy - line.baseline_accuracy).abs())
        .fold(0.005, f64::max);
    let plot = Plot {
        left: 76.0,
        top: 44.0,
        right: WIDTH - 16.0,
        bottom: 360.0,
    };
    let x = Axis::logarithmic(low, high, plot.across());
    let y = Axis::linear(-largest * 1.05, largest * 1.05, plot.upwards());
    let mut svg = Svg::default();
    let ticks = y.ticks(6, |value| {
        if value == 0.0 {
            "0".to_owned()
        } else {
            format!("{value:+.3}")
        }
    });
    plot.draw(&mut svg, &x.ticks(6, |value| format!("{value}×")), &ticks);
    let title = "Native against the other engines, point by point";
    plot.titles(
        &mut svg,
        title,
        "times as fast, logarithmic",
        "accuracy of native minus theirs",
    );
    let (one, zero) = (x.pixel(1.0), y.pixel(0.0));
    svg.line("axis", (one, plot.top), (one, plot.bottom));
    svg.line("axis", (plot.left, zero), (plot.right, zero));
    let mut left = plot.left;
    for (at, (engine, lines)) in engines.iter().enumerate() {
        for line in lines {
            let ratio = line.times_as_fast.unwrap_or(1.0);
            let difference = line.accuracy - line.baseline_accuracy;
            let title = format!(
                "{}, {} training rows of {}, against {engine}: {} times as fast, accuracy {}",
                cells::label(&line.point),
                cells::count(line.point.n_train),
                line.dataset,
                cells::ratio(ratio),
                cells::difference(difference)
            );
            svg.mark(&Mark {
                style: at % STYLES,
                x: x.pixel(ratio),
                y: y.pixel(difference),
                title: &title,
                line: None,
            });
        }
        let mark = Mark {
            style: at % STYLES,
            x: left + 6.0,
            y: plot.bottom + 62.0,
            title: "",
            line: None,
        };
        svg.mark(&mark);
        svg.text("label", (left + 16.0, plot.bottom + 66.0), Anchor::Start, engine);
        left += width(engine) + 40.0;
    }
    let faster = ratios().filter(|ratio| *ratio > 1.0).count();
    let description = format!(
        "{} that native and another engine have trained, one fit at a time on one machine; native is faster on {}.",
        cells::counted(ratios().count(), "pair"),
        cells::count(faster as u64)
    );
    Some(Chart::new(
        title.to_owned(),
        description,
        (WIDTH, plot.bottom + 80.0),
        svg,
    ))
}
