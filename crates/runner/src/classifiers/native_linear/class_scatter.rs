//! Sums and products of the bytes of every class's rows: exact, so that the order of the rows does not matter.

use ndarray::Array2;
use ndarray::linalg::general_mat_mul;
use rayon::prelude::*;

use crate::classifiers::Samples;
use crate::classifiers::class_index::ClassIndex;

/// Rows whose products are summed in f32: so many squares of bytes are below 2²⁴, up to which it has every whole number.
const CHUNK: usize = 256;

/// What is known of one class.
pub(in crate::classifiers) struct ClassScatter {
    pub(in crate::classifiers) n_rows: f64,
    /// Sum of the bytes, a pixel each.
    pub(in crate::classifiers) sums: Vec<f64>,
    /// Sum of the products of each two pixels.
    pub(in crate::classifiers) products: Array2<f64>,
}

/// One for each class.
pub(in crate::classifiers) fn class_scatter(samples: &Samples, classes: &ClassIndex) -> Vec<ClassScatter> {
    let images = samples.bytes();
    let n_features = images.n_features();
    let of_class = |place: usize| {
        let rows: Vec<usize> = (0..images.n_rows())
            .filter(|row| usize::from(classes.of_rows[*row]) == place)
            .collect();
        let mut sums = vec![0.0; n_features];
        let mut products = Array2::zeros((n_features, n_features));
        let mut part = Array2::<f32>::zeros((n_features, n_features));
        for rows in rows.chunks(CHUNK) {
            let byte = |(row, pixel): (usize, usize)| f32::from(images.row(rows[row])[pixel]);
            let chunk = Array2::from_shape_fn((rows.len(), n_features), byte);
            general_mat_mul(1.0, &chunk.t(), &chunk, 0.0, &mut part);
            products.zip_mut_with(&part, |sum: &mut f64, product| *sum += f64::from(*product));
            for row in chunk.rows() {
                sums.iter_mut()
                    .zip(row)
                    .for_each(|(sum, byte)| *sum += f64::from(*byte));
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let n_rows = rows.len() as f64;
        ClassScatter {
            n_rows,
            sums,
            products,
        }
    };
    (0..classes.n_classes()).into_par_iter().map(of_class).collect()
}
