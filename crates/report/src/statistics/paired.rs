//! The difference of two accuracies on the same test rows.
//!
//! # Reference
//! Bonett and Price (2012), Adjusted Wald confidence interval for a difference of binomial proportions based on paired data, Journal of
//! Educational and Behavioral Statistics 37.

use super::level::Z;
use super::mcnemar::mid_p;

/// Two classifiers on the same test rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paired {
    /// Rows that only the first gets right.
    pub only_first: u64,
    /// Rows that only the second gets right.
    pub only_second: u64,
    /// All test rows.
    pub n: u64,
}

impl Paired {
    /// Compares the bits of two classifiers over the `n` test rows; a bit is set where a prediction is correct.
    pub fn of(first: &[u64], second: &[u64], n: u64) -> Self {
        let count = |of: fn(u64, u64) -> u64| -> u64 {
            let words = first.iter().zip(second);
            words.map(|(a, b)| u64::from(of(*a, *b).count_ones())).sum()
        };
        Self {
            only_first: count(|a, b| a & !b),
            only_second: count(|a, b| b & !a),
            n,
        }
    }

    /// The two-sided mid-p value of McNemar's test.
    pub fn p(self) -> f64 {
        mid_p(self.only_first, self.only_second)
    }

    /// The accuracy of the first minus that of the second.
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of test rows are far below 2^53"
    )]
    pub fn difference(self) -> f64 {
        (self.only_first as f64 - self.only_second as f64) / self.n as f64
    }

    /// The 95 % interval of the difference.
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of test rows are far below 2^53"
    )]
    pub fn interval(self) -> (f64, f64) {
        let n = self.n as f64 + 2.0;
        let (first, second) = (
            (self.only_first as f64 + 1.0) / n,
            (self.only_second as f64 + 1.0) / n,
        );
        let difference = first - second;
        let half = Z * ((first + second - difference * difference) / n).sqrt();
        ((difference - half).max(-1.0), (difference + half).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_and_its_interval_follow_from_the_discordant_rows() {
        // 21 pairs, of them 1 and 7 discordant.
        let (first, second) = ([0b1 | (0x1fff << 8)], [0b1111_1110 | (0x1fff << 8)]);
        let paired = Paired::of(&first, &second, 21);
        assert_eq!((paired.only_first, paired.only_second), (1, 7));
        assert!((paired.difference() + 6.0 / 21.0).abs() < 1e-12);
        let (low, high) = paired.interval();
        assert!(
            (low + 0.5084).abs() < 5e-5 && (high + 0.0134).abs() < 5e-5,
            "{low} {high}"
        );
    }
}
