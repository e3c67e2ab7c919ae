//! Losses of linear scores and their gradients by score, for a chunk of rows at once, in `f64`.
//!
//! `scores` holds one vector per class with one score per row; each function overwrites the scores with the gradients. `own` is the class
//! of each row. Every SIMD level gives the same bits: rows are independent, each sum has sixteen interleaved partial sums whatever the
//! register width, and no product is fused with a sum.

use std::f64::consts::LOG2_E;

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// Largest number of rows of a chunk.
pub(crate) const MAX_ROWS: usize = 256;

/// Interleaved partial sums.
const LANES: usize = 16;

/// Losses at one SIMD level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LossGradients {
    simd: Simd,
}

impl LossGradients {
    /// Losses at the widest level of this processor.
    pub(crate) fn detect() -> LossGradients {
        LossGradients { simd: Simd::detect() }
    }

    /// Logistic loss of one class against the rest, summed over the rows; `scores` are those of `class`.
    ///
    /// # Panics
    /// If there is not one score per row, or there are more than [`MAX_ROWS`] rows; so do all functions below.
    pub(crate) fn logistic(self, scores: &mut [f64], own: &[usize], class: usize) -> f64 {
        dispatch!(
            self.simd, (scores: &mut [f64], own: &[usize], class: usize) -> f64,
            plain: logistic_body, avx2("avx2"): logistic_body, avx512("avx512f,avx512bw"): logistic_body,
        )
    }

    /// Multinomial logistic loss (cross-entropy of the softmax), summed over the rows.
    pub(crate) fn multinomial(self, scores: &mut [f64], own: &[usize]) -> f64 {
        dispatch!(
            self.simd, (scores: &mut [f64], own: &[usize]) -> f64,
            plain: multinomial_body,
            avx2("avx2"): multinomial_body,
            avx512("avx512f,avx512bw"): multinomial_body,
        )
    }

    /// Squared hinge loss of one class against the rest, summed over the rows; `costs` are those of a row of `class` and of another row.
    pub(crate) fn squared_hinge(
        self,
        scores: &mut [f64],
        own: &[usize],
        class: usize,
        costs: (f64, f64),
    ) -> f64 {
        dispatch!(
            self.simd, (scores: &mut [f64], own: &[usize], class: usize, costs: (f64, f64)) -> f64,
            plain: squared_hinge_body,
            avx2("avx2"): squared_hinge_body,
            avx512("avx512f,avx512bw"): squared_hinge_body,
        )
    }

    /// Crammer-Singer loss with a smoothed maximum, times the cost of each row's class, summed over the rows.
    ///
    /// The loss of a row is the maximum over the classes of its score, plus 1 for each class but its own, less its own class's score. The
    /// smoothed maximum exceeds the maximum by at most `width / 2`.
    pub(crate) fn smoothed_max(
        self,
        scores: &mut [f64],
        own: &[usize],
        costs: &[(f64, f64)],
        width: f64,
    ) -> f64 {
        dispatch!(
            self.simd, (scores: &mut [f64], own: &[usize], costs: &[(f64, f64)], width: f64) -> f64,
            plain: smoothed_max_body,
            avx2("avx2"): smoothed_max_body,
            avx512("avx512f,avx512bw"): smoothed_max_body,
        )
    }

    /// Converts gradients to `f32`, and returns the sum of the unconverted ones.
    pub(crate) fn to_f32(self, gradients: &[f64], converted: &mut [f32]) -> f64 {
        dispatch!(
            self.simd, (gradients: &[f64], converted: &mut [f32]) -> f64,
            plain: to_f32_body, avx2("avx2"): to_f32_body, avx512("avx512f,avx512bw"): to_f32_body,
        )
    }
}

/// `eˣ` for `x` of at most 0, within a few units in the last place. Below -700 the result is that of -700, about 1e-304.
#[inline(always)]
fn exp(x: f64) -> f64 {
    /// 1.5 · 2^52: `x + SHIFT` has the nearest integer of a small `x` in its lowest bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts. The first has enough trailing zeros for an exact product with the integer part.
    const LN_2: (f64, f64) = (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);
    let x = if x < -700.0 { -700.0 } else { x };
    let shifted = x * LOG2_E + SHIFT;
    let whole = shifted - SHIFT;
    let rest = (x - whole * LN_2.0) - whole * LN_2.1;
    // Taylor series; the remainder is below 2e-16.
    let mut sum = 1.0 / 479_001_600.0;
    for factorial in [
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
        1.0,
        1.0,
    ] {
        sum = sum * rest + 1.0 / factorial;
    }
    sum * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// The sum of the values and of the logarithms of the factors. Takes one logarithm per lane, of a product of at most sixteen factors.
#[inline(always)]
fn sum_and_logarithms(values: &[f64], factors: &[f64]) -> f64 {
    let (mut sums, mut products) = ([0.0; LANES], [1.0; LANES]);
    for (values, factors) in values.chunks(LANES).zip(factors.chunks(LANES)) {
        for (lane, (value, factor)) in values.iter().zip(factors).enumerate() {
            sums[lane] += value;
            products[lane] *= factor;
        }
    }
    sums.iter().sum::<f64>() + products.iter().map(|product| product.ln()).sum::<f64>()
}

#[inline(always)]
fn logistic_body(scores: &mut [f64], own: &[usize], class: usize) -> f64 {
    let n_rows = own.len();
    assert!(
        scores.len() == n_rows && n_rows <= MAX_ROWS,
        "not one score per row"
    );
    let (mut losses, mut factors) = ([0.0; MAX_ROWS], [1.0; MAX_ROWS]);
    let outputs = losses.iter_mut().zip(&mut factors);
    for ((score, own), (loss, factor)) in scores.iter_mut().zip(own).zip(outputs) {
        let is_class = if *own == class { 1.0 } else { 0.0 };
        let small = exp(-score.abs());
        let positive = if *score > 0.0 { *score } else { 0.0 };
        *loss = positive - is_class * *score;
        *factor = 1.0 + small;
        *score = (if *score > 0.0 { 1.0 } else { small }) / (1.0 + small) - is_class;
    }
    sum_and_logarithms(&losses[..n_rows], &factors[..n_rows])
}

#[inline(always)]
fn multinomial_body(scores: &mut [f64], own: &[usize]) -> f64 {
    let n_rows = own.len();
    assert!(
        n_rows <= MAX_ROWS && scores.len().is_multiple_of(n_rows),
        "not one score per row and class"
    );
    let (mut highest, mut sums) = ([f64::NEG_INFINITY; MAX_ROWS], [0.0; MAX_ROWS]);
    for class_scores in scores.chunks_exact(n_rows) {
        for (highest, score) in highest.iter_mut().zip(class_scores) {
            *highest = if *score > *highest { *score } else { *highest };
        }
    }
    let mut losses = highest;
    for (row, own) in own.iter().enumerate() {
        losses[row] -= scores[own * n_rows + row];
    }
    for class_scores in scores.chunks_exact_mut(n_rows) {
        for ((score, highest), sum) in class_scores.iter_mut().zip(&highest).zip(&mut sums) {
            *score = exp(*score - highest);
            *sum += *score;
        }
    }
    for class_scores in scores.chunks_exact_mut(n_rows) {
        for (score, sum) in class_scores.iter_mut().zip(&sums) {
            *score /= sum;
        }
    }
    for (row, own) in own.iter().enumerate() {
        scores[own * n_rows + row] -= 1.0;
    }
    sum_and_logarithms(&losses[..n_rows], &sums[..n_rows])
}

/// The smoothed maximum of scores `z` is `max Σ p z - ½ width (Σ p² - 1)` over probabilities `p` that sum to 1. The solution is
/// `p = max(z - level, 0) / width`, the projection of `z / width` onto the simplex.
///
/// The loop raises the level until the set of scores above it stays the same: Michelot (1986), A Finite Algorithm for Finding the Projection
/// of a Point onto the Canonical Simplex of Rⁿ.
#[inline(always)]
fn smoothed_max_body(scores: &mut [f64], own: &[usize], costs: &[(f64, f64)], width: f64) -> f64 {
    let n_rows = own.len();
    assert!(
        n_rows <= MAX_ROWS && scores.len() == n_rows * costs.len(),
        "not one score per row and class"
    );
    let mut losses = [0.0; MAX_ROWS];
    for (row, own) in own.iter().enumerate() {
        losses[row] = 0.5 * width - scores[own * n_rows + row];
        // The margin of 1: subtracted from the own class here, and added to all classes in the last loop.
        scores[own * n_rows + row] -= 1.0;
    }
    let mut levels = [f64::NEG_INFINITY; MAX_ROWS];
    loop {
        let (mut sums, mut counts) = ([0.0; MAX_ROWS], [0.0; MAX_ROWS]);
        for class_scores in scores.chunks_exact(n_rows) {
            for (((score, level), sum), count) in
                class_scores.iter().zip(&levels).zip(&mut sums).zip(&mut counts)
            {
                let is_above = *score > *level;
                *sum += if is_above { *score } else { 0.0 };
                *count += if is_above { 1.0 } else { 0.0 };
            }
        }
        let mut is_rising = false;
        for ((level, sum), count) in levels.iter_mut().zip(&sums).zip(&counts).take(n_rows) {
            let next = (sum - width) / count;
            is_rising |= next > *level;
            *level = if next > *level { next } else { *level };
        }
        if !is_rising {
            break;
        }
    }
    for class_scores in scores.chunks_exact_mut(n_rows) {
        for ((score, level), loss) in class_scores.iter_mut().zip(&levels).zip(&mut losses) {
            let above = *score - level;
            let probability = (if above > 0.0 { above } else { 0.0 }) / width;
            *loss += probability * (*score + 1.0 - 0.5 * width * probability);
            *score = probability;
        }
    }
    for (row, own) in own.iter().enumerate() {
        scores[own * n_rows + row] -= 1.0;
    }
    let mut sum = 0.0;
    for (row, own) in own.iter().enumerate() {
        let cost = costs[*own].0;
        sum += cost * losses[row];
        if cost != 1.0 {
            let gradients = scores.iter_mut().skip(row).step_by(n_rows);
            gradients.for_each(|gradient| *gradient *= cost);
        }
    }
    sum
}

#[inline(always)]
fn squared_hinge_body(scores: &mut [f64], own: &[usize], class: usize, costs: (f64, f64)) -> f64 {
    assert_eq!(scores.len(), own.len(), "not one score per row");
    let mut sums = [0.0; LANES];
    for (scores, own) in scores.chunks_mut(LANES).zip(own.chunks(LANES)) {
        for (lane, (score, own)) in scores.iter_mut().zip(own).enumerate() {
            let (side, cost) = if *own == class {
                (1.0, costs.0)
            } else {
                (-1.0, costs.1)
            };
            let violation = 1.0 - side * *score;
            let violation = if violation < 0.0 { 0.0 } else { violation };
            sums[lane] += cost * violation * violation;
            *score = -2.0 * side * cost * violation;
        }
    }
    sums.iter().sum()
}

#[inline(always)]
fn to_f32_body(gradients: &[f64], converted: &mut [f32]) -> f64 {
    assert_eq!(
        gradients.len(),
        converted.len(),
        "gradients and converted gradients differ in length"
    );
    let mut sums = [0.0; LANES];
    for (gradients, converted) in gradients.chunks(LANES).zip(converted.chunks_mut(LANES)) {
        for (lane, (gradient, converted)) in gradients.iter().zip(converted).enumerate() {
            sums[lane] += gradient;
            *converted = *gradient as f32;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exp_matches_the_standard_library() {
        for i in 0..=70_000 {
            let x = -0.01 * f64::from(i);
            let (found, expected) = (exp(x), x.exp());
            assert!(
                (found - expected).abs() <= 4.0 * f64::EPSILON * expected,
                "{x} {found} {expected}"
            );
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e300) < 1e-300 && exp(f64::NEG_INFINITY) < 1e-300 && exp(f64::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn every_level_matches_the_plain_loop(
            n_classes in 1usize..12, rows in proptest::collection::vec((0usize..12, -40.0..40.0f64), 1..MAX_ROWS + 1)
        ) {
            let own: Vec<usize> = rows.iter().map(|(own, _)| own % n_classes).collect();
            let score = |row: usize, class: usize| rows[row].1 * ((row * 7 + class * 3) % 11) as f64 / 5.0;
            let class_scores = |class: usize| (0..own.len()).map(move |row| score(row, class));
            let scores: Vec<f64> = (0..n_classes).flat_map(class_scores).collect();
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
            for simd in Simd::available() {
                let losses = LossGradients { simd };
                let mut gradients = scores.clone();
                let loss = losses.multinomial(&mut gradients, &own);
                let mut plain = scores.clone();
                prop_assert_eq!((loss, &gradients), (multinomial_body(&mut plain, &own), &plain));
                let mut expected = 0.0;
                for (row, own) in own.iter().enumerate() {
                    let highest = (0..n_classes).map(|class| score(row, class)).fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = (0..n_classes).map(|class| (score(row, class) - highest).exp()).sum();
                    expected += sum.ln() + highest - score(row, *own);
                    for class in 0..n_classes {
                        let probability = (score(row, class) - highest).exp() / sum;
                        prop_assert!(close(gradients[class * rows.len() + row], probability - f64::from(u8::from(class == *own))));
                    }
                }
                prop_assert!(close(loss, expected));

                let mut gradients = scores[..own.len()].to_vec();
                let loss = losses.logistic(&mut gradients, &own, 0);
                let mut plain = scores[..own.len()].to_vec();
                prop_assert_eq!((loss, &gradients), (logistic_body(&mut plain, &own, 0), &plain));
                let side = |row: usize| if own[row] == 0 { 1.0 } else { -1.0 };
                let expected: f64 = (0..own.len()).map(|row| {
                    let margin = side(row) * score(row, 0);
                    (-margin.abs()).exp().ln_1p() + (-margin).max(0.0)
                }).sum();
                prop_assert!(close(loss, expected));
                for (row, gradient) in gradients.iter().enumerate() {
                    prop_assert!(close(*gradient, -side(row) / (1.0 + (side(row) * score(row, 0)).exp())));
                }

                let mut gradients = scores[..own.len()].to_vec();
                let loss = losses.squared_hinge(&mut gradients, &own, 0, (3.0, 0.5));
                let violation = |row: usize| (1.0 - side(row) * score(row, 0)).max(0.0);
                let cost = |row: usize| if own[row] == 0 { 3.0 } else { 0.5 };
                prop_assert!(close(loss, (0..own.len()).map(|row| cost(row) * violation(row).powi(2)).sum()));
                for (row, gradient) in gradients.iter().enumerate() {
                    prop_assert_eq!(*gradient, -2.0 * side(row) * cost(row) * violation(row));
                }

                let costs: Vec<(f64, f64)> = (0..n_classes).map(|class| (0.5 + class as f64, 0.0)).collect();
                let mut maxima = scores.clone();
                let loss = losses.smoothed_max(&mut maxima, &own, &costs, 3.0);
                let mut plain = scores.clone();
                prop_assert_eq!((loss, &maxima), (smoothed_max_body(&mut plain, &own, &costs, 3.0), &plain));
                let mut expected = 0.0;
                for (row, own) in own.iter().enumerate() {
                    // The level follows from the largest scores: as many of them as lie above it.
                    let augmented = |class: usize| score(row, class) + f64::from(u8::from(class != *own));
                    let mut sorted: Vec<f64> = (0..n_classes).map(augmented).collect();
                    sorted.sort_by(|a, b| b.total_cmp(a));
                    let level_of = |n: usize| (sorted[..n].iter().sum::<f64>() - 3.0) / n as f64;
                    let n_above = (1..=n_classes).rev().find(|n| sorted[n - 1] > level_of(*n)).unwrap();
                    let probability = |class: usize| (augmented(class) - level_of(n_above)).max(0.0) / 3.0;
                    let total: f64 = (0..n_classes).map(|class| probability(class) * augmented(class) - 1.5 * probability(class).powi(2)).sum();
                    expected += costs[*own].0 * (total + 1.5 - score(row, *own));
                    for class in 0..n_classes {
                        let gradient = costs[*own].0 * (probability(class) - f64::from(u8::from(class == *own)));
                        prop_assert!((maxima[class * rows.len() + row] - gradient).abs() < 1e-9);
                    }
                }
                prop_assert!((loss - expected).abs() <= 1e-10 * (1.0 + expected.abs()));

                let mut converted = vec![0.0; gradients.len()];
                prop_assert!(close(losses.to_f32(&gradients, &mut converted), gradients.iter().sum()));
                prop_assert!(gradients.iter().zip(&converted).all(|(gradient, converted)| *gradient as f32 == *converted));
            }
        }
    }
}
