//! Errors on a terminal: with colours where standard error shows them, and with nothing that the terminal would obey.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use anstream::{AutoStream, ColorChoice};
use miette::{Diagnostic, GraphicalTheme, MietteHandler, MietteHandlerOpts, ReportHandler, ThemeStyles};
use textwrap::{WordSeparator, WordSplitter};

use crate::text::visible;

/// Whether the lines of an error are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// At the width of the terminal, between words: a path, a time or a command stays whole.
    Wrapped,
    /// Nowhere, so that paths and checksums can be copied.
    Whole,
}

/// Makes `{:?}` of every [`miette::Report`] of this process safe to print. The first call counts.
pub fn show_errors(lines: Lines) {
    let handler = move |_: &(dyn Diagnostic + 'static)| -> Box<dyn ReportHandler> {
        Box::new(VisibleErrors {
            plain: options(lines).color(false).build(),
            coloured: options(lines).graphical_theme(theme()).build(),
        })
    };
    // A hook that is already set stays.
    miette::set_hook(Box::new(handler)).ok();
}

fn options(lines: Lines) -> MietteHandlerOpts {
    MietteHandlerOpts::new()
        .wrap_lines(lines == Lines::Wrapped)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false)
}

/// The colours of miette, without those that are hard to read on a light background: yellow marks and dim line numbers.
fn theme() -> GraphicalTheme {
    let is_utf8 = |name: &str| std::env::var(name).is_ok_and(|value| value.to_uppercase().contains("UTF"));
    let mut theme = if ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().any(is_utf8) {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::ascii()
    };
    let mut styles = ThemeStyles::ansi();
    styles.linum = ThemeStyles::none().linum;
    styles.highlights.truncate(1);
    styles.warning = styles.error;
    theme.styles = styles;
    theme
}

/// Escapes what an input brought into an error: its message, file name or excerpt. Such an error has no colours, because in the
/// finished text they look like those of the input.
struct VisibleErrors {
    plain: MietteHandler,
    coloured: MietteHandler,
}

impl ReportHandler for VisibleErrors {
    fn debug(&self, error: &dyn Diagnostic, to: &mut Formatter<'_>) -> fmt::Result {
        let plain = Rendered(&self.plain, error).to_string();
        match visible(&plain) {
            Cow::Borrowed(_) if has_colours() => self.coloured.debug(error, to),
            text => to.write_str(&text),
        }
    }
}

/// Whether standard error shows colours, by `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and the terminal.
fn has_colours() -> bool {
    AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}

struct Rendered<'a>(&'a MietteHandler, &'a dyn Diagnostic);

impl Display for Rendered<'_> {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        self.0.debug(self.1, to)
    }
}

#[cfg(test)]
mod tests {
    use miette::{LabeledSpan, MietteDiagnostic, NamedSource, Report};

    use super::*;

    #[test]
    fn no_part_of_an_error_reaches_the_terminal_raw() {
        show_errors(Lines::Whole);
        let odd = "x\u{1b}[31m\u{202e}y";
        let error = MietteDiagnostic::new(odd)
            .with_help(odd)
            .with_label(LabeledSpan::at(0..1, odd));
        let source = NamedSource::new(odd, odd.to_owned());
        let text = format!("{:?}", Report::new(error).with_source_code(source).wrap_err(odd));
        assert_eq!(text.matches("x\\u{1b}[31m\\u{202e}y").count(), 6, "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}
