//! Early stopping as in scikit-learn's `HistGradientBoostingClassifier`: boosting ends when the loss of a validation
//! split no longer falls.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::checks::check_setting;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;

/// [`EarlyStoppingMode::Auto`] stops early with more rows than this.
const AUTO_ROWS: usize = 10_000;

/// Whether to stop early.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EarlyStoppingMode {
    /// Only with more than 10,000 training rows.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never. The other settings of [`EarlyStopping`] have no effect.
    Off,
}

/// Settings of early stopping, with scikit-learn's names and defaults.
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    /// Whether to stop early.
    pub mode: EarlyStoppingMode,
    /// The share of each class in the validation split, above 0 and below 1. Rounded to whole rows; at least one row of
    /// each class is trained on.
    pub validation_fraction: f64,
    /// Boosting ends after this many rounds without improvement, at least 1.
    pub n_iter_no_change: usize,
    /// The smallest decrease of the validation loss that is an improvement, at least 0.
    pub tol: f64,
}

/// Row indices of both parts, ascending.
pub(crate) struct TrainValidationSplit {
    pub(crate) train: Vec<u32>,
    /// Empty without early stopping.
    pub(crate) validation: Vec<u32>,
}

impl Default for EarlyStopping {
    fn default() -> EarlyStopping {
        EarlyStopping {
            mode: EarlyStoppingMode::Auto,
            validation_fraction: 0.1,
            n_iter_no_change: 10,
            tol: 1e-7,
        }
    }
}

impl EarlyStopping {
    /// Checks the documented ranges.
    ///
    /// # Errors
    /// [`FitError::Setting`] names the first setting that is out of range.
    pub(crate) fn check(&self) -> Result<(), FitError> {
        if self.mode == EarlyStoppingMode::Off {
            return Ok(());
        }
        let fraction = self.validation_fraction;
        let is_share = fraction > 0.0 && fraction < 1.0;
        check_setting(is_share, "validation_fraction", "above 0 and below 1", fraction)?;
        let n_rounds = self.n_iter_no_change;
        check_setting(n_rounds >= 1, "n_iter_no_change", "at least 1", n_rounds)?;
        check_setting(self.tol >= 0.0, "tol", "at least 0", self.tol)
    }

    /// Splits the rows at random, with the same share of each class in the validation split.
    ///
    /// # Errors
    /// [`FitError::Data`] if the validation split would be empty.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shares of row counts are small"
    )]
    pub(crate) fn split(&self, classes: &EncodedLabels, seed: u64) -> Result<TrainValidationSplit, FitError> {
        let n = classes.codes.len();
        let is_on = match self.mode {
            EarlyStoppingMode::Auto => n > AUTO_ROWS,
            EarlyStoppingMode::On => true,
            EarlyStoppingMode::Off => false,
        };
        let mut is_validation = vec![false; n];
        if is_on {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            for class in 0..classes.n_classes() {
                let of_class = |row: &usize| usize::from(classes.codes[*row]) == class;
                let mut rows: Vec<usize> = (0..n).filter(of_class).collect();
                rows.shuffle(&mut random);
                let n_validation = (self.validation_fraction * rows.len() as f64).round() as usize;
                let validation = &rows[..n_validation.min(rows.len() - 1)];
                validation.iter().for_each(|&row| is_validation[row] = true);
            }
            if !is_validation.contains(&true) {
                return Err(FitError::Data(
                    "early stopping: the validation split is empty, validation_fraction is less than one row of every class"
                        .into(),
                ));
            }
        }
        let (validation, train) = (0..n as u32).partition(|&row| is_validation[row as usize]);
        Ok(TrainValidationSplit { train, validation })
    }

    /// Whether none of the last `n_iter_no_change` losses is lower by more than `tol` than the loss before them. The first
    /// loss is the one before all rounds.
    pub(crate) fn is_done(&self, losses: &[f64]) -> bool {
        let n_losses = self.n_iter_no_change.saturating_add(1);
        let Some(reference) = losses.len().checked_sub(n_losses) else {
            return false;
        };
        losses[reference + 1..]
            .iter()
            .all(|&loss| loss >= losses[reference] - self.tol)
    }
}

#[cfg(test)]
mod tests {
    use loader::Label;

    use super::*;

    const STOPPING: EarlyStopping = EarlyStopping {
        mode: EarlyStoppingMode::On,
        validation_fraction: 0.25,
        n_iter_no_change: 2,
        tol: 0.1,
    };

    #[test]
    fn the_validation_split_is_stratified() -> Result<(), FitError> {
        let labels: Vec<Label> = (0..20).map(|i| Label(u8::from(i % 5 == 0))).collect();
        let classes = EncodedLabels::new(&labels);
        let parts = STOPPING.split(&classes, 1)?;
        let of_one = parts.validation.iter().filter(|row| *row % 5 == 0).count();
        assert_eq!((parts.validation.len(), of_one), (5, 1));
        let mut all = [parts.train, parts.validation].concat();
        all.sort_unstable();
        assert_eq!(all, (0..20).collect::<Vec<u32>>());
        Ok(())
    }

    #[test]
    fn settings_out_of_range_are_refused_unless_unused() {
        let one = EarlyStopping {
            validation_fraction: 1.0,
            ..STOPPING
        };
        assert!(matches!(one.check(), Err(FitError::Setting(_))));
        let never = EarlyStopping {
            mode: EarlyStoppingMode::Off,
            ..one
        };
        assert!(never.check().is_ok());
    }

    #[test]
    fn boosting_goes_on_while_a_recent_loss_is_lower() {
        assert!(!STOPPING.is_done(&[1.0, 1.0]));
        assert!(STOPPING.is_done(&[1.0, 0.95, 0.92]));
        assert!(!STOPPING.is_done(&[1.0, 0.95, 0.85]));
        assert!(!STOPPING.is_done(&[1.0, 0.85, 0.95]));
        assert!(STOPPING.is_done(&[1.0, 0.85, 0.85, 0.85]));
    }
}
