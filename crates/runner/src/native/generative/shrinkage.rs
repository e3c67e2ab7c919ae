//! Covariances drawn towards a multiple of the identity, so that few rows are enough to invert them.

use ndarray::Array2;

use crate::estimator::labels::EncodedLabels;
use crate::native::data::row_reader::RowReader;
use crate::native::generative::class_moments::Moments;
use crate::params::kind::Auto;

/// How far: not at all, as far as Ledoit and Wolf have it, or this share of the way.
pub(crate) type Shrinkage = Option<Auto<f64>>;

/// The covariance of the class at this place, shrunk. Ledoit and Wolf's share is worked out for features of the variance 1, and what it
/// gives is scaled back, as in scikit-learn's discriminant analysis.
pub(crate) fn shrunk(
    class: &Moments,
    shrinkage: Shrinkage,
    rows: &RowReader<'_>,
    classes: &EncodedLabels,
    place: usize,
) -> Array2<f64> {
    match shrinkage {
        None => class.covariance.clone(),
        Some(Auto::Set(share)) => drawn(class.covariance.clone(), share),
        Some(Auto::Auto) => {
            let of_pixel = |variance: &f64| if *variance > 0.0 { variance.sqrt() } else { 1.0 };
            let scales: Vec<f64> = class.covariance.diag().iter().map(of_pixel).collect();
            let mut correlation = class.covariance.clone();
            for ((i, j), value) in correlation.indexed_iter_mut() {
                *value /= scales[i] * scales[j];
            }
            let lengths = lengths(class, &scales, rows, classes, place);
            let share = ledoit_wolf(&correlation, &lengths);
            let mut covariance = drawn(correlation, share);
            for ((i, j), value) in covariance.indexed_iter_mut() {
                *value *= scales[i] * scales[j];
            }
            covariance
        }
    }
}

/// `(1 - share)` of the matrix and `share` of the identity times the mean of its diagonal.
fn drawn(mut matrix: Array2<f64>, share: f64) -> Array2<f64> {
    let level = share * mean_variance(&matrix);
    matrix *= 1.0 - share;
    matrix.diag_mut().iter_mut().for_each(|value| *value += level);
    matrix
}

#[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
fn mean_variance(matrix: &Array2<f64>) -> f64 {
    matrix.diag().sum() / matrix.nrows() as f64
}

/// The squared length of every row of the class from its mean, in standard deviations; ascending, so that sums over them are the same for
/// every order of the rows.
fn lengths(
    class: &Moments,
    scales: &[f64],
    rows: &RowReader<'_>,
    classes: &EncodedLabels,
    place: usize,
) -> Vec<f64> {
    let mut wide = rows.buffer();
    let own = (classes.codes.iter().enumerate()).filter(|(_, of_row)| usize::from(**of_row) == place);
    let mut lengths: Vec<f64> = own
        .map(|(row, _)| {
            rows.read(row, &mut wide);
            let apart = wide.iter().zip(&class.mean).zip(scales);
            apart
                .map(|((value, mean), scale)| ((value - mean) / scale).powi(2))
                .sum()
        })
        .collect();
    lengths.sort_by(f64::total_cmp);
    lengths
}

/// The share that is expected to be nearest to the true covariance.
#[expect(clippy::cast_precision_loss, reason = "counts of rows and features are small")]
fn ledoit_wolf(covariance: &Array2<f64>, lengths: &[f64]) -> f64 {
    let (n_rows, n_features) = (lengths.len() as f64, covariance.nrows() as f64);
    if covariance.nrows() == 1 {
        return 0.0;
    }
    let mean = mean_variance(covariance);
    let squares: f64 = covariance.iter().map(|value| value * value).sum();
    let fourth: f64 = lengths.iter().map(|length| length * length).sum();
    let apart = (squares - 2.0 * mean * covariance.diag().sum() + n_features * mean * mean) / n_features;
    let noise = ((fourth / n_rows - squares) / (n_features * n_rows)).min(apart);
    if noise == 0.0 { 0.0 } else { noise / apart }
}
