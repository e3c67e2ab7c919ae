//! Whether further passes of a dual method are of use.

/// Passes before the speed of convergence is judged.
const LEAST_PASSES: usize = 64;

/// How many times as many passes as allowed the method may seem to need.
const PATIENCE: f64 = 2.0;

/// The passes so far, and whether more of them are of use.
///
/// The least violation of the last half of the passes is compared with that of the quarter before it. If it keeps decreasing at that rate and
/// would take more than [`PATIENCE`] times the allowed passes, the rest of them is left out.
pub(crate) struct Progress {
    tol: f64,
    max_passes: usize,
    pub(crate) n_passes: usize,
    /// The least violation of the quarter before the last half, and of the last half so far.
    least: [f64; 2],
    is_too_slow: bool,
}

impl Progress {
    pub(crate) fn new(tol: f64, max_passes: usize) -> Progress {
        Progress {
            tol,
            max_passes,
            n_passes: 0,
            least: [f64::INFINITY; 2],
            is_too_slow: false,
        }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.n_passes >= self.max_passes || self.is_too_slow
    }

    #[expect(clippy::cast_precision_loss, reason = "pass counts are small")]
    pub(crate) fn record(&mut self, violation: f64) {
        self.n_passes += 1;
        self.least[1] = self.least[1].min(violation);
        if !self.n_passes.is_power_of_two() {
            return;
        }
        let [before, now] = self.least;
        self.least = [now, f64::INFINITY];
        if self.n_passes >= LEAST_PASSES {
            let halvings_left = (now / self.tol).log2();
            let halvings_per_window = (before / now).log2().max(0.0);
            let window = self.n_passes as f64 / 2.0;
            let needed = self.n_passes as f64 + window * halvings_left / halvings_per_window;
            self.is_too_slow = needed > PATIENCE * self.max_passes as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_convergence_ends_early_and_steady_convergence_does_not() {
        let passes = |violation: fn(i32) -> f64| {
            let mut progress = Progress::new(1e-4, 1000);
            while !progress.is_at_end() {
                progress.record(violation(i32::try_from(progress.n_passes).unwrap()));
            }
            progress.n_passes
        };
        assert_eq!(passes(|_| 1.0), 64);
        assert_eq!(passes(|pass| 1.0 / f64::from(1 + pass).sqrt()), 256);
        // A thousandth after every hundred passes, and the same with noise.
        assert_eq!(passes(|pass| 0.999_f64.powi(10 * pass)), 1000);
        assert_eq!(
            passes(|pass| 0.999_f64.powi(10 * pass) * f64::from(1 + pass % 7)),
            1000
        );
    }
}
