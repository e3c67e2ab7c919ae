//! The command line: its arguments, or the help, version or mistake that is printed instead.

use std::io::{self, Write};

use clap::Parser;
use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::error::{ContextKind, ErrorKind};

use crate::manual;
use crate::output::{finished, tell};
use crate::text::is_unprintable;

/// No line of a help text is longer, in characters.
pub const MAX_WIDTH: usize = 80;

/// How this user runs a program of Hemline: its name, or through cargo where cargo runs this process.
pub fn invocation(program: &str) -> String {
    match std::env::var_os("CARGO") {
        // Cargo sets this variable for the programs that it runs.
        Some(_) => format!("cargo run -p {program} --"),
        None => program.to_owned(),
    }
}

/// The styles of clap, without yellow, which is hard to read on a light background.
fn styles() -> Styles {
    Styles::styled().invalid(AnsiColor::Magenta.on_default())
}

/// Why a command line has no arguments to run.
#[derive(Debug)]
pub enum Ended {
    /// It asked for help or the version, which were printed, if there is no error.
    Answered(io::Result<()>),
    /// It has a mistake, which was printed.
    Mistaken,
}

/// The arguments of this process.
///
/// # Errors
/// Something was printed instead.
pub fn parse<T: Parser>() -> Result<T, Ended> {
    let mut command = manual::with_examples(T::command()).styles(styles());
    let parsed = command
        .try_get_matches_from_mut(std::env::args_os())
        .and_then(|mut matches| T::from_arg_matches_mut(&mut matches));
    parsed.map_err(|mut error| {
        if error.kind() == ErrorKind::UnknownArgument && error.get(ContextKind::SuggestedArg).is_none() {
            // It would be how to pass the argument as a value, which nobody wants.
            error.remove(ContextKind::Suggested);
        }
        let error = error.format(&mut command);
        if !error.use_stderr() {
            return Ended::Answered(finished(error.print().and_then(|()| io::stdout().flush())));
        }
        if std::env::args_os().any(|argument| argument.to_string_lossy().contains(is_unprintable)) {
            // In a text with styles, those of the arguments could not be told from the others.
            tell(error.render().to_string().trim_end());
        } else {
            error.print().ok();
        }
        Ended::Mistaken
    })
}
