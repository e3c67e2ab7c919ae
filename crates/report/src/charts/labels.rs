//! Places labels beside points so that they cover neither each other nor the points.

use super::frame::{Plot, width};
use super::svg::{Anchor, Svg};

/// The height of a label in pixels.
const HEIGHT: f64 = 15.0;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Rectangle {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Rectangle {
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn lies_in(&self, plot: &Plot) -> bool {
        self.left >= plot.left
            && self.right <= plot.right
            && self.top >= plot.top
            && self.bottom <= plot.bottom
    }
}

/// Writes a label at each point, where there is room for it: the first points have the choice. `marks` are other points to keep clear.
pub(super) fn place(svg: &mut Svg, plot: &Plot, labels: &[((f64, f64), String)], marks: &[(f64, f64)]) {
    let mut taken: Vec<Rectangle> = Vec::new();
    for ((x, y), text) in labels {
        let wide = width(text);
        // Left above, right below, then further away.
        let places = [
            (-wide - 6.0, -6.0),
            (8.0, 14.0),
            (8.0, -6.0),
            (-wide - 6.0, 14.0),
            (-wide / 2.0, -14.0),
            (-wide / 2.0, 22.0),
            (-wide - 14.0, -22.0),
            (14.0, 30.0),
        ];
        let rectangle = |(dx, dy): (f64, f64)| Rectangle {
            left: x + dx,
            top: y + dy - HEIGHT + 3.0,
            right: x + dx + wide,
            bottom: y + dy + 3.0,
        };
        let is_free = |place: &&(f64, f64)| {
            let own = rectangle(**place);
            own.lies_in(plot) && !taken.iter().any(|other| other.overlaps(&own))
        };
        let covered = |place: &&(f64, f64)| {
            let own = rectangle(**place);
            let is_in =
                |(x, y): &&(f64, f64)| *x > own.left && *x < own.right && *y > own.top && *y < own.bottom;
            marks.iter().filter(is_in).count()
        };
        if let Some(place) = places.iter().filter(is_free).min_by_key(covered) {
            let own = rectangle(*place);
            svg.text(
                "halo front-label",
                (own.left, own.bottom - 3.0),
                Anchor::Start,
                text,
            );
            svg.text(
                "label front-label",
                (own.left, own.bottom - 3.0),
                Anchor::Start,
                text,
            );
            taken.push(own);
        }
    }
}

/// Writes labels in a column to the right of the points, from top to bottom, moved apart where they would overlap. The points are sorted
/// by height.
pub(super) fn beside(svg: &mut Svg, plot: &Plot, labels: &[((f64, f64), String)]) {
    let right = labels.iter().map(|((x, _), _)| *x).fold(plot.left, f64::max) + 12.0;
    #[expect(clippy::cast_precision_loss, reason = "a picture has few labels")]
    let room = (plot.bottom - plot.top) / labels.len().max(1) as f64;
    let step = HEIGHT.min(room);
    let mut heights: Vec<f64> = labels.iter().map(|((_, y), _)| *y).collect();
    for at in 1..heights.len() {
        heights[at] = heights[at].max(heights[at - 1] + step);
    }
    // What ran out at the bottom moves up again.
    let mut limit = plot.bottom;
    for height in heights.iter_mut().rev() {
        *height = height.min(limit);
        limit = *height - step;
    }
    for (((x, y), text), height) in labels.iter().zip(heights) {
        svg.line("grid", (*x, *y), (right - 3.0, height));
        svg.text("label", (right, height + 4.0), Anchor::Start, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLOT: Plot = Plot {
        left: 0.0,
        top: 0.0,
        right: 400.0,
        bottom: 300.0,
    };

    /// The places of the texts, from the elements.
    fn places(svg: Svg) -> Vec<(f64, f64)> {
        let body = svg.into_body();
        let lines = body.lines().filter(|line| line.contains("class=\"label"));
        let value = |line: &str, name: &str| -> f64 {
            let rest = line.split(&format!(" {name}=\"")).nth(1).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        lines.map(|line| (value(line, "x"), value(line, "y"))).collect()
    }

    #[test]
    fn labels_of_near_points_do_not_overlap() {
        let mut svg = Svg::default();
        let labels = [100.0, 104.0, 108.0].map(|y| ((200.0, y), "a label".to_owned()));
        place(&mut svg, &PLOT, &labels, &[]);
        let places = places(svg);
        assert_eq!(places.len(), 3);
        for (at, a) in places.iter().enumerate() {
            for b in &places[..at] {
                assert!(
                    (a.0 - b.0).abs() >= width("a label") || (a.1 - b.1).abs() >= HEIGHT,
                    "{places:?}"
                );
            }
        }
    }

    #[test]
    fn labels_in_a_column_keep_their_order_and_stay_in_the_plot() {
        let mut svg = Svg::default();
        let labels: Vec<_> = (0..30)
            .map(|at| ((300.0, 280.0 + f64::from(at)), "x".to_owned()))
            .collect();
        beside(&mut svg, &PLOT, &labels);
        let places = places(svg);
        assert!(places.windows(2).all(|pair| pair[0].1 < pair[1].1));
        assert!(
            places.iter().all(|place| (0.0..=306.0).contains(&place.1)),
            "{places:?}"
        );
    }
}
