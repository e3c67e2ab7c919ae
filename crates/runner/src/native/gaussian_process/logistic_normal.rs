//! The logistic function averaged over a normal distribution: the probability of the positive class.

/// Slopes of the five error functions whose weighted sum approximates the logistic function (Williams and Barber 1998).
const LAMBDAS: [f64; 5] = [0.41, 0.4, 0.37, 0.44, 0.39];

/// Weights of the five error functions.
const WEIGHTS: [f64; 5] = [
    -1_854.821_415_1,
    3_516.898_936_46,
    221.293_467_12,
    128.123_238_05,
    -2_010.494_226_54,
];

/// The probability of the positive class for a latent value with this mean and variance, by the approximation of Williams and
/// Barber (1998).
///
/// The order of operations is scikit-learn's, because the rounding of small means decides its ties.
pub(crate) fn probability(mean: f64, variance: f64) -> f64 {
    let variance = variance.max(f64::MIN_POSITIVE);
    let alpha = 1.0 / (2.0 * variance);
    let terms = LAMBDAS.iter().zip(WEIGHTS).map(|(lambda, weight)| {
        let slope = (alpha / (alpha + lambda * lambda)).sqrt();
        let integral = (std::f64::consts::PI / alpha).sqrt() * libm::erf(lambda * mean * slope)
            / (2.0 * (variance * 2.0 * std::f64::consts::PI).sqrt());
        weight * integral
    });
    terms.sum::<f64>() + 0.5 * WEIGHTS.iter().sum::<f64>()
}

/// The logistic function.
pub(crate) fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_scikit_learn() {
        // (mean, variance, probability), from scikit-learn 1.9's expressions and constants.
        let expected = [
            (0.0, 1.0, 0.499_999_995_000_166_56),
            (1e-20, 1.0, 0.499_999_995_000_166_56),
            (0.4, 1.0, 0.582_008_627_081_364_7),
            (-0.3, 0.25, 0.429_616_824_446_228),
            (3.0, 0.5, 0.941_779_589_487_055_1),
            (-7.0, 0.01, 0.001_009_497_263_339_653_7),
        ];
        for (mean, variance, expected) in expected {
            let found = probability(mean, variance);
            assert!((found - expected).abs() < 1e-12, "{mean} {variance}: {found}");
        }
        // Rows that are far from all others tie.
        assert_eq!(probability(1e-20, 1.0), probability(-1e-20, 1.0));
    }

    #[test]
    fn variance_0_gives_the_logistic_function_and_more_variance_moves_towards_a_half() {
        for tenth in -80..=80 {
            let mean = f64::from(tenth) / 10.0;
            assert!((probability(mean, 0.0) - logistic(mean)).abs() < 5e-4, "{mean}");
            for step in 1..=20 {
                let variance = f64::from(step) / 20.0;
                let (less, more) = (probability(mean, variance - 0.05), probability(mean, variance));
                assert!(
                    (more - 0.5).abs() <= (less - 0.5).abs() + 2e-4,
                    "{mean} {variance}"
                );
            }
        }
    }
}
