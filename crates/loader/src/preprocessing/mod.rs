//! What can be done to pixels before a classifier sees them, and how it is written in a grid.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

mod hog;
mod pca;
mod transform;

pub use hog::Hog;
pub use transform::Scaler;

/// How pixels become floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preprocessing {
    /// As they are: 0 to 255.
    None,
    /// Divided by 255: 0 to 1.
    Unit,
    /// Each pixel less its mean, divided by its population standard deviation; a constant pixel becomes 0.
    Standard,
    /// So many principal components of the unit pixels, the one that varies most first.
    Pca {
        /// How many.
        n_components: usize,
    },
    /// Histograms of oriented gradients.
    Hog(Hog),
}

impl Preprocessing {
    /// Those that make one float of one byte, in the order in which they are listed.
    pub const OF_PIXELS: &'static [Preprocessing] =
        &[Preprocessing::None, Preprocessing::Unit, Preprocessing::Standard];

    /// The words that a preprocessing begins with.
    pub const NAMES: &'static [&'static str] = &["none", "unit", "standard", "pca", "hog"];

    /// Whether each float is made of one byte, so that an engine may work on the bytes.
    pub fn is_of_pixels(self) -> bool {
        Preprocessing::OF_PIXELS.contains(&self)
    }

    /// Why it cannot be done to images of this size with so many training rows; `None` if it can.
    pub fn misfit(self, height: usize, width: usize, n_train: usize) -> Option<String> {
        match self {
            Preprocessing::None | Preprocessing::Unit | Preprocessing::Standard => None,
            Preprocessing::Pca { n_components } => {
                let most = (height * width).min(n_train);
                (n_components > most).then(|| {
                    format!(
                        "{self}: there are at most {most} components of {n_train} rows of {} pixels",
                        height * width
                    )
                })
            }
            Preprocessing::Hog(hog) => hog.misfit(height, width),
        }
    }
}

impl fmt::Display for Preprocessing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Preprocessing::None => f.pad("none"),
            Preprocessing::Unit => f.pad("unit"),
            Preprocessing::Standard => f.pad("standard"),
            Preprocessing::Pca { n_components } => f.pad(&format!("pca({n_components})")),
            Preprocessing::Hog(hog) => f.pad(&hog.to_string()),
        }
    }
}

/// A text that is no preprocessing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PreprocessingError {
    /// Its first word is none of [`Preprocessing::NAMES`].
    #[error("unknown preprocessing `{name}`: it is one of none, unit, standard, pca(N), hog")]
    Unknown {
        /// The word.
        name: String,
    },
    /// What stands in parentheses is wrong.
    #[error("preprocessing `{text}`: {reason}")]
    Parameters {
        /// The whole text.
        text: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
}

impl FromStr for Preprocessing {
    type Err = PreprocessingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason: String| PreprocessingError::Parameters {
            text: text.to_owned(),
            reason,
        };
        let (name, parameters) = match text.split_once('(') {
            None => (text, None),
            Some((name, rest)) => {
                let inner = rest.strip_suffix(')');
                (
                    name,
                    Some(inner.ok_or_else(|| wrong("`)` is missing at its end".into()))?),
                )
            }
        };
        let plain = |preprocessing: Preprocessing| match parameters {
            None => Ok(preprocessing),
            Some(_) => Err(wrong(format!("{name} has no parameters"))),
        };
        match name {
            "none" => plain(Preprocessing::None),
            "unit" => plain(Preprocessing::Unit),
            "standard" => plain(Preprocessing::Standard),
            "pca" => {
                let count = parameters.and_then(|number| number.trim().parse::<usize>().ok());
                match count {
                    Some(n_components) if n_components > 0 => Ok(Preprocessing::Pca { n_components }),
                    _ => Err(wrong(
                        "expected a number of components of at least 1, such as pca(50)".into(),
                    )),
                }
            }
            "hog" => Hog::read(parameters.unwrap_or_default())
                .map(Preprocessing::Hog)
                .map_err(wrong),
            _ => Err(PreprocessingError::Unknown {
                name: name.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_written_in_one_form() {
        for (text, written) in [
            ("none", "none"),
            ("unit", "unit"),
            ("standard", "standard"),
            ("pca(50)", "pca(50)"),
            ("pca( 50 )", "pca(50)"),
            ("hog", "hog(orientations=9, pixels_per_cell=4, cells_per_block=2)"),
            (
                "hog()",
                "hog(orientations=9, pixels_per_cell=4, cells_per_block=2)",
            ),
            (
                "hog(cells_per_block=3,orientations = 12)",
                "hog(orientations=12, pixels_per_cell=4, cells_per_block=3)",
            ),
        ] {
            let read: Preprocessing = text.parse().unwrap();
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse(), Ok(read));
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (text, told) in [
            ("Unit", "unknown preprocessing `Unit`: it is one of none"),
            ("pcb(3)", "unknown preprocessing `pcb`"),
            ("unit(2)", "unit has no parameters"),
            ("pca", "a number of components of at least 1"),
            ("pca(0)", "a number of components of at least 1"),
            ("pca(1.5)", "a number of components of at least 1"),
            ("pca(50", "`)` is missing"),
            ("hog(9)", "`9`: expected `name=number`"),
            (
                "hog(orientation=9)",
                "has no `orientation`: orientations, pixels_per_cell, cells_per_block",
            ),
            (
                "hog(orientations=9, orientations=8)",
                "`orientations` stands there twice",
            ),
            (
                "hog(pixels_per_cell=0)",
                "`pixels_per_cell`: expected a whole number of at least 1",
            ),
            (
                "hog(orientations=500)",
                "`orientations`: expected a whole number of at least 1 and at most 180",
            ),
        ] {
            let error = text.parse::<Preprocessing>().unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn what_does_not_fit_the_images_is_told() {
        let misfit = |text: &str| text.parse::<Preprocessing>().unwrap().misfit(28, 20, 100);
        assert_eq!(misfit("standard"), None);
        assert_eq!(misfit("pca(100)"), None);
        assert!(misfit("pca(101)").unwrap().contains("at most 100 components"));
        assert_eq!(misfit("hog(pixels_per_cell=10)"), None);
        let told = misfit("hog(pixels_per_cell=11)").unwrap();
        assert!(told.contains("2 × 1 cells") && told.contains("2 × 2"), "{told}");
    }
}
