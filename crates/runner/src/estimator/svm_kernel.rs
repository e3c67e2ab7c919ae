//! Kernels of support vector machines, and their factor gamma.

/// Similarity of two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// The dot product.
    Linear,
    /// `(gamma × dot product + coef0) ^ degree`.
    Poly,
    /// `exp(-gamma × squared distance)`.
    Rbf,
    /// `tanh(gamma × dot product + coef0)`.
    Sigmoid,
}

/// The factor on dot products and squared distances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gamma {
    /// `1 / (n_features × variance of all training values)`; 1 where the variance is 0.
    Scale,
    /// `1 / n_features`.
    Auto,
    /// This value, above 0.
    Number(f64),
}

impl Gamma {
    /// `variance` is that of all values of the training rows.
    #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
    pub(crate) fn of(self, n_features: usize, variance: impl FnOnce() -> f64) -> f64 {
        let n_features = n_features as f64;
        match self {
            Gamma::Number(number) => number,
            Gamma::Auto => n_features.recip(),
            Gamma::Scale => {
                let variance = variance();
                if variance == 0.0 {
                    1.0
                } else {
                    (n_features * variance).recip()
                }
            }
        }
    }
}
