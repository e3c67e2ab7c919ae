//! Holm's correction of the p values of many tests.
//!
//! # Reference
//! Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.

/// The adjusted p values, in the order of `p`. Rejecting those of at most alpha keeps the chance of any false rejection at alpha.
#[expect(clippy::cast_precision_loss, reason = "numbers of points are far below 2^53")]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0_f64;
    for (n_smaller, at) in order.into_iter().enumerate() {
        let n_left = (p.len() - n_smaller) as f64;
        largest = largest.max((p[at] * n_left).min(1.0));
        adjusted[at] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worked_example() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        let expected = [0.03, 0.06, 0.06, 0.02];
        for (found, expected) in adjusted.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
        }
        assert_eq!(holm(&[0.7, 0.6]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
