//! Symmetric positive matrices taken apart into a triangle and its transpose, and equations solved with them.

use ndarray::Array2;

/// The lower triangle `L` of `L Lᵀ`.
pub(in crate::classifiers) struct Cholesky {
    lower: Array2<f64>,
}

impl Cholesky {
    /// Takes the lower half of a matrix apart; `None` if it is not positive.
    pub(in crate::classifiers) fn of(mut matrix: Array2<f64>) -> Option<Cholesky> {
        let n = matrix.nrows();
        for column in 0..n {
            let (above, mut from) = matrix.view_mut().split_at(ndarray::Axis(0), column);
            // Rows above are done; each of the rest becomes what they leave of it, one element after the other.
            let mut row = from.row_mut(0);
            for other in 0..column {
                let done = above.row(other);
                let sum = done
                    .slice(ndarray::s![..other])
                    .dot(&row.slice(ndarray::s![..other]));
                row[other] = (row[other] - sum) / done[other];
            }
            let before = row.slice(ndarray::s![..column]);
            let left = row[column] - before.dot(&before);
            if left.is_nan() || left <= 0.0 {
                return None;
            }
            row[column] = left.sqrt();
        }
        Some(Cholesky { lower: matrix })
    }

    /// Solves `L Lᵀ x = values` in place.
    pub(in crate::classifiers) fn solve(&self, values: &mut [f64]) {
        self.solve_lower(values);
        for i in (0..values.len()).rev() {
            let row = self.lower.row(i);
            values[i] /= row[i];
            let value = values[i];
            for (before, factor) in values[..i].iter_mut().zip(row) {
                *before -= value * factor;
            }
        }
    }

    /// Solves `L x = values` in place.
    pub(in crate::classifiers) fn solve_lower(&self, values: &mut [f64]) {
        for i in 0..values.len() {
            let row = self.lower.row(i);
            let row = row.as_slice().unwrap_or_default();
            let sum = crate::kernels::linear_scores::dot(&row[..i], &values[..i]);
            values[i] = (values[i] - sum) / row[i];
        }
    }

    /// The number of equations.
    pub(in crate::classifiers) fn order(&self) -> usize {
        self.lower.nrows()
    }

    /// `L⁻¹`, a lower triangle too.
    pub(in crate::classifiers) fn inverse_lower(&self) -> Array2<f64> {
        let n = self.order();
        let mut inverse = Array2::<f64>::zeros((n, n));
        for i in 0..n {
            let (done, mut from) = inverse.view_mut().split_at(ndarray::Axis(0), i);
            let mut row = from.row_mut(0);
            let own = self.lower.row(i);
            for (k, factor) in own.iter().enumerate().take(i) {
                row.slice_mut(ndarray::s![..=k])
                    .scaled_add(-factor / own[i], &done.row(k).slice(ndarray::s![..=k]));
            }
            row[i] = own[i].recip();
        }
        inverse
    }

    /// The logarithm of the determinant of `L Lᵀ`.
    pub(in crate::classifiers) fn log_determinant(&self) -> f64 {
        2.0 * self.lower.diag().iter().map(|value| value.ln()).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn equations_are_solved_and_what_is_not_positive_is_told() {
        let matrix = array![[4.0, 2.0, 0.5], [2.0, 5.0, 1.0], [0.5, 1.0, 3.0]];
        let wanted = array![1.0, -2.0, 3.0];
        let mut values = matrix.dot(&wanted).to_vec();
        let cholesky = Cholesky::of(matrix).unwrap();
        cholesky.solve(&mut values);
        assert!(
            (Array1::from(values) - wanted)
                .iter()
                .all(|apart| apart.abs() < 1e-12)
        );
        // 4 (15 - 1) - 2 (6 - 0.5) + 0.5 (2 - 2.5)
        assert!((cholesky.log_determinant() - 44.75_f64.ln()).abs() < 1e-12);
        let mut solved = [3.0, -1.0, 0.5];
        let multiplied = cholesky.inverse_lower().dot(&ndarray::aview1(&solved));
        cholesky.solve_lower(&mut solved);
        assert!(
            multiplied.iter().zip(solved).all(|(a, b)| (a - b).abs() < 1e-15),
            "{multiplied}"
        );
        assert!(Cholesky::of(array![[1.0, 2.0], [2.0, 1.0]]).is_none());
    }
}
