//! Grid files that are no usual text: very long lines, deep nesting, pipes, devices, folders and huge files.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Folder, QUICK};

#[test]
fn a_mistake_far_along_a_line_is_named_by_its_place() {
    let folder = Folder::new();
    let list = "1.0,".repeat(16_500);
    folder.write("grid.toml", format!("{QUICK}alpha=[{list}\"x\"]\n"));
    let message = "grid.toml:4:66008: `alpha`: expected a number above 0, found \"x\"";
    let ended = folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&[message])
        .stderr_lacks("panicked");
    assert!(ended.err.len() < 1000, "{}", ended.err);
}

#[test]
fn a_mistake_beside_a_long_line_shows_no_excerpt() {
    let folder = Folder::new();
    let comment = format!("# {}", "x".repeat(100_000));
    folder.write("grid.toml", format!("{QUICK}{comment}\nbeta = 1\n{comment}\n"));
    let message = "grid.toml:5:1: BernoulliNB has no parameter `beta`";
    let ended = folder.run(&["grid.toml"]).code(2).stderr_has(&[message]);
    assert!(ended.err.len() < 1000, "{}", ended.err);
}

#[test]
fn of_a_value_on_many_lines_the_first_is_shown() {
    let folder = Folder::new();
    let lines = "1,\n".repeat(5000);
    folder.write("grid.toml", format!("[run]\ntimeout = [\n{lines}]\n{QUICK}"));
    let ended = folder.run(&["grid.toml"]).code(2).stderr_has(&["grid.toml:2:11"]);
    assert!(ended.err.lines().count() < 20, "{}", ended.err);
}

#[test]
fn a_message_does_not_repeat_a_very_long_word() {
    let folder = Folder::new();
    folder.write(
        "grid.toml",
        format!("[[grid]]\nclassifier = \"{}\"\n", "é".repeat(100_000)),
    );
    let ended = folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["grid.toml:2:14: unknown classifier `éé", "éé…"]);
    assert!(ended.err.len() < 3000, "{}", ended.err.len());
}

#[test]
fn brackets_without_end_are_an_error_of_the_grid() {
    let folder = Folder::new();
    folder.write("grid.toml", format!("{QUICK}alpha={}", "[".repeat(200_000)));
    folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["grid.toml:4:", "recursion"])
        .stderr_lacks("panicked");
}

#[test]
fn of_very_many_mistakes_the_first_are_shown() {
    let folder = Folder::new();
    folder.write(
        "grid.toml",
        format!("{QUICK}alpha=[\n{}]", "\"x\",\n".repeat(100_000)),
    );
    folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&[
            "100000 errors in the grid, the first 50",
            "grid.toml:5:1",
            "grid.toml:54:1",
        ])
        .stderr_lacks("grid.toml:55:1");
}

#[test]
fn pipes_devices_and_huge_files_are_no_grids() {
    let folder = Folder::new();
    let made = Command::new("mkfifo")
        .arg(folder.path("pipe.toml"))
        .status()
        .unwrap();
    assert!(made.success());
    let huge = std::fs::File::create(folder.path("huge.toml")).unwrap();
    huge.set_len(1 << 40).unwrap();
    folder.write("latin1.toml", b"# caf\xe9\n");
    for (grid, message) in [
        ("pipe.toml", "it is not a regular file"),
        ("/dev/zero", "it is not a regular file"),
        ("huge.toml", "it has more than 16 MiB"),
        ("latin1.toml", "it is not UTF-8"),
    ] {
        let started = Instant::now();
        folder
            .run(&[grid])
            .code(2)
            .stderr_has(&[&format!("cannot read the grid {grid}"), message]);
        assert!(started.elapsed() < Duration::from_secs(30), "{grid}");
    }
}
