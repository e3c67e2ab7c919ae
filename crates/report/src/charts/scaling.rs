//! How the time of a fit grows with the training rows, one line for each classifier and engine.

use super::axis::Axis;
use super::chart::Chart;
use super::frame::{Plot, times, width};
use super::labels;
use super::palette::STYLES;
use super::svg::{Mark, Svg};
use crate::board::FASHION_MNIST;
use crate::cells;
use crate::input::{Params, ResultsFile};
use crate::tables::{Curve, curves};

const WIDTH: f64 = 880.0;

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
    let labels = end_labels(&curves);
    let widest = labels.iter().map(|label| width(label)).fold(0.0, f64::max);
    let plot = Plot {
        left: 76.0,
        top: 44.0,
        // A very long label makes the picture wider, not the plot narrower than half of it.
        right: (WIDTH - widest - 20.0).max(WIDTH / 2.0),
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
    for (at, (curve, label)) in curves.iter().zip(labels).enumerate() {
        let style = at % STYLES;
        let points: Vec<(f64, f64)> = curve
            .sizes
            .iter()
            .filter(|size| size.1 > 0.0)
            .map(|(rows, seconds)| (x.pixel(*rows as f64), y.pixel(*seconds)))
            .collect();
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
        ends.extend(points.last().map(|end| (*end, label)));
    }
    ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let outside = Plot {
        right: plot.right + widest + 20.0,
        ..plot
    };
    labels::beside(&mut svg, &outside, &ends);
    let description = format!(
        "{} of classifiers and engines.",
        cells::counted(curves.len(), "line")
    );
    Some(Chart::new(
        title.to_owned(),
        description,
        (outside.right, plot.bottom + 60.0),
        svg,
    ))
}

/// The classifier and the engine of each line, and what tells it from the others with the same: parameters, preprocessing, machine.
fn end_labels(curves: &[Curve]) -> Vec<String> {
    let label = |curve: &Curve| {
        let point = &curve.point;
        let same = || {
            let others = curves.iter();
            others.filter(|other| {
                (&other.point.classifier, &other.point.engine) == (&point.classifier, &point.engine)
            })
        };
        let own = point.params.pieces().filter(|piece| {
            let has = |other: &Curve| other.point.params.pieces().any(|theirs| theirs == *piece);
            !same().all(has)
        });
        let own = Params::new(own.collect::<Vec<_>>().join(";"));
        let name = &point.classifier;
        let mut parts = vec![
            name.strip_suffix("Classifier").unwrap_or(name).to_owned(),
            point.engine.clone(),
        ];
        if same().any(|other| other.point.params != point.params) {
            parts.push(cells::plain_parameters(&own));
        }
        if same().any(|other| other.point.preprocessing != point.preprocessing) {
            parts.push(point.preprocessing.clone());
        }
        if same().any(|other| other.machine != curve.machine) {
            parts.push(curve.machine.clone());
        }
        parts.join(", ")
    };
    curves.iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::Point;

    fn curve(classifier: &str, params: &str, machine: &str) -> Curve {
        Curve {
            dataset: FASHION_MNIST.to_owned(),
            point: Point {
                classifier: classifier.to_owned(),
                params: Params::new(params),
                engine: "native".to_owned(),
                preprocessing: "standard".to_owned(),
                n_train: 0,
                n_test: 10_000,
            },
            threads: Some(1),
            machine: machine.to_owned(),
            sizes: Vec::new(),
        }
    }

    #[test]
    fn a_label_has_what_tells_its_line_from_the_others_and_is_whole() {
        let curves = [
            curve(
                "HistGradientBoostingClassifier",
                "early_stopping=false;l2_regularization=10;max_iter=5",
                "a",
            ),
            curve("SVC", "C=10;gamma=auto;kernel=poly", "a"),
            curve("SVC", "C=10;gamma=auto;kernel=rbf", "a"),
            curve("SVC", "C=10;gamma=auto;kernel=rbf", "b"),
            curve("SVC", "gamma=auto", "a"),
        ];
        let expected = [
            "HistGradientBoosting, native",
            "SVC, native, C=10; kernel=poly, a",
            "SVC, native, C=10; kernel=rbf, a",
            "SVC, native, C=10; kernel=rbf, b",
            "SVC, native, defaults, a",
        ];
        assert_eq!(end_labels(&curves), expected);
    }
}
