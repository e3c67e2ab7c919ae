//! Shrinkage of covariances towards a multiple of the identity, so that few rows suffice to invert them.

use ndarray::Array2;

use crate::estimator::checks::check_share;
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::native::data::row_reader::RowReader;
use crate::native::generative::class_moments::ClassMoments;

/// How much of a covariance is replaced by the identity times the mean variance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Shrinkage {
    /// Nothing.
    #[default]
    None,
    /// The share that minimizes the expected squared error, estimated by the formula of Ledoit and Wolf (2004).
    ///
    /// As in scikit-learn, the share is computed for features scaled to variance 1, and the result is scaled back.
    LedoitWolf,
    /// This share, from 0 to 1.
    Share(f64),
}

impl Shrinkage {
    /// # Errors
    /// [`FitError::Setting`] if the share is outside 0 to 1.
    pub(crate) fn check(self) -> Result<(), FitError> {
        match self {
            Shrinkage::Share(share) => check_share("shrinkage", share),
            Shrinkage::None | Shrinkage::LedoitWolf => Ok(()),
        }
    }
}

/// The shrunk covariance of the class with this code.
pub(crate) fn shrunk_covariance(
    class: &ClassMoments,
    shrinkage: Shrinkage,
    rows: &RowReader<'_>,
    classes: &EncodedLabels,
    code: usize,
) -> Array2<f64> {
    match shrinkage {
        Shrinkage::None => class.covariance.clone(),
        Shrinkage::Share(share) => shrink_by(class.covariance.clone(), share),
        Shrinkage::LedoitWolf => {
            let deviation = |variance: &f64| if *variance > 0.0 { variance.sqrt() } else { 1.0 };
            let deviations: Vec<f64> = class.covariance.diag().iter().map(deviation).collect();
            let mut correlation = class.covariance.clone();
            for ((i, j), value) in correlation.indexed_iter_mut() {
                *value /= deviations[i] * deviations[j];
            }
            let squared_norms = squared_norms(class, &deviations, rows, classes, code);
            let share = ledoit_wolf_share(&correlation, &squared_norms);
            let mut covariance = shrink_by(correlation, share);
            for ((i, j), value) in covariance.indexed_iter_mut() {
                *value *= deviations[i] * deviations[j];
            }
            covariance
        }
    }
}

/// `(1 - share)` times the matrix plus `share` times its mean variance times the identity.
fn shrink_by(mut matrix: Array2<f64>, share: f64) -> Array2<f64> {
    let added = share * mean_variance(&matrix);
    matrix *= 1.0 - share;
    matrix.diag_mut().iter_mut().for_each(|value| *value += added);
    matrix
}

#[expect(clippy::cast_precision_loss, reason = "feature counts are below 2^53")]
fn mean_variance(matrix: &Array2<f64>) -> f64 {
    matrix.diag().sum() / matrix.nrows() as f64
}

/// The squared norm of every centered row of the class, in standard deviations. Ascending, so that sums over them do not depend
/// on the order of the rows.
fn squared_norms(
    class: &ClassMoments,
    deviations: &[f64],
    rows: &RowReader<'_>,
    classes: &EncodedLabels,
    code: usize,
) -> Vec<f64> {
    let mut row_f64 = rows.buffer();
    let own = (classes.codes.iter().enumerate()).filter(|(_, of_row)| usize::from(**of_row) == code);
    let mut squared_norms: Vec<f64> = own
        .map(|(row, _)| {
            rows.read(row, &mut row_f64);
            let features = row_f64.iter().zip(&class.mean).zip(deviations);
            features
                .map(|((value, mean), deviation)| ((value - mean) / deviation).powi(2))
                .sum()
        })
        .collect();
    squared_norms.sort_by(f64::total_cmp);
    squared_norms
}

/// The Ledoit-Wolf share of a covariance, given the squared norms of its centered rows.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows and features are below 2^53"
)]
fn ledoit_wolf_share(covariance: &Array2<f64>, squared_norms: &[f64]) -> f64 {
    let (n_rows, n_features) = (squared_norms.len() as f64, covariance.nrows() as f64);
    if covariance.nrows() == 1 {
        return 0.0;
    }
    let mean = mean_variance(covariance);
    let squares: f64 = covariance.iter().map(|value| value * value).sum();
    let fourth_powers: f64 = squared_norms.iter().map(|norm| norm * norm).sum();
    // The names of the paper: delta, the squared distance to the target, and beta, the squared error of the covariance.
    let delta = (squares - 2.0 * mean * covariance.diag().sum() + n_features * mean * mean) / n_features;
    let beta = ((fourth_powers / n_rows - squares) / (n_features * n_rows)).min(delta);
    if beta == 0.0 { 0.0 } else { beta / delta }
}
