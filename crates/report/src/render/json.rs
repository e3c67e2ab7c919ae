//! JSON with unrounded numbers, for other programs.

use serde::Serialize;

use super::renderer::{Render, Renderer};

pub(super) const RENDERER: Renderer = Renderer {
    name: "json",
    file: None,
    full: Some(Render::Text(pretty)),
    own: Some(Render::Text(pretty)),
    changes: Some(Render::Text(pretty)),
};

/// JSON on several lines. Unprintable characters are escapes, which mean the same: a terminal would obey some of them.
fn pretty<T: Serialize>(value: &T) -> String {
    let json = serde_json::to_string_pretty(value).expect("all keys are text and all numbers are finite");
    command_line::visible_json(&json) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprintable_characters_are_escapes_that_mean_the_same() {
        let value = vec!["a\u{202e}b\u{7f}\u{e0001}\u{1b}\n", "Größe"];
        let text = pretty(&value);
        let escaped = r#""a\u202eb\u007f\udb40\udc01\u001b\n""#;
        assert!(text.contains(escaped) && text.contains("Größe"), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), value);
    }
}
