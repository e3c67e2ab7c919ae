//! The arguments of this run as a shell reads them, for commands that are shown.

/// The arguments of this run without some options, each with whether it has a value.
pub(crate) fn repeated(without: &[(&str, bool)]) -> String {
    // A command for people: bytes that are no text cannot be shown.
    let arguments = std::env::args_os().skip(1);
    kept(
        arguments.map(|argument| argument.to_string_lossy().into_owned()),
        without,
    )
}

fn kept(arguments: impl Iterator<Item = String>, without: &[(&str, bool)]) -> String {
    let mut kept = Vec::new();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let name = argument.split('=').next().unwrap_or_default();
        match without.iter().find(|(other, _)| *other == name) {
            Some((_, true)) if !argument.contains('=') => {
                arguments.next();
            }
            Some(_) => {}
            None => kept.push(quoted(&argument)),
        }
    }
    kept.join(" ")
}

/// An argument as a shell reads it.
pub(crate) fn quoted(argument: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./,=:+@%".contains(letter);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_left_out_with_their_values() {
        let arguments = [
            "a b.toml",
            "--jobs",
            "2",
            "--retry=failed",
            "--quiet",
            "--only",
            "it's",
        ];
        let without = [("--jobs", true), ("--retry", true), ("--quiet", false)];
        assert_eq!(
            kept(arguments.into_iter().map(str::to_owned), &without),
            "'a b.toml' --only 'it'\\''s'"
        );
    }
}
