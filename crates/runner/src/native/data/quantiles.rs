//! Quantiles between the bins of a feature, as in scikit-learn's histogram gradient boosting.

/// The `i / n_bins` quantiles of `n` sorted values for `i` in `1..n_bins`, by numpy's method `averaged_inverted_cdf` and with its
/// roundings, as in scikit-learn's `_BinMapper` (1.9). `value` returns the value at a rank, which is below `n`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "row counts are below 2^53, and quantiles lie between the first and the last row"
)]
pub(crate) fn quantiles(n: usize, n_bins: usize, value: impl Fn(usize) -> f64) -> impl Iterator<Item = f64> {
    let step = 100.0 / n_bins as f64;
    let value = move |rank: f64| value((rank.max(0.0) as usize).min(n - 1));
    (1..n_bins).map(move |i| {
        let rank = i as f64 * step / 100.0 * n as f64 - 1.0;
        let lower = rank.floor();
        if rank == lower {
            f64::midpoint(value(lower), value(lower + 1.0))
        } else {
            value(lower + 1.0)
        }
    })
}
