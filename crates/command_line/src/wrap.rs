//! Lines of a given width, broken between words.

use textwrap::{Options, WordSeparator, WordSplitter};

/// Keeps a number and its unit on one line while the text is broken.
const NO_BREAK: &str = "\u{a0}";

/// Units that stay beside their number.
const UNITS: [&str; 9] = ["ns", "µs", "ms", "s", "min", "h", "%", "KiB", "MiB"];

/// Breaks a text into lines of at most `width` characters where its words allow that. A word stays whole, and so does a number
/// with its unit. `first` stands before the first line, `next` before all others.
pub fn wrapped(text: &str, width: usize, first: &str, next: &str) -> String {
    let options = Options::new(width)
        .initial_indent(first)
        .subsequent_indent(next)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(&with_units_joined(text), options).replace(NO_BREAK, " ")
}

/// The text with a no-break space between each number and its unit.
fn with_units_joined(text: &str) -> String {
    let mut words = text.split(' ');
    let mut joined = words.next().unwrap_or_default().to_owned();
    for word in words {
        let unit = word.trim_end_matches([',', ';', '.', ':', ')']);
        let is_unit = joined.ends_with(|letter: char| letter.is_ascii_digit()) && UNITS.contains(&unit);
        joined.push_str(if is_unit { NO_BREAK } else { " " });
        joined.push_str(word);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stays_beside_its_unit() {
        assert_eq!(
            wrapped("the fit took 5.91 s, no more", 18, "", "  "),
            "the fit took\n  5.91 s, no more"
        );
        assert_eq!(wrapped("fit 5.91 s", 80, "", ""), "fit 5.91 s");
        assert_eq!(
            wrapped("a long_word_of_20_letters", 10, "> ", "  "),
            "> a\n  long_word_of_20_letters"
        );
    }

    #[test]
    fn leading_and_double_spaces_stay() {
        assert_eq!(with_units_joined("  a  5 s"), "  a  5\u{a0}s");
    }
}
