//! A number of rows, features or samples, given as a count or as a share.

/// A number of things out of `n`: a whole number is a count, a fraction in (0, 1) a share, as in scikit-learn. 1.0 cannot be
/// told from 1 in a TOML that writes `1.0` as `1`, so `"all"` stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SubsetSize {
    /// So many.
    Count(usize),
    /// This share of all.
    Share(f64),
    /// The square root of the number of all, rounded down.
    Sqrt,
    /// The binary logarithm of the number of all, rounded down.
    Log2,
    /// All of them.
    All,
}

impl SubsetSize {
    /// How many of `n` these are: at least 1, at most `n`.
    pub(crate) fn of(self, n: usize) -> usize {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of rows and pixels are small"
        )]
        let share = |factor: f64| (factor * n as f64) as usize;
        let wanted = match self {
            SubsetSize::Count(count) => count,
            SubsetSize::Share(part) => share(part),
            SubsetSize::Sqrt => n.isqrt(),
            SubsetSize::Log2 => n.checked_ilog2().unwrap_or(0) as usize,
            SubsetSize::All => n,
        };
        wanted.clamp(1, n.max(1))
    }
}
