//! Accuracy against the time of a fit or of the prediction, with the Pareto front: the points that no other one beats in both.

use std::collections::BTreeMap;

use super::axis::Axis;
use super::chart::Chart;
use super::frame::{Plot, accuracies, times};
use super::labels;
use super::styles::Styles;
use super::svg::{Mark, Svg};
use crate::board::{DatasetBoard, OwnLine};
use crate::cells;
use crate::input::Machine;

/// Which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Of a fit.
    Fit,
    /// Of the prediction of all test rows.
    Predict,
}

/// At most this many points are drawn, the most accurate ones.
const MOST: usize = 800;

/// Points this far below the best accuracy are left out of the picture.
const REACH: f64 = 0.25;

const WIDTH: f64 = 880.0;

/// A point of the picture: seconds, accuracy, and its line with its place.
type Dot<'a> = (f64, f64, usize, &'a OwnLine);

/// The picture of the points on all rows that have a time; `None` if fewer than two have one. `at` is the place of the dataset on the
/// page.
pub fn accuracy_time(
    (dataset, at): (&DatasetBoard, usize),
    machine: Option<&Machine>,
    styles: &Styles,
    which: Which,
) -> Option<Chart> {
    let seconds = |line: &OwnLine| match which {
        Which::Fit => line.score.fit_s,
        Which::Predict => line.score.predict_s,
    };
    let lines = dataset.lines.iter().enumerate();
    let all: Vec<Dot<'_>> = lines
        .filter(|(_, line)| line.rank.is_some())
        .filter_map(|(place, line)| {
            let seconds = seconds(line).filter(|seconds| *seconds > 0.0)?;
            Some((seconds, line.score.accuracy.mean, place, line))
        })
        .collect();
    let best = all.iter().map(|dot| dot.1).fold(0.0, f64::max);
    // The lines are sorted by accuracy.
    let near = all.iter().filter(|dot| dot.1 >= best - REACH);
    let dots: Vec<&Dot<'_>> = near.take(MOST).collect();
    if dots.len() < 2 {
        return None;
    }
    let plot = Plot {
        left: 66.0,
        top: 44.0,
        right: WIDTH - 16.0,
        bottom: 420.0,
    };
    let range = |of: fn(&Dot<'_>) -> f64| {
        let values = dots.iter().map(|dot| of(dot));
        values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let (fastest, slowest) = range(|dot| dot.0);
    let (worst, best) = range(|dot| dot.1);
    let margin = ((best - worst) * 0.05).max(0.002);
    let x = Axis::logarithmic(fastest, slowest, plot.across());
    let y = Axis::linear(
        (worst - margin).max(0.0),
        (best + margin).min(1.0),
        plot.upwards(),
    );

    let mut svg = Svg::default();
    plot.draw(&mut svg, &times(x), &accuracies(y));
    let (what, axis) = match which {
        Which::Fit => ("time of a fit", "wall time of a fit"),
        Which::Predict => (
            "time to predict the test rows",
            "wall time of predicting all test rows",
        ),
    };
    let threads = cells::with_threads(dots.iter().filter_map(|dot| dot.3.score.threads));
    let axis = format!("{axis}{threads}, logarithmic");
    let title = format!("{}: accuracy against {what}", dataset.dataset);
    plot.titles(&mut svg, &title, &axis, "accuracy on the test rows");

    let front = front(&dots);
    let mut steps: Vec<(f64, f64)> = Vec::new();
    for dot in &front {
        let (x, y) = (x.pixel(dot.0), y.pixel(dot.1));
        steps.extend(steps.last().map(|last| (x, last.1)));
        steps.push((x, y));
    }
    svg.path("front", &steps, "");
    let mut marks = Vec::new();
    for (seconds, accuracy, place, line) in &dots {
        let title = format!(
            "{}: accuracy {}, {what} {}{}",
            cells::label(&line.point),
            cells::accuracy(*accuracy),
            cells::duration(*seconds),
            cells::with_threads(line.score.threads.into_iter())
        );
        marks.push((x.pixel(*seconds), y.pixel(*accuracy)));
        svg.mark(&Mark {
            style: styles.style(line.score.kind()),
            x: x.pixel(*seconds),
            y: y.pixel(*accuracy),
            title: &title,
            line: Some((at, *place)),
        });
    }
    let label = |dot: &&Dot<'_>| ((x.pixel(dot.0), y.pixel(dot.1)), short_name(dot.3));
    let mut labels: Vec<_> = front.iter().rev().map(label).collect();
    // Of neighbours with one name the best is named.
    labels.dedup_by(|next, kept| next.1 == kept.1);
    labels::place(&mut svg, &plot, &labels, &marks);
    let shown = dots.iter().map(|dot| dot.3.score.kind()).collect();
    let legend = styles.legend(
        &mut svg,
        (plot.left, plot.bottom + 66.0),
        plot.right - plot.left,
        &shown,
    );

    let mut names: Vec<String> = front.iter().map(|dot| short_name(dot.3)).collect();
    names.dedup();
    let hidden = match all.len() - dots.len() {
        0 => String::new(),
        n => format!(" Not shown: {} of lower accuracy.", cells::counted(n, "point")),
    };
    let machine = machine.map_or(String::new(), |machine| format!(" Machine {}.", machine.name));
    let description = format!(
        "{}. The dashed line joins those that no other point beats in accuracy and time: {}.{hidden}{}{machine}",
        cells::counted(dots.len(), "point"),
        names.join(", "),
        threads_of(&dots)
    );
    Some(Chart::new(
        title,
        description,
        (WIDTH, plot.bottom + 60.0 + legend),
        svg,
    ))
}

/// How many points have how many threads.
fn threads_of(dots: &[&Dot<'_>]) -> String {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for threads in dots.iter().filter_map(|dot| dot.3.score.threads) {
        *counts.entry(threads).or_default() += 1;
    }
    let counts = counts.into_iter().rev();
    let said: Vec<String> = counts
        .map(|(threads, n)| format!("{threads} for {}", cells::counted(n, "point")))
        .collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(" Threads: {}.", said.join(", ")),
    }
}

/// The points that no other one beats in accuracy and time, by time.
fn front<'a>(dots: &[&'a Dot<'a>]) -> Vec<&'a Dot<'a>> {
    let mut sorted = dots.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let mut front: Vec<&Dot<'_>> = Vec::new();
    for dot in sorted {
        if front.last().is_none_or(|last| dot.1 > last.1) {
            front.push(dot);
        }
    }
    front
}

/// The classifier without the word at its end, and its preprocessing if that makes features of pixels.
fn short_name(line: &OwnLine) -> String {
    let name = &line.point.classifier;
    let name = name.strip_suffix("Classifier").unwrap_or(name);
    let preprocessing = &line.point.preprocessing;
    let features = preprocessing.split(['(', ',']).next().unwrap_or(preprocessing);
    match line.point.is_on_pixels() {
        true => name.to_owned(),
        false => format!("{name}, {features}"),
    }
}
