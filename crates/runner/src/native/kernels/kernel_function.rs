//! Kernel functions of support vector machines, computed in place from dot products in `f32`: polynomial, RBF and sigmoid.
//!
//! The exponential has a relative error of at most 4e-7. No product is fused with a sum, so every SIMD level gives the same bits.

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// A function of the dot product of two rows, and of their squared norms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum KernelFunction {
    /// The dot product itself.
    Linear,
    /// `(gamma · product + offset)^degree`.
    Polynomial { gamma: f32, offset: f32, degree: u32 },
    /// `exp(-gamma · |a - b|²)`.
    Rbf { gamma: f32 },
    /// `tanh(gamma · product + offset)`.
    Sigmoid { gamma: f32, offset: f32 },
}

impl KernelFunction {
    /// Whether every kernel matrix is positive semidefinite, for a `gamma` above 0.
    pub(crate) fn is_positive_definite(self) -> bool {
        match self {
            KernelFunction::Linear | KernelFunction::Rbf { .. } => true,
            KernelFunction::Polynomial { offset, .. } => offset >= 0.0,
            KernelFunction::Sigmoid { .. } => false,
        }
    }

    /// Replaces the dot products of one row with others by kernel values. `square` is the squared norm of the row, `squares` those of the
    /// others.
    ///
    /// # Panics
    /// If there is not one square per product.
    pub(crate) fn apply(self, simd: Simd, values: &mut [f32], square: f32, squares: &[f32]) {
        assert_eq!(
            values.len(),
            squares.len(),
            "products and squares differ in length"
        );
        match self {
            KernelFunction::Linear => {}
            KernelFunction::Polynomial {
                gamma,
                offset,
                degree: 3,
            } => dispatch!(
                simd, (values: &mut [f32], gamma: f32, offset: f32) -> (),
                plain: cube, avx2("avx2"): cube, avx512("avx512f,avx512bw"): cube,
            ),
            KernelFunction::Polynomial {
                gamma,
                offset,
                degree,
            } => dispatch!(
                simd, (values: &mut [f32], gamma: f32, offset: f32, degree: u32) -> (),
                plain: polynomial, avx2("avx2"): polynomial, avx512("avx512f,avx512bw"): polynomial,
            ),
            KernelFunction::Rbf { gamma } => dispatch!(
                simd, (values: &mut [f32], gamma: f32, square: f32, squares: &[f32]) -> (),
                plain: rbf, avx2("avx2"): rbf, avx512("avx512f,avx512bw"): rbf,
            ),
            KernelFunction::Sigmoid { gamma, offset } => dispatch!(
                simd, (values: &mut [f32], gamma: f32, offset: f32) -> (),
                plain: sigmoid, avx2("avx2"): sigmoid, avx512("avx512f,avx512bw"): sigmoid,
            ),
        }
    }
}

/// The polynomial kernel of degree 3, the usual one, without a loop over the degree.
#[inline(always)]
fn cube(values: &mut [f32], gamma: f32, offset: f32) {
    for value in values {
        let base = gamma * *value + offset;
        *value = base * base * base;
    }
}

#[inline(always)]
fn polynomial(values: &mut [f32], gamma: f32, offset: f32, degree: u32) {
    for value in values {
        let base = gamma * *value + offset;
        *value = (0..degree).fold(1.0, |power, _| power * base);
    }
}

#[inline(always)]
fn rbf(values: &mut [f32], gamma: f32, square: f32, squares: &[f32]) {
    for (value, other) in values.iter_mut().zip(squares) {
        let distance = square + other - 2.0 * *value;
        let distance = if distance > 0.0 { distance } else { 0.0 };
        *value = exp(-gamma * distance);
    }
}

#[inline(always)]
fn sigmoid(values: &mut [f32], gamma: f32, offset: f32) {
    for value in values {
        let doubled = 2.0 * (gamma * *value + offset);
        *value = 1.0 - 2.0 / (exp(doubled) + 1.0);
    }
}

/// `eˣ`, with `x` clamped to -87..88.
#[inline(always)]
#[expect(
    clippy::excessive_precision,
    reason = "the coefficients of Cephes' `expf`, as published"
)]
fn exp(x: f32) -> f32 {
    /// 1.5 · 2^23: `x + ROUND` has the nearest integer of a small `x` in its lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let integer = shifted - ROUND;
    // ln 2 in two parts. The first has few enough digits for an exact product.
    let rest = x - integer * 0.693_359_375 + integer * 2.121_944_4e-4;
    let series = 1.987_569_1e-4;
    let series = series * rest + 1.398_199_9e-3;
    let series = series * rest + 8.333_452e-3;
    let series = series * rest + 4.166_579_6e-2;
    let series = series * rest + 1.666_666_5e-1;
    let series = series * rest + 0.5;
    let series = series * (rest * rest) + rest + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    series * f32::from_bits(exponent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn exp_matches_f64(x in -86.9..87.9f32) {
            let exact = f64::from(x).exp();
            prop_assert!((f64::from(exp(x)) - exact).abs() <= 4e-7 * exact, "{x}");
        }

        #[test]
        fn every_level_matches_the_formulas(
            products in proptest::collection::vec(-90.0..90.0f32, 0..70), gamma in 0.01..0.05f32, offset in -1.0..1.0f32
        ) {
            let squares: Vec<f32> = products.iter().map(|product| product.abs() + 3.0).collect();
            let (gamma_f64, offset_f64) = (f64::from(gamma), f64::from(offset));
            let close = |found: &[f32], exact: &dyn Fn(f64, f64) -> f64, error: f64| {
                found.iter().zip(products.iter().zip(&squares)).all(|(&found, (&product, &square))| {
                    let exact = exact(f64::from(product), f64::from(square));
                    (f64::from(found) - exact).abs() <= error * (1.0 + exact.abs())
                })
            };
            let mut first: Option<Vec<Vec<f32>>> = None;
            for simd in Simd::available() {
                let with = |function: KernelFunction| {
                    let mut values = products.clone();
                    function.apply(simd, &mut values, 50.0, &squares);
                    values
                };
                let all = vec![
                    with(KernelFunction::Linear),
                    with(KernelFunction::Polynomial { gamma, offset, degree: 3 }),
                    with(KernelFunction::Polynomial { gamma, offset, degree: 2 }),
                    with(KernelFunction::Rbf { gamma }),
                    with(KernelFunction::Sigmoid { gamma, offset }),
                ];
                prop_assert_eq!(&all[0], &products);
                prop_assert!(close(&all[1], &|product, _| (gamma_f64 * product + offset_f64).powi(3), 2e-5));
                prop_assert!(close(&all[2], &|product, _| (gamma_f64 * product + offset_f64).powi(2), 2e-5));
                let distance = |product: f64, square: f64| (50.0 + square - 2.0 * product).max(0.0);
                prop_assert!(close(&all[3], &|product, square| (-gamma_f64 * distance(product, square)).exp(), 2e-5));
                prop_assert!(close(&all[4], &|product, _| (gamma_f64 * product + offset_f64).tanh(), 1e-6));
                let first = first.get_or_insert_with(|| all.clone());
                prop_assert_eq!(&*first, &all);
            }
        }
    }

    #[test]
    fn the_rbf_kernel_of_a_row_with_itself_is_one() {
        let mut values = vec![120.0];
        KernelFunction::Rbf { gamma: 0.3 }.apply(Simd::detect(), &mut values, 120.0, &[120.0]);
        assert_eq!(values, [1.0]);
    }
}
