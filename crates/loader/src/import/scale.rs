//! Scale: the linear map from values to bytes.

use std::borrow::Cow;

use super::error::ImportError;
use super::format::Rows;
use super::options::Scale;
use super::values::Values;

/// Training and test rows as bytes, and how many test values were clipped.
pub(super) struct Scaled<'a> {
    /// The bytes of each of the `parts`.
    pub(super) pixels: Vec<Cow<'a, [u8]>>,
    /// Values of test rows that were outside the range of the training rows.
    pub(super) n_clipped: usize,
    /// The range, if the values were scaled.
    pub(super) range: Option<(f64, f64)>,
}

/// Rows of a source, and which of them are training rows.
pub(super) struct Part<'a> {
    pub(super) rows: &'a Rows,
    pub(super) train: &'a [usize],
}

/// Makes bytes of all values.
pub(super) fn scaled<'a>(
    parts: &[Part<'a>],
    n_features: usize,
    scale: Option<Scale>,
) -> Result<Scaled<'a>, ImportError> {
    let range = match scale {
        None => None,
        Some(Scale::Range(min, max)) => {
            refuse_outside(parts, n_features, min, max)?;
            Some((min, max))
        }
        Some(Scale::Auto) => {
            let (min, max) = train_range(parts, n_features);
            if min == max {
                return Err(ImportError::Constant { value: min });
            }
            if !(max - min).is_finite() {
                return Err(ImportError::Value {
                    option: "--scale auto",
                    fault: format!("the range from {min} to {max} is too large"),
                    help: "scale the values before the import".to_owned(),
                });
            }
            Some((min, max))
        }
    };
    let mut scaled = Scaled {
        pixels: Vec::new(),
        n_clipped: 0,
        range,
    };
    for part in parts {
        let values = &part.rows.values;
        let bytes = match (range, values) {
            (None, Values::Bytes(bytes)) => Cow::Borrowed(bytes.as_slice()),
            (None, Values::Numbers(_)) => {
                let (min, max) = full_range(parts);
                return Err(ImportError::NeedsScale { min, max });
            }
            (Some((min, max)), _) => {
                let all = (0..values.len()).map(|i| values.at(i));
                scaled.n_clipped += all.clone().filter(|value| !(min..=max).contains(value)).count();
                Cow::Owned(all.map(|value| to_byte(value, min, max)).collect())
            }
        };
        scaled.pixels.push(bytes);
    }
    Ok(scaled)
}

/// The byte of a value; one outside the range becomes 0 or 255.
fn to_byte(value: f64, min: f64, max: f64) -> u8 {
    ((value.clamp(min, max) - min) / (max - min) * 255.0).round() as u8
}

fn refuse_outside(parts: &[Part<'_>], n_features: usize, min: f64, max: f64) -> Result<(), ImportError> {
    for part in parts {
        let values = &part.rows.values;
        let outside = (0..values.len()).find(|&i| !(min..=max).contains(&values.at(i)));
        if let Some(i) = outside {
            let (found_min, found_max) = full_range(parts);
            return Err(ImportError::OutsideScale {
                place: part.rows.places.of(i / n_features, i % n_features),
                value: values.at(i),
                min,
                max,
                found_min,
                found_max,
            });
        }
    }
    Ok(())
}

fn full_range(parts: &[Part<'_>]) -> (f64, f64) {
    let ranges = parts.iter().map(|part| {
        let values = &part.rows.values;
        values.range(0..values.len())
    });
    joined(ranges)
}

fn train_range(parts: &[Part<'_>], n_features: usize) -> (f64, f64) {
    let ranges = parts.iter().map(|part| {
        let positions = part
            .train
            .iter()
            .flat_map(|row| row * n_features..(row + 1) * n_features);
        part.rows.values.range(positions)
    });
    joined(ranges)
}

fn joined(ranges: impl Iterator<Item = Option<(f64, f64)>>) -> (f64, f64) {
    ranges
        .flatten()
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        .unwrap_or((0.0, 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_range_are_0_and_255() {
        let bytes = [-2.0, -1.0, 0.0, 0.5, 1.0, 9.0].map(|value| to_byte(value, -1.0, 1.0));
        assert_eq!(bytes, [0, 0, 128, 191, 255, 255]);
    }
}
