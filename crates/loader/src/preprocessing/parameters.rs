//! Parameters written as `name=value`, separated by commas: numbers in a range, words of a choice, yes or no.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Bound, RangeBounds};
use std::str::FromStr;

/// A finite decimal number with a total order, so that a preprocessing can be compared and hashed.
///
/// `Display` writes the shortest text that reads back as the same number.
#[derive(Clone, Copy, Debug)]
pub struct Decimal(f64);

impl Decimal {
    /// Wraps a number; -0 becomes 0, so that equal numbers have one written form.
    ///
    /// # Panics
    /// If the number is infinite or NaN.
    pub const fn new(value: f64) -> Decimal {
        assert!(value.is_finite(), "a finite number");
        Decimal(value + 0.0)
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The parameters of one method, each at most once and with a known name.
pub(super) struct Parameters<'t> {
    given: Vec<(&'t str, &'t str)>,
}

impl<'t> Parameters<'t> {
    /// Splits the text between the parentheses of `method`; no text has no parameters. `names` are those that it has.
    ///
    /// # Errors
    /// A part that is not `name=value`, an unknown name, or a name that is given twice.
    pub(super) fn read(
        method: &str,
        names: &[&str],
        text: Option<&'t str>,
    ) -> Result<Parameters<'t>, String> {
        let text = text.unwrap_or_default();
        let mut given: Vec<(&str, &str)> = Vec::new();
        for part in text.split(',').filter(|_| !text.trim().is_empty()) {
            let (name, value) = part
                .split_once('=')
                .map(|(name, value)| (name.trim(), value.trim()))
                .ok_or_else(|| format!("`{}`: expected `name=value`", part.trim()))?;
            if !names.contains(&name) {
                let names = names.join(", ");
                return Err(format!("{method} has no parameter `{name}`; it has {names}"));
            }
            if given.iter().any(|(other, _)| *other == name) {
                return Err(format!("`{name}` is given twice"));
            }
            given.push((name, value));
        }
        Ok(Parameters { given })
    }

    /// The text of a parameter, or `None` where it is left out.
    pub(super) fn text(&self, name: &str) -> Option<&'t str> {
        let found = self.given.iter().find(|(given, _)| *given == name);
        found.map(|(_, value)| *value)
    }

    /// A whole number within `range`, or `default` where it is left out.
    ///
    /// # Errors
    /// Any other text.
    pub(super) fn whole<T>(&self, name: &str, default: T, range: impl RangeBounds<T>) -> Result<T, String>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        self.value(
            name,
            default,
            |text| text.parse().ok().filter(|number| range.contains(number)),
            || format!("a whole number{}", in_words(&range)),
        )
    }

    /// A finite decimal number within `range`, or `default` where it is left out.
    ///
    /// # Errors
    /// Any other text.
    pub(super) fn decimal(
        &self,
        name: &str,
        default: Decimal,
        range: impl RangeBounds<f64>,
    ) -> Result<Decimal, String> {
        let is_inside = |number: &f64| number.is_finite() && range.contains(number);
        self.value(
            name,
            default,
            |text| text.parse().ok().filter(is_inside).map(Decimal::new),
            || format!("a number{}", in_words(&range)),
        )
    }

    /// One of the words of `choice` as its value, or `default` where it is left out.
    ///
    /// # Errors
    /// Any other text.
    pub(super) fn word<T: Copy>(&self, name: &str, default: T, choice: &[(&str, T)]) -> Result<T, String> {
        let words: Vec<&str> = choice.iter().map(|(word, _)| *word).collect();
        self.value(
            name,
            default,
            |text| {
                let found = choice.iter().find(|(word, _)| *word == text);
                found.map(|(_, value)| *value)
            },
            || words.join(" or "),
        )
    }

    /// `true` or `false`, or `default` where it is left out.
    ///
    /// # Errors
    /// Any other text.
    pub(super) fn boolean(&self, name: &str, default: bool) -> Result<bool, String> {
        self.word(name, default, &[("true", true), ("false", false)])
    }

    fn value<T>(
        &self,
        name: &str,
        default: T,
        read: impl FnOnce(&str) -> Option<T>,
        expected: impl FnOnce() -> String,
    ) -> Result<T, String> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => {
                read(text).ok_or_else(|| format!("`{name}`: expected {}, found `{text}`", expected()))
            }
        }
    }
}

/// The range after the word "number": " from 1 to 180", " of at least 1", " above 0"; nothing for all numbers.
fn in_words<T: fmt::Display>(range: &impl RangeBounds<T>) -> String {
    let most = match range.end_bound() {
        Bound::Included(most) => Some(format!("at most {most}")),
        Bound::Excluded(end) => Some(format!("below {end}")),
        Bound::Unbounded => None,
    };
    match (range.start_bound(), range.end_bound(), most) {
        (Bound::Included(least), Bound::Included(most), _) => format!(" from {least} to {most}"),
        (Bound::Included(least), _, None) => format!(" of at least {least}"),
        (Bound::Included(least), _, Some(most)) => format!(" of at least {least} and {most}"),
        (Bound::Excluded(start), _, None) => format!(" above {start}"),
        (Bound::Excluded(start), _, Some(most)) => format!(" above {start} and {most}"),
        (Bound::Unbounded, _, Some(most)) => format!(" {most}"),
        (Bound::Unbounded, _, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Parameters<'_>, String> {
        Parameters::read("method", &["side", "threshold", "mode", "root"], Some(text))
    }

    #[test]
    fn values_are_read_and_defaults_fill_the_rest() {
        let given = read("side = 6,threshold=0.25 , mode=both, root=true").unwrap();
        assert_eq!(given.whole("side", 8, 1..=9), Ok(6));
        assert_eq!(
            given.decimal("threshold", Decimal::new(1.0), 0.0..),
            Ok(Decimal::new(0.25))
        );
        assert_eq!(given.word("mode", 0, &[("one", 1), ("both", 2)]), Ok(2));
        assert_eq!(given.boolean("root", false), Ok(true));
        for nothing in ["", " "].map(|text| read(text).unwrap()) {
            assert_eq!(nothing.whole("side", 8, 1..=9), Ok(8));
            assert_eq!(nothing.boolean("root", false), Ok(false));
            assert_eq!(nothing.text("threshold"), None);
        }
    }

    #[test]
    fn a_wrong_part_is_named_with_what_is_expected() {
        for (text, message) in [
            ("6", "`6`: expected `name=value`"),
            ("side=6,", "``: expected `name=value`"),
            (
                "sides=6",
                "method has no parameter `sides`; it has side, threshold, mode, root",
            ),
            ("side=6, side=6", "`side` is given twice"),
        ] {
            assert_eq!(read(text).map(|_| ()), Err(message.to_owned()));
        }
        let above_0 = (Bound::Excluded(0.0), Bound::Unbounded);
        let given = read("side=10, threshold=NaN, mode=two, root=yes").unwrap();
        for (found, expected) in [
            (
                given.whole("side", 8, 1..=9).map(|_| ()),
                "`side`: expected a whole number from 1 to 9, found `10`",
            ),
            (
                given.whole("side", 80, 20..).map(|_| ()),
                "`side`: expected a whole number of at least 20, found `10`",
            ),
            (
                given.decimal("threshold", Decimal::new(1.0), above_0).map(|_| ()),
                "`threshold`: expected a number above 0, found `NaN`",
            ),
            (
                given
                    .decimal("threshold", Decimal::new(1.0), 0.0..1.0)
                    .map(|_| ()),
                "`threshold`: expected a number of at least 0 and below 1, found `NaN`",
            ),
            (
                given.word("mode", 0, &[("one", 1), ("both", 2)]).map(|_| ()),
                "`mode`: expected one or both, found `two`",
            ),
            (
                given.boolean("root", false).map(|_| ()),
                "`root`: expected true or false, found `yes`",
            ),
        ] {
            assert_eq!(found, Err(expected.to_owned()));
        }
    }

    #[test]
    fn a_decimal_reads_back_as_itself() {
        for value in [0.25, 0.1, 1e-7, 1.0 / 3.0, 123_456_789.125, 10.0, 0.0, -0.0] {
            let decimal = Decimal::new(value);
            let read: f64 = decimal.to_string().parse().unwrap();
            assert_eq!(Decimal::new(read), decimal);
        }
        assert_eq!(Decimal::new(-0.0).to_string(), "0");
        assert!(Decimal::new(0.1) < Decimal::new(0.2));
    }
}
