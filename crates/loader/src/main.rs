//! The program `loader`: fetches a dataset, checks it, draws it.
//!
//! Exit codes: 0 done; 1 internal fault; 2 usage or data error.

mod check;
mod cli;

use std::process::ExitCode;

use clap::Parser;
use miette::MietteHandlerOpts;

fn main() -> ExitCode {
    // Paths and sums stay in one piece, to be copied. A hook that is already there is as good.
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
