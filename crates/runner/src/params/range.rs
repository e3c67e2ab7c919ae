//! The range of numbers that a parameter accepts.

/// An interval whose lower end is open or closed; the upper end, where finite, is closed.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    low: f64,
    low_included: bool,
    high: f64,
    /// Why a number above `high` makes no sense; empty where the meaning of the parameter says so.
    reason: &'static str,
}

impl Range {
    /// Every finite number.
    pub const ANY: Range = Range {
        low: f64::NEG_INFINITY,
        low_included: false,
        high: f64::INFINITY,
        reason: "",
    };
    /// Greater than 0.
    pub const POSITIVE: Range = Range {
        low: 0.0,
        low_included: false,
        high: f64::INFINITY,
        reason: "",
    };

    /// At least `low`.
    pub const fn at_least(low: f64) -> Range {
        Range {
            low,
            low_included: true,
            high: f64::INFINITY,
            reason: "",
        }
    }

    /// From `low` to `high`, both inclusive.
    pub const fn within(low: f64, high: f64) -> Range {
        Range {
            low,
            low_included: true,
            high,
            reason: "",
        }
    }

    /// Above `low`, at most `high`.
    pub const fn above(low: f64, high: f64) -> Range {
        Range {
            low,
            low_included: false,
            high,
            reason: "",
        }
    }

    /// The same range, with the reason of its upper end.
    pub const fn because(self, reason: &'static str) -> Range {
        Range { reason, ..self }
    }

    /// The reason why a number is too large, to follow a message; `None` where it is not, or where the range has none.
    pub(crate) fn too_large(&self, number: f64) -> Option<String> {
        (number > self.high && !self.reason.is_empty()).then(|| format!("; {}", self.reason))
    }

    /// Whether the range contains the number. No range contains infinities or NaN.
    pub(crate) fn contains(&self, number: f64) -> bool {
        let above = if self.low_included {
            number >= self.low
        } else {
            number > self.low
        };
        number.is_finite() && above && number <= self.high
    }

    /// The range in words, to follow the type: ` above 0`, or nothing for [`Range::ANY`].
    pub(crate) fn suffix(&self) -> String {
        let low = match (self.low == f64::NEG_INFINITY, self.low_included) {
            (true, _) => return String::new(),
            (false, true) => format!(" of at least {}", self.low),
            (false, false) => format!(" above {}", self.low),
        };
        if self.high == f64::INFINITY {
            low
        } else {
            format!("{low} and at most {}", self.high)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_contains_its_closed_ends_only() {
        assert!(!Range::POSITIVE.contains(0.0));
        assert!(Range::at_least(1.0).contains(1.0));
        assert!(Range::within(0.0, 1.0).contains(1.0));
        assert!(!Range::within(0.0, 1.0).contains(1.0001));
        assert!(!Range::ANY.contains(f64::NAN));
        assert!(!Range::ANY.contains(f64::INFINITY));
    }
}
