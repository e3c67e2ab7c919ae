//! Numbers, times, names and links as the text of a Markdown table cell.

use std::fmt::Write;

use crate::board::Spread;
use crate::input::params::{self, Params};

/// What stands where nothing was measured.
pub(crate) const NOTHING: &str = "–";

/// Longest reason or warning that is shown, in characters.
const LONGEST: usize = 240;

/// Longest part of an address's path that is shown, in characters.
const LONGEST_PART: usize = 28;

/// A Markdown table; a title that starts with `> ` makes its column right-aligned.
pub(crate) fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let names: Vec<&str> = titles
        .iter()
        .map(|title| title.trim_start_matches("> "))
        .collect();
    let rules: Vec<&str> = titles
        .iter()
        .map(|title| if title.starts_with("> ") { "---:" } else { "---" })
        .collect();
    let mut out = format!("| {} |\n| {} |\n", names.join(" | "), rules.join(" | "));
    for cells in rows {
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

/// A mean to four decimals, with its spread and the number of values where there are several.
pub(crate) fn accuracy(spread: Spread, n: usize) -> String {
    match spread.std {
        Some(std) => format!("{:.4} ± {std:.4} ({n})", spread.mean),
        None => format!("{:.4}", spread.mean),
    }
}

/// Seconds with three significant digits and a unit; from one minute up, whole seconds or minutes.
pub(crate) fn time(seconds: f64) -> String {
    let whole = seconds.round();
    if seconds == 0.0 {
        "0 s".to_owned()
    } else if seconds < 999.5e-6 {
        format!("{} µs", three_digits(seconds * 1e6))
    } else if seconds < 0.9995 {
        format!("{} ms", three_digits(seconds * 1e3))
    } else if seconds < 59.95 {
        format!("{} s", three_digits(seconds))
    } else if whole < 3600.0 {
        format!("{} min {} s", (whole / 60.0).floor(), whole % 60.0)
    } else {
        let minutes = (seconds / 60.0).round();
        format!("{} h {} min", (minutes / 60.0).floor(), minutes % 60.0)
    }
}

/// A difference of two accuracies with its sign, to four decimals; what rounds to nothing has a plus.
pub(crate) fn difference(difference: f64) -> String {
    let rounded = (difference * 1e4).round() / 1e4;
    format!("{:+.4}", rounded + 0.0) // a zero below nothing loses its sign
}

/// MiB, whole.
pub(crate) fn mib(mib: f64) -> String {
    count(mib.round() as u64)
}

/// A ratio with three significant digits.
pub(crate) fn ratio(ratio: f64) -> String {
    if ratio < 0.0995 {
        format!("{ratio:.3}")
    } else {
        three_digits(ratio)
    }
}

/// A count with its thousands set apart.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count and its noun, which takes an `s` unless there is one.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

/// Parameters with room to break the line between them; a list of equal elements is shown once with its length.
pub(crate) fn parameters(params: &Params) -> String {
    let pairs: Vec<String> = params
        .pairs()
        .map(|(key, value)| match params::list(value) {
            Some(list) if list.len() > 3 && list.iter().all(|element| element == &list[0]) => {
                format!("{key}=[{} × {}]", list.len(), list[0])
            }
            _ => format!("{key}={value}"),
        })
        .collect();
    if pairs.is_empty() {
        "defaults".to_owned()
    } else {
        escaped(&pairs.join("; "))
    }
}

/// Text with everything disarmed that Markdown or a table cell would take as markup; line breaks become spaces, and a
/// very long text is cut.
pub(crate) fn escaped(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: Vec<char> = words.chars().filter(|c| !c.is_control()).collect();
    if shown.len() > LONGEST {
        shown.truncate(LONGEST - 1);
        shown.push('…');
    }
    let mut escaped = String::new();
    for (at, &c) in shown.iter().enumerate() {
        let inside_word = |at: Option<usize>| {
            at.and_then(|at| shown.get(at))
                .is_some_and(|c| c.is_alphanumeric())
        };
        let markup = match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '&' | '<' | '>' | '$' => true,
            '_' => !(inside_word(at.checked_sub(1)) && inside_word(Some(at + 1))),
            _ => false,
        };
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            _ if markup => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A Markdown link labelled by the address's host and the start of its path.
pub(crate) fn link(address: &str) -> String {
    const SITE_OF_THE_TABLE: &str = "https://github.com/zalandoresearch/fashion-mnist/blob/master";
    let address = if address.starts_with('/') {
        format!("{SITE_OF_THE_TABLE}{address}")
    } else {
        address.to_owned()
    };
    let bare = address
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("www.");
    let mut parts = bare.trim_end_matches('/').split('/');
    let mut label = parts.next().unwrap_or_default().to_owned();
    for part in parts.by_ref().take(2) {
        let cut: String = part.chars().take(LONGEST_PART).collect();
        let _ = write!(label, "/{cut}");
        if cut != part {
            label.push('…');
            break;
        }
    }
    if !label.ends_with('…') && parts.next().is_some() {
        label.push_str("/…");
    }
    let target = address
        .replace('|', "%7C")
        .replace('(', "%28")
        .replace(')', "%29")
        .replace('<', "%3C")
        .replace('>', "%3E");
    format!("[{}]({target})", escaped(&label))
}

/// A positive number with three significant digits; the caller keeps it below 1000.
fn three_digits(value: f64) -> String {
    let decimals = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_round_up_into_the_next_unit() {
        for (seconds, text) in [
            (0.0, "0 s"),
            (0.000_012_34, "12.3 µs"),
            (0.000_999_9, "1.00 ms"),
            (0.0085, "8.50 ms"),
            (0.85, "850 ms"),
            (0.9996, "1.00 s"),
            (9.996, "10.0 s"),
            (12.34, "12.3 s"),
            (59.96, "1 min 0 s"),
            (119.7, "2 min 0 s"),
            (250.0, "4 min 10 s"),
            (3599.7, "1 h 0 min"),
            (31_145.0, "8 h 39 min"),
            (86_399.0, "24 h 0 min"),
        ] {
            assert_eq!(time(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn a_difference_of_nothing_has_a_plus() {
        for (value, text) in [
            (-0.000_01, "+0.0000"),
            (0.0, "+0.0000"),
            (-0.0003, "-0.0003"),
            (0.012_36, "+0.0124"),
        ] {
            assert_eq!(difference(value), text, "{value}");
        }
    }

    #[test]
    fn text_cannot_break_out_of_its_cell() {
        assert_eq!(
            escaped("a|b\n`c` <!-- _d_ e_f *"),
            r"a\|b \`c\` &lt;!-- \_d\_ e_f \*"
        );
        assert_eq!(escaped(&"x".repeat(500)).chars().count(), LONGEST);
    }

    #[test]
    fn equal_elements_are_counted_and_others_kept() {
        assert_eq!(
            parameters(&Params::new("priors=[0.1, 0.1, 0.1, 0.1]")),
            r"priors=\[4 × 0.1\]"
        );
        assert_eq!(parameters(&Params::new("a=[100, 10];b=x")), r"a=\[100, 10\]; b=x");
        assert_eq!(parameters(&Params::new("")), "defaults");
    }

    #[test]
    fn links_are_labelled_by_host_and_the_start_of_the_path() {
        assert_eq!(
            link("https://github.com/a/b"),
            "[github.com/a/b](https://github.com/a/b)"
        );
        assert_eq!(
            link("http://kexue.fm/archives/4556/"),
            "[kexue.fm/archives/4556](http://kexue.fm/archives/4556/)"
        );
        assert_eq!(
            link("https://x.org/a/b/c.py"),
            "[x.org/a/b/…](https://x.org/a/b/c.py)"
        );
        assert!(
            link("/benchmark/convnet.py")
                .starts_with("[github.com/zalandoresearch/fashion-mnist/…](https://github")
        );
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            (count(7), count(999), count(60_000), count(1_234_567)),
            ("7".into(), "999".into(), "60,000".into(), "1,234,567".into())
        );
    }
}
