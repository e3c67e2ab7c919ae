//! The program `loader`: fetches, checks and draws datasets.
//!
//! Exit codes: 0 done; 1 standard output cannot be written; 2 usage or data error.

mod check;
mod cli;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use cli::{Cli, OutputError, tell, written};
use miette::{MietteHandlerOpts, Report};
use nix::sys::signal::Signal;

fn main() -> ExitCode {
    // Lines are not wrapped, so that paths and checksums can be copied. A hook that is already set may stay.
    miette::set_hook(Box::new(|_| {
        Box::new(MietteHandlerOpts::new().wrap_lines(false).build())
    }))
    .ok();
    // Beyond the limit on file sizes, writing is an error like that of a full disk, instead of the end of the process.
    // Without the handler the signal has its default effect.
    signal_hook::flag::register(Signal::SIGXFSZ as i32, Arc::new(AtomicBool::new(false))).ok();
    match run() {
        Ok(code) => code,
        Err(report) => {
            tell(&format!("{report:?}"));
            ExitCode::from(if report.is::<OutputError>() { 1 } else { 2 })
        }
    }
}

fn run() -> Result<ExitCode, Report> {
    match Cli::try_parse() {
        Ok(arguments) => cli::run(&arguments)?,
        // Help and version go to standard output.
        Err(message) if !message.use_stderr() => written(message.print())?,
        Err(message) => {
            message.print().ok();
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
