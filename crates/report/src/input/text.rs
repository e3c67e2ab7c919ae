//! Text of unknown origin, made safe for a terminal.

use command_line::is_unprintable;

/// The text with control characters written as escapes, so that a message cannot move the cursor or change colours.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
