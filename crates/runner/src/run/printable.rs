//! What programs and libraries say, made safe for a terminal and a CSV field: no control or invisible characters, no excess length.

use command_line::is_unprintable;

/// Maximum number of characters of one text.
const MAX_CHARS: usize = 500;

/// The text with a blank for every control character, line break, bidirectional control and invisible character. A text that is
/// too long ends with an ellipsis.
pub(crate) fn printable(text: &str) -> String {
    let clean = clean(text);
    let clean = clean.trim();
    if is_short(clean) {
        return clean.to_owned();
    }
    let start: String = clean.chars().take(MAX_CHARS - 1).collect();
    format!("{}…", start.trim_end())
}

/// As [`printable`], but of a text that is too long the last `max_chars` characters are kept, after an ellipsis.
pub(crate) fn printable_end(text: &str, max_chars: usize) -> String {
    let clean = clean(text);
    let clean = clean.trim();
    let surplus = clean.chars().count().saturating_sub(max_chars);
    if surplus == 0 {
        return clean.to_owned();
    }
    let end: String = clean.chars().skip(surplus + 1).collect();
    format!("…{}", end.trim_start())
}

fn clean(text: &str) -> String {
    text.chars()
        .map(|letter| if is_unprintable(letter) { ' ' } else { letter })
        .collect()
}

fn is_short(text: &str) -> bool {
    text.chars().nth(MAX_CHARS).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_invisible_characters_become_blanks() {
        assert_eq!(printable("a\u{1b}[31mb\r\nc\u{85}d\0"), "a [31mb  c d");
        assert_eq!(
            printable("x\u{202e}y\u{2066}z\u{200b}0\u{feff}1\u{2028}2"),
            "x y z 0 1 2"
        );
        assert_eq!(printable("Größe 1 µm, 日本語 ≥ 2"), "Größe 1 µm, 日本語 ≥ 2");
    }

    #[test]
    fn a_long_text_is_cut() {
        let exact = "ä".repeat(MAX_CHARS);
        assert_eq!(printable(&exact), exact);
        let cut = printable(&"ä".repeat(MAX_CHARS + 1));
        assert_eq!(cut.chars().count(), MAX_CHARS);
        assert!(cut.ends_with("ä…"));
        assert_eq!(printable(&cut), cut);
        assert_eq!(printable_end("0123456789", 4), "…789");
        assert_eq!(printable_end("0123\n", 4), "0123");
    }
}
