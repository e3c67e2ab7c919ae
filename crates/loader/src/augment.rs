//! Augmentation: mirrored and shifted copies of training rows, each with the label of its row.
//!
//! | written form | copies | rows |
//! | --- | --- | ---: |
//! | `none` | the rows themselves | 1 × |
//! | `flip` | the rows, and the rows mirrored left to right | 2 × |
//! | `shift(N)` | the rows, and the rows moved by N pixels up, down, left and right | 5 × |
//! | `flip+shift(N)` | all of `shift(N)`, and the mirrored rows with their four moves | 10 × |
//!
//! What a move uncovers at the edge becomes 0, and what it pushes over the edge is lost.
//!
//! The copies follow each other in the order of the table, and each has all rows in their order: copy `c` of row `i` of `n` is row
//! `c * n + i`. The first `n` rows are the rows themselves.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::data::{ImageBuffer, Split};

/// Least similarity of a word that is suggested, of 0 to 1.
const SIMILAR: f64 = 0.6;

/// Which copies of the training rows are trained on; `Display` and `FromStr` are the written form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Augment {
    is_flipped: bool,
    /// Pixels of a move; 0 without moves.
    shift: usize,
}

/// Why a text is no augmentation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AugmentError {
    /// A word is not in [`Augment::NAMES`].
    #[error(
        "unknown augmentation `{name}`; {}known: none, flip, shift(N), flip+shift(N)",
        nearest.map_or_else(String::new, |nearest| format!("did you mean `{nearest}`? "))
    )]
    Unknown {
        /// The word.
        name: String,
        /// The known word most similar to it, if one is similar.
        nearest: Option<&'static str>,
    },
    /// A part is wrong, or does not go with another.
    #[error("augmentation `{text}`: {reason}")]
    Parameters {
        /// The whole text.
        text: String,
        /// What is wrong, and what is expected.
        reason: String,
    },
}

impl Augment {
    /// The rows as they are.
    pub const NONE: Augment = Augment {
        is_flipped: false,
        shift: 0,
    };

    /// The words of the written form.
    pub const NAMES: &'static [&'static str] = &["none", "flip", "shift"];

    /// How many rows each row becomes; 1 to 10.
    pub fn factor(self) -> usize {
        self.copies().count()
    }

    /// The reason why images of this size in pixels cannot be augmented; `None` if they can.
    pub fn misfit(self, height: usize, width: usize) -> Option<String> {
        let side = height.min(width);
        (self.shift >= side).then(|| {
            let shift = self.shift;
            format!("{self}: images of {height} × {width} pixels keep nothing of a shift by {shift}; it must be below {side}")
        })
    }

    /// The rows and their copies, [`Augment::factor`] times as many, in the order of the [module](self).
    ///
    /// # Panics
    /// If the images are too small: [`Augment::misfit`].
    pub fn apply(self, rows: &Split) -> Split {
        let images = rows.images.view();
        let (height, width) = (images.height(), images.width());
        assert_eq!(self.misfit(height, width), None, "the images can be augmented");
        let mut pixels = Vec::with_capacity(images.pixels().len() * self.factor());
        let mut labels = Vec::with_capacity(rows.n_rows() * self.factor());
        for copy in self.copies() {
            let sources = copy.sources(height, width);
            for image in images.rows() {
                pixels.extend(
                    sources
                        .iter()
                        .map(|source| source.map_or(0, |pixel| image[pixel])),
                );
            }
            labels.extend_from_slice(&rows.labels);
        }
        Split {
            images: ImageBuffer::new(pixels, height, width),
            labels,
        }
    }

    /// The copies in their order, the rows themselves first.
    fn copies(self) -> impl Iterator<Item = Copied> {
        let mirrors = [false, true].into_iter().take(1 + usize::from(self.is_flipped));
        let moves = [Move::Stay, Move::Up, Move::Down, Move::Left, Move::Right];
        let n_moves = if self.shift == 0 { 1 } else { moves.len() };
        mirrors.flat_map(move |is_mirrored| {
            moves.into_iter().take(n_moves).map(move |direction| Copied {
                is_mirrored,
                direction,
                shift: self.shift,
            })
        })
    }
}

/// Where the content of an image moves.
#[derive(Clone, Copy, Debug)]
enum Move {
    Stay,
    Up,
    Down,
    Left,
    Right,
}

/// One copy of every row: mirrored first, then moved.
#[derive(Clone, Copy, Debug)]
struct Copied {
    is_mirrored: bool,
    direction: Move,
    shift: usize,
}

impl Copied {
    /// The pixel of the row from which each pixel of the copy comes; `None` where the move uncovers the edge.
    fn sources(self, height: usize, width: usize) -> Vec<Option<usize>> {
        let places = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
        places
            .map(|(row, column)| {
                let (row, column) = match self.direction {
                    Move::Stay => (Some(row), Some(column)),
                    Move::Up => (Some(row + self.shift), Some(column)),
                    Move::Down => (row.checked_sub(self.shift), Some(column)),
                    Move::Left => (Some(row), Some(column + self.shift)),
                    Move::Right => (Some(row), column.checked_sub(self.shift)),
                };
                let row = row.filter(|row| *row < height)?;
                let column = column.filter(|column| *column < width)?;
                let column = if self.is_mirrored {
                    width - 1 - column
                } else {
                    column
                };
                Some(row * width + column)
            })
            .collect()
    }
}

impl fmt::Display for Augment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flip = self.is_flipped.then(|| "flip".to_owned());
        let shift = (self.shift > 0).then(|| format!("shift({})", self.shift));
        let parts: Vec<String> = flip.into_iter().chain(shift).collect();
        if parts.is_empty() {
            f.pad("none")
        } else {
            f.pad(&parts.join("+"))
        }
    }
}

impl FromStr for Augment {
    type Err = AugmentError;

    /// Reads the parts in any order; the written form has `flip` first.
    fn from_str(text: &str) -> Result<Augment, AugmentError> {
        let wrong = |reason: String| AugmentError::Parameters {
            text: text.to_owned(),
            reason,
        };
        if text.trim() == "none" {
            return Ok(Augment::NONE);
        }
        let mut augment = Augment::NONE;
        for part in text.split('+').map(str::trim) {
            let (name, parameter) = match part.split_once('(') {
                None => (part, None),
                Some((name, rest)) => {
                    let inner = rest.strip_suffix(')');
                    (name, Some(inner.ok_or_else(|| wrong("missing `)`".into()))?))
                }
            };
            match (name, parameter) {
                ("flip", None) if !augment.is_flipped => augment.is_flipped = true,
                ("flip", Some(_)) => return Err(wrong("flip has no parameters".into())),
                ("shift", _) if augment.shift == 0 => {
                    let pixels = parameter.and_then(|pixels| pixels.trim().parse().ok());
                    augment.shift = pixels.filter(|pixels| *pixels > 0).ok_or_else(|| {
                        wrong("shift has a whole number of pixels of at least 1, such as shift(1)".into())
                    })?;
                }
                ("flip" | "shift", _) => return Err(wrong(format!("`{name}` is given twice"))),
                ("none", _) => return Err(wrong("`none` stands alone".into())),
                ("", _) => {
                    return Err(wrong("expected none, flip, shift(N) or flip+shift(N)".into()));
                }
                _ => {
                    return Err(AugmentError::Unknown {
                        name: name.to_owned(),
                        nearest: nearest(name),
                    });
                }
            }
        }
        Ok(augment)
    }
}

/// The known word most similar to `name`, if one is similar.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let scored = Augment::NAMES
        .iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(&name, known), *known));
    let similar = scored.filter(|(score, _)| *score >= SIMILAR);
    similar.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Label;

    /// One row per image of the result, of 2 × 3 pixels.
    fn apply(text: &str, images: &[[u8; 6]]) -> (Vec<[u8; 6]>, Vec<u8>) {
        let augment: Augment = text.parse().unwrap();
        let rows = Split {
            images: ImageBuffer::new(images.concat(), 2, 3),
            labels: (0..).take(images.len()).map(Label).collect(),
        };
        let found = augment.apply(&rows);
        assert_eq!(found.n_rows(), images.len() * augment.factor());
        let view = found.images.view();
        assert_eq!(
            (view.height(), view.width(), view.n_rows()),
            (2, 3, found.n_rows())
        );
        let pixels = view.rows().map(|row| row.try_into().unwrap());
        (
            pixels.collect(),
            found.labels.iter().map(|label| label.0).collect(),
        )
    }

    const ONE: [u8; 6] = [1, 2, 3, 4, 5, 6];
    const OTHER: [u8; 6] = [7, 8, 9, 10, 11, 12];

    #[test]
    fn none_keeps_the_rows() {
        assert_eq!(apply("none", &[ONE, OTHER]), (vec![ONE, OTHER], vec![0, 1]));
        assert_eq!(apply("flip+shift(1)", &[]), (vec![], vec![]));
    }

    #[test]
    fn flip_appends_the_mirrored_rows() {
        let expected = vec![ONE, OTHER, [3, 2, 1, 6, 5, 4], [9, 8, 7, 12, 11, 10]];
        assert_eq!(apply("flip", &[ONE, OTHER]), (expected, vec![0, 1, 0, 1]));
    }

    #[test]
    fn shift_appends_the_rows_moved_up_down_left_and_right() {
        let expected = vec![
            ONE,
            OTHER,
            [4, 5, 6, 0, 0, 0],
            [10, 11, 12, 0, 0, 0],
            [0, 0, 0, 1, 2, 3],
            [0, 0, 0, 7, 8, 9],
            [2, 3, 0, 5, 6, 0],
            [8, 9, 0, 11, 12, 0],
            [0, 1, 2, 0, 4, 5],
            [0, 7, 8, 0, 10, 11],
        ];
        let labels = [0, 1].repeat(5);
        assert_eq!(apply("shift(1)", &[ONE, OTHER]), (expected, labels));
    }

    #[test]
    fn flip_and_shift_move_the_mirrored_rows_too() {
        let (shifted, _) = apply("shift(1)", &[ONE, OTHER]);
        let (flipped, _) = apply("flip", &[ONE, OTHER]);
        let (mirrored, _) = apply("shift(1)", &flipped[2..]);
        let (found, labels) = apply("flip+shift(1)", &[ONE, OTHER]);
        assert_eq!(found, [shifted, mirrored].concat());
        assert_eq!(found[10..12], flipped[2..]);
        assert_eq!(found[16..18], [[2, 1, 0, 5, 4, 0], [8, 7, 0, 11, 10, 0]]);
        assert_eq!(labels, [0, 1].repeat(10));
    }

    #[test]
    fn a_shift_by_several_pixels_uncovers_as_many() {
        let image: Vec<u8> = (1..=9).collect();
        let rows = Split {
            images: ImageBuffer::new(image, 3, 3),
            labels: vec![Label(4)],
        };
        let found = "shift(2)".parse::<Augment>().unwrap().apply(&rows);
        let copies: Vec<&[u8]> = found.images.view().rows().collect();
        assert_eq!(copies[1], [7, 8, 9, 0, 0, 0, 0, 0, 0]);
        assert_eq!(copies[2], [0, 0, 0, 0, 0, 0, 1, 2, 3]);
        assert_eq!(copies[3], [3, 0, 0, 6, 0, 0, 9, 0, 0]);
        assert_eq!(copies[4], [0, 0, 1, 0, 0, 4, 0, 0, 7]);
        assert_eq!(found.labels, [Label(4); 5]);
    }

    #[test]
    fn every_spelling_has_one_written_form_and_a_factor() {
        for (text, written, factor) in [
            ("none", "none", 1),
            ("flip", "flip", 2),
            ("shift(1)", "shift(1)", 5),
            ("shift( 12 )", "shift(12)", 5),
            ("flip+shift(1)", "flip+shift(1)", 10),
            (" shift(2) + flip ", "flip+shift(2)", 10),
        ] {
            let augment: Augment = text.parse().unwrap();
            assert_eq!(augment.to_string(), written);
            assert_eq!(written.parse(), Ok(augment));
            assert_eq!(augment.factor(), factor);
        }
        assert_eq!(Augment::default(), Augment::NONE);
        assert_eq!(format!("{:>6}|", "flip".parse::<Augment>().unwrap()), "  flip|");
    }

    #[test]
    fn a_wrong_text_gets_a_reason() {
        for (text, message) in [
            (
                "flp",
                "unknown augmentation `flp`; did you mean `flip`? known: none, flip, shift(N), flip+shift(N)",
            ),
            ("Shift(1)", "unknown augmentation `Shift`; did you mean `shift`?"),
            (
                "flip+shfit(1)",
                "unknown augmentation `shfit`; did you mean `shift`?",
            ),
            (
                "rotate",
                "unknown augmentation `rotate`; known: none, flip, shift(N), flip+shift(N)",
            ),
            (
                "",
                "augmentation ``: expected none, flip, shift(N) or flip+shift(N)",
            ),
            ("flip+", "expected none, flip, shift(N) or flip+shift(N)"),
            ("flip+flip", "augmentation `flip+flip`: `flip` is given twice"),
            ("shift(1)+flip+shift(2)", "`shift` is given twice"),
            ("none+flip", "`none` stands alone"),
            ("flip+none", "`none` stands alone"),
            ("flip(1)", "flip has no parameters"),
            (
                "shift",
                "a whole number of pixels of at least 1, such as shift(1)",
            ),
            ("shift()", "a whole number of pixels of at least 1"),
            (
                "shift(0)",
                "augmentation `shift(0)`: shift has a whole number of pixels of at least 1",
            ),
            ("shift(-1)", "a whole number of pixels of at least 1"),
            ("shift(1.5)", "a whole number of pixels of at least 1"),
            (
                "shift(99999999999999999999)",
                "a whole number of pixels of at least 1",
            ),
            ("shift(1", "missing `)`"),
            ("shift(1)x", "missing `)`"),
        ] {
            let error = text.parse::<Augment>().unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn a_shift_over_the_whole_image_gives_its_reason() {
        let misfit = |text: &str, height, width| text.parse::<Augment>().unwrap().misfit(height, width);
        assert_eq!(misfit("shift(27)", 28, 28), None);
        assert_eq!(misfit("flip", 1, 1), None);
        assert_eq!(misfit("none", 1, 1), None);
        assert_eq!(
            misfit("shift(28)", 28, 28).unwrap(),
            "shift(28): images of 28 × 28 pixels keep nothing of a shift by 28; it must be below 28"
        );
        assert!(misfit("flip+shift(20)", 28, 20).is_some());
    }

    #[test]
    #[should_panic(expected = "the images can be augmented")]
    fn images_that_are_too_small_panic() {
        apply("shift(2)", &[ONE]);
    }
}
