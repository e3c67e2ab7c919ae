//! How the time of a fit grows with the training rows, one line for each classifier and engine.

use super::axis::Axis;
use super::chart::Chart;
use super::frame::{Plot, times};
use super::labels;
use super::palette::STYLES;
use super::svg::{Mark, Svg};
use crate::board::FASHION_MNIST;
use crate::cells;
use crate::input::ResultsFile;
use crate::tables::{Curve, curves};

const WIDTH: f64 = 880.0;

/// The longest label of a line, in characters.
const LABEL: usize = 34;

/// The picture of Fashion-MNIST with one thread; `None` without a line of several sizes.
#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^53")]
pub fn scaling(files: &[&ResultsFile]) -> Option<Chart> {
    let is_shown = |curve: &Curve| curve.dataset == FASHION_MNIST && curve.threads == Some(1);
    let curves: Vec<Curve> = curves(files).into_iter().filter(is_shown).collect();
    let sizes = || {
        curves
            .iter()
            .flat_map(|curve| &curve.sizes)
            .filter(|size| size.1 > 0.0)
    };
    sizes().next()?;
    let range = |of: fn(&(u64, f64)) -> f64| {
        sizes().fold((f64::MAX, f64::MIN), |(low, high), size| {
            (low.min(of(size)), high.max(of(size)))
        })
    };
    let (fewest, most) = range(|size| size.0 as f64);
    let (fastest, slowest) = range(|size| size.1);
    let plot = Plot {
        left: 76.0,
        top: 44.0,
        right: WIDTH - 270.0,
        bottom: 480.0,
    };
    let x = Axis::logarithmic(fewest, most, plot.across());
    let y = Axis::logarithmic(fastest, slowest, plot.upwards());
    let mut svg = Svg::default();
    plot.draw(&mut svg, &x.ticks(6, |rows| cells::count(rows as u64)), &times(y));
    let title = "Time of a fit against training rows of Fashion-MNIST, one thread";
    plot.titles(
        &mut svg,
        title,
        "training rows, logarithmic",
        "wall time of a fit, logarithmic",
    );
    let mut ends = Vec::new();
    for (at, curve) in curves.iter().enumerate() {
        let style = at % STYLES;
        let points: Vec<(f64, f64)> = curve
            .sizes
            .iter()
            .filter(|size| size.1 > 0.0)
            .map(|(rows, seconds)| (x.pixel(*rows as f64), y.pixel(*seconds)))
            .collect();
        let name = curve
            .point
            .classifier
            .strip_suffix("Classifier")
            .unwrap_or(&curve.point.classifier);
        svg.path(&format!("series l{style}"), &points, &cells::label(&curve.point));
        for ((px, py), (rows, seconds)) in points.iter().zip(&curve.sizes) {
            let title = format!(
                "{}: {} rows, {}",
                cells::label(&curve.point),
                cells::count(*rows),
                cells::duration(*seconds)
            );
            svg.mark(&Mark {
                style,
                x: *px,
                y: *py,
                title: &title,
                line: None,
            });
        }
        ends.extend(points.last().map(|end| (*end, end_label(name, curve))));
    }
    ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let outside = Plot { right: WIDTH, ..plot };
    labels::beside(&mut svg, &outside, &ends);
    let description = format!(
        "{} of classifiers and engines.",
        cells::counted(curves.len(), "line")
    );
    Some(Chart::new(
        title.to_owned(),
        description,
        (WIDTH, plot.bottom + 60.0),
        svg,
    ))
}

/// The classifier, its engine and its parameters, as far as there is room.
fn end_label(name: &str, curve: &Curve) -> String {
    let whole = format!(
        "{name}, {}, {}",
        curve.point.engine,
        cells::plain_parameters(&curve.point.params)
    );
    match whole.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}
