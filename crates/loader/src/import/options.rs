//! What an import is asked for.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Largest side of an image in a dataset, in pixels.
const MOST_SIDE: usize = 1024;

/// An import and its options.
#[derive(Clone, Debug)]
pub struct Options {
    /// A folder of images, an `.npz` file or a CSV table.
    pub path: PathBuf,
    /// Name of the dataset.
    pub name: String,
    /// The folder in which the dataset's folder is made.
    pub to: PathBuf,
    /// Size of the images; `None`: their own, if all have the same of at most 64 x 64 pixels, else 28 x 28.
    pub size: Option<Size>,
    /// Rows and columns of the features of a row.
    pub shape: Option<Shape>,
    /// The column with the labels; its number if the table has no header.
    pub label: Option<String>,
    /// The first line of the table is a row.
    pub no_header: bool,
    /// How values become bytes; `None`: they are bytes.
    pub scale: Option<Scale>,
    /// Share of the test rows, between 0 and 1, where no split is given; `None`: 0.2.
    pub test_share: Option<f64>,
    /// Seed of the split and of the order of the rows.
    pub seed: u64,
    /// Replaces a dataset of the same name.
    pub force: bool,
}

/// Width and height of images in pixels: `28` or `32x24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
}

/// Rows and columns of an image: `28x28`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Height in pixels.
    pub rows: usize,
    /// Width in pixels.
    pub columns: usize,
}

/// The range of values that becomes 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// From the smallest to the largest value of the training rows.
    Auto,
    /// From the first to the second number; the first is the smaller one.
    Range(f64, f64),
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let side = |text: &str| {
            let side = text.parse().ok();
            side.filter(|side| (1..=MOST_SIDE).contains(side))
        };
        let (width, height) = text.split_once(['x', 'X']).unwrap_or((text, text));
        match (side(width), side(height)) {
            (Some(width), Some(height)) => Ok(Size { width, height }),
            _ => Err(format!(
                "\n  expected 28 or WIDTHxHEIGHT such as 32x24, each from 1 to {MOST_SIDE} pixels"
            )),
        }
    }
}

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Shape, String> {
        let side = |text: &str| {
            let side = text.parse().ok();
            side.filter(|&side: &u32| side > 0).map(|side| side as usize)
        };
        let sides = text.split_once(['x', 'X']);
        match sides.map(|(rows, columns)| (side(rows), side(columns))) {
            Some((Some(rows), Some(columns))) => Ok(Shape { rows, columns }),
            _ => Err("\n  expected ROWSxCOLUMNS, such as 8x8".to_owned()),
        }
    }
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Scale, String> {
        if text == "auto" {
            return Ok(Scale::Auto);
        }
        let number = |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let range = text
            .split_once(',')
            .and_then(|(min, max)| number(min).zip(number(max)));
        match range {
            // The difference of two finite numbers may be infinite.
            Some((min, max)) if min < max && (max - min).is_finite() => Ok(Scale::Range(min, max)),
            Some(_) => Err("\n  the first number must be smaller than the second".to_owned()),
            None => Err("\n  expected MIN,MAX such as 0,1, or auto".to_owned()),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.rows, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_one_number_or_width_and_height() {
        let size = |width, height| Ok(Size { width, height });
        assert_eq!("28".parse::<Size>(), size(28, 28));
        assert_eq!("32x24".parse::<Size>(), size(32, 24));
        for wrong in [
            "",
            "0",
            "28x",
            "x28",
            "-1",
            "1025",
            "2x3x4",
            "99999999999999999999",
        ] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn shapes_have_rows_and_columns() {
        assert_eq!("8x9".parse(), Ok(Shape { rows: 8, columns: 9 }));
        for wrong in ["", "8", "0x8", "8x", "axb"] {
            assert!(wrong.parse::<Shape>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_scale_is_auto_or_an_increasing_range() {
        assert_eq!("auto".parse(), Ok(Scale::Auto));
        assert_eq!("-1, 2.5".parse(), Ok(Scale::Range(-1.0, 2.5)));
        for wrong in ["", "1", "1,1", "2,1", "0,inf", "nan,1", "-1e308,1.7e308", "a,b"] {
            assert!(wrong.parse::<Scale>().is_err(), "{wrong}");
        }
    }
}
