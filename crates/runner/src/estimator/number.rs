//! Numbers in messages: those that are very large or very close to 0 have an exponent instead of hundreds of digits.

use std::fmt::Display;

/// Numbers from the first to below the second are written without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-15..1e15;

/// The number as text: `10`, `0.001`, `1e300`.
pub(crate) fn number(number: impl Display) -> String {
    let text = number.to_string();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number != 0.0 && !PLAIN.contains(&number.abs()) => {
            format!("{number:e}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_with_many_digits_have_an_exponent() {
        for (value, text) in [
            (0.0, "0"),
            (-2.5, "-2.5"),
            (1e-4, "0.0001"),
            (999_999_999_999_999.0, "999999999999999"),
            (1e15, "1e15"),
            (-1.5e300, "-1.5e300"),
            (2e-300, "2e-300"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(u64::MAX), "1.8446744073709552e19");
        assert_eq!(number(7usize), "7");
    }
}
