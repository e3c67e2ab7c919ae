//! Sums of features and of products of two features, by class.
//!
//! The order of the rows does not change a result: sums of bytes are exact, and other features are summed in sorted order.

use loader::Images;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::StoredValue;
use crate::native::data::row_order::sort_rows;

/// Rows whose products are summed in `f32`. The sum of 256 squared bytes is below 2²⁴, so every partial sum is an exact integer in `f32`.
const CHUNK: usize = 256;

/// Sums over the rows of one class.
pub(crate) struct ClassScatter {
    /// Number of rows.
    pub(crate) n_rows: f64,
    /// Sum of every feature, in bytes for rows that are stored as bytes.
    pub(crate) sums: Vec<f64>,
    /// Sum of the products of every two features: `n_features × n_features`.
    pub(crate) products: Array2<f64>,
}

/// Sums over the rows of each class, in ascending order of labels.
pub(crate) fn class_scatter(samples: &Samples, classes: &EncodedLabels) -> Vec<ClassScatter> {
    let of_class = |code: usize| {
        let rows = (0..samples.n_rows()).filter(|row| usize::from(classes.codes[*row]) == code);
        let rows: Vec<usize> = rows.collect();
        match samples.as_bytes() {
            Some((images, _)) => of_bytes(images, &rows),
            None => of_floats(samples, rows),
        }
    };
    (0..classes.n_classes()).into_par_iter().map(of_class).collect()
}

fn of_bytes(images: Images<'_>, rows: &[usize]) -> ClassScatter {
    let n_features = images.n_features();
    let mut scatter = ClassScatter::zero(rows.len(), n_features);
    let mut part = Array2::<f32>::zeros((n_features, n_features));
    for rows in rows.chunks(CHUNK) {
        let byte = |(row, pixel): (usize, usize)| f32::from(images.row(rows[row])[pixel]);
        let chunk = Array2::from_shape_fn((rows.len(), n_features), byte);
        general_mat_mul(1.0, &chunk.t(), &chunk, 0.0, &mut part);
        let add = |sum: &mut f64, product: &f32| *sum += f64::from(*product);
        scatter.products.zip_mut_with(&part, add);
        scatter.add_sums(chunk.mapv(f64::from).view());
    }
    scatter
}

/// Sums in `f64`, in the order of [`sort_rows`].
fn of_floats(samples: &Samples, mut rows: Vec<usize>) -> ClassScatter {
    sort_rows(&mut rows, f32::rows(samples));
    let values = samples.f32();
    let n_features = values.ncols();
    let mut scatter = ClassScatter::zero(rows.len(), n_features);
    for rows in rows.chunks(CHUNK) {
        let value = |(row, feature): (usize, usize)| f64::from(values[[rows[row], feature]]);
        let chunk = Array2::from_shape_fn((rows.len(), n_features), value);
        general_mat_mul(1.0, &chunk.t(), &chunk, 1.0, &mut scatter.products);
        scatter.add_sums(chunk.view());
    }
    scatter
}

impl ClassScatter {
    fn zero(n_rows: usize, n_features: usize) -> ClassScatter {
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let n_rows = n_rows as f64;
        ClassScatter {
            n_rows,
            sums: vec![0.0; n_features],
            products: Array2::zeros((n_features, n_features)),
        }
    }

    fn add_sums(&mut self, rows: ArrayView2<'_, f64>) {
        for row in rows.rows() {
            (self.sums.iter_mut().zip(row)).for_each(|(sum, value)| *sum += value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::ImageBuffer;
    use loader::Label;
    use loader::Transform;

    use super::*;
    use crate::estimator::samples::Layout;

    /// 40 images of 3 × 3 pixels, in this order.
    fn samples(order: &[usize], preprocessing: &str, layout: Layout) -> Samples {
        let pixels: Vec<u8> = (0..360).map(|i: u32| (i * i * 7 % 251) as u8).collect();
        let images = ImageBuffer::new(pixels, 3, 3).select(order);
        let transform = Arc::new(Transform::fit(preprocessing.parse().unwrap(), images.view()));
        Samples::new(images, &transform, layout)
    }

    #[test]
    fn sums_are_those_of_the_rows_whatever_their_order() {
        let order: Vec<usize> = (0..40).collect();
        let shuffled: Vec<usize> = (0..40).map(|row| row * 7 % 40).collect();
        for preprocessing in ["none", "pca(4)"] {
            let scatter = |order: &[usize]| {
                let labels: Vec<Label> = order.iter().map(|row| Label(u8::from(*row % 3 == 0))).collect();
                class_scatter(
                    &samples(order, preprocessing, Layout::BytesOrF32),
                    &EncodedLabels::new(&labels),
                )
            };
            let (one, other) = (scatter(&order), scatter(&shuffled));
            let rows = samples(&order, preprocessing, Layout::F64);
            for (class, (one, other)) in one.iter().zip(&other).enumerate() {
                assert_eq!((&one.sums, &one.products), (&other.sums, &other.products));
                let own: Vec<usize> = (0..40).filter(|row| usize::from(row % 3 == 0) == class).collect();
                let own = rows.f64().select(ndarray::Axis(0), &own);
                let products = own.t().dot(&own);
                let difference = (&one.products - &products).mapv(f64::abs);
                assert!(
                    difference
                        .iter()
                        .zip(&products)
                        .all(|(difference, product)| *difference < 1e-5 * (1.0 + product.abs()))
                );
                let sums = own.sum_axis(ndarray::Axis(0));
                assert!(
                    one.sums
                        .iter()
                        .zip(&sums)
                        .all(|(one, sum)| (one - sum).abs() < 1e-5 * (1.0 + sum.abs()))
                );
            }
        }
    }
}
