//! A rerun continues from the results: after a complete run, an interruption, a kill, or a failed cell.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use runner::results::{Row, Status};

use crate::support::{ENDLESS, Ended, Folder, QUICK, statuses, wait_for};

/// Three points that train in milliseconds.
const GRID: &str = "[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\nalpha = [1, 2]\n[[grid]]\nclassifier = \"GaussianNB\"\nengine = \"native\"\n";

/// Points that take about 0.5 s each, since `p = 3.5` needs powers.
const SLOW: &str = "[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = \"linfa\"\np = 3.5\nn_neighbors = [1, 2, 3, 4, 5, 6]\n";

fn start(folder: &Folder, arguments: &[&str]) -> Child {
    folder
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

/// Process ids of the running cells of a runner.
fn children(runner: u32) -> Vec<u32> {
    let is_child = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name in brackets is followed by state and parent.
        let parent = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        parent == Some(runner) && command.ends_with(b"\0cell\0")
    };
    let entries = std::fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    pids.filter(is_child).collect()
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ")
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Checks that every cell of the plan is `ok`, and that no cell was `ok` twice.
#[track_caller]
fn assert_complete(folder: &Folder, cells: usize) {
    let rows = folder.rows();
    let mut last: HashMap<(String, String), Status> = HashMap::new();
    let mut done = HashSet::new();
    for row in rows {
        let key = (row.cell_id, row.params);
        assert!(
            row.status != Status::Ok || done.insert(key.clone()),
            "{key:?} twice"
        );
        last.insert(key, row.status);
    }
    assert_eq!(last.len(), cells);
    assert!(last.values().all(|status| *status == Status::Ok), "{last:?}");
}

#[test]
fn same_command_again_runs_nothing_and_changes_no_byte() {
    let folder = Folder::with_run("repeats = 2", GRID);
    folder.run(&["grid.toml"]).code(0).stderr_has(&["6 cells to run"]);
    let before = folder.results();
    let ended = folder
        .run(&["grid.toml"])
        .code(0)
        .stderr_has(&["every cell is in results/grid.csv"]);
    assert!(
        ended.out.contains("GaussianNB"),
        "the table lacks GaussianNB\n{}",
        ended.out
    );
    assert_eq!(folder.results(), before);
}

#[test]
fn removed_row_reruns_only_that_cell() {
    let folder = Folder::with_run("repeats = 2", GRID);
    folder.run(&["grid.toml", "--jobs", "1"]).code(0);
    let text = String::from_utf8(folder.results().unwrap()).unwrap();
    let before = folder.rows();
    let without: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(i, _)| *i != 4)
        .map(|(_, line)| line)
        .collect();
    folder.write("results/grid.csv", without.join("\n") + "\n");
    folder
        .run(&["grid.toml"])
        .code(0)
        .stderr_has(&["1 cell to run, 5 already finished"]);
    let after = folder.rows();
    assert_eq!(after.len(), 6);
    assert_eq!(after[5].cell_id, before[3].cell_id);
    assert_eq!(
        (after[5].repeat, after[5].accuracy),
        (before[3].repeat, before[3].accuracy)
    );
}

#[test]
fn more_repeats_run_only_the_new_ones() {
    let folder = Folder::with_grid("[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = \"linfa\"\n");
    folder.run(&["grid.toml"]).code(0);
    folder
        .run(&["grid.toml", "--repeats", "3"])
        .code(0)
        .stderr_has(&["2 cells to run, 1 already finished"]);
    let repeats: Vec<usize> = folder.rows().iter().map(|row| row.repeat).collect();
    let mut sorted = repeats.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [0, 1, 2]);
    assert_eq!(repeats[0], 0);
}

#[test]
fn interrupted_run_keeps_finished_cells_and_the_same_command_runs_the_rest() {
    let folder = Folder::with_grid(SLOW);
    let runner = start(&folder, &["grid.toml", "--jobs", "1"]);
    folder.wait_for_lines(2);
    signal(runner.id(), Signal::SIGINT);
    let ended = Ended::from(runner.wait_with_output().unwrap())
        .code(130)
        .stderr_has(&["the same command runs the rest"]);
    let rows = folder.rows();
    let kept = rows.iter().filter(|row| row.status == Status::Ok).count();
    assert!(
        (1..6).contains(&kept),
        "{kept} of 6 cells finished\n{}",
        ended.err
    );
    assert!(
        rows.iter()
            .all(|row| matches!(row.status, Status::Ok | Status::Interrupted))
    );
    folder
        .run(&["grid.toml"])
        .code(0)
        .stderr_has(&[&format!("{kept} already finished")]);
    assert_complete(&folder, 6);
}

#[test]
fn killed_runner_leaves_no_process_and_complete_rows() {
    let folder = Folder::with_grid(&format!("{QUICK}{ENDLESS}"));
    let mut runner = start(&folder, &["grid.toml", "--jobs", "2"]);
    folder.wait_for_lines(2);
    let mut cells = Vec::new();
    wait_for("the endless cell", || {
        cells = children(runner.id());
        cells.len() == 1
    });
    runner.kill().unwrap();
    runner.wait().unwrap();
    wait_for("the cell's end", || !cells.iter().any(|pid| is_alive(*pid)));
    assert_eq!(statuses(&folder.rows()), [Status::Ok]);
    assert!(folder.results().unwrap().ends_with(b"\n"));
    folder
        .run(&["grid.toml", "--only", "BernoulliNB"])
        .code(0)
        .stderr_has(&["every cell is in results/grid.csv"]);
    assert_eq!(folder.rows().len(), 1);
}

#[test]
fn killed_run_is_finished_by_the_same_command() {
    let folder = Folder::with_grid(SLOW);
    let mut runner = start(&folder, &["grid.toml", "--jobs", "1"]);
    folder.wait_for_lines(2);
    runner.kill().unwrap();
    runner.wait().unwrap();
    folder.run(&["grid.toml"]).code(0);
    assert_complete(&folder, 6);
}

#[test]
fn retry_leaves_the_other_repeats_out_and_its_exit_code_says_so() {
    let folder = Folder::with_run("repeats = 3", QUICK.replace("Bernoulli", "Gaussian").as_str());
    folder
        .run(&["grid.toml", "--timeout", "1ns", "--jobs", "1"])
        .code(3);
    assert_eq!(statuses(&folder.rows()), [Status::Timeout]);
    let n_left = folder
        .run(&["grid.toml", "--plan", "--fresh"])
        .out
        .matches(" · repeat ")
        .count()
        - 1;
    assert!(n_left > 0);
    let text = match n_left {
        1 => "1 cell has not run; the same command without --retry runs it".to_owned(),
        n => format!("{n} cells have not run; the same command without --retry runs them"),
    };
    folder
        .run(&["grid.toml", "--retry", "timeout"])
        .code(3)
        .stderr_has(&["1 cell to run, 1 in parallel", &text])
        .stderr_lacks("already finished");
    folder.run(&["grid.toml"]).code(0).stderr_lacks("not run");
    assert_eq!(folder.rows().len(), 2 + n_left);
}

#[test]
fn killed_cell_affects_no_other_and_retry_reruns_it() {
    let folder = Folder::with_grid(&format!("{SLOW}{QUICK}"));
    let runner = start(&folder, &["grid.toml", "--jobs", "1"]);
    let mut cells = Vec::new();
    wait_for("a cell's process", || {
        cells = children(runner.id());
        !cells.is_empty()
    });
    signal(cells[0], Signal::SIGKILL);
    Ended::from(runner.wait_with_output().unwrap())
        .code(3)
        .stderr_has(&["--retry"]);
    let rows = folder.rows();
    assert_eq!(rows.len(), 7);
    let lost: Vec<&Row> = rows.iter().filter(|row| row.status != Status::Ok).collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].status, Status::Crashed);
    assert!(lost[0].error.contains("killed"), "{}", lost[0].error);
    folder
        .run(&["grid.toml"])
        .code(3)
        .stderr_has(&["every cell is in results/grid.csv"]);
    folder
        .run(&["grid.toml", "--retry", "out-of-memory,crashed"])
        .code(0)
        .stderr_has(&["1 cell to run"]);
    assert_complete(&folder, 7);
}

#[test]
fn cell_ended_by_a_signal_is_crashed() {
    let folder = Folder::with_grid(ENDLESS);
    let runner = start(&folder, &["grid.toml"]);
    let mut cells = Vec::new();
    wait_for("the cell's process", || {
        cells = children(runner.id());
        !cells.is_empty()
    });
    signal(cells[0], Signal::SIGABRT);
    Ended::from(runner.wait_with_output().unwrap()).code(3);
    let rows = folder.rows();
    assert_eq!(statuses(&rows), [Status::Crashed]);
    assert!(rows[0].error.contains("SIGABRT"), "{}", rows[0].error);
}

#[test]
fn cell_over_its_time_limit_is_ended() {
    let folder = Folder::with_grid(ENDLESS);
    let started = Instant::now();
    folder.run(&["grid.toml", "--timeout", "300ms"]).code(3);
    assert!(started.elapsed() < Duration::from_secs(30));
    let rows = folder.rows();
    assert_eq!(statuses(&rows), [Status::Timeout]);
    assert!(rows[0].error.contains("limit of 300ms"), "{}", rows[0].error);
    assert_eq!(rows[0].fit_s, None);
}

#[test]
fn other_repeats_of_a_point_at_its_limit_run_with_all_repeats_alone() {
    let folder = Folder::with_grid(ENDLESS);
    let limited = ["grid.toml", "--timeout", "300ms", "--repeats", "3", "--jobs", "1"];
    let not_run = ["2 cells do not run", "--all-repeats"];
    folder.run(&limited).code(3).stderr_has(&not_run);
    assert_eq!(statuses(&folder.rows()), [Status::Timeout]);
    // The rows of an earlier run count too.
    folder.run(&limited).code(3).stderr_has(&not_run);
    let planned = folder.run(&[&limited[..], &["--plan"]].concat());
    assert!(planned.out.contains("none is due"), "{}", planned.out);
    assert_eq!(statuses(&folder.rows()), [Status::Timeout]);
    folder.run(&[&limited[..], &["--all-repeats"]].concat()).code(3);
    assert_eq!(statuses(&folder.rows()), [Status::Timeout; 3]);
}

#[test]
fn cell_over_its_memory_limit_is_ended() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not say what a process holds");
        return;
    }
    let folder = Folder::with_grid(ENDLESS);
    folder.run(&["grid.toml", "--memory", "1MiB"]).code(3);
    let rows = folder.rows();
    assert_eq!(statuses(&rows), [Status::OutOfMemory]);
    assert!(
        rows[0].error.contains("the limit is 1.0 MiB"),
        "{}",
        rows[0].error
    );
}

#[test]
fn jobs_and_threads_change_no_prediction() {
    let grid = "[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = \"linfa\"\n[[grid]]\nclassifier = \"SVC\"\ntrain_limit = 100\n\
                [[grid]]\nclassifier = \"LogisticRegression\"\nmax_iter = 20\n[[grid]]\nclassifier = \"GaussianNB\"\nengine = \"native\"\n";
    let folder = Folder::with_run("repeats = 2", grid);
    let scores = |arguments: &[&str]| {
        folder
            .run(&[&["grid.toml", "--fresh"], arguments].concat())
            .code(0);
        let mut scores: Vec<_> = folder
            .rows()
            .into_iter()
            .map(|row| (row.cell_id, row.accuracy, row.macro_f1))
            .collect();
        scores.sort_by(|a, b| a.0.cmp(&b.0));
        scores
    };
    let one = scores(&["--jobs", "1", "--threads", "1"]);
    assert_eq!(one.len(), 12, "SVC and LogisticRegression on both engines");
    assert_eq!(one, scores(&["--jobs", "2", "--threads", "2"]));
}

#[test]
fn row_counts_concurrent_cells() {
    let folder = Folder::with_grid(&format!("{QUICK}{ENDLESS}"));
    folder
        .run(&["grid.toml", "--jobs", "2", "--threads", "2", "--timeout", "2s"])
        .code(3);
    let rows = folder.rows();
    assert!(
        rows.iter().all(|row| (row.concurrent, row.threads) == (2, 2)),
        "{rows:?}"
    );
    let alone = Folder::with_grid(QUICK);
    alone.run(&["grid.toml", "--jobs", "2"]).code(0);
    assert_eq!((alone.rows()[0].concurrent, alone.rows()[0].threads), (1, 1));
}
