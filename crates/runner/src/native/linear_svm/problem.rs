//! The two-class problem of a linear support vector machine, and its passes over the rows.
//!
//! It minimizes `½ |w|² + Σ costs[i] max(0, 1 - sides[i] (w · x[i] + b))`.

use crate::native::data::row_source::RowSource;
use crate::native::kernels::vector_ops::VectorOps;

/// The intercept `b` of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Intercept {
    /// No intercept.
    Absent,
    /// Not penalized: the dual coefficients of both sides then have the same sum.
    Free,
    /// The weight of a constant feature of this value, penalized like any other weight.
    Feature(f64),
}

/// A hinge loss over rows of two sides, with an l2 penalty.
pub(crate) struct HingeProblem<'a, R> {
    pub(crate) rows: &'a R,
    /// 1 or -1 for every row.
    pub(crate) sides: &'a [f64],
    /// The cost of a slack of 1 for every row, above 0: the bound on its dual coefficient.
    pub(crate) costs: &'a [f64],
    pub(crate) intercept: Intercept,
    /// Bound on the violation of the optimality conditions, in units of a score. For a free intercept it is that of libsvm's most violating
    /// pair, otherwise that of liblinear.
    pub(crate) tol: f64,
    /// Bound on the Newton steps.
    pub(crate) max_steps: usize,
}

/// The solution of a [`HingeProblem`].
pub(crate) struct HingeSolution {
    /// Dual coefficients, for every row from 0 to its cost.
    pub(crate) coefficients: Vec<f64>,
    /// The weights of the features, and that of the constant feature where there is one. If the solver has converged, they are the sum of the
    /// rows weighted by the coefficients.
    pub(crate) weights: Vec<f64>,
    /// For every row its side minus `w · x`.
    pub(crate) margins: Vec<f64>,
    /// Newton steps made.
    pub(crate) n_steps: usize,
    pub(crate) has_converged: bool,
}

impl<R: RowSource> HingeProblem<'_, R> {
    /// Number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.sides.len()
    }

    /// Number of variables: the weights, and the intercept where there is one.
    pub(crate) fn n_variables(&self) -> usize {
        self.rows.n_features() + usize::from(self.intercept != Intercept::Absent)
    }

    /// A buffer for a row, in which the value of the constant feature is set.
    pub(crate) fn buffer(&self) -> Vec<f64> {
        let constant = match self.intercept {
            Intercept::Absent | Intercept::Free => 1.0,
            Intercept::Feature(value) => value,
        };
        vec![constant; self.n_variables()]
    }

    /// Reads a row into a [buffer](HingeProblem::buffer).
    pub(crate) fn read(&self, row: usize, row_f64: &mut [f64]) {
        self.rows.read(row, &mut row_f64[..self.rows.n_features()]);
    }

    /// The product of every row with the variables.
    pub(crate) fn scores(&self, variables: &[f64]) -> Vec<f64> {
        let (weights, constant) = variables.split_at(self.rows.n_features());
        let constant: f64 = match (self.intercept, constant) {
            (Intercept::Feature(value), [weight]) => value * weight,
            (_, constant) => constant.iter().sum(),
        };
        let mut scores = self.rows.products(self.n_rows(), weights);
        scores.iter_mut().for_each(|score| *score += constant);
        scores
    }

    /// The sum of the rows, each times its side and its factor.
    pub(crate) fn weighted_sum(&self, factors: impl Iterator<Item = f64>) -> Vec<f64> {
        let ops = VectorOps::detect();
        let mut sum = vec![0.0; self.n_variables()];
        let mut row_f64 = self.buffer();
        for (row, factor) in factors.enumerate() {
            if factor != 0.0 {
                self.read(row, &mut row_f64);
                ops.axpy(&mut sum, &row_f64, self.sides[row] * factor);
            }
        }
        sum
    }

    /// The second derivative of the penalty by a variable: 0 for a free intercept, otherwise 1.
    pub(crate) fn weight_penalty(&self, variable: usize) -> f64 {
        f64::from(u8::from(
            self.intercept != Intercept::Free || variable < self.rows.n_features(),
        ))
    }
}
