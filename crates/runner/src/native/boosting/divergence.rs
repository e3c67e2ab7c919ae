//! Watches the training loss for divergence.

/// A final loss above the smallest one by more than this share is divergence.
const TOLERANCE: f64 = 0.1;

/// Says that training diverged, given the loss before the first round and after each.
pub(crate) fn divergence(losses: &[f64]) -> Option<String> {
    let (min, last) = (losses.iter().copied().reduce(f64::min)?, *losses.last()?);
    (last > min * (1.0 + TOLERANCE)).then(|| {
        format!(
            "diverged: the training loss rose from {min:.3} to {last:.3}; set l2_regularization to bound the steps"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_loss_above_the_minimum_is_divergence() {
        assert_eq!(divergence(&[2.3, 1.0, 1.2, 0.5, 0.52]), None);
        assert_eq!(divergence(&[]), None);
        let found = divergence(&[2.3, 0.5, 0.7]).expect("the loss rose");
        assert!(found.contains("rose from 0.500 to 0.700"), "{found}");
    }
}
