//! How many times as fast as other engines the native one is, by family: against scikit-learn, and against the fastest other one.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::Axis;
use super::chart::Chart;
use super::frame::{Plot, width};
use super::svg::{Anchor, Svg};
use crate::board::{FASHION_MNIST, Point};
use crate::cells;
use crate::input::ResultsFile;
use crate::input::engines::{BASELINE, NATIVE};
use crate::tables::{compared, counterparts};

const WIDTH: f64 = 880.0;

/// The height of a bar, in pixels.
const BAR: f64 = 11.0;

/// The space between two families, in pixels.
const GAP: f64 = 10.0;

/// What one family has: ratios by point against the baseline, and against the fastest of all other engines with its name.
#[derive(Default)]
struct Family {
    baseline: Vec<f64>,
    fastest: Vec<(f64, String)>,
}

impl Family {
    /// The height of its bars and of the space below them, in pixels.
    fn height(&self) -> f64 {
        let bars = if self.baseline.is_empty() || self.fastest.is_empty() {
            BAR
        } else {
            2.0 * BAR + 2.0
        };
        bars + GAP
    }
}

/// The picture of the points on all rows of Fashion-MNIST; `None` without one.
pub fn speed(files: &[&ResultsFile]) -> Option<Chart> {
    let families = families(files);
    let ratios = || {
        let of = |family: &'_ Family| -> Vec<f64> {
            let fastest = family.fastest.iter().map(|(ratio, _)| *ratio);
            family.baseline.iter().copied().chain(fastest).collect()
        };
        families.iter().flat_map(move |(_, family)| of(family))
    };
    let high = ratios().fold(1.0, f64::max);
    let low = ratios().fold(1.0, f64::min);
    if families.is_empty() {
        return None;
    }
    let wide = families.iter().map(|(name, _)| width(name)).fold(0.0, f64::max);
    let tall: f64 = families.iter().map(|(_, family)| family.height()).sum();
    let plot = Plot {
        left: wide + 30.0,
        top: 78.0,
        right: WIDTH - 150.0,
        bottom: 78.0 + tall,
    };
    let x = Axis::logarithmic(low, high, plot.across());
    let mut svg = Svg::default();
    plot.draw(&mut svg, &x.ticks(5, |value| format!("{value}×")), &[]);
    let title = "Native against other engines, all 60,000 rows of Fashion-MNIST, one thread";
    plot.titles(
        &mut svg,
        title,
        "times as fast, fit and predict together, logarithmic",
        "",
    );
    legend(&mut svg, plot.left);
    let mut top = plot.top + 6.0;
    for (name, family) in &families {
        let middle = top + (family.height() - GAP) / 2.0;
        svg.text("label", (plot.left - 10.0, middle + 4.0), Anchor::End, name);
        bar(&mut svg, x, (plot.left, top), 0, &family.baseline, "");
        let least = family.fastest.iter().min_by(|a, b| a.0.total_cmp(&b.0));
        let peer = least.map_or("", |(_, name)| name);
        let ratios: Vec<f64> = family.fastest.iter().map(|(ratio, _)| *ratio).collect();
        let below = if family.baseline.is_empty() {
            top
        } else {
            top + BAR + 2.0
        };
        bar(&mut svg, x, (plot.left, below), 1, &ratios, peer);
        top += family.height();
    }
    let one = x.pixel(1.0);
    svg.line("axis", (one, plot.top), (one, plot.bottom));
    let said: Vec<String> = families
        .iter()
        .filter_map(|(name, family)| Some(format!("{name} {}", cells::ratio(median(&family.baseline)?))))
        .collect();
    let mut description = format!(
        "Median over the points of a family, one thread each. Times as fast as {BASELINE}: {}.",
        said.join(", ")
    );
    for (name, family) in families.iter().filter(|(_, family)| family.baseline.is_empty()) {
        let least = family.fastest.iter().min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((ratio, engine)) = least {
            description += &format!(" {name}: {} times as fast as {engine}.", cells::ratio(*ratio));
        }
    }
    Some(Chart::new(
        title.to_owned(),
        description,
        (WIDTH, plot.bottom + 56.0),
        svg,
    ))
}

fn legend(svg: &mut Svg, left: f64) {
    let mut x = left;
    for (at, text) in [
        "than scikit-learn",
        "than the fastest other engine, if that is another one",
    ]
    .iter()
    .enumerate()
    {
        svg.rectangle(&format!("b{at}"), (x, 44.0), (12.0, 12.0), "");
        svg.text("label", (x + 18.0, 54.0), Anchor::Start, text);
        x += width(text) + 50.0;
    }
}

/// The bar of the median, and the numbers beside it.
fn bar(svg: &mut Svg, x: Axis, (left, top): (f64, f64), style: usize, ratios: &[f64], peer: &str) {
    let Some(median) = median(ratios) else { return };
    let end = x.pixel(median);
    let one = x.pixel(1.0).max(left);
    let (from, to) = (one.min(end), one.max(end));
    let range = |of: fn(f64, f64) -> f64, first: f64| cells::ratio(ratios.iter().copied().fold(first, of));
    let mut text = format!("{}×", cells::ratio(median));
    if ratios.len() > 1 {
        text += &format!(
            " ({} to {})",
            range(f64::min, f64::MAX),
            range(f64::max, f64::MIN)
        );
    }
    if !peer.is_empty() {
        text += &format!(", {peer}");
    }
    svg.rectangle(
        &format!("b{style}"),
        (from, top),
        ((to - from).max(1.0), BAR),
        &text,
    );
    svg.text("tick", (to + 6.0, top + BAR - 1.5), Anchor::Start, &text);
}

/// The families with a ratio, those with the greatest first.
fn families(files: &[&ResultsFile]) -> Vec<(String, Family)> {
    let engines: BTreeSet<&str> = files
        .iter()
        .flat_map(|file| &file.rows)
        .map(|row| row.engine.as_str())
        .filter(|engine| *engine != NATIVE)
        .collect();
    let mut points: BTreeMap<Point, BTreeMap<&str, f64>> = BTreeMap::new();
    for engine in engines {
        for compared in compared(files, engine) {
            let point = &compared.point;
            let is_native =
                point.engine == NATIVE && !point.is_reduced() && compared.dataset == FASHION_MNIST;
            if let Some(ratio) = compared.times_as_fast.filter(|_| is_native) {
                points.entry(point.clone()).or_default().insert(engine, ratio);
            }
        }
    }
    let mut others: BTreeMap<Point, (f64, String)> = BTreeMap::new();
    for pair in counterparts(files) {
        if pair.dataset == FASHION_MNIST && !pair.point.is_reduced() {
            let least = others.entry(pair.point).or_insert((f64::INFINITY, String::new()));
            if pair.times_as_fast < least.0 {
                *least = (pair.times_as_fast, pair.engine);
            }
        }
    }
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for (point, fastest) in others {
        families.entry(name(&point)).or_default().fastest.push(fastest);
    }
    for (point, ratios) in points {
        let family = families.entry(name(&point)).or_default();
        family.baseline.extend(ratios.get(BASELINE));
        let fastest = ratios.iter().min_by(|a, b| a.1.total_cmp(b.1));
        if let Some((engine, ratio)) = fastest.filter(|(engine, _)| **engine != BASELINE) {
            family.fastest.push((*ratio, (*engine).to_owned()));
        }
    }
    let mut families: Vec<(String, Family)> = families.into_iter().collect();
    let key = |family: &Family| median(&family.baseline).unwrap_or(0.0);
    families.sort_by(|a, b| key(&b.1).total_cmp(&key(&a.1)));
    families
}

/// The family of a point, as short as it is known.
fn name(point: &Point) -> String {
    let name = &point.classifier;
    name.strip_suffix("Classifier").unwrap_or(name).to_owned()
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let high = sorted.get(middle)?;
    Some(match sorted.len().is_multiple_of(2) {
        true => f64::midpoint(sorted[middle - 1], *high),
        false => *high,
    })
}
