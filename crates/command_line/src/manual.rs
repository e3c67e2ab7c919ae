//! The commands `completions` and `man`: what they print is generated from the declaration of the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::Resettable;
use clap::{Command, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;
use miette::Diagnostic;
use thiserror::Error;

/// Completion scripts and manual pages.
#[derive(Debug, Clone, Subcommand)]
pub enum Manual {
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages of this program and of its commands
    Man {
        /// Folder for the pages; it is created if it is missing
        folder: PathBuf,
    },
}

/// What a [`Manual`] made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// A script to print.
    Script(String),
    /// Pages that were written, and a line that says so.
    Pages(String),
}

/// The manual pages cannot be written.
#[derive(Debug, Error, Diagnostic)]
#[error("cannot write the manual pages to {}", folder.display())]
#[diagnostic(help("give a writable folder: {program} man DIR"))]
pub struct ManualError {
    folder: PathBuf,
    program: String,
    source: io::Error,
}

impl Manual {
    /// Makes the script or the pages of a program.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn make(&self, command: Command) -> Result<Made, ManualError> {
        let mut command = with_examples(command);
        let program = command.get_name().to_owned();
        match self {
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut command, program, &mut script);
                Ok(Made::Script(String::from_utf8_lossy(&script).into_owned()))
            }
            Self::Man { folder } => match write_pages(command, folder) {
                Ok(()) => Ok(Made::Pages(format!(
                    "wrote the manual pages to {}; read one with: man -l {}",
                    folder.display(),
                    folder.join(format!("{program}.1")).display()
                ))),
                Err(source) => Err(ManualError {
                    folder: folder.clone(),
                    program,
                    source,
                }),
            },
        }
    }
}

fn write_pages(command: Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut command = command.disable_help_subcommand(true);
    command.build();
    write_page(&command, folder)
}

/// Writes the page of a command and those of its commands. What stands after the help text keeps its columns.
fn write_page(command: &Command, folder: &Path) -> io::Result<()> {
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        write_page(inner, folder)?;
    }
    let after = command.get_after_help().map(ToString::to_string);
    let page = Man::new(command.clone().after_help(Resettable::Reset));
    let mut bytes = Vec::new();
    page.render(&mut bytes)?;
    bytes.extend(sections(&after.unwrap_or_default()).bytes());
    fs::write(folder.join(page.get_filename()), bytes)
}

/// Paragraphs as sections of a page: the examples, then notes.
fn sections(text: &str) -> String {
    let mut page = String::new();
    for paragraph in text
        .split("\n\n")
        .filter(|paragraph| !paragraph.trim().is_empty())
    {
        let (title, lines) = match paragraph.trim_start_matches('\n').strip_prefix("Examples:\n") {
            Some(examples) => ("EXAMPLES", examples),
            None => ("NOTES", paragraph),
        };
        page += &format!(".SH {title}\n.nf\n");
        for line in lines.lines() {
            page += &format!("{}\n", verbatim(line));
        }
        page += ".fi\n";
    }
    page
}

/// A line of a page that is shown as it is: no character of it is a command.
fn verbatim(line: &str) -> String {
    let text = line
        .replace('\\', r"\e")
        .replace('-', r"\-")
        .replace('\'', r"\(aq");
    if text.starts_with('.') {
        format!(r"\&{text}")
    } else {
        text
    }
}

/// Adds examples with the program's name to the two commands, if it has them.
pub(crate) fn with_examples(mut command: Command) -> Command {
    let program = command.get_name().to_owned();
    let examples = [
        (
            "completions",
            format!(
                "Examples:\n  \
                 {program} completions bash > ~/.local/share/bash-completion/completions/{program}\n  \
                 {program} completions zsh > ~/.zfunc/_{program}\n  \
                 {program} completions fish > ~/.config/fish/completions/{program}.fish"
            ),
        ),
        (
            "man",
            format!(
                "Examples:\n  \
                 {program} man ~/.local/share/man/man1     then: man {program}\n  \
                 {program} man pages                       then: man -l pages/{program}.1\n  \
                 sudo {program} man /usr/local/share/man/man1"
            ),
        ),
    ];
    for (name, examples) in examples {
        if command.find_subcommand(name).is_some() {
            command = command.mut_subcommand(name, |command| command.after_help(examples));
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_a_script_that_names_the_commands() {
        let command = || Manual::augment_subcommands(Command::new("tool"));
        for shell in [
            Shell::Bash,
            Shell::Zsh,
            Shell::Fish,
            Shell::Elvish,
            Shell::PowerShell,
        ] {
            let made = Manual::Completions { shell }.make(command());
            let Ok(Made::Script(script)) = made else {
                panic!("{made:?}")
            };
            assert!(
                script.contains("completions") && script.contains("tool"),
                "{shell}"
            );
        }
    }

    #[test]
    fn every_command_gets_a_page() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let command = Manual::augment_subcommands(Command::new("tool"));
        let folder = folder.path().join("share/man1");
        let made = Manual::Man {
            folder: folder.clone(),
        }
        .make(command);
        assert!(matches!(made, Ok(Made::Pages(_))), "{made:?}");
        for page in ["tool.1", "tool-completions.1", "tool-man.1"] {
            assert!(folder.join(page).is_file(), "{page}");
        }
        // The columns of the examples stay as they are.
        let page = fs::read_to_string(folder.join("tool-man.1")).expect("a page");
        let examples = ".SH EXAMPLES\n.nf\n  tool man ~/.local/share/man/man1     then: man tool\n";
        assert!(page.contains(examples) && !page.contains("EXTRA"), "{page}");
    }

    #[test]
    fn no_line_of_an_example_is_a_command_of_the_page() {
        assert_eq!(verbatim(r".x 'a' \n --b"), r"\&.x \(aqa\(aq \en \-\-b");
    }
}
