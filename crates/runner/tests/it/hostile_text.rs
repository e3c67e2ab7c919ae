//! Text that a terminal would obey: in messages it is an escape, wherever it comes from.

use crate::support::{Folder, QUICK};

/// An escape sequence that changes colours, and an override of the direction of text.
const HOSTILE: &str = "a\u{1b}[31m\u{202e}b";

/// [`HOSTILE`] in a message.
const ESCAPED: &str = "a\\u{1b}[31m\\u{202e}b";

/// Runs with colours forced, and checks that nothing of the text reaches the terminal raw.
#[track_caller]
fn is_escaped(folder: &Folder, arguments: &[&str], code: i32, expected: &str) {
    for forced in ["", "1"] {
        let mut command = folder.command(arguments);
        command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", forced);
        let output = command.output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let said: String = text.split_whitespace().filter(|word| *word != "│").collect();
        let expected: String = expected.split_whitespace().collect();
        assert!(said.contains(&expected), "no {expected} in {text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{arguments:?}: {text:?}");
        assert_eq!(output.status.code(), Some(code), "{text}");
    }
}

#[test]
fn text_of_a_grid_is_escaped() {
    let folder = Folder::new();
    folder.write("grid.toml", "[[grid]]\nclassifier = \"a\\u001b[31m\\u202eb\"\n");
    is_escaped(
        &folder,
        &["grid.toml"],
        2,
        &format!("unknown classifier `{ESCAPED}`"),
    );
    let source = format!("# {HOSTILE}\n[[grid]]\nclassifier = \"SVCC\"\n");
    folder.write("grid.toml", source.replace('\u{1b}', "\u{200f}"));
    let excerpt = "# a\\u{200f}[31m\\u{202e}b";
    folder.write("other.toml", format!("{excerpt}\n"));
    let grid = format!(
        "[[grid]]\nclassifier = \"SVCC\" # {}\n",
        HOSTILE.replace('\u{1b}', "\u{200f}")
    );
    folder.write("grid.toml", grid);
    is_escaped(&folder, &["grid.toml"], 2, excerpt);
}

#[test]
fn names_of_files_are_escaped() {
    let folder = Folder::with_grid(QUICK);
    let name = format!("{HOSTILE}.toml");
    is_escaped(
        &folder,
        &[&name],
        2,
        &format!("cannot read the grid {ESCAPED}.toml"),
    );
    folder.write(&name, "[[grid]]\nclassifier = \"SVCC\"\n");
    is_escaped(
        &folder,
        &[&name],
        2,
        &format!("{ESCAPED}.toml: 1 error in the grid"),
    );
    std::fs::copy(folder.path("grid.toml"), folder.path(&name)).unwrap();
    is_escaped(&folder, &[&name, "--plan"], 0, &format!("{ESCAPED}.toml: 1 cell"));
    is_escaped(
        &folder,
        &[&name, "--fresh"],
        0,
        &format!("{ESCAPED}.toml: 1 cell to run"),
    );
    is_escaped(
        &folder,
        &[&name],
        0,
        &format!("every cell is in results/{ESCAPED}.csv"),
    );
}

#[test]
fn arguments_are_escaped() {
    let folder = Folder::with_grid(QUICK);
    for option in ["--only", "--rerun"] {
        let expected = format!("no line of --plan contains `{ESCAPED}`");
        is_escaped(&folder, &["grid.toml", option, HOSTILE], 2, &expected);
    }
    let arguments = ["grid.toml", "--retry", "failed", "--results", HOSTILE];
    is_escaped(
        &folder,
        &arguments,
        2,
        &format!("{ESCAPED}/grid.csv does not exist"),
    );
    is_escaped(
        &folder,
        &["try", HOSTILE],
        2,
        &format!("unknown classifier `{ESCAPED}`"),
    );
    is_escaped(
        &folder,
        &["--list", HOSTILE],
        2,
        &format!("unknown classifier `{ESCAPED}`"),
    );
    // clap drops the colour, and the override of the direction is escaped.
    is_escaped(
        &folder,
        &["grid.toml", "--jobs", HOSTILE],
        2,
        "invalid value 'a\\u{202e}b'",
    );
    is_escaped(&folder, &["grid.toml", "--a\u{202e}b"], 2, "'--a\\u{202e}b'");
}
