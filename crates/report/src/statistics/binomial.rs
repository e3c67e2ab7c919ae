//! A share of independent trials: the Wilson score interval, and the lower tail of a fair coin.
//!
//! # Reference
//! Wilson (1927), Probable inference, the law of succession, and statistical inference; method 3 of Newcombe (1998).

use super::level::Z;

/// The 95 % Wilson interval of a share of `n` trials, from 0 to 1; the whole range without a trial.
#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of test rows are far below 2^53"
)]
pub fn wilson(share: f64, n: u64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let n = n as f64;
    let z2 = Z * Z;
    let center = share + z2 / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).max(0.0).sqrt();
    let scale = 1.0 + z2 / n;
    let low = ((center - half) / scale).max(0.0);
    let high = ((center + half) / scale).min(1.0);
    // At the ends of the range the interval includes them, whatever the rounding.
    (low.min(share), high.max(share))
}

/// The probability of exactly `k`, and of at most `k`, heads in `n` throws of a fair coin; `k` is at most half of `n`.
#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of test rows are far below 2^53"
)]
pub(super) fn fair_coin(k: u64, n: u64) -> (f64, f64) {
    let (heads, throws) = (k as f64, n as f64);
    let ln_ways = libm::lgamma(throws + 1.0) - libm::lgamma(heads + 1.0) - libm::lgamma(throws - heads + 1.0);
    let exactly = (ln_ways - throws * std::f64::consts::LN_2).exp();
    // P(k - 1) = P(k) k / (n - k + 1): the terms shrink, so the sum ends early.
    let (mut term, mut at_most, mut heads) = (exactly, exactly, heads);
    while heads > 0.0 && term > at_most * 1e-17 {
        term *= heads / (throws - heads + 1.0);
        at_most += term;
        heads -= 1.0;
    }
    (exactly, at_most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The four examples of table I of Newcombe (1998), method 3.
    #[test]
    fn the_interval_is_that_of_newcombe() {
        let examples = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ];
        for (successes, n, low, high) in examples {
            let share = f64::from(successes) / f64::from(n);
            let found = wilson(share, n.try_into().unwrap());
            assert!(
                (found.0 - low).abs() < 5e-5 && (found.1 - high).abs() < 5e-5,
                "{found:?}"
            );
        }
        assert_eq!(wilson(0.0, 0), (0.0, 1.0));
        assert_eq!((wilson(0.0, 20).0, wilson(1.0, 20).1), (0.0, 1.0));
    }

    #[test]
    fn the_tail_of_the_coin_is_the_sum_of_its_terms() {
        for n in 1..60_u64 {
            let mut ways = vec![1.0_f64];
            for k in 1..=n {
                ways.push(ways[k as usize - 1] * (n - k + 1) as f64 / k as f64);
            }
            for k in 0..=n / 2 {
                let all = 2.0_f64.powi(n.try_into().unwrap());
                let exactly = ways[k as usize] / all;
                let at_most: f64 = ways[..=k as usize].iter().sum::<f64>() / all;
                let found = fair_coin(k, n);
                assert!((found.0 / exactly - 1.0).abs() < 1e-12, "{n} {k}");
                assert!((found.1 / at_most - 1.0).abs() < 1e-12, "{n} {k}");
            }
        }
    }
}
