//! Losses of linear scores and their slopes, for the rows of a chunk at once, in f64.
//!
//! A line holds one class's scores, a row each; slopes take their place. Every function gives the same at every SIMD level: rows are
//! independent of each other, their sums are sixteen interleaved ones whatever the width of a register, and no product is fused with a sum.

#![expect(
    unsafe_code,
    reason = "loops compiled for vector instructions that were looked for before they are used"
)]

use std::f64::consts::LOG2_E;

use crate::native::kernels::simd::{Simd, at_every_level};

/// Rows of a chunk, at most.
pub(crate) const MOST_ROWS: usize = 256;

/// Sums that run side by side.
const LANES: usize = 16;

/// With which instructions losses are computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LossGradients {
    simd: Simd,
}

impl LossGradients {
    /// With the widest instructions there are.
    pub(crate) fn here() -> LossGradients {
        LossGradients { simd: Simd::here() }
    }

    at_every_level! {
        /// Minus the logarithm of the probability to be of the class or of the rest, summed over the rows, where `own` is each row's class.
        logistic, logistic_body, (scores: &mut [f64], own: &[usize], class: usize) -> f64
    }

    at_every_level! {
        /// Minus the logarithm of the own class's probability, summed over the rows; `scores` has a line for each class.
        multinomial, multinomial_body, (scores: &mut [f64], own: &[usize]) -> f64
    }

    at_every_level! {
        /// The square of what a margin lacks to 1, times a cost, that of the class's rows or of the rest's, summed over the rows.
        squared_hinge, squared_hinge_body, (scores: &mut [f64], own: &[usize], class: usize, costs: (f64, f64)) -> f64
    }

    at_every_level! {
        /// What the best score lies above the own class's, each of the others raised by 1, with the maximum rounded off by `width`: above the
        /// maximum itself by at most half of it. Times the cost of each row's class, summed over the rows; `scores` has a line for each class.
        rounded_maximum, rounded_maximum_body, (scores: &mut [f64], own: &[usize], costs: &[(f64, f64)], width: f64) -> f64
    }

    at_every_level! {
        /// Rounds slopes to f32, and answers their sum.
        round, round_body, (slopes: &[f64], rounded: &mut [f32]) -> f64
    }
}

/// `eˣ` of what is at most 0, within a few units in the last place; below -700, where nothing is left of it, as at -700.
#[inline(always)]
fn exp(x: f64) -> f64 {
    /// Added to a small number it leaves the nearest whole one in the lowest bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    /// The logarithm of 2, of which the first part has zeros enough to be multiplied exactly.
    const LN_2: (f64, f64) = (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);
    let x = if x < -700.0 { -700.0 } else { x };
    let shifted = x * LOG2_E + SHIFT;
    let whole = shifted - SHIFT;
    let rest = (x - whole * LN_2.0) - whole * LN_2.1;
    // Taylor's series: what is left out is below 2e-16.
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

/// The sum of the values, and that of the logarithms of the factors, of which sixteen are multiplied at most.
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
    assert!(scores.len() == n_rows && n_rows <= MOST_ROWS, "a score a row");
    let (mut losses, mut factors) = ([0.0; MOST_ROWS], [1.0; MOST_ROWS]);
    let room = losses.iter_mut().zip(&mut factors);
    for ((score, own), (loss, factor)) in scores.iter_mut().zip(own).zip(room) {
        let is_class = if *own == class { 1.0 } else { 0.0 };
        let small = exp(-score.abs());
        let above = if *score > 0.0 { *score } else { 0.0 };
        *loss = above - is_class * *score;
        *factor = 1.0 + small;
        *score = (if *score > 0.0 { 1.0 } else { small }) / (1.0 + small) - is_class;
    }
    sum_and_logarithms(&losses[..n_rows], &factors[..n_rows])
}

#[inline(always)]
fn multinomial_body(scores: &mut [f64], own: &[usize]) -> f64 {
    let n_rows = own.len();
    assert!(
        n_rows <= MOST_ROWS && scores.len().is_multiple_of(n_rows),
        "lines of a score a row"
    );
    let (mut highest, mut sums) = ([f64::NEG_INFINITY; MOST_ROWS], [0.0; MOST_ROWS]);
    for line in scores.chunks_exact(n_rows) {
        for (highest, score) in highest.iter_mut().zip(line) {
            *highest = if *score > *highest { *score } else { *highest };
        }
    }
    let mut losses = highest;
    for (row, own) in own.iter().enumerate() {
        losses[row] -= scores[own * n_rows + row];
    }
    for line in scores.chunks_exact_mut(n_rows) {
        for ((score, highest), sum) in line.iter_mut().zip(&highest).zip(&mut sums) {
            *score = exp(*score - highest);
            *sum += *score;
        }
    }
    for line in scores.chunks_exact_mut(n_rows) {
        for (score, sum) in line.iter_mut().zip(&sums) {
            *score /= sum;
        }
    }
    for (row, own) in own.iter().enumerate() {
        scores[own * n_rows + row] -= 1.0;
    }
    sum_and_logarithms(&losses[..n_rows], &sums[..n_rows])
}

/// The maximum is `max Σ p z - ½ width (Σ p² - 1)` over shares `p` that sum to 1: what of each score is above a level, over the width.
///
/// The level rises until those above it are those that it was made of: Michelot (1986), A Finite Algorithm for Finding the Projection of a Point
/// onto the Canonical Simplex of Rⁿ.
#[inline(always)]
fn rounded_maximum_body(scores: &mut [f64], own: &[usize], costs: &[(f64, f64)], width: f64) -> f64 {
    let n_rows = own.len();
    assert!(
        n_rows <= MOST_ROWS && scores.len() == n_rows * costs.len(),
        "a line of a score a row for each class"
    );
    let mut losses = [0.0; MOST_ROWS];
    for (row, own) in own.iter().enumerate() {
        losses[row] = 0.5 * width - scores[own * n_rows + row];
        // One less, and all are raised by 1 with it.
        scores[own * n_rows + row] -= 1.0;
    }
    let mut levels = [f64::NEG_INFINITY; MOST_ROWS];
    loop {
        let (mut sums, mut counts) = ([0.0; MOST_ROWS], [0.0; MOST_ROWS]);
        for line in scores.chunks_exact(n_rows) {
            for (((score, level), sum), count) in line.iter().zip(&levels).zip(&mut sums).zip(&mut counts) {
                let is_above = *score > *level;
                *sum += if is_above { *score } else { 0.0 };
                *count += if is_above { 1.0 } else { 0.0 };
            }
        }
        let mut rise = false;
        for ((level, sum), count) in levels.iter_mut().zip(&sums).zip(&counts).take(n_rows) {
            let next = (sum - width) / count;
            rise |= next > *level;
            *level = if next > *level { next } else { *level };
        }
        if !rise {
            break;
        }
    }
    for line in scores.chunks_exact_mut(n_rows) {
        for ((score, level), loss) in line.iter_mut().zip(&levels).zip(&mut losses) {
            let above = *score - level;
            let share = (if above > 0.0 { above } else { 0.0 }) / width;
            *loss += share * (*score + 1.0 - 0.5 * width * share);
            *score = share;
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
            let slopes = scores.iter_mut().skip(row).step_by(n_rows);
            slopes.for_each(|slope| *slope *= cost);
        }
    }
    sum
}

#[inline(always)]
fn squared_hinge_body(scores: &mut [f64], own: &[usize], class: usize, costs: (f64, f64)) -> f64 {
    assert_eq!(scores.len(), own.len(), "a score a row");
    let mut sums = [0.0; LANES];
    for (scores, own) in scores.chunks_mut(LANES).zip(own.chunks(LANES)) {
        for (lane, (score, own)) in scores.iter_mut().zip(own).enumerate() {
            let (side, cost) = if *own == class {
                (1.0, costs.0)
            } else {
                (-1.0, costs.1)
            };
            let lacks = 1.0 - side * *score;
            let lacks = if lacks < 0.0 { 0.0 } else { lacks };
            sums[lane] += cost * lacks * lacks;
            *score = -2.0 * side * cost * lacks;
        }
    }
    sums.iter().sum()
}

#[inline(always)]
fn round_body(slopes: &[f64], rounded: &mut [f32]) -> f64 {
    assert_eq!(slopes.len(), rounded.len(), "room for every slope");
    let mut sums = [0.0; LANES];
    for (slopes, rounded) in slopes.chunks(LANES).zip(rounded.chunks_mut(LANES)) {
        for (lane, (slope, rounded)) in slopes.iter().zip(rounded).enumerate() {
            sums[lane] += slope;
            *rounded = *slope as f32;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn powers_of_e_are_those_of_the_library() {
        for i in 0..=70_000 {
            let x = -0.01 * f64::from(i);
            let (found, wanted) = (exp(x), x.exp());
            assert!(
                (found - wanted).abs() <= 4.0 * f64::EPSILON * wanted,
                "{x} {found} {wanted}"
            );
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e300) < 1e-300 && exp(f64::NEG_INFINITY) < 1e-300 && exp(f64::NAN).is_nan());
    }

    proptest! {
        #[test]
        fn every_level_gives_what_the_plain_loop_gives(
            n_classes in 1usize..12, rows in proptest::collection::vec((0usize..12, -40.0..40.0f64), 1..MOST_ROWS + 1)
        ) {
            let own: Vec<usize> = rows.iter().map(|(own, _)| own % n_classes).collect();
            let score = |row: usize, class: usize| rows[row].1 * ((row * 7 + class * 3) % 11) as f64 / 5.0;
            let line = |class: usize| (0..own.len()).map(move |row| score(row, class));
            let scores: Vec<f64> = (0..n_classes).flat_map(line).collect();
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
            for simd in Simd::available() {
                let by = LossGradients { simd };
                let mut slopes = scores.clone();
                let loss = by.multinomial(&mut slopes, &own);
                let mut plain = scores.clone();
                prop_assert_eq!((loss, &slopes), (multinomial_body(&mut plain, &own), &plain));
                let mut wanted = 0.0;
                for (row, own) in own.iter().enumerate() {
                    let highest = (0..n_classes).map(|class| score(row, class)).fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = (0..n_classes).map(|class| (score(row, class) - highest).exp()).sum();
                    wanted += sum.ln() + highest - score(row, *own);
                    for class in 0..n_classes {
                        let share = (score(row, class) - highest).exp() / sum;
                        prop_assert!(close(slopes[class * rows.len() + row], share - f64::from(u8::from(class == *own))));
                    }
                }
                prop_assert!(close(loss, wanted));

                let mut slopes = scores[..own.len()].to_vec();
                let loss = by.logistic(&mut slopes, &own, 0);
                let mut plain = scores[..own.len()].to_vec();
                prop_assert_eq!((loss, &slopes), (logistic_body(&mut plain, &own, 0), &plain));
                let side = |row: usize| if own[row] == 0 { 1.0 } else { -1.0 };
                let wanted: f64 = (0..own.len()).map(|row| {
                    let margin = side(row) * score(row, 0);
                    (-margin.abs()).exp().ln_1p() + (-margin).max(0.0)
                }).sum();
                prop_assert!(close(loss, wanted));
                for (row, slope) in slopes.iter().enumerate() {
                    prop_assert!(close(*slope, -side(row) / (1.0 + (side(row) * score(row, 0)).exp())));
                }

                let mut slopes = scores[..own.len()].to_vec();
                let loss = by.squared_hinge(&mut slopes, &own, 0, (3.0, 0.5));
                let lacks = |row: usize| (1.0 - side(row) * score(row, 0)).max(0.0);
                let cost = |row: usize| if own[row] == 0 { 3.0 } else { 0.5 };
                prop_assert!(close(loss, (0..own.len()).map(|row| cost(row) * lacks(row).powi(2)).sum()));
                for (row, slope) in slopes.iter().enumerate() {
                    prop_assert_eq!(*slope, -2.0 * side(row) * cost(row) * lacks(row));
                }

                let costs: Vec<(f64, f64)> = (0..n_classes).map(|class| (0.5 + class as f64, 0.0)).collect();
                let mut maxima = scores.clone();
                let loss = by.rounded_maximum(&mut maxima, &own, &costs, 3.0);
                let mut plain = scores.clone();
                prop_assert_eq!((loss, &maxima), (rounded_maximum_body(&mut plain, &own, &costs, 3.0), &plain));
                let mut wanted = 0.0;
                for (row, own) in own.iter().enumerate() {
                    // Sorted, the level is made of as many of the first as lie above it.
                    let raised = |class: usize| score(row, class) + f64::from(u8::from(class != *own));
                    let mut sorted: Vec<f64> = (0..n_classes).map(raised).collect();
                    sorted.sort_by(|a, b| b.total_cmp(a));
                    let level_of = |n: usize| (sorted[..n].iter().sum::<f64>() - 3.0) / n as f64;
                    let n_above = (1..=n_classes).rev().find(|n| sorted[n - 1] > level_of(*n)).unwrap();
                    let share = |class: usize| (raised(class) - level_of(n_above)).max(0.0) / 3.0;
                    let total: f64 = (0..n_classes).map(|class| share(class) * raised(class) - 1.5 * share(class).powi(2)).sum();
                    wanted += costs[*own].0 * (total + 1.5 - score(row, *own));
                    for class in 0..n_classes {
                        let slope = costs[*own].0 * (share(class) - f64::from(u8::from(class == *own)));
                        prop_assert!((maxima[class * rows.len() + row] - slope).abs() < 1e-9);
                    }
                }
                prop_assert!((loss - wanted).abs() <= 1e-10 * (1.0 + wanted.abs()));

                let mut rounded = vec![0.0; slopes.len()];
                prop_assert!(close(by.round(&slopes, &mut rounded), slopes.iter().sum()));
                prop_assert!(slopes.iter().zip(&rounded).all(|(slope, rounded)| *slope as f32 == *rounded));
            }
        }
    }
}
