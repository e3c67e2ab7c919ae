//! Text of unknown origin, made safe for a terminal.

use std::borrow::Cow;

/// The text with every unprintable character written as an escape such as `\u{1b}`, so that it can neither move the cursor nor
/// reorder other text. Line ends and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_escaped = |letter: char| is_unprintable(letter) && !matches!(letter, '\n' | '\t');
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_escaped(letter) {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// JSON in which every unprintable character is an escape that means the same: a terminal would obey some of them.
pub fn visible_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        // Outside strings, JSON has no unprintable character but line ends.
        if letter != '\n' && is_unprintable(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(letter);
        }
    }
    text
}

/// Whether a character is a control character, or shows nothing itself and may change how others are shown.
pub fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                // zero-width characters and marks of direction
                | '\u{200b}'..='\u{200f}'
                // separators of lines and paragraphs, embeddings and overrides of direction
                | '\u{2028}'..='\u{202e}'
                // word joiner, invisible operators, isolates of direction
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                // tags
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprintable_characters_become_escapes() {
        assert_eq!(
            visible("a\u{1b}[31mb\r\n\tc\u{202e}d\u{9b}"),
            "a\\u{1b}[31mb\\u{d}\n\tc\\u{202e}d\\u{9b}"
        );
    }

    #[test]
    fn printable_text_stays_as_it_is() {
        let text = "Größe 1 µm,\n日本語 ≥ 2 ╭─[x]";
        assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
    }
}
