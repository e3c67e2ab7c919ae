//! Wraps generated sentences, so that the source of a Markdown page is readable too.

/// Characters of a line at most, unless a word is longer.
const WIDTH: usize = 120;

/// A paragraph with its line end.
pub(crate) fn paragraph(text: &str) -> String {
    wrapped(text, WIDTH, ("", ""), begins_a_block)
}

/// An item of a list with its line end.
pub(crate) fn item(text: &str) -> String {
    wrapped(text, WIDTH, ("- ", "  "), begins_a_block)
}

/// The words in lines of at most `width` characters, unless a word is longer: the first begins with `first`, the others with
/// `other`. No line but the first begins with a word that `stays`.
pub(crate) fn wrapped(
    text: &str,
    width: usize,
    (first, other): (&str, &str),
    stays: impl Fn(&str) -> bool,
) -> String {
    let mut out = String::new();
    let mut line = first.to_owned();
    let mut is_new = true;
    for word in text.split_whitespace() {
        let length = line.chars().count() + 1 + word.chars().count();
        if !is_new && length > width && !stays(word) {
            out.push_str(&line);
            out.push('\n');
            line = other.to_owned();
            is_new = true;
        }
        if !is_new {
            line.push(' ');
        }
        line.push_str(word);
        is_new = false;
    }
    out + &line + "\n"
}

/// Whether Markdown would take a line with this first word for something else than text, such as an item or a title.
fn begins_a_block(word: &str) -> bool {
    let is_number = || {
        let after = word.trim_start_matches(|c: char| c.is_ascii_digit());
        after.len() < word.len() && after.starts_with(['.', ')'])
    };
    word.starts_with(['#', '>', '=', '|', '-', '+', '~'])
        || word == "*"
        || word.starts_with("```")
        || is_number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_but_not_before_a_word_that_begins_a_block() {
        let long = "word ".repeat(40);
        let lines: Vec<String> = item(&long).lines().map(str::to_owned).collect();
        assert!(lines.len() == 2 && lines[0].starts_with("- word") && lines[1].starts_with("  word"));
        assert!(
            lines
                .iter()
                .all(|line| line.chars().count() <= WIDTH && line.trim_end() == line)
        );
        for word in ["-", "1.", "#", "+0.1", "*", "***", "|"] {
            let text = format!("{} {word} end", "x".repeat(WIDTH - 1));
            let breaks = paragraph(&text).lines().any(|line| line.starts_with(word));
            assert_eq!(breaks, word == "***", "{word}");
        }
        assert_eq!(paragraph("a\n b"), "a b\n");
    }
}
