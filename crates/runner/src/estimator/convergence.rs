//! The warning of a solver that stopped before its tolerance.

use std::fmt::Display;

/// `did not converge to tol=1e-4 in 1000 iterations`; `unit` is the singular of what is counted.
pub(crate) fn not_converged(tol: f64, n: impl Display, unit: &str) -> String {
    let n = n.to_string();
    let plural = if n == "1" { "" } else { "s" };
    format!("did not converge to tol={tol:e} in {n} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_iteration_is_singular() {
        assert_eq!(
            not_converged(1e-4, 1, "iteration"),
            "did not converge to tol=1e-4 in 1 iteration"
        );
        assert_eq!(
            not_converged(1e-3, 1000, "epoch"),
            "did not converge to tol=1e-3 in 1000 epochs"
        );
    }
}
