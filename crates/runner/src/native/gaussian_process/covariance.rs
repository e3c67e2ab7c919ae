//! The covariance of training rows: a whole block of it for every island, nothing between islands.

use bytesize::ByteSize;
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::estimator::error::FitError;
use crate::native::gaussian_process::connected_components::islands;
use crate::native::gaussian_process::squared_distances::{NormedRows, similarities};
use crate::native::linalg::dot::dot;

/// Similarities that are left out where they are not within an island: `ln` of them is this or less. Of a row's, which add up to at least
/// 1, they are less than 1e-12 for each other row, 6e-8 of 60,000.
const NEGLIGIBLE: f64 = -27.631_021_115_928_547;

/// Most bytes of all blocks, and as many again for their factors.
const ROOM: usize = 2 << 30;

/// Rows of a block that one thread multiplies.
const PART: usize = 256;

/// What training rows have in common.
pub(crate) struct Covariance {
    /// Rows of every island, ascending.
    pub(crate) islands: Vec<Vec<usize>>,
    /// Of every island the similarity of each two of its rows.
    pub(crate) blocks: Vec<Array2<f64>>,
}

impl Covariance {
    /// The similarities are `exp(-gamma · |a - b|²)`.
    ///
    /// # Errors
    /// If the blocks are larger than there is room for.
    pub(crate) fn of(table: &NormedRows, gamma: f64) -> Result<Covariance, FitError> {
        Covariance::within(ROOM, table, gamma)
    }

    fn within(room: usize, table: &NormedRows, gamma: f64) -> Result<Covariance, FitError> {
        let islands = islands(table, -NEGLIGIBLE / gamma);
        let bytes: usize = (islands.iter())
            .map(|island| island.len() * island.len() * size_of::<f64>())
            .sum();
        if bytes > room {
            let largest = islands.iter().map(Vec::len).max().unwrap_or_default();
            return Err(FitError::Data(format!(
                "{largest} of {} rows hang together at this length_scale, and the covariance of each two would take {}: at most {} is \
                 held, which is {} rows; train on fewer (train_limit)",
                table.n_rows(),
                ByteSize::b(bytes as u64),
                ByteSize::b(room as u64),
                (room / size_of::<f64>()).isqrt(),
            )));
        }
        let blocks = islands.par_iter().map(|island| block(table, island, gamma));
        Ok(Covariance {
            blocks: blocks.collect(),
            islands,
        })
    }
}

/// The similarities of each two rows of an island.
pub(crate) fn block(table: &NormedRows, island: &[usize], gamma: f64) -> Array2<f64> {
    let rows = table.select(island);
    similarities(&rows, &rows, gamma)
}

/// `I + S K S` for a block `K` and a diagonal `S`.
pub(crate) fn scaled(block: &Array2<f64>, scales: &[f64]) -> Array2<f64> {
    let mut matrix = Array2::zeros(block.raw_dim());
    (matrix.axis_chunks_iter_mut(Axis(0), PART))
        .into_par_iter()
        .zip(block.axis_chunks_iter(Axis(0), PART))
        .enumerate()
        .for_each(|(part, (mut rows, block))| {
            for (at, (mut row, block)) in rows.rows_mut().into_iter().zip(block.rows()).enumerate() {
                let row_at = part * PART + at;
                (row.iter_mut().zip(block).zip(scales))
                    .for_each(|((value, block), scale)| *value = scales[row_at] * block * scale);
                row[row_at] += 1.0;
            }
        });
    matrix
}

/// `K v` for a block `K`.
pub(crate) fn times(block: &Array2<f64>, values: &[f64]) -> Vec<f64> {
    (block.axis_chunks_iter(Axis(0), PART).into_par_iter())
        .flat_map_iter(|rows| {
            let products = rows.rows().into_iter().map(|row| {
                let row = row.to_slice().expect("a row of a block lies in one piece");
                dot(row, values)
            });
            products.collect::<Vec<f64>>()
        })
        .collect()
}

/// Similarities so large and so equal that rounding leaves no positive matrix.
pub(crate) fn not_positive() -> FitError {
    FitError::Data("the covariance is not positive, by rounding".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::gaussian_process::test_rows::training_rows;

    #[test]
    fn what_is_too_large_to_be_held_is_told_and_islands_make_it_smaller() {
        let room = 200 * 200 * 8 - 1;
        let told = Covariance::within(room, &training_rows(), 0.5).err().unwrap();
        assert!(
            told.to_string().contains("200 of 200 rows hang together"),
            "{told}"
        );
        assert!(told.to_string().contains("which is 199 rows"), "{told}");
        let covariance = Covariance::within(room, &training_rows(), 50.0).unwrap();
        assert!(covariance.islands.len() > 5);
        assert_eq!(covariance.islands.len(), covariance.blocks.len());
    }

    #[test]
    fn blocks_are_scaled_and_multiplied() {
        let block = Array2::from_shape_fn((300, 300), |(i, j)| ((i + j) % 7) as f64);
        let scales: Vec<f64> = (0..300).map(|row| f64::from(row % 5)).collect();
        let matrix = scaled(&block, &scales);
        let product = times(&block, &scales);
        for row in [0, 255, 256, 299] {
            let sum: f64 = (0..300).map(|other| block[[row, other]] * scales[other]).sum();
            assert!((product[row] - sum).abs() < 1e-9);
            let other = (row * 31 + 7) % 300;
            assert!((matrix[[row, other]] - scales[row] * block[[row, other]] * scales[other]).abs() < 1e-12);
            assert!((matrix[[row, row]] - scales[row] * block[[row, row]] * scales[row] - 1.0).abs() < 1e-12);
        }
    }
}
