//! The commands that come next after a run, and their lines.

use command_line::invocation;
use std::path::Path;

use crate::cli::jobs::Job;
use crate::cli::selected_jobs::is_named;
use crate::cli::shell_words::{quoted, repeated};
use crate::cli::summary::Summary;
use crate::families;
use crate::results::sink::Sink;
use crate::results::status::Status;
use crate::run::time_limit::limit_in;

/// The word before the commands.
pub(super) const NEXT: &str = "next";

/// Width outside a terminal up to which commands stand beside their word, in characters.
const READABLE_WIDTH: usize = 80;

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

/// A run that has ended.
pub(super) struct Ended<'a> {
    pub(super) job: &'a Job,
    pub(super) summary: &'a Summary,
    pub(super) sink: &'a Sink,
    /// The cells that the same command would run now.
    pub(super) n_left: usize,
    /// Whether `--rerun` selected its cells: a next command selects among others.
    pub(super) is_rerun: bool,
    pub(super) data_dir: Option<&'a Path>,
}

/// Three commands that come next. They repeat the options of the run.
pub(super) fn next_commands(ended: &Ended<'_>) -> Vec<String> {
    let Ended { summary, sink, .. } = *ended;
    let runner = runner_without(&[]);
    let mut commands = Vec::new();
    if ended.n_left > 0 {
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
    if summary.failed() == [Status::Timeout] {
        commands.extend(retry_with_more_time(summary));
    }
    let data_dir = ended
        .data_dir
        .map(|folder| format!(" --data-dir {}", quoted(&folder.display().to_string())));
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
            let runner = runner_without(&[("--jobs", true), ("--share", false)]);
            let text = if ended.is_rerun {
                &best.label
            } else {
                shortest_text(ended.job, &best.label)
            };
            commands.push(format!("{runner} --jobs 1 --rerun {}", quoted(text)));
        }
        if families::find(&best.classifier).is_some() {
            commands.push(format!("{} --list {}", invocation("runner"), best.classifier));
        }
    }
    commands.push(format!("{runner} --plan"));
    commands.truncate(MAX_SHOWN);
    commands
}

/// The command of this run without the options that no next command repeats, and without these.
fn runner_without(options: &[(&str, bool)]) -> String {
    let without = [&NOT_REPEATED[..], options].concat();
    format!("{} {}", invocation("runner"), repeated(&without))
}

/// The command that gives the cells that reached their time limit twice as much, as far as their rows name it.
fn retry_with_more_time(summary: &Summary) -> Option<String> {
    let ended = summary.lines.iter().flat_map(|line| line.others.iter().flatten());
    let limits = ended.filter_map(|(_, reason)| limit_in(reason));
    let doubled = limits.max()?.saturating_mul(2);
    let doubled = humantime::format_duration(doubled).to_string().replace(' ', "");
    let runner = runner_without(&[("--timeout", true)]);
    Some(format!(
        "{runner} --retry {} --timeout {doubled}",
        Status::Timeout
    ))
}

/// The first words of a label after its dataset that select the same cells as the whole label.
fn shortest_text<'a>(job: &Job, label: &'a str) -> &'a str {
    let cells = || job.plan.cells.iter();
    let whole: Vec<bool> = cells().map(|cell| is_named(cell, label)).collect();
    let is_same = |text: &&str| {
        cells()
            .zip(&whole)
            .all(|(cell, is_in)| is_named(cell, text) == *is_in)
    };
    let (_, rest) = label.split_once(' ').unwrap_or(("", label));
    let ends = rest.match_indices(' ').map(|(at, _)| at);
    let mut texts = ends.map(|at| rest[..at].trim_end_matches([';', '·', ' ']));
    texts.find(is_same).unwrap_or(label)
}

/// Installs the libraries of the engines that come with Hemline.
const SETUP: &str = "scripts/engines/setup";

/// Whether a program failed because Python has no such library.
fn lacks_library(summary: &Summary) -> bool {
    let mut ended = summary.lines.iter().flat_map(|line| line.others.iter().flatten());
    ended.any(|(_, reason)| reason.contains("ModuleNotFoundError"))
}

/// The lines of the commands: the first one after its word and the others below it, or each on a line of its own where one of them would be
/// too wide. On a terminal, which has a `width`, a command that is wider than that is broken; elsewhere it is copied.
pub(super) fn laid_out(commands: &[String], indent: usize, width: Option<usize>) -> String {
    let longest = commands.iter().map(|command| command.chars().count()).max();
    let is_beside = indent + longest.unwrap_or(0) <= width.unwrap_or(READABLE_WIDTH);
    let (mut text, indent) = if is_beside {
        (format!("{NEXT:<indent$}"), " ".repeat(indent))
    } else {
        (format!("{NEXT}\n  "), "  ".to_owned())
    };
    for (i, command) in commands.iter().enumerate() {
        if i > 0 {
            text += &indent;
        }
        text += &match width {
            Some(width) => broken(command, width, &indent),
            None => command.clone(),
        };
        text.push('\n');
    }
    text
}

/// A command for a terminal of this width, after `indent`: one that is too long is broken between arguments, as a shell reads them.
fn broken(command: &str, width: usize, indent: &str) -> String {
    if indent.chars().count() + command.chars().count() <= width {
        return command.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in command.split(' ') {
        match words.last_mut() {
            Some(last) if is_open => *last += &format!(" {word}"),
            _ => words.push(word.to_owned()),
        }
        is_open ^= word.matches('\'').count() % 2 == 1;
    }
    let mut words = words.into_iter();
    let mut text = words.next().unwrap_or_default();
    let mut at = indent.chars().count() + text.chars().count();
    for word in words {
        let length = word.chars().count();
        // A blank before the word, and room for ` \`.
        if at + length + 3 <= width {
            text += &format!(" {word}");
            at += length + 1;
        } else {
            text += &format!(" \\\n{indent}  {word}");
            at = indent.chars().count() + length + 2;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_is_broken_between_its_arguments() {
        let command = "runner configs/svm.toml --only 'C=10; gamma=auto' --timeout 30m";
        assert_eq!(
            broken(command, 45, "  "),
            "runner configs/svm.toml --only \\\n    'C=10; gamma=auto' --timeout 30m"
        );
        assert_eq!(broken("runner a.toml", 80, "  "), "runner a.toml");
    }

    #[test]
    fn commands_that_are_too_wide_beside_their_word_have_lines_of_their_own() {
        let commands = ["runner a.toml", "runner a.toml --plan"].map(str::to_owned);
        assert_eq!(
            laid_out(&commands, 6, Some(26)),
            "next  runner a.toml\n      runner a.toml --plan\n"
        );
        let own = "next\n  runner a.toml\n  runner a.toml --plan\n";
        assert_eq!(laid_out(&commands, 6, Some(25)), own);
        let long = format!("runner {}.toml", "a".repeat(90));
        assert_eq!(
            laid_out(std::slice::from_ref(&long), 6, None),
            format!("next\n  {long}\n")
        );
    }
}
