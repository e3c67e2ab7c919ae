//! The program `loader`: fetches, checks and draws datasets.
//!
//! Exit codes: 0 done; 1 internal fault; 2 usage or data error.

mod check;
mod cli;

use std::process::ExitCode;

use clap::Parser;
use miette::MietteHandlerOpts;

fn main() -> ExitCode {
    // Lines are not wrapped, so that paths and checksums can be copied. A hook that is already set may stay.
    miette::set_hook(Box::new(|_| {
        Box::new(MietteHandlerOpts::new().wrap_lines(false).build())
    }))
    .ok();
    match cli::run(&cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::from(2)
        }
    }
}
