//! Dot products and scaled sums of squares in `f64`, in one fixed order.

/// Interleaved partial sums. They fill vector registers of any width, and their number is part of the result.
const LANES: usize = 8;

/// `Σ weights[i] · values[i]`, in the fixed order of eight interleaved sums.
///
/// # Panics
/// If the lengths differ.
pub(crate) fn dot(weights: &[f64], values: &[f64]) -> f64 {
    assert_eq!(weights.len(), values.len(), "one weight for every value");
    let mut sums = [0.0; LANES];
    let (weight_blocks, weight_rest) = weights.as_chunks::<LANES>();
    let (value_blocks, value_rest) = values.as_chunks::<LANES>();
    for (weights, values) in weight_blocks.iter().zip(value_blocks) {
        for lane in 0..LANES {
            sums[lane] += weights[lane] * values[lane];
        }
    }
    let rest: f64 = weight_rest
        .iter()
        .zip(value_rest)
        .map(|(weight, value)| weight * value)
        .sum();
    sums.iter().sum::<f64>() + rest
}

/// `Σ scales[i] · (values[i] - centers[i])²`, in the same order.
///
/// # Panics
/// If the lengths differ.
pub(crate) fn scaled_squares(scales: &[f64], centers: &[f64], values: &[f64]) -> f64 {
    assert!(
        scales.len() == values.len() && centers.len() == values.len(),
        "one scale and one center for every value"
    );
    let mut sums = [0.0; LANES];
    let (scale_blocks, scale_rest) = scales.as_chunks::<LANES>();
    let (center_blocks, center_rest) = centers.as_chunks::<LANES>();
    let (value_blocks, value_rest) = values.as_chunks::<LANES>();
    for ((scales, centers), values) in scale_blocks.iter().zip(center_blocks).zip(value_blocks) {
        for lane in 0..LANES {
            let difference = values[lane] - centers[lane];
            sums[lane] += scales[lane] * difference * difference;
        }
    }
    let rest = scale_rest.iter().zip(center_rest).zip(value_rest);
    let rest: f64 = rest
        .map(|((scale, center), value)| scale * (value - center) * (value - center))
        .sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_those_of_the_plain_loop(values in proptest::collection::vec(-10.0..10.0f64, 0..70), shift in -3.0..3.0f64) {
            let weights: Vec<f64> = values.iter().map(|value| value.cos()).collect();
            let plain: f64 = values.iter().zip(&weights).map(|(a, b)| a * b).sum();
            prop_assert!((dot(&weights, &values) - plain).abs() < 1e-9);
            let centers = vec![shift; values.len()];
            let plain: f64 = values.iter().zip(&weights).map(|(value, scale)| scale * (value - shift).powi(2)).sum();
            prop_assert!((scaled_squares(&weights, &centers, &values) - plain).abs() < 1e-7);
        }
    }
}
