//! The program `report`: parses the command line, prints and sets the exit code.

use std::io::{self, IsTerminal};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use command_line::{Ended, Lines, parse, print_bytes, print_styled, show_errors, tell, tell_error};
use miette::MietteDiagnostic;
use report::cli::{Args, Done, not_a_command, run};

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// All text is written, printed or up to date.
    Ok = 0,
    /// Something was found: a row or file that is left out, or with `--check` a file that is out of date. Or text could not be
    /// written, or an internal error occurred.
    Found = 1,
    /// The command line is wrong, or no data can be used. clap exits with the same code.
    Unusable = 2,
}

/// What to do about files that are out of date.
const UPDATE: &str =
    "run `cargo run -p report` with the same options, but without `--check`, and commit the changes";

/// What to do about bytes on a terminal.
const REDIRECT: &str = "write it into a file: `... --format parquet > board.parquet`";

fn main() -> ExitCode {
    file_size_limit_is_an_error();
    show_errors(Lines::Wrapped);
    if let Some(error) = not_a_command(std::env::args_os().nth(1)) {
        tell_error(&error.into());
        return ExitCode::from(Exit::Unusable as u8);
    }
    let exit = match parse() {
        Ok(args) => report(&args),
        Err(Ended::Answered(result)) => printed(result),
        Err(Ended::Mistaken) => Exit::Unusable,
    };
    ExitCode::from(exit as u8)
}

fn report(args: &Args) -> Exit {
    match catch_unwind(|| run(args)) {
        Ok(Ok(report)) => {
            for note in &report.findings.notes {
                tell(&format!("note: {note}"));
            }
            for problem in &report.findings.problems {
                mistake(problem, None);
            }
            match finish(&report.done) {
                Exit::Ok if report.is_unsound => Exit::Unusable,
                Exit::Ok if !report.findings.problems.is_empty() => Exit::Found,
                exit => exit,
            }
        }
        Ok(Err(error)) => {
            let is_write = matches!(error, report::ReportError::Write { .. });
            tell_error(&miette::Report::new(error));
            if is_write { Exit::Found } else { Exit::Unusable }
        }
        Err(_) => Exit::Found, // the panic has printed its message
    }
}

fn finish(done: &Done) -> Exit {
    match done {
        Done::Printed(text) => printed(print_styled(text)),
        Done::Bytes(_) if io::stdout().is_terminal() => {
            mistake(
                "this format is for a file, and standard output is a terminal",
                Some(REDIRECT),
            );
            Exit::Unusable
        }
        Done::Bytes(bytes) => printed(print_bytes(bytes)),
        Done::Told(line) => {
            tell(line);
            Exit::Ok
        }
        Done::Written(paths) => {
            for path in paths {
                tell(&format!("wrote {}", path.display()));
            }
            if paths.is_empty() {
                tell("nothing to write: all files are up to date");
            }
            Exit::Ok
        }
        Done::Stale(paths) if paths.is_empty() => Exit::Ok,
        Done::Stale(paths) => {
            for (at, path) in paths.iter().enumerate() {
                let help = (at + 1 == paths.len()).then_some(UPDATE);
                mistake(&format!("{} is out of date", path.display()), help);
            }
            Exit::Found
        }
        Done::Unusable => {
            mistake("no row can be used, so nothing was printed or written", None);
            Exit::Unusable
        }
    }
}

/// Whether standard output took the text.
fn printed(result: io::Result<()>) -> Exit {
    match result {
        Ok(()) => Exit::Ok,
        Err(error) => {
            mistake(&format!("cannot write to standard output: {error}"), None);
            Exit::Found
        }
    }
}

/// Prints an error, and what to do.
fn mistake(what: &str, help: Option<&str>) {
    let mut error = MietteDiagnostic::new(what);
    error.help = help.map(str::to_owned);
    tell_error(&error.into());
}

/// At the limit of a file's size (`ulimit -f`), the signal would end the program; caught, it leaves an error of the write.
fn file_size_limit_is_an_error() {
    // The flag is not read: the failed write says everything.
    let flag = Arc::new(AtomicBool::new(false));
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, flag);
}
