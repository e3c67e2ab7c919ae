//! Principal components: the directions along which the training rows vary most, each at a right angle to the others.
//!
//! scikit-learn's `PCA` of the unit pixels, not whitened. The covariance comes of exact sums over bytes, so that every order of the rows
//! gives the same; each direction points to where its largest part is positive, as there.
//!
//! # Reference
//! Jolliffe (2002), Principal Component Analysis.

use linfa_linalg::eigh::{EigSort, EighInto};
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, s};

use crate::data::Images;

/// Rows whose products are summed in f32: so many squares of bytes are below 2²⁴, up to which it has every whole number.
const CHUNK: usize = 256;

/// Rows that are turned at once.
const TURNED: usize = 1024;

/// The directions of some training rows.
#[derive(Clone, Debug)]
pub(crate) struct Pca {
    /// Of each pixel, 0 to 255.
    mean: Array1<f64>,
    /// A column a component, for pixels from 0 to 255.
    directions: Array2<f64>,
}

impl Pca {
    /// Finds the first `n_components` directions.
    ///
    /// # Panics
    /// If there are fewer pixels.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(crate) fn fit(n_components: usize, train: Images<'_>) -> Pca {
        let (sums, mut covariance) = scatter(train);
        let n_rows = train.n_rows() as f64;
        for ((i, j), product) in covariance.indexed_iter_mut() {
            // Both terms are whole numbers below 2⁵³, and their difference is exact.
            *product = (n_rows * *product - sums[i] * sums[j]) / (n_rows * n_rows);
        }
        let (_, vectors) = covariance
            .eigh_into()
            .expect("a square matrix of finite numbers")
            .sort_eig_desc();
        let mut directions = vectors.slice(s![.., ..n_components]).to_owned();
        for mut direction in directions.columns_mut() {
            let largest = (direction.iter()).fold(
                0.0,
                |most: f64, part| if part.abs() > most.abs() { *part } else { most },
            );
            direction.mapv_inplace(|part| part * largest.signum() / 255.0);
        }
        Pca {
            mean: sums / n_rows,
            directions,
        }
    }

    /// The number of components.
    pub(crate) fn n_components(&self) -> usize {
        self.directions.ncols()
    }

    /// Hands on the components of every image, one image after the other.
    ///
    /// # Panics
    /// If the images are of another size than those of the fit.
    pub(crate) fn turn(&self, images: Images<'_>, mut push: impl FnMut(f64)) {
        let n_features = images.n_features();
        for pixels in images.pixels().chunks(TURNED * n_features) {
            let rows = Array2::from_shape_fn((pixels.len() / n_features, n_features), |(row, pixel)| {
                f64::from(pixels[row * n_features + pixel])
            });
            let turned = (rows - &self.mean).dot(&self.directions);
            turned.iter().for_each(|value| push(*value));
        }
    }
}

/// Sums of the bytes and of the products of each two pixels: exact.
fn scatter(images: Images<'_>) -> (Array1<f64>, Array2<f64>) {
    let n_features = images.n_features();
    let mut sums = Array1::zeros(n_features);
    let mut products = Array2::zeros((n_features, n_features));
    let mut part = Array2::<f32>::zeros((n_features, n_features));
    for pixels in images.pixels().chunks(CHUNK * n_features) {
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

    fn turned(pca: &Pca, pixels: &[u8]) -> Vec<f64> {
        let mut values = Vec::new();
        pca.turn(Images::new(pixels, 2, 3), |value| values.push(value));
        values
    }

    #[test]
    fn components_are_scikit_learns() {
        // sklearn.decomposition.PCA(3).fit(rows / 255).transform(…)
        let pixels = pixels();
        let pca = Pca::fit(3, Images::new(&pixels, 2, 3));
        let first = turned(&pca, &pixels[..18]);
        let other = turned(&pca, &[1, 200, 3, 100, 0, 255]);
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
    fn components_vary_as_they_should_and_are_centred() {
        let pixels = pixels();
        let pca = Pca::fit(3, Images::new(&pixels, 2, 3));
        let values = turned(&pca, &pixels);
        let n_rows = values.len() / 3;
        // sklearn's explained_variance_, divided by n - 1.
        let expected = [0.12451358867425177, 0.1072077258965895, 0.09088772265521285];
        for (component, expected) in expected.iter().enumerate() {
            let of_rows = values.iter().skip(component).step_by(3);
            assert!(of_rows.clone().sum::<f64>().abs() < 1e-12);
            let variance = of_rows.map(|value| value * value).sum::<f64>() / (n_rows - 1) as f64;
            assert!((variance - expected).abs() < 1e-12, "{variance} {expected}");
        }
    }

    #[test]
    fn the_order_of_the_rows_changes_nothing() {
        let pixels = pixels();
        let backwards: Vec<u8> = pixels.rchunks(6).flatten().copied().collect();
        let [one, other] =
            [&pixels, &backwards].map(|rows| turned(&Pca::fit(4, Images::new(rows, 2, 3)), &pixels));
        assert_eq!(one, other);
    }

    #[test]
    fn all_components_of_few_rows_keep_their_distances() {
        let pixels = &pixels()[..18];
        let values = turned(&Pca::fit(3, Images::new(pixels, 2, 3)), pixels);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let bytes = (0..6).map(|k| (f64::from(pixels[i * 6 + k]) - f64::from(pixels[j * 6 + k])) / 255.0);
            let kept = (0..3).map(|k| values[i * 3 + k] - values[j * 3 + k]);
            let [before, after] = [bytes.map(|d| d * d).sum::<f64>(), kept.map(|d| d * d).sum()];
            assert!((before - after).abs() < 1e-12, "{before} {after}");
        }
    }
}
