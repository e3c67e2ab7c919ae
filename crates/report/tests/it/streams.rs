//! Standard output and standard error that are closed or full, and files that cannot grow: no panic, and no file is lost.

use std::fs;
use std::process::{Command, Output};

use crate::support::{Place, README, row, text_of};

const PROGRAM: &str = env!("CARGO_BIN_EXE_report");

/// Runs a shell line in which `$REPORT` is the program.
fn shell(place: &Place, line: &str) -> Output {
    Command::new("bash")
        .args(["-c", line])
        .current_dir(place.path("."))
        .env("REPORT", PROGRAM)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn has_full_device() -> bool {
    let is_there = fs::metadata("/dev/full").is_ok();
    if !is_there {
        eprintln!("skipped: there is no /dev/full");
    }
    is_there
}

/// 3,000 points: more text than a pipe holds.
fn long() -> Place {
    let rows: Vec<_> = (0..3_000)
        .map(|at| row().cell(at).params(&format!("C={at}")).build())
        .collect();
    Place::new().write("results/published/x.csv", &text_of(&rows))
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let place = long();
    for arguments in [
        "--format markdown",
        "--format csv",
        "show results/published/x.csv",
        "peers",
        "--help",
    ] {
        let line = format!("\"$REPORT\" {arguments} | head -1; echo \"code ${{PIPESTATUS[0]}}\"");
        let output = shell(&place, &line);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.ends_with("code 0\n"), "{arguments}: {text}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments}");
    }
}

#[test]
fn a_full_standard_output_is_a_message_and_exit_code_1() {
    if !has_full_device() {
        return;
    }
    let place = long();
    for arguments in [
        "--format markdown",
        "show results/published/x.csv",
        "scaling",
        "--help",
        "--version",
        "completions zsh",
    ] {
        let output = shell(&place, &format!("\"$REPORT\" {arguments} > /dev/full"));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {message}");
        assert!(
            message.contains("× cannot write to standard output: No space left"),
            "{arguments}: {message}"
        );
    }
}

#[test]
fn a_closed_or_full_standard_error_changes_nothing() {
    let place = long().write("results/published/bad.csv", "schema,\n");
    for closing in ["2>&-", "2>/dev/full", "2>/dev/null", "2>&- >&-"] {
        if closing.contains("full") && !has_full_device() {
            continue;
        }
        let output = shell(&place, &format!("\"$REPORT\" {closing}"));
        assert_eq!(output.status.code(), Some(1), "{closing}: {output:?}");
        assert!(place.read("README.md").contains("| 1 | SVC |"), "{closing}");
        let output = shell(&place, &format!("\"$REPORT\" --nonsense {closing}"));
        assert_eq!(output.status.code(), Some(2), "{closing}: {output:?}");
    }
    let output = shell(&place, "\"$REPORT\" 2>&1 | head -0; echo ${PIPESTATUS[0]}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n");
}

#[test]
fn at_the_limit_of_a_file_size_the_old_file_stays() {
    // A README that is longer than one block.
    let long_readme = format!("{README}\n{}", "More.\n".repeat(1000));
    let place = long().write("README.md", &long_readme);
    let output = shell(&place, "ulimit -f 1; trap '' 25; \"$REPORT\"");
    let trapped = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{trapped}");
    // The signal keeps its default action, which would end the program.
    let output = shell(&place, "ulimit -f 1; exec \"$REPORT\"");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("cannot write") && message.contains("File too large"),
        "{message}"
    );
    assert!(message.contains("the old content is unchanged"), "{message}");
    assert_eq!(place.read("README.md"), long_readme);
    let mut left: Vec<_> = fs::read_dir(place.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["README.md", "docs", "results"], "a temporary file is left");
    let output = shell(&place, "ulimit -f 1; \"$REPORT\" --format markdown > out.md");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("cannot write to standard output: File too large"),
        "{message}"
    );
}

#[test]
fn on_a_full_disk_the_old_readme_stays() {
    let place = long();
    // A file system of its own that one page fills; only root may mount it.
    let line = "mkdir disk && mount -t tmpfs -o size=280k none disk && cp -r README.md docs disk/ && cd disk && \
                { head -c 1M /dev/zero > filler; } 2>/dev/null; \"$REPORT\" --results ../results/published; code=$?; \
                cat README.md; exit $code";
    let output = Command::new("unshare")
        .args(["--mount", "bash", "-c", line])
        .current_dir(place.path("."))
        .env("REPORT", PROGRAM)
        .env("NO_COLOR", "1")
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no unshare");
        return;
    };
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    if message.contains("mount: ") || message.contains("unshare: ") {
        eprintln!("skipped: a file system cannot be mounted here");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("cannot write") && message.contains("No space left"),
        "{message}"
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), README);
}
