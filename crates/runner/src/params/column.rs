//! The column `params` of the results: settings as text that reads back with its types.
//!
//! `key=value` pairs, sorted by key and joined by `;`. A backslash stands before `;`, `=` and itself; control characters have
//! their escapes. `docs/results-format.md` describes the form for other readers.

use std::fmt::Write;

use crate::params::spec::Settings;
use crate::params::value::Value;

/// Characters that make a spreadsheet read a cell as a formula. One of them at the start gets a backslash.
const FORMULA_STARTS: [char; 4] = ['=', '+', '-', '@'];

/// The settings as the text of the column.
pub fn params_column(settings: &Settings) -> String {
    let mut text = String::new();
    for (name, value) in settings {
        if !text.is_empty() {
            text.push(';');
        }
        escape(name, &mut text);
        text.push('=');
        escape(&value.to_string(), &mut text);
    }
    if text.starts_with(FORMULA_STARTS) {
        text.insert(0, '\\');
    }
    text
}

/// The settings that a column describes; `None` for a text that is not such a column.
pub fn read_params_column(text: &str) -> Option<Settings> {
    let mut settings = Settings::new();
    if text.is_empty() {
        return Some(settings);
    }
    for pair in split(text, ';') {
        let at = find_unescaped(pair, '=')?;
        settings.insert(unescape(&pair[..at])?, Value::read(&unescape(&pair[at + 1..])?));
    }
    Some(settings)
}

fn escape(piece: &str, to: &mut String) {
    for letter in piece.chars() {
        match letter {
            '\\' | ';' | '=' => to.extend(['\\', letter]),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            letter if letter.is_control() || is_invisible(letter) => {
                // Writing to a `String` cannot fail.
                let _ = write!(to, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => to.push(letter),
        }
    }
}

/// Characters that show nothing themselves and change how others are shown: zero-width ones and controls of direction.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn unescape(piece: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = piece.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let (code, rest) = letters.as_str().strip_prefix('{')?.split_once('}')?;
                    letters = rest.chars();
                    char::from_u32(u32::from_str_radix(code, 16).ok()?)?
                }
                other => other,
            },
            other => other,
        });
    }
    Some(text)
}

/// The pieces between unescaped separators.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = find_unescaped(rest, separator) {
        pieces.push(&rest[..at]);
        rest = &rest[at + separator.len_utf8()..];
    }
    pieces.push(rest);
    pieces
}

/// Byte position of the first `wanted` without a backslash before it.
fn find_unescaped(text: &str, wanted: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if letter == wanted {
            return Some(at);
        } else {
            is_escaped = letter == '\\';
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settings(pairs: &[(&str, Value)]) -> Settings {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn settings_of_another_type_or_structure_have_another_text() {
        let all = [
            settings(&[("a", Value::Int(1))]),
            settings(&[("a", Value::Float(1.0))]),
            settings(&[("a", text("1"))]),
            settings(&[("a", text("1.0"))]),
            settings(&[("a", Value::Bool(true))]),
            settings(&[("a", text("true"))]),
            settings(&[("a", text("1;b=2"))]),
            settings(&[("a", Value::Int(1)), ("b", Value::Int(2))]),
            settings(&[("a=1;b", Value::Int(2))]),
            settings(&[("a", Value::List(vec![text("x, y")]))]),
            settings(&[("a", Value::List(vec![text("x"), text("y")]))]),
            settings(&[("a", text("[x, y]"))]),
            settings(&[("a", Value::List(vec![]))]),
            settings(&[("a", Value::List(vec![text("")]))]),
            settings(&[("a", text("x\ny"))]),
            settings(&[("a", text("x\\ny"))]),
            settings(&[("a", text("NaN"))]),
            settings(&[("a", Value::Float(f64::INFINITY))]),
        ];
        let texts: std::collections::BTreeSet<String> = all.iter().map(params_column).collect();
        assert_eq!(texts.len(), all.len(), "{texts:#?}");
        for settings in &all {
            assert_eq!(
                read_params_column(&params_column(settings)).as_ref(),
                Some(settings)
            );
        }
    }

    #[test]
    fn ordinary_settings_have_the_text_of_the_published_table() {
        let ordinary = settings(&[("C", Value::Int(10)), ("gamma", text("auto"))]);
        assert_eq!(params_column(&ordinary), "C=10;gamma=auto");
        assert_eq!(
            params_column(&settings(&[("=x", text("a;\n\u{1b}"))])),
            "\\=x=a\\;\\n\\u{1b}"
        );
        assert_eq!(params_column(&settings(&[("+x", Value::Int(1))])), "\\+x=1");
    }

    #[test]
    fn text_that_is_no_column_is_not_read() {
        for wrong in ["a", "a=1;", "=", "a=\\", "a=\\u{110000}", "a=\\u1"] {
            assert!(read_params_column(wrong).is_none() || wrong == "=", "{wrong}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<f64>()
                .prop_filter("equal to itself", |x| !x.is_nan())
                .prop_map(Value::Float),
            (-50i32..50).prop_map(|whole| Value::Float(f64::from(whole))),
            "[-a-z0-9.,;=\\[\\]\\\\\" \n\t\u{1}ü]{0,8}".prop_map(Value::Text),
        ];
        scalar.prop_recursive(3, 12, 4, |inner| {
            proptest::collection::vec(inner, 0..4).prop_map(Value::List)
        })
    }

    proptest! {
        #[test]
        fn any_settings_read_back_from_one_line(
            settings in proptest::collection::btree_map("[-+=;a-z\\\\\n]{1,5}", value(), 0..4),
        ) {
            let text = params_column(&settings);
            prop_assert!(!text.contains(char::is_control));
            prop_assert!(!text.starts_with(FORMULA_STARTS));
            prop_assert_eq!(read_params_column(&text), Some(settings));
        }

        #[test]
        fn any_text_is_read_or_not_without_a_panic(text in "\\PC{0,40}") {
            let _ = read_params_column(&text);
        }
    }
}
