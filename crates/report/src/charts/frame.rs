//! The frame of a picture with two axes: title, grid, ticks and the titles of the axes.

use super::axis::{Axis, Tick};
use super::svg::{Anchor, Svg};

/// The plot inside a picture, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Plot {
    /// The ends of a horizontal axis.
    pub(super) fn across(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    /// The ends of a vertical axis, which runs upwards.
    pub(super) fn upwards(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }

    /// Draws the grid and the ticks.
    pub(super) fn draw(&self, svg: &mut Svg, x: &[Tick], y: &[Tick]) {
        for tick in x {
            svg.line("grid", (tick.at, self.top), (tick.at, self.bottom));
            svg.text("tick", (tick.at, self.bottom + 18.0), Anchor::Middle, &tick.text);
        }
        for tick in y {
            svg.line("grid", (self.left, tick.at), (self.right, tick.at));
            svg.text("tick", (self.left - 8.0, tick.at + 4.0), Anchor::End, &tick.text);
        }
        svg.line("axis", (self.left, self.bottom), (self.right, self.bottom));
    }

    /// Writes the titles of the picture and of its axes.
    pub(super) fn titles(&self, svg: &mut Svg, title: &str, x: &str, y: &str) {
        svg.text("title", (16.0, 26.0), Anchor::Start, title);
        let middle = f64::midpoint(self.left, self.right);
        svg.text("axis-title", (middle, self.bottom + 40.0), Anchor::Middle, x);
        let middle = f64::midpoint(self.top, self.bottom);
        svg.text_upwards("axis-title", (18.0, middle), y);
    }
}

/// The ticks of an accuracy.
pub(super) fn accuracies(axis: Axis) -> Vec<Tick> {
    axis.ticks(6, |value| format!("{value:.2}"))
}

/// The ticks of a time in seconds.
pub(super) fn times(axis: Axis) -> Vec<Tick> {
    axis.ticks(6, |seconds| {
        let round = |value: f64, unit: &str| format!("{} {unit}", (value * 10.0).round() / 10.0);
        match seconds {
            s if s < 0.999e-3 => round(s * 1e6, "µs"),
            s if s < 0.999 => round(s * 1e3, "ms"),
            s => round(s, "s"),
        }
    })
}

/// The width of a text in pixels, about.
#[expect(clippy::cast_precision_loss, reason = "a label is short")]
pub(super) fn width(text: &str) -> f64 {
    text.chars().count() as f64 * 7.0
}
