//! What the program prints: help, completions and manual pages, colours, and text that a terminal would obey.

use predicates::prelude::*;
use predicates::str::contains;

use crate::program::loader;
use crate::sandbox::*;

#[test]
fn names_that_a_terminal_would_obey_are_escaped() {
    let sandbox = Sandbox::new();
    let hostile = "a\u{1b}[31m\u{202e}b";
    sandbox.folder(hostile);
    let folder = format!("./{hostile}");
    let file = format!("{hostile}/none/x.png");
    for (arguments, code) in [
        (&["check", hostile][..], 2),
        (&["check", &folder], 0),
        (&["fetch", "mnist", "--data-dir", hostile], 2),
        (&["sprite", &folder, "--out", &file], 2),
        (&["import", hostile, "name"], 2),
        (&["import", "missing.csv", hostile], 2),
        (&["check", "mnist", "--a\u{202e}b"], 2),
    ] {
        let done = loader(&sandbox)
            .env("CLICOLOR_FORCE", "1")
            .args(arguments)
            .assert()
            .code(code);
        let output = done.get_output();
        let text = String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap();
        assert!(text.contains("\\u{202e}b"), "{arguments:?}: {text:?}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{arguments:?}: {text:?}");
    }
    // A path for another program is what it is.
    loader(&sandbox)
        .env("HEMLINE_CACHE", sandbox.path(hostile))
        .args(["fetch", &folder])
        .assert()
        .success()
        .stdout(contains(format!("{hostile}/decompressed/")));
}

#[test]
fn colours_obey_the_variables_of_the_environment() {
    let sandbox = Sandbox::new();
    let check = |settings: &[(&'static str, &str)], is_coloured: bool| {
        let mut command = loader(&sandbox);
        command.args(["check", "unknown"]).envs(settings.iter().copied());
        let has = contains("\u{1b}").eval(&String::from_utf8_lossy(&command.output().unwrap().stderr));
        assert_eq!(has, is_coloured, "{settings:?}");
    };
    check(&[], false);
    check(&[("CLICOLOR_FORCE", "1")], true);
    check(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false);
    check(&[("CLICOLOR", "0")], false);
}

#[test]
fn every_help_text_fits_80_columns_and_has_three_examples() {
    let sandbox = Sandbox::new();
    let commands = ["fetch", "check", "import", "sprite", "completions", "man"];
    for command in commands.map(|name| vec![name]).into_iter().chain([vec![]]) {
        for flag in ["-h", "--help"] {
            let output = loader(&sandbox).args(&command).arg(flag).output().unwrap();
            let help = String::from_utf8(output.stdout).unwrap();
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{command:?}: {line}");
            }
            let (_, examples) = help.split_once("\nExamples:\n").unwrap();
            assert_eq!(examples.matches("loader ").count(), 3, "{command:?}: {help}");
        }
    }
}

#[test]
fn completions_and_manual_pages_are_generated() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let says = contains("test-share").and(contains("sprite"));
        loader(&sandbox)
            .args(["completions", shell])
            .assert()
            .success()
            .stdout(says);
    }
    loader(&sandbox)
        .args(["man", "pages"])
        .assert()
        .success()
        .stderr(contains("man -l pages/loader.1"));
    assert!(sandbox.path("pages/loader.1").is_file() && sandbox.path("pages/loader-import.1").is_file());
    std::fs::write(sandbox.path("file"), "").unwrap();
    loader(&sandbox)
        .args(["man", "file"])
        .assert()
        .code(2)
        .stderr(contains("cannot write the manual pages to file"));
}

#[test]
fn errors_and_the_check_of_a_dataset_fit_80_columns() {
    let sandbox = Sandbox::new();
    sandbox.folder("data/mine");
    std::fs::write(sandbox.path("t.csv"), "a,label\n0.5,x\n300,y\n").unwrap();
    for (arguments, code) in [
        ("check mine", 0),
        ("import t.csv one --scale 2,1", 2),
        ("import t.csv one --scale no", 2),
        ("import t.csv one --size 2x", 2),
        ("import t.csv one --shape 2", 2),
        ("import t.csv one", 2),
        ("import t.csv one --scale 0,1", 2),
        ("import t.csv one --label lable", 2),
        ("import t.csv mine --scale 0,300", 2),
        ("import u.csv one", 2),
        ("import data one", 2),
    ] {
        let done = loader(&sandbox).args(arguments.split(' ')).assert().code(code);
        let output = done.get_output();
        let says = String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap();
        // A path has no place to break.
        for line in says.lines().filter(|line| !line.contains("/cache/")) {
            assert!(line.chars().count() <= 80, "{arguments}: {line}");
        }
    }
}
