//! What the program prints without training: standard output that is full or closed, colours, and help.

use std::process::Output;

use crate::support::{Ended, Folder};

fn shell(line: &str) -> Ended {
    let folder = Folder::new();
    let mut command = std::process::Command::new("bash");
    folder.confine(&mut command);
    command
        .args(["-c", line])
        .env("RUNNER", env!("CARGO_BIN_EXE_runner"));
    Ended::from(command.output().unwrap())
}

const PRINTING: [&str; 6] = [
    "--help",
    "--version",
    "help try",
    "--list",
    "--list SVC",
    "completions zsh",
];

#[test]
fn a_full_standard_output_is_a_message_and_exit_code_1() {
    if std::fs::metadata("/dev/full").is_err() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    for arguments in PRINTING {
        shell(&format!("\"$RUNNER\" {arguments} > /dev/full"))
            .code(1)
            .stderr_has(&["error: cannot write to standard output: No space left"]);
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    for arguments in PRINTING {
        // The reader ends before the program begins.
        let line = format!("(sleep 0.2; \"$RUNNER\" {arguments}; echo \"code $?\" >&2) | true");
        let ended = shell(&line);
        assert_eq!(ended.err, "code 0\n", "{arguments}");
    }
}

/// Standard output and standard error of a command with these settings of colours.
fn coloured(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let folder = Folder::new();
    let mut command = folder.command(arguments);
    command.env_remove("NO_COLOR").env_remove("CLICOLOR");
    command
        .env_remove("CLICOLOR_FORCE")
        .envs(settings.iter().copied());
    command.output().unwrap()
}

#[test]
fn colours_obey_the_variables_of_the_environment() {
    let is_coloured = |arguments: &[&str], settings: &[(&str, &str)]| {
        let output = coloured(arguments, settings);
        [output.stdout, output.stderr].concat().contains(&0x1b)
    };
    // Help, an error of the arguments, and an error of the run.
    for arguments in [&["--help"][..], &["--nonsense"], &["missing.toml"]] {
        assert!(
            is_coloured(arguments, &[("CLICOLOR_FORCE", "1")]),
            "{arguments:?}"
        );
        for settings in [
            &[][..],
            &[("CLICOLOR_FORCE", "")],
            &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
            &[("CLICOLOR", "1")],
            &[("CLICOLOR", "0")],
        ] {
            assert!(!is_coloured(arguments, settings), "{arguments:?} {settings:?}");
        }
    }
    assert!(
        !is_coloured(&["--list"], &[("CLICOLOR_FORCE", "1")]),
        "a list has no colours"
    );
}

#[test]
fn every_help_text_fits_80_columns_and_has_examples() {
    let folder = Folder::new();
    for command in [&[][..], &["try"], &["merge"], &["completions"], &["man"]] {
        for flag in ["-h", "--help"] {
            let help = folder.run(&[command, &[flag]].concat()).code(0).out;
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{command:?}: {line}");
            }
            let (_, examples) = help.split_once("\nExamples:\n").unwrap();
            assert!(examples.matches("  runner ").count() >= 2, "{command:?}: {help}");
        }
    }
}
