//! The growth of time and memory with the number of training rows, from a few measured numbers: `a + b · n^p`.

/// What bounds a law of growth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth {
    /// Smallest and largest exponent `p`.
    exponents: [f64; 2],
    /// The exponent where the measured values do not tell one.
    usual: f64,
    /// Smaller differences between two measured values are noise.
    noise: f64,
}

impl Growth {
    /// Of seconds.
    pub(crate) const TIME: Growth = Growth {
        exponents: [0.8, 3.0],
        usual: 1.0,
        noise: 0.005,
    };

    /// Of MiB.
    pub(crate) const MEMORY: Growth = Growth {
        exponents: [0.9, 2.0],
        usual: 1.0,
        noise: 1.0,
    };
}

/// The value at `n` rows, from values at two or more numbers of rows, ascending and each a fixed multiple of the one before; `None` for
/// fewer.
///
/// With three values, `p` is the logarithm of the ratio of their differences: `(y₃ - y₂) / (y₂ - y₁) = r^p`, for `r` times as many rows each.
pub(crate) fn grown(values: &[(usize, f64)], n: usize, growth: Growth) -> Option<f64> {
    let [.., (n_before, before), (n_last, last)] = *values else {
        return None;
    };
    let step = (last - before).max(0.0);
    let ratio = rows(n_last) / rows(n_before);
    let exponent = match *values {
        [.., (_, first), (_, before), (_, last)] if before - first > growth.noise && last > before => {
            ((last - before) / (before - first)).ln() / ratio.ln()
        }
        _ => growth.usual,
    };
    let [least, most] = growth.exponents;
    let exponent = exponent.clamp(least, most);
    let scale = step / (rows(n_last).powf(exponent) - rows(n_before).powf(exponent));
    let value = last + scale * (rows(n).powf(exponent) - rows(n_last).powf(exponent));
    Some(value.max(0.0))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^53")]
fn rows(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(law: impl Fn(f64) -> f64) -> Vec<(usize, f64)> {
        [500, 1500, 4500].map(|n| (n, law(rows(n)))).to_vec()
    }

    fn assert_near(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn a_power_with_a_constant_is_continued() {
        for exponent in [1.0, 1.5, 2.0] {
            let law = |n: f64| 0.3 + 1e-3 * n.powf(exponent);
            assert_near(grown(&at(law), 60_000, Growth::TIME), law(60_000.0));
            assert_near(grown(&at(law)[..2], 1500, Growth::TIME), law(1500.0));
        }
    }

    #[test]
    fn two_values_are_continued_in_a_line() {
        let law = |n: f64| 50.0 + 0.01 * n;
        assert_near(grown(&at(law)[1..], 60_000, Growth::MEMORY), law(60_000.0));
    }

    #[test]
    fn noise_has_no_exponent() {
        let values = [(500, 1.0), (1500, 1.0001), (4500, 1.1)];
        let line = 1.1 + 0.0999 / 3000.0 * 55_500.0;
        assert_near(grown(&values, 60_000, Growth::TIME), line);
        assert_near(
            grown(&[(500, 3.0), (1500, 2.0), (4500, 1.0)], 60_000, Growth::TIME),
            1.0,
        );
        assert_eq!(grown(&[(500, 1.0)], 60_000, Growth::TIME), None);
        assert_eq!(grown(&[], 60_000, Growth::TIME), None);
    }
}
