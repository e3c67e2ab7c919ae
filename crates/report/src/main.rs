//! The program `report`: parses the command line, prints and sets the exit code.

use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use report::cli::{Args, Done, run};

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

fn main() -> ExitCode {
    file_size_limit_is_an_error();
    let exit = match Args::try_parse() {
        Ok(args) => report(&args),
        Err(error) if error.use_stderr() => {
            let _ = error.print();
            Exit::Unusable
        }
        // Help and version.
        Err(text) => printed(text.print().and_then(|()| stdout().flush())),
    };
    ExitCode::from(exit as u8)
}

fn report(args: &Args) -> Exit {
    match catch_unwind(|| run(args)) {
        Ok(Ok(report)) => {
            for note in &report.findings.notes {
                say(&format!("note: {note}"));
            }
            for problem in &report.findings.problems {
                say(&format!("error: {problem}"));
            }
            match finish(&report.done) {
                Exit::Ok if !report.findings.problems.is_empty() => Exit::Found,
                exit => exit,
            }
        }
        Ok(Err(error)) => {
            let is_write = matches!(error, report::ReportError::Write { .. });
            say(&format!("{:?}", miette::Report::new(error)));
            if is_write { Exit::Found } else { Exit::Unusable }
        }
        Err(_) => Exit::Found, // the panic has printed its message
    }
}

fn finish(done: &Done) -> Exit {
    match done {
        Done::Printed(text) => {
            let mut out = anstream::AutoStream::auto(stdout());
            printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
        }
        Done::Written(paths) => {
            for path in paths {
                say(&format!("wrote {}", path.display()));
            }
            if paths.is_empty() {
                say("nothing to write: all files are up to date");
            }
            Exit::Ok
        }
        Done::Stale(paths) if paths.is_empty() => Exit::Ok,
        Done::Stale(paths) => {
            for path in paths {
                say(&format!("error: {} is out of date", path.display()));
            }
            say(
                "help: run `cargo run -p report` with the same options, but without `--check`, and commit the changes",
            );
            Exit::Found
        }
        Done::Unusable => {
            say("error: no row can be used, so nothing was printed or written");
            Exit::Unusable
        }
    }
}

/// Whether standard output took the text. A reader such as `head` may close the pipe early.
fn printed(result: io::Result<()>) -> Exit {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            say(&format!("error: cannot write to standard output: {error}"));
            Exit::Found
        }
        _ => Exit::Ok,
    }
}

/// Prints a line to standard error and ignores errors, such as a closed stream.
fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// At the limit of a file's size (`ulimit -f`), the signal would end the program; caught, it leaves an error of the write.
fn file_size_limit_is_an_error() {
    // The flag is not read: the failed write says everything.
    let flag = Arc::new(AtomicBool::new(false));
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, flag);
}
