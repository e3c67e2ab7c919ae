//! What the program prints: text that a terminal would obey, colours, completions and manual pages, and odd files.

use std::process::{Command, Output};

use crate::support::{Place, row, text_of};

const HOSTILE: &str = "a\u{1b}[31m\u{202e}b";
const ESCAPED: &str = "a\\u{1b}[31m\\u{202e}b";

fn report(place: &Place, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_report"))
        .current_dir(place.path("."))
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR")
        .env_remove("CLICOLOR_FORCE")
        .envs(settings.iter().copied())
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn names_that_a_terminal_would_obey_are_escaped() {
    let name = format!("{HOSTILE}.csv");
    let place = Place::with_sample().write(&name, "schema,\n");
    for (arguments, code) in [
        (
            &["show", "results/published/sample.csv", "--machine", HOSTILE][..],
            2,
        ),
        (&["show", &name], 2),
        (&["show", "--results", HOSTILE], 2),
        (&["--readme", HOSTILE], 2),
        (&["--docs", HOSTILE], 2),
        (&["peers", &name], 2),
    ] {
        let output = report(&place, arguments, &[("CLICOLOR_FORCE", "1")]);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let words: String = text.split_whitespace().filter(|word| *word != "│").collect();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(words.contains(ESCAPED), "{arguments:?}: {text:?}");
        // Codes of styles are there only around a text that is safe.
        assert!(!text.contains('\u{202e}'), "{arguments:?}: {text:?}");
        assert!(!text.contains("a\u{1b}"), "{arguments:?}: {text:?}");
    }
    let output = report(&place, &["--format", HOSTILE], &[("CLICOLOR_FORCE", "1")]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("'a\\u{202e}b'"), "{text:?}");
}

#[test]
fn json_has_escapes_for_text_that_a_terminal_would_obey() {
    let rows = [row().of("a\u{202e}b", "linfa").build()];
    let place = Place::new().write("results/published/x.csv", &text_of(&rows));
    for arguments in [
        &["show", "results/published/x.csv", "--format", "json"][..],
        &["--format", "json"],
    ] {
        let text = place.report(arguments).stdout;
        assert!(text.contains(r"a\u202eb"), "{text}");
        assert!(!text.contains('\u{202e}'), "{text}");
    }
}

#[test]
fn colours_obey_the_variables_of_the_environment() {
    let place = Place::with_sample();
    let is_coloured = |arguments: &[&str], settings: &[(&str, &str)]| {
        let output = report(&place, arguments, settings);
        [output.stdout, output.stderr].concat().contains(&0x1b)
    };
    for arguments in [
        &["--help"][..],
        &["show", "results/published/sample.csv"],
        &["--readme", "missing.md"],
    ] {
        assert!(
            is_coloured(arguments, &[("CLICOLOR_FORCE", "1")]),
            "{arguments:?}"
        );
        for settings in [
            &[][..],
            &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
            &[("CLICOLOR", "0")],
        ] {
            assert!(!is_coloured(arguments, settings), "{arguments:?} {settings:?}");
        }
    }
}

#[test]
fn completions_and_manual_pages_are_generated() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.report(&["completions", shell]);
        script.ends(0, &[]);
        assert!(
            script.stdout.contains("peers") && script.stdout.contains("readme"),
            "{shell}"
        );
    }
    place
        .report(&["man", "pages"])
        .ends(0, &["wrote the manual pages to pages", "man -l pages/report.1"]);
    assert!(place.has("pages/report.1") && place.has("pages/report-show.1"));
    place.report(&["man", "README.md"]).ends(
        2,
        &["cannot write the manual pages to README.md", "report man DIR"],
    );
}

#[test]
fn a_readme_or_page_that_is_not_a_regular_file_is_refused() {
    let place = Place::with_sample();
    let made = Command::new("mkfifo").arg(place.path("pipe")).status().unwrap();
    assert!(made.success());
    for file in ["pipe", "/dev/zero", "docs"] {
        let said = [
            &format!("cannot read `{file}`"),
            "not a regular file",
            "--readme FILE",
        ];
        place.report(&["--readme", file]).ends(2, &said);
    }
    let huge = std::fs::File::create(place.path("huge.md")).unwrap();
    huge.set_len(1 << 40).unwrap();
    place
        .report(&["--readme", "huge.md"])
        .ends(2, &["cannot read `huge.md`", "it has more than 64 MiB"]);
    std::fs::remove_file(place.path("docs/peers.md")).unwrap();
    std::fs::rename(place.path("pipe"), place.path("docs/peers.md")).unwrap();
    place
        .report(&[])
        .ends(2, &["cannot read `docs/peers.md`", "not a regular file"]);
}
