//! Output formats: the names that a command accepts, and printing in one of them.

use std::io::{IsTerminal, stdout};

use clap::builder::PossibleValuesParser;
use comfy_table::Table;

use crate::cli::done::Done;
use crate::error::ReportError;
use crate::render::{RENDERERS, Render, Rendered, narrow, own};

/// No terminal is narrower, in characters.
const LEAST_WIDTH: usize = 20;

/// The names of the formats that can render a `T`.
pub(super) fn formats<T: Rendered>() -> PossibleValuesParser {
    PossibleValuesParser::new(names::<T>(|_| true))
}

fn names<T: Rendered>(is_listed: fn(&Render<T>) -> bool) -> Vec<&'static str> {
    let able = RENDERERS
        .iter()
        .filter(|renderer| T::render(renderer).is_some_and(is_listed));
    able.map(|renderer| renderer.name).collect()
}

/// Prints a value in a format of [`formats`].
///
/// # Errors
/// The format is not built in.
pub(super) fn print<T: Rendered>(value: &T, format: &str) -> Result<Done, ReportError> {
    print_or_page(value, format, || unreachable!("the value has no page of HTML"))
}

/// Prints a value in a format of [`formats`]; `page` makes its page of HTML.
///
/// # Errors
/// The format is not built in.
pub(super) fn print_or_page<T: Rendered>(
    value: &T,
    format: &str,
    page: impl FnOnce() -> String,
) -> Result<Done, ReportError> {
    let renderer = RENDERERS.iter().find(|renderer| renderer.name == format);
    let render = renderer.and_then(T::render);
    Ok(
        match render.expect("the command line accepts these names alone") {
            Render::Text(render) => Done::Printed(render(value)),
            Render::Terminal(render) => Done::Printed(render(value, width())),
            Render::Bytes(render) => Done::Bytes(render(value).ok_or_else(|| ReportError::NotBuiltIn {
                format: format.to_owned(),
                others: names::<T>(|render| !matches!(render, Render::Bytes(_))).join(", "),
            })?),
            Render::Page => Done::Printed(page()),
        },
    )
}

/// Prints a page of Markdown, on a terminal so that no line is too wide.
pub(super) fn print_page(markdown: String) -> Done {
    Done::Printed(if stdout().is_terminal() {
        narrow(&markdown, width())
    } else {
        markdown
    })
}

/// The width of the terminal in characters; 80 elsewhere.
fn width() -> usize {
    usable(Table::new().width().filter(|_| stdout().is_terminal()))
}

/// A width in characters. What says less than [`LEAST_WIDTH`] does not know its width: `stty cols 0`.
fn usable(width: Option<u16>) -> usize {
    let width = width.map(usize::from).filter(|width| *width >= LEAST_WIDTH);
    width.unwrap_or(own::DEFAULT_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_does_not_know_its_width_has_80_columns() {
        for (width, used) in [
            (None, 80),
            (Some(0), 80),
            (Some(19), 80),
            (Some(20), 20),
            (Some(200), 200),
        ] {
            assert_eq!(usable(width), used, "{width:?}");
        }
    }
}
