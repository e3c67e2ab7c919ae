//! Engines by command: limits, interruption, and cleanup of processes and folders.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use runner::results::{Row, Status};

use crate::programs::{GOOD, Programs, assert_ended};
use crate::support::{Ended, wait_for};

/// Checks that a script is ended soon after it reaches its limit.
#[track_caller]
fn reaches_limit(script: &str, limit: [&str; 2], status: Status, texts: &[&str]) {
    let programs = Programs::new(script);
    let started = Instant::now();
    let row = programs.run_first_point(&limit);
    let took = started.elapsed();
    assert_ended(&row, status, texts);
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn hanging_program_is_ended_at_its_limit() {
    let limit = ["--timeout", "500ms"];
    reaches_limit("sleep 1000", limit, Status::Timeout, &["limit of 500ms"]);
}

#[test]
fn hanging_children_are_ended_even_in_another_session() {
    let limit = ["--timeout", "500ms"];
    reaches_limit("sleep 1000 & wait", limit, Status::Timeout, &["limit of 500ms"]);
    reaches_limit(
        "(setsid sleep 1000 &) ; sleep 1000",
        limit,
        Status::Timeout,
        &["limit of 500ms"],
    );
}

#[test]
fn children_that_outlive_the_answer_are_ended() {
    let row = Programs::new(&format!("setsid sleep 1000 & sleep 1000 & {GOOD}")).run_first_point(&[]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
}

#[test]
fn program_that_ignores_sigterm_is_ended() {
    let script = "trap '' TERM INT HUP; while true; do sleep 0.1; done";
    reaches_limit(
        script,
        ["--timeout", "500ms"],
        Status::Timeout,
        &["limit of 500ms"],
    );
}

#[test]
fn program_that_keeps_starting_processes_is_ended() {
    let script = "while true; do (sleep 1000 &); sleep 0.002; done";
    reaches_limit(
        script,
        ["--timeout", "500ms"],
        Status::Timeout,
        &["limit of 500ms"],
    );
}

#[test]
fn memory_limit_includes_grandchildren() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not say what a process holds");
        return;
    }
    let limit = ["--memory", "300MiB"];
    reaches_limit(
        "exec tail /dev/zero",
        limit,
        Status::OutOfMemory,
        &["MiB of memory; the limit is 300.0 MiB"],
    );
    reaches_limit(
        "sh -c 'tail /dev/zero; true' & wait",
        limit,
        Status::OutOfMemory,
        &["limit is 300.0 MiB"],
    );
}

#[test]
fn ended_cell_affects_no_other_and_retry_reruns_only_it() {
    let programs = Programs::with(
        &format!("[ -e ../../quick ] || ! grep -q '\"C\":2.5' || sleep 1000\n{GOOD}"),
        "timeout = \"1s\"",
    );
    programs.run(&["--jobs", "2"]).code(3).stderr_has(&["--retry"]);
    programs.assert_nothing_remains();
    let rows = programs.folder.rows();
    let status = |row: &Row| (row.params.clone(), row.status);
    let mut ends: Vec<_> = rows.iter().map(status).collect();
    ends.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        ends,
        [
            ("C=1;class_weight=none".to_owned(), Status::Ok),
            ("C=2.5;class_weight=none".to_owned(), Status::Timeout)
        ]
    );
    programs.folder.write("quick", "");
    programs
        .run(&["--retry", "failed,out-of-memory,crashed"])
        .code(2)
        .stderr_has(&["no cell has the status of --retry"]);
    programs
        .run(&["--retry", "timeout"])
        .code(0)
        .stderr_has(&["1 cell to run"]);
    assert_eq!(programs.folder.rows().len(), 3);
    // An edited engine has new cells, which no row can have the status of.
    programs.folder.write("engine.sh", format!("{GOOD}\n"));
    programs
        .run(&["--retry", "timeout"])
        .code(2)
        .stderr_has(&["2 cells without any row (an edited engine has new cells)"]);
    programs.run(&[]).code(0).stderr_has(&["2 cells to run"]);
}

#[test]
fn killed_runner_leaves_no_program_and_no_folder() {
    let programs = Programs::new("setsid sleep 1000 & sleep 1000");
    let mut runner = programs
        .command(&["--jobs", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("two programs with their children", || {
        programs.processes().len() >= 6
    });
    runner.kill().unwrap();
    runner.wait().unwrap();
    wait_for("their end", || programs.processes().is_empty());
    wait_for("the end of their folders", || {
        std::fs::read_dir(programs.folder.path("scratch"))
            .unwrap()
            .count()
            == 1
    });
}

#[test]
fn interrupted_run_ends_its_programs() {
    let programs = Programs::new("trap '' INT TERM; sleep 1000 & sleep 1000");
    let runner = programs
        .command(&["--jobs", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("the program", || programs.processes().len() >= 3);
    let pid = nix::unistd::Pid::from_raw(runner.id().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    Ended::from(runner.wait_with_output().unwrap()).code(130);
    programs.assert_nothing_remains();
}
