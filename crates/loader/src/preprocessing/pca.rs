//! Principal component analysis: projection onto the orthogonal directions of largest variance.
//!
//! The features equal those of scikit-learn's `PCA` without whitening, fitted to the pixels divided by 255. The sign of each
//! component is scikit-learn's: its coefficient of largest magnitude is positive. The covariance matrix comes from exact sums
//! over bytes, so the result does not depend on the order of the rows. With fewer rows than pixels the matrix of the rows' products
//! replaces it, which is smaller; then the order of the rows matters in the last digits.
//!
//! # Reference
//! Jolliffe (2002), Principal Component Analysis.

use linfa_linalg::eigh::{EigSort, EighInto};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, Axis, s};

use super::method::{Fitted, Method};
use crate::data::Images;

/// Rows per product in `f32`: so many squares of bytes stay below 2²⁴, up to which `f32` represents every integer.
const SCATTER_ROWS: usize = 256;

/// Rows per matrix product of a projection.
const PROJECTED_ROWS: usize = 1024;

/// Projection onto the first principal components of the pixels divided by 255, largest variance first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pca {
    /// Number of components: at least 1, at most the number of pixels and of training rows.
    pub n_components: usize,
}

impl Method for Pca {
    const NAME: &'static str = "pca";
    const SYNTAX: &'static str = "pca(N)";
    const EXAMPLE: Pca = Pca { n_components: 50 };
    type Fitted = Components;

    fn parse(parameters: Option<&str>) -> Result<Pca, String> {
        let count = parameters.and_then(|number| number.trim().parse().ok());
        match count {
            Some(n_components) if n_components > 0 => Ok(Pca { n_components }),
            _ => Err("expected a number of components of at least 1, such as pca(50)".into()),
        }
    }

    fn parameters(self) -> String {
        self.n_components.to_string()
    }

    fn misfit(self, height: usize, width: usize, n_train: usize) -> Option<String> {
        let n_pixels = height * width;
        let most = n_pixels.min(n_train);
        (self.n_components > most)
            .then(|| format!("{n_train} rows of {n_pixels} pixels have at most {most} components"))
    }

    fn n_features(self, _: usize, _: usize) -> usize {
        self.n_components
    }

    fn is_non_negative(self) -> bool {
        false
    }

    fn is_of_pixels(self) -> bool {
        false
    }

    fn fit(self, train: Images<'_>) -> Components {
        let (mean, mut directions) = if train.n_rows() < train.n_features() {
            directions_of_few_rows(train, self.n_components)
        } else {
            directions_of_many_rows(train, self.n_components)
        };
        for mut direction in directions.columns_mut() {
            let largest = (direction.iter()).fold(
                0.0,
                |most: f64, part| if part.abs() > most.abs() { *part } else { most },
            );
            direction.mapv_inplace(|part| part * largest.signum() / 255.0);
        }
        Components { mean, directions }
    }
}

/// Mean of the rows, and the first eigenvectors of their covariance matrix.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn directions_of_many_rows(train: Images<'_>, n_components: usize) -> (Array1<f64>, Array2<f64>) {
    let (sums, mut covariance) = scatter(train);
    let n_rows = train.n_rows() as f64;
    for ((i, j), product) in covariance.indexed_iter_mut() {
        // Both terms are integers below 2⁵³, and their difference is exact.
        *product = (n_rows * *product - sums[i] * sums[j]) / (n_rows * n_rows);
    }
    let (_, eigenvectors) = eigenvectors(covariance);
    (
        sums / n_rows,
        eigenvectors.slice(s![.., ..n_components]).to_owned(),
    )
}

/// The same for fewer rows than pixels, from the products of the rows: `Xᵀ u / √λ` for an eigenvector `u` of `X Xᵀ`. A direction without
/// variance is 0.
fn directions_of_few_rows(train: Images<'_>, n_components: usize) -> (Array1<f64>, Array2<f64>) {
    let shape = (train.n_rows(), train.n_features());
    let rows = Array2::from_shape_fn(shape, |(row, pixel)| {
        f64::from(train.pixels()[row * shape.1 + pixel])
    });
    let mean = rows.sum_axis(Axis(0)) / train.n_rows() as f64;
    let centred = rows - &mean;
    let (eigenvalues, eigenvectors) = eigenvectors(centred.dot(&centred.t()));
    let mut directions = centred.t().dot(&eigenvectors.slice(s![.., ..n_components]));
    let least = 1e-12 * eigenvalues.iter().copied().fold(0.0, f64::max);
    for (mut direction, eigenvalue) in directions.columns_mut().into_iter().zip(eigenvalues) {
        if eigenvalue > least {
            direction /= direction.dot(&direction).sqrt();
        } else {
            direction.fill(0.0);
        }
    }
    (mean, directions)
}

/// Eigenvalues, largest first, and eigenvectors as columns.
fn eigenvectors(symmetric: Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    symmetric
        .eigh_into()
        .expect("a square matrix of finite numbers")
        .sort_eig_desc()
}

/// The principal components of the training rows.
#[derive(Clone, Debug)]
pub(crate) struct Components {
    /// Mean of each pixel, 0 to 255.
    mean: Array1<f64>,
    /// One row per pixel, one column per component: unit vectors divided by 255.
    directions: Array2<f64>,
}

impl Fitted for Components {
    fn convert<T: Copy + Send>(&self, images: Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T> {
        let n_pixels = images.n_features();
        let mut values = Vec::with_capacity(images.n_rows() * self.directions.ncols());
        for pixels in images.pixels().chunks(PROJECTED_ROWS * n_pixels) {
            let rows = Array2::from_shape_fn((pixels.len() / n_pixels, n_pixels), |(row, pixel)| {
                f64::from(pixels[row * n_pixels + pixel])
            });
            let projected = (rows - &self.mean).dot(&self.directions);
            values.extend(projected.iter().map(|value| round(*value)));
        }
        values
    }
}

/// Sums of each pixel, and of the products of each two pixels, over all rows. Exact.
fn scatter(images: Images<'_>) -> (Array1<f64>, Array2<f64>) {
    let n_features = images.n_features();
    let mut sums = Array1::zeros(n_features);
    let mut products = Array2::zeros((n_features, n_features));
    let mut part = Array2::<f32>::zeros((n_features, n_features));
    for pixels in images.pixels().chunks(SCATTER_ROWS * n_features) {
        let rows = Array2::from_shape_fn((pixels.len() / n_features, n_features), |(row, pixel)| {
            f32::from(pixels[row * n_features + pixel])
        });
        general_mat_mul(1.0, &rows.t(), &rows, 0.0, &mut part);
        products.zip_mut_with(&part, |sum: &mut f64, product| *sum += f64::from(*product));
        for row in rows.rows() {
            sums.zip_mut_with(&row, |sum: &mut f64, byte| *sum += f64::from(*byte));
        }
    }
    (sums, products)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels() -> Vec<u8> {
        let byte = |i: usize| {
            let (row, pixel) = (i / 6, i % 6);
            (row * row * 31 + row * pixel * 17 + pixel * pixel * 13 + row % 3 * 60) % 256
        };
        (0..120).map(|i| u8::try_from(byte(i)).unwrap()).collect()
    }

    fn fit(n_components: usize, train: Images<'_>) -> Components {
        Pca { n_components }.fit(train)
    }

    fn projected(pca: &Components, pixels: &[u8]) -> Vec<f64> {
        pca.convert(Images::new(pixels, 2, 3), |value| value)
    }

    #[test]
    fn components_equal_scikit_learns() {
        // sklearn.decomposition.PCA(3).fit(rows / 255).transform(…)
        let pixels = pixels();
        let pca = fit(3, Images::new(&pixels, 2, 3));
        let first = projected(&pca, &pixels[..18]);
        let other = projected(&pca, &[1, 200, 3, 100, 0, 255]);
        let expected = [
            [0.18490287820699247, 0.04808625002161737, -0.06115398931829641],
            [-0.1712553531022911, -0.24820335022255535, 0.5218451529016639],
            [-0.8063149678199719, 0.12583291094991755, -0.08588121066380325],
            [-0.33169076200878367, -0.4657394771411313, -0.07223577601368047],
        ];
        for (found, expected) in first.iter().chain(&other).zip(expected.as_flattened()) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "20 rows")]
    fn components_have_mean_0_and_scikit_learns_variances() {
        let pixels = pixels();
        let pca = fit(3, Images::new(&pixels, 2, 3));
        let values = projected(&pca, &pixels);
        let n_rows = values.len() / 3;
        // explained_variance_ of scikit-learn, which divides by n - 1.
        let expected = [0.12451358867425177, 0.1072077258965895, 0.09088772265521285];
        for (component, expected) in expected.iter().enumerate() {
            let of_rows = values.iter().skip(component).step_by(3);
            assert!(of_rows.clone().sum::<f64>().abs() < 1e-12);
            let variance = of_rows.map(|value| value * value).sum::<f64>() / (n_rows - 1) as f64;
            assert!((variance - expected).abs() < 1e-12, "{variance} {expected}");
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter() {
        let pixels = pixels();
        let backwards: Vec<u8> = pixels.rchunks(6).flatten().copied().collect();
        let [one, other] =
            [&pixels, &backwards].map(|rows| projected(&fit(4, Images::new(rows, 2, 3)), &pixels));
        assert_eq!(one, other);
    }

    #[test]
    fn few_rows_have_the_components_of_their_covariance_matrix() {
        let pixels = &pixels()[..30];
        let train = Images::new(pixels, 2, 3);
        let (mean, few) = directions_of_few_rows(train, 4);
        let (expected_mean, many) = directions_of_many_rows(train, 4);
        assert!(
            (&mean - &expected_mean)
                .iter()
                .all(|difference| difference.abs() < 1e-12)
        );
        for (one, other) in few.columns().into_iter().zip(many.columns()) {
            assert!((one.dot(&other).abs() - 1.0).abs() < 1e-12, "{one} {other}");
        }
        // Five rows have four directions with variance, equal rows none.
        let all = fit(5, train);
        assert!(all.directions.column(4).iter().all(|part| *part == 0.0));
        let equal = fit(2, Images::new(&[7; 12], 2, 3));
        assert!(
            projected(&equal, &[1, 2, 3, 4, 5, 6])
                .iter()
                .all(|value| *value == 0.0)
        );
    }

    #[test]
    fn all_components_together_keep_distances() {
        let pixels = &pixels()[..18];
        let values = projected(&fit(3, Images::new(pixels, 2, 3)), pixels);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let bytes = (0..6).map(|k| (f64::from(pixels[i * 6 + k]) - f64::from(pixels[j * 6 + k])) / 255.0);
            let kept = (0..3).map(|k| values[i * 3 + k] - values[j * 3 + k]);
            let [before, after] = [bytes.map(|d| d * d).sum::<f64>(), kept.map(|d| d * d).sum()];
            assert!((before - after).abs() < 1e-12, "{before} {after}");
        }
    }
}
