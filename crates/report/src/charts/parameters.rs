//! The effect of each parameter of a family: accuracy against its values, one line for each setting of the other parameters.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::Axis;
use super::chart::Chart;
use super::frame::{Plot, accuracies};
use super::palette::STYLES;
use super::svg::{Anchor, Mark, Svg};
use crate::board::{DatasetBoard, OwnLine};
use crate::cells;
use crate::input::engines::NATIVE;

/// The size of the part for one parameter, in pixels.
const WIDE: f64 = 290.0;
const TALL: f64 = 210.0;

/// This many parts are in a row.
const ACROSS: usize = 3;

/// A parameter with more values has no part.
const MOST_VALUES: usize = 24;

/// A value that a point does not state.
const DEFAULT: &str = "default";

/// The settings of one line of a part, and its points: place of the value, accuracy, line.
type Series<'a> = BTreeMap<Vec<(String, String)>, Vec<(usize, f64, (usize, &'a OwnLine))>>;

/// One picture for each family that native has trained with several values of a parameter. `at` is the place of the dataset on the page.
pub fn parameters((dataset, at): (&DatasetBoard, usize)) -> Vec<Chart> {
    let mut families: BTreeMap<(&str, &str), Vec<(usize, &OwnLine)>> = BTreeMap::new();
    let lines = dataset.lines.iter().enumerate();
    for (place, line) in lines.filter(|(_, line)| line.rank.is_some() && line.point.engine == NATIVE) {
        let key = (line.point.classifier.as_str(), line.point.preprocessing.as_str());
        families.entry(key).or_default().push((place, line));
    }
    let charts = families
        .into_iter()
        .filter_map(|((family, preprocessing), lines)| {
            let parts: Vec<Part<'_>> = keys(&lines)
                .into_iter()
                .filter_map(|key| Part::of(&key, &lines))
                .collect();
            (!parts.is_empty()).then(|| {
                picture(
                    &format!("{family} on {}, {preprocessing}", dataset.dataset),
                    &parts,
                    at,
                )
            })
        });
    charts.collect()
}

/// The parameters that a line states.
fn keys(lines: &[(usize, &OwnLine)]) -> BTreeSet<String> {
    let pairs = lines.iter().flat_map(|(_, line)| line.point.params.pairs());
    pairs.map(|(key, _)| key.into_owned()).collect()
}

/// The effect of one parameter.
struct Part<'a> {
    key: String,
    values: Vec<String>,
    series: Series<'a>,
}

impl<'a> Part<'a> {
    /// `None` if no two points differ in this parameter alone.
    fn of(key: &str, lines: &[(usize, &'a OwnLine)]) -> Option<Self> {
        let own = |line: &OwnLine| {
            line.point
                .params
                .get(key)
                .map_or(DEFAULT.to_owned(), |value| value.into_owned())
        };
        let values: BTreeSet<String> = lines.iter().map(|(_, line)| own(line)).collect();
        let mut values: Vec<String> = values.into_iter().collect();
        if values.len() > MOST_VALUES {
            return None;
        }
        // Numbers by their value; the sort is stable, so texts stay sorted after them.
        let number = |text: &str| text.parse::<f64>().unwrap_or(f64::INFINITY);
        values.sort_by(|a, b| number(a).total_cmp(&number(b)));
        let mut series: Series<'a> = BTreeMap::new();
        for (place, line) in lines {
            let others = line.point.params.pairs().filter(|(other, _)| other != key);
            let others: Vec<(String, String)> =
                others.map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
            let value = values.iter().position(|value| *value == own(line))?;
            let point = (value, line.score.accuracy.mean, (*place, *line));
            series.entry(others).or_default().push(point);
        }
        series.retain(|_, points| points.len() > 1);
        series
            .values_mut()
            .for_each(|points| points.sort_by_key(|point| point.0));
        (!series.is_empty()).then(|| Self {
            key: key.to_owned(),
            values,
            series,
        })
    }
}

fn picture(title: &str, parts: &[Part<'_>], at: usize) -> Chart {
    let accuracies_of = || parts.iter().flat_map(|part| part.series.values().flatten());
    let (low, high) = accuracies_of().fold((1.0_f64, 0.0_f64), |(low, high), point| {
        (low.min(point.1), high.max(point.1))
    });
    let margin = ((high - low) * 0.08).max(0.002);
    let rows = parts.len().div_ceil(ACROSS);
    let mut svg = Svg::default();
    svg.text("title", (16.0, 26.0), Anchor::Start, title);
    for (n, part) in parts.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "there are few parts")]
        let (column, row) = ((n % ACROSS) as f64, (n / ACROSS) as f64);
        let plot = Plot {
            left: column * WIDE + 56.0,
            top: row * TALL + 64.0,
            right: (column + 1.0) * WIDE - 10.0,
            bottom: (row + 1.0) * TALL + 10.0,
        };
        let y = Axis::linear((low - margin).max(0.0), (high + margin).min(1.0), plot.upwards());
        draw(&mut svg, &plot, y, part, at);
    }
    #[expect(clippy::cast_precision_loss, reason = "there are few parts")]
    let size = (
        ACROSS.min(parts.len()).max(2) as f64 * WIDE,
        rows as f64 * TALL + 46.0,
    );
    let keys: Vec<&str> = parts.iter().map(|part| part.key.as_str()).collect();
    let description = format!(
        "Accuracy against the values of {}; a line joins points that differ in nothing else. Accuracies from {} to {}.",
        keys.join(", "),
        cells::accuracy(low),
        cells::accuracy(high)
    );
    Chart::new(title.to_owned(), description, size, svg)
}

fn draw(svg: &mut Svg, plot: &Plot, y: Axis, part: &Part<'_>, at: usize) {
    plot.draw(svg, &[], &accuracies(y));
    svg.text("label", (plot.left, plot.top - 8.0), Anchor::Start, &part.key);
    #[expect(clippy::cast_precision_loss, reason = "there are few values")]
    let x = Axis::linear(-0.5, part.values.len() as f64 - 0.5, plot.across());
    #[expect(clippy::cast_precision_loss, reason = "there are few values")]
    let pixel = |value: usize| x.pixel(value as f64);
    for (value, text) in part.values.iter().enumerate() {
        let short: String = text.chars().take(14).collect();
        svg.text("tick", (pixel(value), plot.bottom + 16.0), Anchor::Middle, &short);
    }
    for (n, (others, points)) in part.series.iter().enumerate() {
        let others: Vec<String> = others
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let pixels: Vec<(f64, f64)> = points
            .iter()
            .map(|(value, accuracy, _)| (pixel(*value), y.pixel(*accuracy)))
            .collect();
        let style = n % STYLES;
        svg.path(&format!("series l{style}"), &pixels, &others.join("; "));
        for ((px, py), (_, accuracy, (place, line))) in pixels.iter().zip(points) {
            let title = format!(
                "{}: accuracy {}",
                cells::label(&line.point),
                cells::accuracy(*accuracy)
            );
            svg.mark(&Mark {
                style,
                x: *px,
                y: *py,
                title: &title,
                line: Some((at, *place)),
            });
        }
    }
}
