//! The program `loader`: fetches, checks and draws datasets.
//!
//! Exit codes: 0 done; 1 standard output cannot be written; 2 usage or data error.

mod check;
mod cli;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use cli::{Cli, OutputError, written};
use command_line::{Ended, Lines, parse, show_errors, tell_error};
use miette::Report;
use nix::sys::signal::Signal;

fn main() -> ExitCode {
    show_errors(Lines::Wrapped);
    // Beyond the limit on file sizes, writing is an error like that of a full disk, instead of the end of the process.
    // Without the handler the signal has its default effect.
    signal_hook::flag::register(Signal::SIGXFSZ as i32, Arc::new(AtomicBool::new(false))).ok();
    match run() {
        Ok(code) => code,
        Err(report) => {
            tell_error(&report);
            ExitCode::from(if report.is::<OutputError>() { 1 } else { 2 })
        }
    }
}

fn run() -> Result<ExitCode, Report> {
    match parse::<Cli>() {
        Ok(arguments) => cli::run(&arguments)?,
        Err(Ended::Answered(result)) => written(result)?,
        Err(Ended::Mistaken) => return Ok(ExitCode::from(2)),
    }
    Ok(ExitCode::SUCCESS)
}
