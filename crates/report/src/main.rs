//! The program `report`: parses the command line, prints and sets the exit code.

use std::io::{ErrorKind, Write, stderr, stdout};
use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::Parser;
use report::cli::{Args, Done, run};

/// The exit codes.
enum Exit {
    /// All text is written, printed or up to date.
    Ok = 0,
    /// `--check` found a file that is out of date, or an internal error occurred.
    StaleOrFault = 1,
    /// The command line or the data is invalid. clap exits with the same code.
    Data = 2,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let exit = match catch_unwind(|| run(&args)) {
        Ok(Ok(report)) => {
            for note in &report.notes {
                say(&format!("note: {note}"));
            }
            finish(&report.done)
        }
        Ok(Err(error)) => {
            say(&format!("{:?}", miette::Report::new(error)));
            Exit::Data
        }
        Err(_) => Exit::StaleOrFault, // the panic has printed its message
    };
    ExitCode::from(exit as u8)
}

fn finish(done: &Done) -> Exit {
    match done {
        Done::Printed(text) => match stdout()
            .write_all(text.as_bytes())
            .and_then(|()| stdout().flush())
        {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                say(&format!("error: cannot write to standard output: {error}"));
                Exit::StaleOrFault
            }
            _ => Exit::Ok, // a reader such as `head` may close the pipe early
        },
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
            Exit::StaleOrFault
        }
    }
}

/// Prints a line to standard error and ignores errors, such as a closed stream.
fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}
