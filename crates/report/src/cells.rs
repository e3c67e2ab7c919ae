//! Formats numbers, durations, names and links for table cells, and builds Markdown tables.
//!
//! This is the only formatter of this crate. The runner formats durations by the same cases,
//! `tests/fixtures/durations.csv`.

mod csv_table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use command_line::{is_unprintable, thousands};

pub(crate) use self::csv_table::csv_table;
use crate::board::{ByClass, ClassRecall, Point, Spread};
use crate::input::params::{self, Params};
use crate::input::{Machine, Status};

/// The text of a cell without a value.
pub(crate) const MISSING: &str = "–";

/// Why a line of a board has no published score.
pub(crate) const UNPUBLISHED_MEANS: &str =
    "–: no published row of the same point with the same numbers of training and test rows";

/// Why a published score has no times beside it.
pub(crate) const UNTIMED_MEANS: &str =
    "– beside a published score: its times are of another machine or were not measured";

/// The mark after a score whose solver did not converge.
pub(crate) const UNCONVERGED: &str = " †";

/// The mark after a time that was measured while other work used the machine, in Markdown.
pub(crate) const SHARED: &str = " \\*";

/// What the mark of a shared machine means.
pub(crate) const SHARED_MEANS: &str =
    "Other work, or another cell of the same run, used the machine meanwhile, so the time is an upper bound.";

/// What the mark of a score means.
pub(crate) const UNCONVERGED_MEANS: &str = "A solver did not converge in at least one fit.";

/// Maximum length of a text, in characters.
const MAX_TEXT: usize = 240;

/// Maximum length of one path component in a link label, in characters.
const MAX_PATH_PART: usize = 28;

/// A Markdown table. A title that starts with `> ` aligns its column to the right.
pub(crate) fn markdown_table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
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

/// The formatted value, or [`MISSING`].
pub(crate) fn optional<T>(value: Option<T>, format: impl FnOnce(T) -> String) -> String {
    value.map_or(MISSING.to_owned(), format)
}

/// The text, or [`MISSING`] if it is empty.
pub(crate) fn or_missing(cell: &str) -> String {
    if cell.is_empty() {
        MISSING.to_owned()
    } else {
        cell.to_owned()
    }
}

/// A number with a fixed count of decimals.
pub(crate) fn decimals(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}")
}

/// An accuracy with four decimals.
pub(crate) fn accuracy(accuracy: f64) -> String {
    decimals(accuracy, 4)
}

/// A mean accuracy; for several values also their standard deviation and number.
pub(crate) fn mean_accuracy(spread: Spread, n: usize) -> String {
    let mean = accuracy(spread.mean);
    match spread.std {
        Some(std) => format!("{mean} ± {} ({n})", accuracy(std)),
        None => mean,
    }
}

/// A measured time as a [`duration`]. `zero_is_rounded` says whether 0 stands for less than a microsecond.
pub(crate) fn time(seconds: f64, zero_is_rounded: bool) -> String {
    if seconds == 0.0 && zero_is_rounded {
        "< 1 µs".to_owned()
    } else {
        duration(seconds)
    }
}

/// A duration in seconds: below one minute three significant digits and a unit, above it whole seconds or whole minutes.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round();
    if seconds < 0.5e-9 {
        "0 s".to_owned()
    } else if seconds < 999.5e-9 {
        format!("{} ns", three_digits(seconds * 1e9))
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

/// A difference of two accuracies with its sign and four decimals. A difference that rounds to zero gets a plus.
pub(crate) fn difference(difference: f64) -> String {
    let rounded = (difference * 1e4).round() / 1e4;
    format!("{:+.4}", rounded + 0.0) // adding zero turns -0.0 into 0.0
}

/// Memory in whole MiB, without the unit.
pub(crate) fn mib(mib: f64) -> String {
    count(mib.round() as u64)
}

/// A ratio with three significant digits.
pub(crate) fn ratio(ratio: f64) -> String {
    if ratio < 0.0995 {
        decimals(ratio, 3)
    } else {
        three_digits(ratio)
    }
}

/// A count with commas between thousands.
pub(crate) fn count(n: u64) -> String {
    thousands(n)
}

/// A count and its noun.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{} {}", count(n as u64), plural(n, noun))
}

/// A noun, with an `s` unless `n` is 1.
pub(crate) fn plural(n: usize, noun: &str) -> String {
    format!("{noun}{}", if n == 1 { "" } else { "s" })
}

/// ` with 2 threads` for some numbers of threads; nothing without one.
pub(crate) fn with_threads(numbers: impl Iterator<Item = u32>) -> String {
    let distinct: BTreeSet<u32> = numbers.collect();
    let Some(most) = distinct.last() else {
        return String::new();
    };
    let numbers: Vec<String> = distinct.iter().map(u32::to_string).collect();
    let noun = plural(*most as usize, "thread");
    format!(" with {} {noun}", numbers.join(" or "))
}

/// Counts by status, such as `3 ok, 1 timeout`.
pub(crate) fn statuses(by_status: &BTreeMap<Status, usize>) -> String {
    by_status
        .iter()
        .map(|(status, n)| format!("{} {}", count(*n as u64), status.name()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The name of a machine and what is known about it.
pub(crate) fn machine(machine: &Machine) -> String {
    let cores = match machine.cores.as_str() {
        "" => String::new(),
        "1" => "1 core".to_owned(),
        n => format!("{n} cores"),
    };
    let known = [machine.cpu.as_str(), &cores, &machine.simd];
    let known: Vec<&str> = known.into_iter().filter(|text| !text.is_empty()).collect();
    if known.is_empty() {
        plain(&machine.name)
    } else {
        plain(&format!("{} ({})", machine.name, known.join(", ")))
    }
}

/// The name of a machine and what is known about it, in Markdown.
pub(crate) fn escaped_machine(of: &Machine) -> String {
    escaped(&machine(of))
}

/// Parameters separated by `; `, in Markdown.
pub(crate) fn parameters(params: &Params) -> String {
    escaped(&plain_parameters(params))
}

/// Parameters separated by `; `. A list of more than three equal elements is shortened to `[length × element]`.
pub(crate) fn plain_parameters(params: &Params) -> String {
    let pairs: Vec<String> = params
        .pairs()
        .map(|(key, value)| match params::list(&value) {
            Some(list) if list.len() > 3 && list.iter().all(|element| element == &list[0]) => {
                format!("{key}=[{} × {}]", list.len(), list[0])
            }
            _ => format!("{key}={value}"),
        })
        .collect();
    if pairs.is_empty() {
        "defaults".to_owned()
    } else {
        plain(&pairs.join("; "))
    }
}

/// A point in one line of text, without its rows: `SVC (C=10; kernel=rbf), native, standard`.
pub(crate) fn label(point: &Point) -> String {
    plain(&format!(
        "{} ({}), {}, {}",
        point.classifier,
        plain_parameters(&point.params),
        point.engine,
        point.preprocessing
    ))
}

/// What a table of recalls shows; `n_best` points are as good as the one with this label.
pub(crate) fn recall_title(by_class: &ByClass, label: &str, n_best: usize) -> String {
    let which = if by_class.is_cut() {
        format!(
            "the {} worst of {} classes",
            ByClass::WORST,
            count(by_class.classes.len() as u64)
        )
    } else {
        "each class".to_owned()
    };
    let repeat = match by_class.repeat {
        0 => String::new(),
        repeat => format!(", repeat {repeat}"),
    };
    if n_best > 1 {
        let points = counted(n_best, "point");
        format!("{points} share the first place; recall of {which} is that of {label}{repeat}:")
    } else {
        format!("Recall of {which} at the best point, {label}{repeat}:")
    }
}

/// Where class names were searched for, if there are none.
pub(crate) fn nameless(by_class: &ByClass) -> Option<String> {
    let sought = by_class.names_sought.as_ref()?;
    Some(format!(
        "Class names: none found in {sought}; give the folder with --data-dir, or put labels.txt beside the files."
    ))
}

/// The correct predictions of a class.
pub(crate) fn correct(class: &ClassRecall) -> String {
    format!("{} of {}", count(class.correct), count(class.total))
}

/// The two classes that are confused most often.
pub(crate) fn most_confused(by_class: &ByClass) -> String {
    match &by_class.most_confused {
        Some(most) => format!(
            "Most often confused: {} taken for {}, {} of {}.",
            most.class,
            most.taken_for,
            count(most.count),
            count(most.total)
        ),
        None => "Every prediction is correct.".to_owned(),
    }
}

/// Text on one line without control characters. A long text is cut.
pub(crate) fn plain(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: Vec<char> = words.chars().filter(|c| !is_unprintable(*c)).collect();
    if shown.len() > MAX_TEXT {
        shown.truncate(MAX_TEXT - 1);
        shown.push('…');
    }
    shown.into_iter().collect()
}

/// Text with Markdown markup escaped and line breaks replaced by spaces. A long text is cut.
pub(crate) fn escaped(text: &str) -> String {
    let shown: Vec<char> = plain(text).chars().collect();
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

/// A Markdown link; its label is the host and the start of the path.
pub(crate) fn link(address: &str) -> String {
    const REPOSITORY: &str = "https://github.com/zalandoresearch/fashion-mnist/blob/master";
    let address = if address.starts_with('/') {
        format!("{REPOSITORY}{address}")
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
        let cut: String = part.chars().take(MAX_PATH_PART).collect();
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

/// A positive number below 1000 with three significant digits.
fn three_digits(value: f64) -> String {
    let places = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    decimals(value, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_match_the_shared_cases() {
        let cases = include_str!("../tests/fixtures/durations.csv");
        for case in csv::Reader::from_reader(cases.as_bytes()).into_deserialize() {
            let (seconds, text): (f64, String) = case.unwrap();
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn a_difference_that_rounds_to_zero_has_a_plus() {
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
    fn markup_is_escaped_and_long_text_is_cut() {
        assert_eq!(
            escaped("a|b\n`c` <!-- _d_ e_f *"),
            r"a\|b \`c\` &lt;!-- \_d\_ e_f \*"
        );
        assert_eq!(escaped(&"x".repeat(500)).chars().count(), MAX_TEXT);
    }

    #[test]
    fn a_list_of_equal_elements_is_shortened() {
        assert_eq!(
            parameters(&Params::new("priors=[0.1, 0.1, 0.1, 0.1]")),
            r"priors=\[4 × 0.1\]"
        );
        assert_eq!(parameters(&Params::new("a=[100, 10];b=x")), r"a=\[100, 10\]; b=x");
        assert_eq!(parameters(&Params::new("")), "defaults");
    }

    #[test]
    fn a_link_label_is_the_host_and_the_start_of_the_path() {
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
    fn counts_of_statuses_have_commas_too() {
        assert_eq!(
            statuses(&BTreeMap::from([(Status::Ok, 1566), (Status::Refused, 36)])),
            "1,566 ok, 36 refused"
        );
    }

    #[test]
    fn counts_have_commas_between_thousands() {
        assert_eq!(
            (count(7), count(999), count(60_000), count(1_234_567)),
            ("7".into(), "999".into(), "60,000".into(), "1,234,567".into())
        );
    }
}
