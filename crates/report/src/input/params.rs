//! The parameters of a point, written in the CSV as `key=value` pairs separated by `;`.
//!
//! A backslash escapes: `\;`, `\=` and `\\` are these characters, `\n`, `\r` and `\t` a line break, carriage return and tab,
//! `\u{hex}` any other character. A backslash before another character means that character.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Parameters, ordered and compared as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(String);

impl Params {
    /// Parameters from text, without a check; see [`Params::malformed`].
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text in the CSV file.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pairs in file order, without their escapes. A piece without `=` has an empty value.
    pub fn pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.pieces().map(|piece| {
            let (key, value) = split_unescaped(piece, '=').unwrap_or((piece, ""));
            (unescaped(key), unescaped(value))
        })
    }

    /// The value of one key, without its escapes.
    pub fn get(&self, key: &str) -> Option<Cow<'_, str>> {
        self.pairs().find(|(k, _)| k == key).map(|(_, value)| value)
    }

    /// The texts between the separators, with their escapes. Points compare parameters by these texts.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        split(&self.0).filter(|piece| !piece.is_empty())
    }

    /// Whether `other` contains all pairs of these parameters and at least one more.
    pub fn is_part_of(&self, other: &Params) -> bool {
        let others: BTreeSet<&str> = other.pieces().collect();
        self.pieces().count() < other.pieces().count() && self.pieces().all(|piece| others.contains(piece))
    }

    /// The first piece that is not a `key=value` pair.
    pub fn malformed(&self) -> Option<&str> {
        let is_pair = |piece: &str| split_unescaped(piece, '=').is_some_and(|(key, _)| !key.is_empty());
        if self.0.is_empty() {
            return None;
        }
        split(&self.0).find(|piece| !is_pair(piece) || !ends_whole(piece))
    }
}

/// The parts of a text between the semicolons that no backslash escapes.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match split_unescaped(text, ';') {
            Some((piece, after)) => {
                rest = Some(after);
                Some(piece)
            }
            None => rest.take(),
        }
    })
}

/// The text before and after the first `separator` that no backslash escapes.
fn split_unescaped(text: &str, separator: char) -> Option<(&str, &str)> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == separator {
            return Some((&text[..at], &text[at + c.len_utf8()..]));
        }
    }
    None
}

/// Whether the last backslash escapes a character.
fn ends_whole(piece: &str) -> bool {
    let backslashes = piece.bytes().rev().take_while(|byte| *byte == b'\\').count();
    backslashes.is_multiple_of(2)
}

/// The text without its escapes.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => match code_point(chars.as_str()) {
                Some((c, after)) => {
                    out.push(c);
                    chars = after.chars();
                }
                None => out.push('u'),
            },
            other => out.extend(other),
        }
    }
    Cow::Owned(out)
}

/// The character of `{hex}` at the start of a text, and what follows.
fn code_point(text: &str) -> Option<(char, &str)> {
    let (digits, after) = text.strip_prefix('{')?.split_once('}')?;
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some((char::from_u32(code)?, after))
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether two values are equal: numbers by value, lists by element, other values as text.
pub fn same_value(a: &str, b: &str) -> bool {
    match (list(a), list(b)) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_scalar(a, b)),
        (None, None) => same_scalar(a, b),
        _ => false,
    }
}

/// The elements of a list such as `[100, 10]`; `None` for any other value.
pub fn list(value: &str) -> Option<Vec<&str>> {
    let inner = value.trim().strip_prefix('[')?.strip_suffix(']')?;
    Some(if inner.trim().is_empty() {
        Vec::new()
    } else {
        inner.split(',').map(str::trim).collect()
    })
}

fn same_scalar(a: &str, b: &str) -> bool {
    match (a.trim().parse::<f64>(), b.trim().parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a.trim() == b.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_and_lists_by_element() {
        for (a, b) in [
            ("1", "1.0"),
            ("1e-3", "0.001"),
            ("[100, 10]", "[100,10.0]"),
            ("[]", "[ ]"),
            ("rbf", "rbf"),
        ] {
            assert!(same_value(a, b), "{a} and {b}");
        }
        for (a, b) in [
            ("1", "10"),
            ("[100]", "100"),
            ("[100]", "[100, 10]"),
            ("rbf", "RBF"),
            ("none", "0"),
        ] {
            assert!(!same_value(a, b), "{a} and {b}");
        }
    }

    #[test]
    fn a_piece_without_an_equals_sign_is_malformed() {
        assert_eq!(Params::new("").malformed(), None);
        assert_eq!(Params::new("C=1;kernel=rbf").malformed(), None);
        assert_eq!(Params::new("C=1;kernel").malformed(), Some("kernel"));
        assert_eq!(Params::new("=1").malformed(), Some("=1"));
        assert_eq!(Params::new("C=1;").malformed(), Some(""));
    }

    #[test]
    fn escapes_are_read_back() {
        let params = Params::new(r"a\;b=1\=2\;3;k=x\\;n=\n\r\t\u{1b}\q;u=\u{zz}\u;v=\u{+41}");
        let pairs: Vec<(String, String)> = params
            .pairs()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        let wanted = [
            ("a;b", "1=2;3"),
            ("k", "x\\"),
            ("n", "\n\r\t\u{1b}q"),
            ("u", "u{zz}u"),
            ("v", "u{+41}"),
        ];
        assert_eq!(
            pairs,
            wanted.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        assert_eq!(params.get("a;b").as_deref(), Some("1=2;3"));
        assert_eq!(params.malformed(), None);
        // Compared as text: the same value under another spelling is another point.
        assert!(!Params::new(r"a=\q").is_part_of(&Params::new("a=q;b=1")));
        assert!(Params::new("b=1").is_part_of(&Params::new(r"a=1\;b=2;b=1")));
    }

    #[test]
    fn an_escaped_separator_is_none() {
        assert_eq!(Params::new(r"a\=1").malformed(), Some(r"a\=1"));
        assert_eq!(Params::new(r"a=1\").malformed(), Some(r"a=1\"));
        assert_eq!(Params::new(r"a=1\;b").malformed(), None);
    }
}
