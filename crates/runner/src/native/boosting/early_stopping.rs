//! Early stopping as scikit-learn's HistGradientBoosting has it: rows held back, and rounds until their loss no longer falls.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;

/// Above so many rows `auto` is on.
const AUTO_ROWS: usize = 10_000;

/// The settings, by scikit-learn's names.
#[derive(Clone, Debug)]
pub(crate) struct EarlyStopping {
    /// `None` for auto.
    pub(crate) early_stopping: Option<bool>,
    pub(crate) validation_fraction: f64,
    pub(crate) n_iter_no_change: usize,
    pub(crate) tol: f64,
}

/// Row numbers, ascending.
pub(crate) struct Parts {
    pub(crate) train: Vec<u32>,
    /// Held back; none where there is no early stopping.
    pub(crate) validation: Vec<u32>,
}

impl EarlyStopping {
    /// Holds back the same share of every class.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a row count"
    )]
    pub(crate) fn parts(&self, classes: &EncodedLabels, seed: u64) -> Result<Parts, FitError> {
        let n = classes.codes.len();
        let mut is_held = vec![false; n];
        if self.early_stopping.unwrap_or(n > AUTO_ROWS) {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            for class in 0..classes.n_classes() {
                let of_class = |row: &usize| usize::from(classes.codes[*row]) == class;
                let mut rows: Vec<usize> = (0..n).filter(of_class).collect();
                rows.shuffle(&mut random);
                let share = (self.validation_fraction * rows.len() as f64).round() as usize;
                let held = &rows[..share.min(rows.len() - 1)];
                held.iter().for_each(|&row| is_held[row] = true);
            }
            if !is_held.contains(&true) {
                return Err(FitError::Data(
                    "early_stopping: validation_fraction is less than one row of any class".into(),
                ));
            }
        }
        let (validation, train) = (0..n as u32).partition(|&row| is_held[row as usize]);
        Ok(Parts { train, validation })
    }

    /// Whether none of the last `n_iter_no_change` losses is better by `tol` than the one before them. The first is that before any round.
    pub(crate) fn is_done(&self, losses: &[f64]) -> bool {
        let Some(before) = losses.len().checked_sub(self.n_iter_no_change + 1) else {
            return false;
        };
        losses[before + 1..]
            .iter()
            .all(|&loss| loss >= losses[before] - self.tol)
    }
}

#[cfg(test)]
mod tests {
    use loader::Label;

    use super::*;

    const STOPPING: EarlyStopping = EarlyStopping {
        early_stopping: Some(true),
        validation_fraction: 0.25,
        n_iter_no_change: 2,
        tol: 0.1,
    };

    #[test]
    fn every_class_gives_its_share() -> Result<(), FitError> {
        let labels: Vec<Label> = (0..20).map(|i| Label(u8::from(i % 5 == 0))).collect();
        let classes = EncodedLabels::new(&labels);
        let parts = STOPPING.parts(&classes, 1)?;
        let of_one = parts.validation.iter().filter(|row| *row % 5 == 0).count();
        assert_eq!((parts.validation.len(), of_one), (5, 1));
        let mut all = [parts.train, parts.validation].concat();
        all.sort_unstable();
        assert_eq!(all, (0..20).collect::<Vec<u32>>());
        Ok(())
    }

    #[test]
    fn it_goes_on_while_one_of_the_last_losses_is_better() {
        assert!(!STOPPING.is_done(&[1.0, 1.0]));
        assert!(STOPPING.is_done(&[1.0, 0.95, 0.92]));
        assert!(!STOPPING.is_done(&[1.0, 0.95, 0.85]));
        assert!(!STOPPING.is_done(&[1.0, 0.85, 0.95]));
        assert!(STOPPING.is_done(&[1.0, 0.85, 0.85, 0.85]));
    }
}
