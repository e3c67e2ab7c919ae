//! The child process of a cell, by itself and under limits: a fault of its surroundings is an error, never a panic.

use std::io::Write;
use std::process::{Command, Stdio};

use runner::results::Status;

use crate::other_user::{as_other_user, open_to_everybody, wrapped};
use crate::programs::{GOOD, Programs};
use crate::support::{Ended, Folder};

/// Sends one line to the process of a cell.
fn served(mut command: Command, line: &str) -> Ended {
    let mut cell = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = cell.stdin.take().unwrap();
    writeln!(input, "{line}").unwrap();
    let ended = Ended::from(cell.wait_with_output().unwrap());
    drop(input);
    ended
}

#[test]
fn unreadable_request_is_a_response() {
    let ended = served(Folder::new().command(&["cell"]), "{}").code(0);
    assert!(ended.out.contains("unreadable request"), "{}", ended.out);
}

#[test]
fn response_that_cannot_be_written_is_an_exit_code() {
    let folder = Folder::new();
    for redirection in [">/dev/full", ">/dev/full 2>/dev/full", ">/dev/full 2>&-"] {
        let mut shell = Command::new("sh");
        let line = format!("exec \"$0\" cell {redirection}");
        shell.args(["-c", &line, env!("CARGO_BIN_EXE_runner")]);
        folder.confine(&mut shell);
        served(shell, "{}").code(1).stderr_lacks("panicked");
    }
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" cell >&- 2>&-", env!("CARGO_BIN_EXE_runner")]);
    folder.confine(&mut shell);
    let ended = served(shell, "{}");
    assert!(matches!(ended.code, Some(0 | 1)), "{:?}", ended.code);
}

#[test]
fn cell_without_a_second_thread_says_so() {
    let folder = Folder::new();
    let mut command = folder.command(&["cell"]);
    open_to_everybody(&folder, &mut command);
    let Some(command) = as_other_user(64_101, &command, &["prlimit", "--nproc=1"]) else {
        return;
    };
    let ended = served(command, "{}").stderr_lacks("panicked").code(0);
    assert!(ended.out.contains("cannot start a thread"), "{}", ended.out);
}

#[test]
fn run_without_enough_threads_never_panics() {
    let programs = Programs::new(GOOD);
    let grid = std::fs::read_to_string(programs.folder.path("grid.toml")).unwrap();
    let built_in = "[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\n";
    programs.folder.write("grid.toml", format!("{grid}{built_in}"));
    let mut all_ok = false;
    for limit in 1..=40 {
        let results = format!("results-{limit}");
        let mut command = programs.command(&["--results", &results, "--jobs", "1"]);
        open_to_everybody(&programs.folder, &mut command);
        let nproc = format!("--nproc={limit}");
        let Some(mut command) = as_other_user(64_102, &command, &["prlimit", &nproc]) else {
            return;
        };
        let ended = Ended::from(command.output().unwrap());
        assert!(
            matches!(ended.code, Some(0..=3)) && !ended.err.contains("panicked"),
            "limit {limit}: {:?}\n{}",
            ended.code,
            ended.err
        );
        programs.assert_nothing_remains();
        all_ok = ended.code == Some(0);
        if all_ok {
            break;
        }
    }
    assert!(all_ok, "40 processes were not enough");
}

#[test]
fn file_size_limit_is_an_error_of_the_write() {
    let folder = Folder::with_grid("[[grid]]\nclassifier = \"RidgeClassifier\"\nengine = \"native\"\n");
    // The data lie in the cache afterwards.
    folder.run(&["grid.toml", "--results", "first"]).code(0);
    let command = folder.command(&["grid.toml", "--keep", "kept"]);
    let Some(mut command) = wrapped(&command, &["prlimit", "--fsize=20000"]) else {
        return;
    };
    Ended::from(command.output().unwrap()).code(1);
    let row = &folder.rows()[0];
    assert_eq!(row.status, Status::Ok, "{}", row.error);
    assert!(row.warning.contains("not-kept: cannot write"), "{}", row.warning);
    assert_eq!(std::fs::read_dir(folder.path("kept")).unwrap().count(), 0);
}

#[test]
fn programs_do_not_inherit_a_changed_signal() {
    let programs = Programs::new(&format!(
        "grep -E '^Sig(Ign|Cgt)' /proc/self/status > ../../signals\n{GOOD}"
    ));
    let row = programs.run_first_point(&[]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
    let signals = std::fs::read_to_string(programs.folder.path("signals")).unwrap_or_default();
    let Some(ignored) = signals.lines().find_map(|line| line.strip_prefix("SigIgn:")) else {
        println!("skipped: this system does not say which signals a process ignores");
        return;
    };
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap();
    let file_size = 1 << (nix::sys::signal::Signal::SIGXFSZ as u32 - 1);
    assert_eq!(ignored & file_size, 0, "{signals}");
}
