//! Passes over the rows, one read of each: scores, and sums of rows.

use super::{Constant, Problem};
use crate::kernels::linear_steps::LinearSteps;

/// Rows that are read one at a time.
pub(in crate::classifiers) trait ReadRows {
    fn n_features(&self) -> usize;

    /// Writes the features of a row.
    fn read(&self, row: usize, wide: &mut [f64]);
}

impl<R: ReadRows> Problem<'_, R> {
    pub(super) fn n_rows(&self) -> usize {
        self.sides.len()
    }

    /// The number of variables: weights, and the constant where there is one.
    pub(super) fn order(&self) -> usize {
        self.rows.n_features() + usize::from(self.constant != Constant::Absent)
    }

    /// Room for a row with its constant feature, which stays.
    pub(super) fn room(&self) -> Vec<f64> {
        let constant = match self.constant {
            Constant::Absent | Constant::Free => 1.0,
            Constant::Feature(value) => value,
        };
        vec![constant; self.order()]
    }

    pub(super) fn read(&self, row: usize, wide: &mut [f64]) {
        self.rows.read(row, &mut wide[..self.rows.n_features()]);
    }

    /// The product of every row with the variables.
    pub(super) fn scores(&self, variables: &[f64]) -> Vec<f64> {
        let steps = LinearSteps::here();
        let mut wide = self.room();
        let score = |row| {
            self.read(row, &mut wide);
            steps.product(variables, &wide)
        };
        (0..self.n_rows()).map(score).collect()
    }

    /// The sum of the rows, each times its side and its factor.
    pub(super) fn sum(&self, factors: impl Iterator<Item = f64>) -> Vec<f64> {
        let steps = LinearSteps::here();
        let mut sum = vec![0.0; self.order()];
        let mut wide = self.room();
        for (row, factor) in factors.enumerate() {
            if factor != 0.0 {
                self.read(row, &mut wide);
                steps.add(&mut sum, &wide, self.sides[row] * factor);
            }
        }
        sum
    }

    /// How much each variable costs: its share of `½ |w|²`.
    pub(super) fn weight_cost(&self, variable: usize) -> f64 {
        f64::from(u8::from(
            self.constant != Constant::Free || variable < self.rows.n_features(),
        ))
    }
}
