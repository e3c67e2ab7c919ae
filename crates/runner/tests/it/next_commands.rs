//! The lines at the end of a run: which commands come next, and that they stay readable.

use std::process::Command;

use crate::support::{ENDLESS, Ended, Folder, QUICK};

/// What the commands after `next` run the program with: how it is called depends on who runs the tests.
fn arguments(ended: &Ended) -> Vec<&str> {
    let (_, commands) = ended.out.split_once("\nnext").unwrap();
    let lines = commands.lines();
    lines
        .filter_map(|line| Some(&line[line.find("grid.toml")?..]))
        .collect()
}

#[test]
fn after_a_timeout_more_time_is_suggested_and_not_the_same_command() {
    let folder = Folder::with_run("repeats = 3", ENDLESS);
    for limit in ["500ms", "1ms"] {
        let ended = folder
            .run(&["grid.toml", "--timeout", limit, "--jobs", "1"])
            .code(3);
        let next = "grid.toml --jobs 1 --retry timeout --timeout 1s";
        assert_eq!(arguments(&ended)[0], next, "{}", ended.out);
    }
    // With every repeat, the ones that did not run are due.
    let ended = folder
        .run(&["grid.toml", "--timeout", "1ms", "--all-repeats"])
        .code(3);
    assert!(
        arguments(&ended)[0].ends_with("--retry timeout --timeout 1s"),
        "{}",
        ended.out
    );
}

#[test]
fn the_command_that_measures_the_best_point_again_is_short() {
    let folder = Folder::with_run(
        "repeats = 2",
        "[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = [\"native\", \"linfa\"]\np = 1\nalgorithm = \"brute\"\n\
         n_neighbors = [1, 10]\nweights = \"uniform\"\n",
    );
    let ended = folder.run(&["grid.toml", "--jobs", "2"]).code(0);
    let again = arguments(&ended)
        .into_iter()
        .find(|line| line.contains("--rerun"));
    let again = again.unwrap_or_else(|| panic!("no --rerun in {}", ended.out));
    let start = "grid.toml --jobs 1 --rerun 'KNeighborsClassifier ";
    assert!(again.starts_with(start), "{again}");
    assert!(
        !again.contains("uniform") && !again.contains("standard"),
        "{again}"
    );
    // It selects the repeats of one point.
    let text = again.split('\'').nth(1).unwrap();
    let plan = folder.run(&["grid.toml", "--plan", "--rerun", text]).code(0);
    assert!(plan.out.contains("2 cells; all are due"), "{}", plan.out);
    // A run of a selection does not say what the text would select among all.
    let selected = folder.run(&["grid.toml", "--jobs", "2", "--rerun", text]).code(0);
    assert!(selected.out.contains("· standard'\n"), "{}", selected.out);
    // Wide commands have lines of their own.
    assert!(selected.out.contains("\nnext\n  "), "{}", selected.out);
}

/// The runner on a terminal of 80 columns; `None` where the system cannot make one.
fn on_a_terminal(folder: &Folder, arguments: &str) -> Option<Ended> {
    let runner = env!("CARGO_BIN_EXE_runner");
    let mut command = Command::new("script");
    command.args([
        "-qec",
        &format!("stty cols 80; '{runner}' {arguments}"),
        "/dev/null",
    ]);
    folder.confine(&mut command);
    let ended = command.env("TERM", "xterm").output();
    ended.ok().map(Ended::from)
}

#[test]
fn nothing_to_run_is_one_sentence_without_a_bar() {
    let folder = Folder::with_grid(QUICK);
    let Some(first) = on_a_terminal(&folder, "grid.toml") else {
        println!("skipped: this system has no `script`");
        return;
    };
    assert!(first.code(0).out.contains("0 of 1 cells"));
    let again = on_a_terminal(&folder, "grid.toml").unwrap().code(0);
    assert!(!again.out.contains("of 0 cells"), "{}", again.out);
    assert_eq!(again.out.matches("every cell is in results/grid.csv").count(), 1);
}
