//! The commands that come next after a run, and their lines.

use command_line::invocation;
use std::path::Path;

use crate::cli::shell_words::{quoted, repeated};
use crate::cli::summary::Summary;
use crate::families;
use crate::results::sink::Sink;
use crate::results::status::Status;

/// The word before the commands.
pub(super) const NEXT: &str = "next";

/// Commands that are shown.
const MAX_SHOWN: usize = 3;

/// Options of this run that no next command repeats, and whether they have a value.
const NOT_REPEATED: [(&str, bool); 5] = [
    ("--retry", true),
    ("--rerun", true),
    ("--fresh", false),
    ("--plan", false),
    ("--quiet", false),
];

/// Three commands that come next. They repeat the options of this run, which would run `n_left` cells now.
pub(super) fn next_commands(
    summary: &Summary,
    sink: &Sink,
    n_left: usize,
    data_dir: Option<&Path>,
) -> Vec<String> {
    let runner = format!("{} {}", invocation("runner"), repeated(&NOT_REPEATED));
    let mut commands = Vec::new();
    if n_left > 0 {
        commands.push(runner.clone());
    }
    if lacks_library(summary) && Path::new(SETUP).exists() {
        commands.push(SETUP.to_owned());
    }
    // With the same limits, a cell beyond a limit would fail again.
    let failed = summary.failed().into_iter().filter(|status| !status.is_limit());
    let failed: Vec<String> = failed.map(|status| status.to_string()).collect();
    if !failed.is_empty() {
        commands.push(format!("{runner} --retry {}", failed.join(",")));
    }
    let data_dir = data_dir.map(|folder| format!(" --data-dir {}", quoted(&folder.display().to_string())));
    if sink.has_rows() {
        commands.push(format!(
            "{} show {}{}",
            invocation("report"),
            quoted(&sink.path().display().to_string()),
            data_dir.unwrap_or_default()
        ));
    }
    let best = summary.lines.iter().find(|line| line.accuracy().is_some());
    if let Some(best) = best {
        if best.is_shared {
            // Alone, and with a fit of its own.
            let others = [&NOT_REPEATED[..], &[("--jobs", true), ("--share", false)]].concat();
            let runner = format!("{} {}", invocation("runner"), repeated(&others));
            commands.push(format!("{runner} --jobs 1 --rerun {}", quoted(&best.label)));
        }
        if families::find(&best.classifier).is_some() {
            commands.push(format!("{} --list {}", invocation("runner"), best.classifier));
        }
    }
    commands.push(format!("{runner} --plan"));
    commands.truncate(MAX_SHOWN);
    commands
}

/// Installs the libraries of the engines that come with Hemline.
const SETUP: &str = "scripts/engines/setup";

/// Whether a program failed because Python has no such library.
fn lacks_library(summary: &Summary) -> bool {
    let mut ended = summary.lines.iter().flat_map(|line| line.others.iter().flatten());
    ended.any(|(_, reason)| reason.contains("ModuleNotFoundError"))
}

/// The lines of the commands, the first one after its word, the others `indent` characters from the left. Commands are broken for the `width`
/// of a terminal only: elsewhere they are copied.
pub(super) fn laid_out(commands: &[String], indent: usize, width: Option<usize>) -> String {
    let next = " ".repeat(indent);
    let mut text = String::new();
    for (i, command) in commands.iter().enumerate() {
        let first = if i == 0 {
            format!("{NEXT:<indent$}")
        } else {
            next.clone()
        };
        text += &match width {
            Some(width) => broken(command, width, &first, &next),
            None => first + command,
        };
        text.push('\n');
    }
    text
}

/// A command for a terminal of this width: lines that are too long are broken between arguments, as a shell reads them.
fn broken(command: &str, width: usize, first: &str, next: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in command.split(' ') {
        match words.last_mut() {
            Some(last) if is_open => *last += &format!(" {word}"),
            _ => words.push(word.to_owned()),
        }
        is_open ^= word.matches('\'').count() % 2 == 1;
    }
    let mut lines = vec![first.to_owned()];
    let mut is_start = true;
    for word in words {
        let last = lines.last_mut().expect("there is a first line");
        // A blank before the word, and room for ` \`.
        let is_fitting = last.chars().count() + word.chars().count() + 3 <= width;
        if is_start {
            last.push_str(&word);
        } else if is_fitting {
            last.push_str(&format!(" {word}"));
        } else {
            last.push_str(" \\");
            lines.push(format!("{next}  {word}"));
        }
        is_start = false;
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_is_broken_between_its_arguments() {
        let command = "runner configs/svm.toml --only 'C=10; gamma=auto' --timeout 30m";
        assert_eq!(
            broken(command, 45, "next  ", "      "),
            "next  runner configs/svm.toml --only \\\n        'C=10; gamma=auto' --timeout 30m"
        );
        assert_eq!(
            broken("runner a.toml", 80, "next  ", "      "),
            "next  runner a.toml"
        );
    }
}
