//! Runs the command line, prints its error, and exits with its code.

use clap::Parser;
use runner::{Cli, EXAMPLES, Exit, run, survive_file_size_limit, tell};
use std::process::ExitCode;

fn main() -> ExitCode {
    survive_file_size_limit();
    if std::env::args_os().len() < 2 {
        tell(EXAMPLES);
        return ExitCode::from(Exit::Usage as u8);
    }
    let exit = match run(&Cli::parse()) {
        Ok(exit) => exit,
        Err(error) => {
            tell(&format!("{:?}", miette::Report::new(error)));
            Exit::Usage
        }
    };
    ExitCode::from(exit as u8)
}
