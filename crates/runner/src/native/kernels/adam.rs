//! Updates of weights by Adam (Kingma and Ba 2014, algorithm 1 with the rate of section 2). Every SIMD level gives the same bits.

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// The numbers of one update.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    /// Decay of the first moments.
    pub(crate) beta_1: f32,
    /// Decay of the second moments.
    pub(crate) beta_2: f32,
    /// Added to the root of a second moment.
    pub(crate) epsilon: f32,
    /// The learning rate, corrected for moments that start at 0.
    pub(crate) rate: f32,
}

impl AdamStep {
    /// Updates weights and moments, all of one length, at the widest level of this processor.
    pub(crate) fn update(self, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        self.update_with(Simd::detect(), values, gradient, first, second);
    }

    fn update_with(
        self,
        simd: Simd,
        values: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
    ) {
        let step = self;
        dispatch!(
            simd,
            (step: AdamStep, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) -> (),
            plain: update_body, avx2("avx2"): update_body, avx512("avx512f"): update_body,
        );
    }
}

#[inline(always)]
fn update_body(step: AdamStep, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    let moments = first.iter_mut().zip(second);
    for ((value, gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
        *first = step.beta_1 * *first + (1.0 - step.beta_1) * gradient;
        *second = step.beta_2 * *second + (1.0 - step.beta_2) * gradient * gradient;
        *value -= step.rate * *first / (second.sqrt() + step.epsilon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_gives_the_same_bits() {
        let numbers =
            |seed: f32| -> Vec<f32> { (0..77u8).map(|i| (f32::from(i) * seed).sin() * 0.3).collect() };
        let step = AdamStep {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            rate: 0.01,
        };
        let updated = |simd: Simd| {
            let squares = numbers(2.3).iter().map(|value| value * value).collect();
            let [mut values, mut first, mut second] = [numbers(0.7), numbers(1.1), squares];
            step.update_with(simd, &mut values, &numbers(1.9), &mut first, &mut second);
            [values, first, second].map(|values| values.into_iter().map(f32::to_bits).collect::<Vec<u32>>())
        };
        for simd in Simd::available() {
            assert_eq!(updated(simd), updated(Simd::PLAIN), "{}", simd.name());
        }
    }
}
