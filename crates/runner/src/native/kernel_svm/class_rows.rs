//! Training rows sorted by class, and blocks of their kernel values.
//!
//! The rows themselves stay where they are, in any order. Only their transposed copies are new: one more than the rows take.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};
use std::borrow::Cow;

use crate::native::kernels::kernel_function::KernelFunction;
use crate::native::kernels::simd::Simd;

/// Rows per matrix product of the squared norms.
const TILE: usize = 64;

/// Training rows in the order of their classes.
pub(crate) struct ClassSortedRows<'a> {
    values: Cow<'a, Array2<f32>>,
    /// The row of `values` at each position.
    order: Vec<usize>,
    /// The values of each class, transposed: the layout that matrix products read.
    columns: Vec<Array2<f32>>,
    /// The first row of each class, and the number of rows.
    starts: Vec<usize>,
    /// Squared norm of every row.
    squares: Vec<f32>,
    /// Kernel value of every row with itself.
    diagonal: Vec<f32>,
    kernel: KernelFunction,
    pub(crate) simd: Simd,
}

impl<'a> ClassSortedRows<'a> {
    /// Takes rows in any order; `by_class` has the rows of each class.
    pub(crate) fn new(
        values: Cow<'a, Array2<f32>>,
        by_class: &[Vec<usize>],
        kernel: KernelFunction,
    ) -> ClassSortedRows<'a> {
        let order = by_class.concat();
        let mut starts = vec![0];
        starts.extend(by_class.iter().scan(0, |end, rows| {
            *end += rows.len();
            Some(*end)
        }));
        let squares = squares_of(&values, &order);
        let simd = Simd::detect();
        let mut diagonal = squares.clone();
        for (value, &square) in diagonal.iter_mut().zip(&squares) {
            kernel.apply(simd, std::slice::from_mut(value), square, &[square]);
        }
        ClassSortedRows {
            columns: by_class.iter().map(|rows| transposed(&values, rows)).collect(),
            values,
            order,
            starts,
            squares,
            diagonal,
            kernel,
            simd,
        }
    }

    /// Every `every`-th row of each class, from its first on.
    pub(crate) fn subsampled(&self, every: usize) -> ClassSortedRows<'_> {
        let chosen = |range: &[usize]| {
            let positions = (range[0]..range[1]).step_by(every);
            positions.map(|position| self.order[position]).collect()
        };
        let by_class: Vec<Vec<usize>> = self.starts.windows(2).map(chosen).collect();
        ClassSortedRows::new(Cow::Borrowed(&*self.values), &by_class, self.kernel)
    }

    /// Number of classes.
    pub(crate) fn n_classes(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of rows of a class.
    pub(crate) fn n_of(&self, class: usize) -> usize {
        self.starts[class + 1] - self.starts[class]
    }

    /// The kernel value of every row of a class with itself.
    pub(crate) fn diagonal(&self, class: usize) -> &[f32] {
        &self.diagonal[self.starts[class]..self.starts[class + 1]]
    }

    /// The kernel.
    pub(crate) fn kernel(&self) -> KernelFunction {
        self.kernel
    }

    /// Number of features of a row.
    pub(crate) fn n_features(&self) -> usize {
        self.values.ncols()
    }

    /// A row of a class, numbered within it.
    pub(crate) fn row(&self, class: usize, row: usize) -> ArrayView1<'_, f32> {
        self.values.row(self.order[self.starts[class] + row])
    }

    /// Some rows of a class, numbered within it.
    pub(crate) fn select(&self, class: usize, rows: &[usize]) -> Array2<f32> {
        let rows: Vec<usize> = rows
            .iter()
            .map(|row| self.order[self.starts[class] + row])
            .collect();
        self.values.select(Axis(0), &rows)
    }

    /// The kernel values of some rows of class `of` with all rows of class `to`. A value does not depend on the other rows of the block.
    pub(crate) fn block(&self, of: usize, rows: &[usize], to: usize) -> Array2<f32> {
        let others = &self.columns[to];
        let to = self.starts[to]..self.starts[to + 1];
        let mut block = Array2::zeros((rows.len(), to.len()));
        general_mat_mul(1.0, &self.select(of, rows), others, 0.0, &mut block);
        for (mut values, row) in block.rows_mut().into_iter().zip(rows) {
            let values = values.as_slice_mut().expect("a new array is contiguous");
            let square = self.squares[self.starts[of] + row];
            self.kernel
                .apply(self.simd, values, square, &self.squares[to.clone()]);
        }
        block
    }
}

/// The squared norm of every row, by the same matrix product as all other dot products. So equal rows have the distance 0.
pub(crate) fn squares(values: ArrayView2<'_, f32>) -> Vec<f32> {
    let tile = |rows: ArrayView2<'_, f32>| rows.dot(&rows.t()).diag().to_vec();
    values.axis_chunks_iter(Axis(0), TILE).flat_map(tile).collect()
}

/// Some rows, transposed.
fn transposed(values: &Array2<f32>, rows: &[usize]) -> Array2<f32> {
    let mut columns = Array2::zeros((values.ncols(), rows.len()));
    // In tiles, so that neither side is read across the whole memory for each value.
    for (tile, rows) in rows.chunks(TILE).enumerate() {
        let chosen = values.select(Axis(0), rows);
        let first = tile * TILE;
        columns
            .slice_mut(s![.., first..first + rows.len()])
            .assign(&chosen.t());
    }
    columns
}

/// The squared norms of the rows, in this order.
fn squares_of(values: &Array2<f32>, order: &[usize]) -> Vec<f32> {
    let tiles = order.chunks(TILE);
    tiles
        .flat_map(|rows| squares(values.select(Axis(0), rows).view()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(kernel: KernelFunction) -> ClassSortedRows<'static> {
        let value = |(row, feature): (usize, usize)| ((row * 37 + feature * 11) % 29) as f32 / 7.0 - 2.0;
        let by_class = [(0..20).collect(), (20..90).collect()];
        ClassSortedRows::new(
            Cow::Owned(Array2::from_shape_fn((90, 300), value)),
            &by_class,
            kernel,
        )
    }

    #[test]
    fn a_value_does_not_depend_on_its_block() {
        let rows = rows(KernelFunction::Rbf { gamma: 0.001 });
        let one = rows.block(0, &[7], 1);
        let many = rows.block(0, &(0..20).collect::<Vec<_>>(), 1);
        assert_eq!(one.row(0), many.row(7));
        let back = rows.block(1, &[3, 11], 0);
        assert_eq!(back[[1, 7]], one[[0, 11]]);
        assert_eq!(rows.block(1, &[5], 1)[[0, 5]], 1.0);
    }

    #[test]
    fn subsampled_rows_are_every_eighth_of_each_class() {
        let rows = rows(KernelFunction::Linear);
        let subsample = rows.subsampled(8);
        assert_eq!(subsample.starts, [0, 3, 12]);
        assert_eq!(subsample.select(0, &[2]), rows.select(0, &[16]));
        assert_eq!(subsample.select(1, &[8]), rows.select(1, &[64]));
    }

    #[test]
    fn rows_in_any_order_have_the_blocks_of_sorted_rows() {
        let kernel = KernelFunction::Rbf { gamma: 0.001 };
        let sorted = rows(kernel);
        let order: Vec<usize> = (0..90).map(|row| row * 37 % 90).collect();
        let mixed = sorted.values.select(Axis(0), &order);
        let place = |row: usize| order.iter().position(|other| *other == row).unwrap();
        let by_class = [(0..20).map(place).collect(), (20..90).map(place).collect()];
        let mixed = ClassSortedRows::new(Cow::Owned(mixed), &by_class, kernel);
        assert_eq!(mixed.block(0, &[3, 9], 1), sorted.block(0, &[3, 9], 1));
        assert_eq!(mixed.row(1, 5), sorted.row(1, 5));
        assert_eq!(mixed.diagonal(1), sorted.diagonal(1));
    }

    #[test]
    fn the_diagonal_equals_that_of_the_blocks() {
        let rows = rows(KernelFunction::Linear);
        for row in [0, 33, 69] {
            assert_eq!(rows.block(1, &[row], 1)[[0, row]], rows.diagonal(1)[row]);
        }
    }
}
