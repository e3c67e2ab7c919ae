//! Runs the command line, prints its error, and exits with its code.

use command_line::{Ended, Lines, invocation, parse, show_errors};
use runner::{Cli, EXAMPLES, Exit, run, survive_file_size_limit, tell, tell_error, written};
use std::process::ExitCode;

fn main() -> ExitCode {
    survive_file_size_limit();
    show_errors(Lines::Wrapped);
    if std::env::args_os().len() < 2 {
        tell(EXAMPLES);
        if invocation("runner") != "runner" {
            tell(&format!("Here, `runner` stands for `{}`.", invocation("runner")));
        }
        return ExitCode::from(Exit::Usage as u8);
    }
    let exit = match parse::<Cli>() {
        Ok(cli) => run(&cli).unwrap_or_else(|error| {
            tell_error(error);
            Exit::Usage
        }),
        Err(Ended::Answered(result)) => written(result),
        Err(Ended::Mistaken) => Exit::Usage,
    };
    ExitCode::from(exit as u8)
}
