//! The size of a subset of rows or features.

use crate::estimator::error::FitError;
use crate::estimator::number::number;

/// How many of `n` rows or features to draw. Results are rounded down; every size is at least 1 and at most `n`.
///
/// This is scikit-learn's `max_features` and `max_samples`. scikit-learn tells the share 1.0 from the count 1 by its
/// type; here [`SubsetSize::All`] stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SubsetSize {
    /// This many, at least 1. A count above `n` means all.
    Count(usize),
    /// This share of all, above 0 and at most 1.
    Share(f64),
    /// The square root of `n`.
    Sqrt,
    /// The binary logarithm of `n`.
    Log2,
    /// All.
    All,
}

impl SubsetSize {
    /// The size of the subset of `n`.
    pub(crate) fn of(self, n: usize) -> usize {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of rows and pixels are below 2^53"
        )]
        let share = |factor: f64| (factor * n as f64) as usize;
        let size = match self {
            SubsetSize::Count(count) => count,
            SubsetSize::Share(factor) => share(factor),
            SubsetSize::Sqrt => n.isqrt(),
            SubsetSize::Log2 => n.checked_ilog2().unwrap_or(0) as usize,
            SubsetSize::All => n,
        };
        size.clamp(1, n.max(1))
    }

    /// Checks the documented ranges of the setting `name`.
    ///
    /// # Errors
    /// [`FitError::Setting`] for a count of 0, and for a share outside (0, 1].
    pub(crate) fn check(self, name: &str) -> Result<(), FitError> {
        match self {
            SubsetSize::Count(0) => Err(FitError::Setting(format!("{name} must be at least 1, is 0"))),
            SubsetSize::Share(share) if !(share > 0.0 && share <= 1.0) => Err(FitError::Setting(format!(
                "{name} must be a share above 0 and at most 1, is {}",
                number(share)
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_at_least_one_and_at_most_all() {
        assert_eq!(SubsetSize::Share(0.01).of(30), 1);
        assert_eq!(SubsetSize::Log2.of(1), 1);
        assert_eq!(SubsetSize::Count(50).of(30), 30);
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        for size in [
            SubsetSize::Count(0),
            SubsetSize::Share(0.0),
            SubsetSize::Share(1.5),
            SubsetSize::Share(f64::NAN),
        ] {
            assert!(
                matches!(size.check("max_features"), Err(FitError::Setting(_))),
                "{size:?}"
            );
        }
        assert!(SubsetSize::Share(1.0).check("max_features").is_ok());
    }
}
