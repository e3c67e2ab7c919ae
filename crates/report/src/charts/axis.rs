//! Axes: from values to pixels, and where the ticks are.

/// From values to pixels, linear or logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// The least and the greatest value; logarithms where `is_log`.
    low: f64,
    high: f64,
    /// Their pixels.
    from: f64,
    to: f64,
    is_log: bool,
}

/// A tick and its text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) text: String,
}

impl Axis {
    /// A linear axis. Equal ends are moved apart.
    pub(super) fn linear(low: f64, high: f64, (from, to): (f64, f64)) -> Self {
        let (low, high) = if high > low {
            (low, high)
        } else {
            (low - 0.5, low + 0.5)
        };
        Self {
            low,
            high,
            from,
            to,
            is_log: false,
        }
    }

    /// A logarithmic axis of positive values that begins and ends a little outside of them.
    pub(super) fn logarithmic(low: f64, high: f64, (from, to): (f64, f64)) -> Self {
        let (low, high) = (low.log10(), high.log10());
        let margin = ((high - low) * 0.03).max(0.05);
        Self {
            low: low - margin,
            high: high + margin,
            from,
            to,
            is_log: true,
        }
    }

    /// The pixel of a value.
    pub(super) fn pixel(&self, value: f64) -> f64 {
        let value = if self.is_log { value.log10() } else { value };
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Ticks at round values, about `n`; `text` writes them.
    pub(super) fn ticks(&self, n: usize, text: impl Fn(f64) -> String) -> Vec<Tick> {
        let values = if self.is_log {
            self.powers()
        } else {
            self.multiples(n)
        };
        let tick = |value: f64| Tick {
            at: self.pixel(value),
            text: text(value),
        };
        values.into_iter().map(tick).collect()
    }

    /// The powers of ten, or of few of them also their 2-fold and 5-fold.
    fn powers(&self) -> Vec<f64> {
        let powers = |steps: &[f64]| -> Vec<f64> {
            let range = (self.low.floor() as i32)..=(self.high.ceil() as i32);
            let values = range.flat_map(|power| steps.iter().map(move |step| step * 10.0_f64.powi(power)));
            values
                .filter(|value| (self.low..=self.high).contains(&value.log10()))
                .collect()
        };
        let whole = powers(&[1.0]);
        if whole.len() >= 3 {
            whole
        } else {
            powers(&[1.0, 2.0, 5.0])
        }
    }

    /// The multiples of the step, of 1, 2 or 5 times a power of ten, that gives about `n` of them.
    #[expect(clippy::cast_precision_loss, reason = "a picture has few ticks")]
    fn multiples(&self, n: usize) -> Vec<f64> {
        let raw = (self.high - self.low) / n.max(1) as f64;
        let power = 10.0_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
        let step = step
            .into_iter()
            .find(|step| *step >= raw * 0.999)
            .unwrap_or(10.0 * power);
        let (first, last) = (
            (self.low / step - 1e-9).ceil() as i64,
            (self.high / step + 1e-9).floor() as i64,
        );
        (first..=last).map(|at| at as f64 * step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: Axis, n: usize) -> Vec<String> {
        axis.ticks(n, |value| format!("{value:.4}"))
            .into_iter()
            .map(|tick| tick.text)
            .collect()
    }

    #[test]
    fn ticks_are_round() {
        let axis = Axis::linear(0.71, 0.95, (0.0, 100.0));
        assert_eq!(texts(axis, 5), ["0.7500", "0.8000", "0.8500", "0.9000", "0.9500"]);
        let axis = Axis::logarithmic(0.02, 300.0, (0.0, 100.0));
        assert_eq!(texts(axis, 5), ["0.1000", "1.0000", "10.0000", "100.0000"]);
        let axis = Axis::logarithmic(3.0, 30.0, (0.0, 100.0));
        assert_eq!(texts(axis, 5), ["5.0000", "10.0000", "20.0000"]);
    }

    #[test]
    fn the_ends_lie_at_their_pixels_and_equal_ends_do_not_divide_by_zero() {
        let axis = Axis::linear(0.0, 2.0, (10.0, 110.0));
        assert_eq!(
            (axis.pixel(0.0), axis.pixel(1.0), axis.pixel(2.0)),
            (10.0, 60.0, 110.0)
        );
        assert_eq!(Axis::linear(3.0, 3.0, (0.0, 100.0)).pixel(3.0), 50.0);
        assert!((Axis::logarithmic(3.0, 3.0, (0.0, 100.0)).pixel(3.0) - 50.0).abs() < 1e-9);
    }
}
