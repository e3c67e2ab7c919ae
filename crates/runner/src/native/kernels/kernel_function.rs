//! What a kernel machine makes of dot products: similarities of one row and many, in place and in f32.
//!
//! The exponential is within 4e-7 of the exact one, relatively. No operation is fused, so that every SIMD level gives the same.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use crate::native::kernels::simd::Simd;

/// A function of the dot product of two rows, and of their squared lengths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum KernelFunction {
    /// The dot product itself.
    Product,
    /// `(gamma · product + offset)^degree`.
    Power { gamma: f32, offset: f32, degree: u32 },
    /// `exp(-gamma · |a - b|²)`.
    Gaussian { gamma: f32 },
    /// `tanh(gamma · product + offset)`.
    Tanh { gamma: f32, offset: f32 },
}

/// Compiles a plain loop once more for each level, so that the compiler may use its instructions.
macro_rules! at_each_level {
    ($name:ident, $body:ident, ($($argument:ident: $kind:ty),*)) => {
        fn $name(simd: Simd, $($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $kind),*) {
                    $body($($argument),*);
                }
                #[target_feature(enable = "avx512f,avx512bw")]
                fn avx512($($argument: $kind),*) {
                    $body($($argument),*);
                }
                match simd {
                    Simd::Plain => $body($($argument),*),
                    // SAFETY: `Simd` names only what the processor has.
                    Simd::Avx2 => unsafe { avx2($($argument),*) },
                    // SAFETY: as above.
                    Simd::Avx512 | Simd::Vnni => unsafe { avx512($($argument),*) },
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            {
                let _ = simd;
                $body($($argument),*);
            }
        }
    };
}

at_each_level! { cube, cube_body, (values: &mut [f32], gamma: f32, offset: f32) }

at_each_level! { power, power_body, (values: &mut [f32], gamma: f32, offset: f32, degree: u32) }

at_each_level! { gaussian, gaussian_body, (values: &mut [f32], gamma: f32, square: f32, squares: &[f32]) }

at_each_level! { tanh, tanh_body, (values: &mut [f32], gamma: f32, offset: f32) }

impl KernelFunction {
    /// Whether the matrix of any rows' similarities is positive semidefinite, for a factor above 0.
    pub(crate) fn is_positive_definite(self) -> bool {
        match self {
            KernelFunction::Product | KernelFunction::Gaussian { .. } => true,
            KernelFunction::Power { offset, .. } => offset >= 0.0,
            KernelFunction::Tanh { .. } => false,
        }
    }

    /// Turns the dot products of one row and others into similarities. `square` is the squared length of the row, `squares` those of the
    /// others.
    ///
    /// # Panics
    /// If there is not a square for every product.
    pub(crate) fn apply(self, simd: Simd, values: &mut [f32], square: f32, squares: &[f32]) {
        assert_eq!(values.len(), squares.len(), "a square for every product");
        match self {
            KernelFunction::Product => {}
            KernelFunction::Power {
                gamma,
                offset,
                degree: 3,
            } => cube(simd, values, gamma, offset),
            KernelFunction::Power {
                gamma,
                offset,
                degree,
            } => power(simd, values, gamma, offset, degree),
            KernelFunction::Gaussian { gamma } => gaussian(simd, values, gamma, square, squares),
            KernelFunction::Tanh { gamma, offset } => tanh(simd, values, gamma, offset),
        }
    }
}

#[inline(always)]
fn cube_body(values: &mut [f32], gamma: f32, offset: f32) {
    for value in values {
        let base = gamma * *value + offset;
        *value = base * base * base;
    }
}

#[inline(always)]
fn power_body(values: &mut [f32], gamma: f32, offset: f32, degree: u32) {
    for value in values {
        let base = gamma * *value + offset;
        *value = (0..degree).fold(1.0, |power, _| power * base);
    }
}

#[inline(always)]
fn gaussian_body(values: &mut [f32], gamma: f32, square: f32, squares: &[f32]) {
    for (value, other) in values.iter_mut().zip(squares) {
        let apart = square + other - 2.0 * *value;
        let apart = if apart > 0.0 { apart } else { 0.0 };
        *value = exp(-gamma * apart);
    }
}

#[inline(always)]
fn tanh_body(values: &mut [f32], gamma: f32, offset: f32) {
    for value in values {
        let doubled = 2.0 * (gamma * *value + offset);
        *value = 1.0 - 2.0 / (exp(doubled) + 1.0);
    }
}

/// The exponential; below -87 and above 88 it stays what it is there.
#[inline(always)]
#[expect(clippy::excessive_precision, reason = "as the series is published")]
fn exp(x: f32) -> f32 {
    /// Adding it leaves a float's integer part in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts, the first with so few digits that its product is exact.
    let rest = x - whole * 0.693_359_375 + whole * 2.121_944_4e-4;
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
        fn the_exponential_is_that_of_f64(x in -86.9..87.9f32) {
            let exact = f64::from(x).exp();
            prop_assert!((f64::from(exp(x)) - exact).abs() <= 4e-7 * exact, "{x}");
        }

        #[test]
        fn similarities_are_those_of_the_plain_formulas_at_every_level(
            products in proptest::collection::vec(-90.0..90.0f32, 0..70), gamma in 0.01..0.05f32, offset in -1.0..1.0f32
        ) {
            let squares: Vec<f32> = products.iter().map(|product| product.abs() + 3.0).collect();
            let (wide, far) = (f64::from(gamma), f64::from(offset));
            let close = |found: &[f32], exact: &dyn Fn(f64, f64) -> f64, error: f64| {
                found.iter().zip(products.iter().zip(&squares)).all(|(&found, (&product, &square))| {
                    let exact = exact(f64::from(product), f64::from(square));
                    (f64::from(found) - exact).abs() <= error * (1.0 + exact.abs())
                })
            };
            let mut first: Option<Vec<Vec<f32>>> = None;
            for simd in Simd::available() {
                let with = |similarity: KernelFunction| {
                    let mut values = products.clone();
                    similarity.apply(simd, &mut values, 50.0, &squares);
                    values
                };
                let all = vec![
                    with(KernelFunction::Product),
                    with(KernelFunction::Power { gamma, offset, degree: 3 }),
                    with(KernelFunction::Power { gamma, offset, degree: 2 }),
                    with(KernelFunction::Gaussian { gamma }),
                    with(KernelFunction::Tanh { gamma, offset }),
                ];
                prop_assert_eq!(&all[0], &products);
                prop_assert!(close(&all[1], &|product, _| (wide * product + far).powi(3), 2e-5));
                prop_assert!(close(&all[2], &|product, _| (wide * product + far).powi(2), 2e-5));
                let apart = |product: f64, square: f64| (50.0 + square - 2.0 * product).max(0.0);
                prop_assert!(close(&all[3], &|product, square| (-wide * apart(product, square)).exp(), 2e-5));
                prop_assert!(close(&all[4], &|product, _| (wide * product + far).tanh(), 1e-6));
                let first = first.get_or_insert_with(|| all.clone());
                prop_assert_eq!(&*first, &all);
            }
        }
    }

    #[test]
    fn a_row_is_wholly_similar_to_itself() {
        let mut values = vec![120.0];
        KernelFunction::Gaussian { gamma: 0.3 }.apply(Simd::here(), &mut values, 120.0, &[120.0]);
        assert_eq!(values, [1.0]);
    }
}
