//! `--check`, and how files are written.

use std::fs;

use crate::support::Place;

#[test]
fn check_passes_after_a_run_and_a_second_run_writes_nothing() {
    let place = Place::with_sample();
    place.report(&[]).ends(0, &["wrote README.md"]);
    place.report(&["--check"]).ends(0, &[]);
    place.report(&[]).ends(0, &["nothing to write"]);
}

#[test]
fn check_names_outdated_files_and_the_command_and_writes_nothing() {
    let place = Place::with_sample();
    let said = [
        "README.md is out of date",
        "results/published/leaderboard.md is out of date",
        "cargo run -p report",
    ];
    place.report(&["--check"]).ends(1, &said);
    assert_eq!(place.read("README.md"), crate::support::README);
    assert!(!place.has("results/published/leaderboard.md"));
}

#[test]
fn check_notices_manual_edits_and_new_rows() {
    let place = Place::with_sample();
    place.report(&[]).ends(0, &[]);
    let page = place.read("results/published/leaderboard.md");
    let place = place.write("results/published/leaderboard.md", "mine");
    place
        .report(&["--check"])
        .ends(1, &["results/published/leaderboard.md is out of date"]);
    let readme = place.read("README.md").replace("0.8986", "0.9986");
    let place = place
        .write("results/published/leaderboard.md", &page)
        .write("README.md", &readme);
    place.report(&["--check"]).ends(1, &["README.md is out of date"]);
    place.report(&[]).ends(0, &["wrote README.md"]);
    let fewer: String = place
        .read("results/published/sample.csv")
        .split_inclusive('\n')
        .take(20)
        .collect();
    place
        .write("results/published/sample.csv", &fewer)
        .report(&["--check"])
        .ends(1, &["README.md is out of date"]);
}

#[test]
fn check_ignores_text_outside_the_markers() {
    let place = Place::with_sample();
    place.report(&[]).ends(0, &[]);
    let readme = format!("new words\n{}", place.read("README.md"));
    place
        .write("README.md", &readme)
        .report(&["--check"])
        .ends(0, &[]);
}

#[test]
fn the_link_to_the_full_table_is_relative_to_the_readme() {
    let place = Place::with_sample();
    fs::rename(place.path("README.md"), place.path("docs/board.md")).unwrap();
    fs::rename(place.path("results/published"), place.path("docs/runs")).unwrap();
    place
        .report(&["--readme", "docs/board.md", "--results", "docs/runs"])
        .ends(0, &["wrote docs/board.md"]);
    assert!(place.read("docs/board.md").contains("](runs/leaderboard.md)"));
}

#[cfg(unix)]
#[test]
fn permissions_and_symbolic_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::with_sample();
    fs::rename(place.path("README.md"), place.path("real.md")).unwrap();
    fs::set_permissions(place.path("real.md"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink("real.md", place.path("README.md")).unwrap();
    place.report(&[]).ends(0, &[]);
    assert!(place.path("README.md").is_symlink());
    assert_eq!(
        fs::metadata(place.path("real.md")).unwrap().permissions().mode() & 0o777,
        0o640
    );
    let left: Vec<_> = fs::read_dir(place.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 4, "{left:?}");
}
