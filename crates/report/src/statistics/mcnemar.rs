//! McNemar's mid-p test of two accuracies on the same test rows, from the rows that just one classifier gets right.
//!
//! # Reference
//! Fagerland, Lydersen and Laake (2013), The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact
//! conditional, BMC Medical Research Methodology 13:91.

use super::binomial::fair_coin;

/// The two-sided mid-p value from the numbers of rows that only the first, and only the second, gets right; 1 if there is no such row.
pub fn mid_p(only_first: u64, only_second: u64) -> f64 {
    let n = only_first + only_second;
    if n == 0 {
        return 1.0;
    }
    let (exactly, at_most) = fair_coin(only_first.min(only_second), n);
    if only_first == only_second {
        1.0 - exactly / 2.0
    } else {
        (2.0 * at_most - exactly).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// statsmodels has the exact test, `mcnemar(exact=True)`, whose p is twice the lower tail.
    fn exact_p(only_first: u64, only_second: u64) -> f64 {
        let n = only_first + only_second;
        (2.0 * fair_coin(only_first.min(only_second), n).1).min(1.0)
    }

    #[test]
    fn the_example_of_fagerland_has_its_values() {
        // Airway hyper-responsiveness of 21 children before and after a transplantation: 1 and 7 discordant pairs.
        assert!((exact_p(1, 7) - 0.070_312_5).abs() < 1e-12);
        assert!((mid_p(1, 7) - 0.039_062_5).abs() < 1e-12);
        assert_eq!(mid_p(7, 1), mid_p(1, 7));
    }

    #[test]
    fn the_exact_test_agrees_with_statsmodels() {
        // statsmodels 0.15.0: mcnemar([[100, b], [c, 50]], exact=True).pvalue.
        let cases: [(u64, u64, f64); 8] = [
            (0, 0, 1.0),
            (5, 5, 1.0),
            (3, 9, 0.145_996_093_75),
            (12, 2, 0.012_939_453_125),
            (25, 40, 0.081_681_533_942_540_03),
            (101, 59, 0.001_122_905_196_304_046_2),
            (498, 502, 0.924_425_644_140_279_5),
            (1200, 1100, 0.038_966_852_683_820_23),
        ];
        for (only_first, only_second, expected) in cases {
            let p = exact_p(only_first, only_second);
            assert!(
                (p / expected - 1.0).abs() < 1e-9,
                "{only_first}, {only_second}: {p} instead of {expected}"
            );
        }
    }

    #[test]
    fn equal_and_empty_pairs_differ_in_nothing() {
        assert_eq!(mid_p(0, 0), 1.0);
        assert!((mid_p(1, 1) - 0.75).abs() < 1e-12);
        assert!((mid_p(0, 1) - 0.5).abs() < 1e-12);
        assert!(mid_p(5000, 5000) > 0.99);
        let p = mid_p(0, 10_000);
        assert!((0.0..1e-300).contains(&p));
    }
}
