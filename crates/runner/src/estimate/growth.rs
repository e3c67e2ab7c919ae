//! Numbers that grow with the number of training rows, continued from those of few rows.

/// A positive value at `n` rows, from values at two or more numbers of rows, ascending: the last one times the growth `n^p`. The exponent
/// is that between the last two, within its range; `None` for fewer.
pub(crate) fn grown(values: &[(usize, f64)], n: usize, [least, most]: [f64; 2]) -> Option<f64> {
    let [.., (n_before, before), (n_last, last)] = *values else {
        return None;
    };
    let exponent = (last / before).ln() / (rows(n_last) / rows(n_before)).ln();
    // Without one, the values are too small to be measured.
    let exponent = if exponent.is_finite() {
        exponent.clamp(least, most)
    } else {
        least
    };
    Some(last * (rows(n) / rows(n_last)).powf(exponent))
}

/// A value at `n` rows that starts with a constant, `a + b · n^p`, from two or more; `least` is the least increase with every row. `None` for
/// fewer than two.
pub(crate) fn increased(values: &[(usize, f64)], n: usize, exponent: f64, least: f64) -> Option<f64> {
    let [.., (n_before, before), (n_last, last)] = *values else {
        return None;
    };
    let power = |n: usize| rows(n).powf(exponent);
    let scale = (last - before).max(0.0) / (power(n_last) - power(n_before));
    let increase = scale * (power(n) - power(n_last));
    Some(last + increase.max(least * (rows(n) - rows(n_last))))
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
    fn a_power_is_continued_within_its_range() {
        for exponent in [0.5, 1.0, 1.5, 2.0] {
            let law = |n: f64| 1e-3 * n.powf(exponent);
            assert_near(grown(&at(law), 60_000, [0.0, 2.0]), law(60_000.0));
            assert_near(grown(&at(law)[..2], 1500, [0.0, 2.0]), law(1500.0));
            let last = law(4500.0);
            assert_near(grown(&at(law), 45_000, [2.0, 2.0]), last * 100.0);
            assert_near(grown(&at(law), 45_000, [0.0, 0.0]), last);
        }
    }

    #[test]
    fn what_is_too_short_to_measure_grows_least() {
        assert_near(grown(&[(500, 0.0), (1500, 2.0)], 3000, [1.0, 3.0]), 4.0);
        assert_eq!(grown(&[(500, 0.0), (1500, 0.0)], 3000, [1.0, 3.0]), Some(0.0));
        assert_eq!(grown(&[(500, 1.0)], 60_000, [1.0, 3.0]), None);
        assert_eq!(grown(&[], 60_000, [1.0, 3.0]), None);
    }

    #[test]
    fn a_power_with_a_constant_is_continued() {
        for exponent in [0.8, 1.0, 1.35] {
            let law = |n: f64| 50.0 + 0.01 * n.powf(exponent);
            assert_near(increased(&at(law), 60_000, exponent, 0.0), law(60_000.0));
        }
        let flat = [(500, 20.0), (1500, 21.0), (4500, 20.5)];
        assert_near(increased(&flat, 14_500, 1.0, 0.001), 30.5);
        assert_eq!(increased(&flat[..1], 14_500, 1.0, 0.001), None);
    }
}
