//! The gain of a regression tree, for the tests of several kernels.

use crate::native::kernels::gradient_histogram::{Bin, Gain};

/// The squared difference of the means, with at least this many rows on either side.
pub(crate) struct Means(pub(crate) usize);

impl Gain for Means {
    fn of(&self, left: Bin, right: Bin) -> Option<(f64, f64)> {
        let [n_left, n_right] = [left, right].map(|side| side.count() as f64);
        let difference = n_right * left.gradient() - n_left * right.gradient();
        let is_side = left.count() >= self.0 && right.count() >= self.0;
        is_side.then_some((difference * difference, n_left * n_right))
    }
}
