//! The style of each kind of methods in the pictures of a board, and the legend.

use std::collections::BTreeSet;

use super::frame::width;
use super::palette::STYLES;
use super::svg::{Anchor, Mark, Svg};
use crate::board::OwnBoard;

/// The kinds of a board, sorted; the place of a kind is its style.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Styles(Vec<String>);

/// The height of a line of the legend, in pixels.
const LINE: f64 = 20.0;

impl Styles {
    /// The styles of all kinds of a board.
    pub fn of(board: &OwnBoard) -> Self {
        let lines = board.datasets.iter().flat_map(|dataset| &dataset.lines);
        let kinds: BTreeSet<&str> = lines.map(|line| line.score.kind()).collect();
        Self(kinds.into_iter().map(str::to_owned).collect())
    }

    /// The names, in the order of the styles.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The style of a kind.
    pub fn style(&self, kind: &str) -> usize {
        self.0.iter().position(|own| own == kind).unwrap_or(0) % STYLES
    }

    /// Writes the legend of the kinds that are shown from a place on, in lines of at most `wide` pixels; returns its height.
    pub(super) fn legend(
        &self,
        svg: &mut Svg,
        (left, top): (f64, f64),
        wide: f64,
        shown: &BTreeSet<&str>,
    ) -> f64 {
        let (mut x, mut y) = (left, top);
        let kinds = self.0.iter().enumerate();
        for (style, name) in kinds.filter(|(_, name)| shown.contains(name.as_str())) {
            let name = name.replace('-', " ");
            let own = width(&name) + 34.0;
            if x + own > left + wide && x > left {
                (x, y) = (left, y + LINE);
            }
            let mark = Mark {
                style: style % STYLES,
                x: x + 6.0,
                y: y - 4.0,
                title: "",
                line: None,
            };
            svg.mark(&mark);
            svg.text("label", (x + 16.0, y), Anchor::Start, &name);
            x += own;
        }
        y + LINE - top
    }
}
