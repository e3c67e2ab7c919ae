//! How far an accuracy on a finite test set can be trusted.

/// Two-sided quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % score interval of a share of `n` rows.
///
/// Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
pub(crate) fn wilson_interval(share: f64, n: usize) -> [f64; 2] {
    let n = n.max(1) as f64;
    let center = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    [center - half, center + half].map(|bound| (bound / scale).clamp(0.0, 1.0))
}

/// The standard error of the difference of two accuracies on the same rows, from who is right where.
///
/// With `b` and `c` rows on which only one of them is right: `sqrt(b + c - (b - c)² / n) / n`. Source: Agresti (2002), Categorical
/// Data Analysis, 10.1, dependent proportions.
pub(crate) fn paired_error(truth: &[u8], one: &[u8], other: &[u8]) -> f64 {
    let (mut only_one, mut only_other, mut n) = (0.0_f64, 0.0_f64, 0);
    for ((truth, one), other) in truth.iter().zip(one).zip(other) {
        n += 1;
        match (one == truth, other == truth) {
            (true, false) => only_one += 1.0,
            (false, true) => only_other += 1.0,
            _ => {}
        }
    }
    let n = f64::from(n.max(1));
    (only_one + only_other - (only_one - only_other).powi(2) / n)
        .max(0.0)
        .sqrt()
        / n
}

/// The same without labels, as if the two had different rows: an upper bound unless they err on different rows.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
pub(crate) fn unpaired_error(shares: [f64; 2], n: usize) -> f64 {
    let variances = shares.map(|share| share * (1.0 - share) / n.max(1) as f64);
    variances.iter().sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 5e-5
    }

    /// statsmodels 0.14, `proportion_confint(count, nobs, method="wilson")`.
    #[test]
    fn wilson_interval_is_that_of_statsmodels() {
        for (count, n, low, high) in [
            (8986.0, 10_000, 0.892_534, 0.904_371),
            (0.0, 10, 0.0, 0.277_533),
            (10.0, 10, 0.722_467, 1.0),
            (1.0, 3, 0.061_492, 0.792_345),
        ] {
            let [a, b] = wilson_interval(count / f64::from(n), n as usize);
            assert!(near(a, low) && near(b, high), "{count} of {n}: {a} {b}");
        }
    }

    /// Ten rows: both right on five, only one on three, only the other on one, both wrong on one.
    #[test]
    fn paired_error_counts_rows_where_one_is_right() {
        let truth = [0; 10];
        let one = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
        let other = [0, 0, 0, 0, 0, 1, 1, 1, 0, 1];
        let expected = (4.0_f64 - 4.0 / 10.0).sqrt() / 10.0;
        assert!(near(paired_error(&truth, &one, &other), expected));
        assert!(near(paired_error(&truth, &one, &one), 0.0));
        assert!(near(unpaired_error([0.5, 0.5], 50), 0.1));
    }
}
