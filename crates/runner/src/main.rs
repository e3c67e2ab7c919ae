//! Runs the command line, prints its error, and exits with its code.

use clap::Parser;
use runner::{Cli, Exit, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = match run(&Cli::parse()) {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("{:?}", miette::Report::new(error));
            Exit::Usage
        }
    };
    ExitCode::from(exit as u8)
}
