//! Embeddings of whole datasets beside each other: one row for each dataset, one column for each method.
//!
//! 70,000 points are too many for elements of their own, so each part is a bitmap in the picture. The name of a class stands at the
//! median of its points, so that colour is never the only sign of a class.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::chart::Chart;
use super::frame::width;
use super::svg::{Anchor, Svg};
use crate::cells;
use crate::input::embeddings::{Embedding, Point};

/// The side of a bitmap in its own pixels, and in those of the picture.
const SIDE: usize = 640;
const SHOWN: f64 = 400.0;

/// The space around a part, in pixels of the picture.
const GAP: f64 = 16.0;

/// The height of the titles above a part and of the figures below it.
const TITLES: f64 = 34.0;
const FIGURES: f64 = 22.0;

/// Ten colours that stand out from a light and from a dark ground; more classes repeat them.
const COLOURS: [[u8; 3]; 10] = [
    [0x00, 0x8b, 0xcc],
    [0xd9, 0x6c, 0x00],
    [0x00, 0x9e, 0x73],
    [0xc4, 0x5a, 0x94],
    [0x9a, 0x86, 0x00],
    [0x7f, 0x6f, 0xd8],
    [0xd4, 0x4a, 0x3c],
    [0x4f, 0x95, 0x2b],
    [0x8c, 0x6d, 0x5a],
    [0x6b, 0x7f, 0x8a],
];

/// The opacity of a pixel with one, two, and three or more points.
const OPACITIES: [u8; 3] = [0x70, 0xb0, 0xff];

/// The height of a name, in pixels.
const LINE: f64 = 14.0;

/// More classes have no names in the picture.
const NAMED: usize = 20;

/// The picture; `None` without an embedding. `names` gives the class names of a dataset.
pub fn embeddings(embeddings: &[Embedding], names: impl Fn(&str) -> Vec<String>) -> Option<Chart> {
    let distinct = |of: fn(&Embedding) -> &str| -> Vec<&str> {
        let all: BTreeSet<&str> = embeddings.iter().map(of).collect();
        all.into_iter().collect()
    };
    let (datasets, methods) = (
        distinct(|own| &own.figures.dataset),
        distinct(|own| &own.figures.method),
    );
    let first = embeddings.first()?;
    let mut svg = Svg::default();
    let mut said = Vec::new();
    for own in embeddings {
        let (row, column) = (
            place(&datasets, &own.figures.dataset),
            place(&methods, &own.figures.method),
        );
        let left = GAP + column * (SHOWN + GAP);
        let top = GAP + row * (SHOWN + TITLES + FIGURES + GAP);
        let title = format!(
            "{}, {}",
            cells::plain(&own.figures.dataset),
            method(&own.figures.method)
        );
        svg.text("title", (left, top + 16.0), Anchor::Start, &title);
        let figures = figures(own);
        svg.text(
            "tick",
            (left, top + TITLES + SHOWN + 14.0),
            Anchor::Start,
            &figures,
        );
        said.push(format!("{title}: {figures}"));
        let names = names(&own.figures.dataset);
        draw(&mut svg, own, (left, top + TITLES), &names);
    }
    let (across, down) = (methods.len() as f64, datasets.len() as f64);
    let size = (
        GAP + across * (SHOWN + GAP),
        GAP + down * (SHOWN + TITLES + FIGURES + GAP),
    );
    let title = format!(
        "{} as points of a plane",
        cells::counted(first.points.len(), "image")
    );
    Some(Chart::new(title, said.join("; "), size, svg))
}

fn place(all: &[&str], own: &str) -> f64 {
    all.iter().position(|other| *other == own).unwrap_or(0) as f64
}

/// The usual spelling of a method; coordinates of others may have any.
fn method(name: &str) -> String {
    match name {
        "pca" => "PCA".to_owned(),
        "tsne" => "t-SNE".to_owned(),
        "umap" => "UMAP".to_owned(),
        other => cells::plain(other),
    }
}

/// How much of the neighbourhoods is kept. The time is left out: its machine is not known here.
fn figures(own: &Embedding) -> String {
    let figures = &own.figures;
    let parts = [
        figures
            .trustworthiness
            .map(|value| format!("trustworthiness {value:.4}")),
        figures
            .neighbours_preserved
            .map(|value| format!("{:.1} % of {} neighbours preserved", value * 100.0, figures.k)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Draws the points and the names of the classes.
fn draw(svg: &mut Svg, own: &Embedding, (left, top): (f64, f64), names: &[String]) {
    let scale = Scale::of(&own.points);
    let image = format!(
        "data:image/png;base64,{}",
        STANDARD.encode(bitmap(&own.points, &scale))
    );
    svg.image(&image, (left, top), (SHOWN, SHOWN));
    let mut classes: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    for point in &own.points {
        classes.entry(point.label).or_default().push(scale.share(point));
    }
    if classes.len() > NAMED {
        return;
    }
    let mut labels = Vec::new();
    for (label, points) in &classes {
        let middle = |of: fn(&(f64, f64)) -> f64| {
            let mut values: Vec<f64> = points.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let at = (
            left + middle(|point| point.0) * SHOWN,
            top + middle(|point| point.1) * SHOWN,
        );
        let name = usize::try_from(*label)
            .ok()
            .and_then(|at| names.get(at))
            .filter(|name| !name.is_empty());
        let name = name.map_or_else(|| label.to_string(), String::clone);
        labels.push((at, name));
    }
    for (at, name) in apart(labels) {
        svg.text("halo", at, Anchor::Middle, &name);
        svg.text("label", at, Anchor::Middle, &name);
    }
}

/// The labels from the top down, each moved below those that it would cover.
fn apart(mut labels: Vec<((f64, f64), String)>) -> Vec<((f64, f64), String)> {
    labels.sort_by(|one, other| one.0.1.total_cmp(&other.0.1));
    let mut placed: Vec<((f64, f64), String)> = Vec::new();
    for ((x, mut y), name) in labels {
        let covered = |y: f64| {
            // Half a pixel less, so that rounding does not hold a name where it has been moved to.
            let covers = |((other_x, other_y), other): &&((f64, f64), String)| {
                (other_x - x).abs() < (width(other) + width(&name)) / 2.0 && (other_y - y).abs() < LINE - 0.5
            };
            placed.iter().find(covers).map(|((_, y), _)| *y)
        };
        while let Some(other) = covered(y) {
            y = other + LINE;
        }
        placed.push(((x, y), name));
    }
    placed
}

/// From coordinates to shares of the side, both axes alike.
struct Scale {
    x: f64,
    y: f64,
    length: f64,
}

impl Scale {
    fn of(points: &[Point]) -> Self {
        let ends = |of: fn(&Point) -> f64| {
            let values = points.iter().map(of);
            values.fold((f64::MAX, f64::MIN), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let (x, y) = (ends(|point| point.x), ends(|point| point.y));
        let length = (x.1 - x.0).max(y.1 - y.0).max(f64::MIN_POSITIVE) * 1.04;
        Self {
            x: f64::midpoint(x.0, x.1) - length / 2.0,
            y: f64::midpoint(y.0, y.1) - length / 2.0,
            length,
        }
    }

    /// From 0 to 1, the second from the top.
    fn share(&self, point: &Point) -> (f64, f64) {
        (
            (point.x - self.x) / self.length,
            1.0 - (point.y - self.y) / self.length,
        )
    }
}

/// A PNG with a palette; a pixel shows the class with most points in it.
fn bitmap(points: &[Point], scale: &Scale) -> Vec<u8> {
    let mut counts: BTreeMap<(usize, u64), u32> = BTreeMap::new();
    for point in points {
        let (x, y) = scale.share(point);
        let pixel = |share: f64| ((share * SIDE as f64) as usize).min(SIDE - 1);
        *counts
            .entry((pixel(y) * SIDE + pixel(x), point.label))
            .or_default() += 1;
    }
    let mut most: BTreeMap<usize, (u64, u32)> = BTreeMap::new();
    for ((pixel, label), count) in counts {
        let kept = most.entry(pixel).or_insert((label, count));
        if count > kept.1 {
            *kept = (label, count);
        }
    }
    // 0 is transparent; then three opacities of each colour.
    let mut pixels = vec![0_u8; SIDE * SIDE];
    for (pixel, (label, count)) in most {
        let colour = (label % COLOURS.len() as u64) as u8;
        pixels[pixel] = 1 + 3 * colour + (count.min(3) - 1) as u8;
    }
    let mut palette = vec![0, 0, 0];
    let mut opacities = vec![0];
    for colour in COLOURS {
        for opacity in OPACITIES {
            palette.extend(colour);
            opacities.push(opacity);
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIDE as u32, SIDE as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_trns(opacities);
    encoder.set_compression(png::Compression::High);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels));
    written.expect("a Vec takes every picture");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::embeddings::Figures;

    fn embedding(dataset: &str, method: &str) -> Embedding {
        let points = (0..40_u8).map(|at| Point {
            label: u64::from(at % 2),
            x: f64::from(at),
            y: f64::from(at % 2) * 10.0,
        });
        Embedding {
            figures: Figures {
                dataset: dataset.to_owned(),
                method: method.to_owned(),
                trustworthiness: Some(0.98765),
                ..Figures::default()
            },
            points: points.collect(),
        }
    }

    #[test]
    fn each_part_has_its_title_its_figures_and_the_names_of_its_classes() {
        let all = [
            embedding("mine", "pca"),
            embedding("mine", "umap"),
            embedding("<other>", "pca"),
        ];
        let chart = embeddings(&all, |_| vec!["cat".to_owned()]).unwrap().inline();
        for text in [
            "mine, PCA",
            "mine, UMAP",
            "&lt;other&gt;, PCA",
            "trustworthiness 0.9877",
            ">cat<",
            ">1<",
            "data:image/png;base64,",
        ] {
            assert!(chart.contains(text), "no `{text}`");
        }
        assert_eq!(embeddings(&[], |_| Vec::new()), None);
    }

    #[test]
    fn names_do_not_cover_each_other() {
        let at = |y: f64, name: &str| ((50.0, y), name.to_owned());
        let placed = apart(vec![
            at(12.0, "two"),
            at(10.0, "one"),
            at(11.0, "three"),
            at(90.0, "four"),
        ]);
        assert_eq!(
            placed,
            [
                at(10.0, "one"),
                at(24.0, "three"),
                at(38.0, "two"),
                at(90.0, "four")
            ]
        );
    }

    #[test]
    fn equal_points_do_not_divide_by_zero() {
        let point = Point {
            label: 300,
            x: 1.0,
            y: 1.0,
        };
        let scale = Scale::of(&[point; 3]);
        let (x, y) = scale.share(&point);
        assert!((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y));
        assert!(!bitmap(&[point; 3], &scale).is_empty());
    }
}
