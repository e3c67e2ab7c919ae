//! Engines by command: the data files that they get, and what happens if they change them.

use std::process::Command;

use runner::results::{Row, Status};

use crate::other_user::{as_other_user, open_to_everybody};
use crate::programs::{GOOD, Programs};
use crate::support::{Ended, QUICK};

/// Sets the variables `train_images`, `train_labels` and `test_images` to the paths of the request, and `folder`.
const READ_REQUEST: &str = r#"
request=$(cat)
path() { printf '%s' "$request" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
train_images=$(path train_images); train_labels=$(path train_labels); test_images=$(path test_images)
folder=$(dirname "$train_images")
"#;

/// A grid with the point of a script, twice, and then a point of a built-in engine; with a data cache of its own.
struct Shared {
    programs: Programs,
}

impl Shared {
    fn new(script: &str) -> Shared {
        let programs = Programs::new(&format!("{READ_REQUEST}{script}\n{GOOD}"));
        let grid = std::fs::read_to_string(programs.folder.path("grid.toml")).unwrap();
        programs.folder.write("grid.toml", format!("{grid}{QUICK}"));
        Shared { programs }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let arguments = [&["--jobs", "1"], arguments].concat();
        let mut command = self.programs.command(&arguments);
        command.env("HEMLINE_CACHE", self.programs.folder.path("cache"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Vec<Row> {
        let ended = Ended::from(self.command(arguments).output().unwrap()).stderr_lacks("panicked");
        assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.err);
        self.programs.folder.rows()
    }
}

/// The accuracies of the three cells on undamaged data.
fn right() -> Vec<Option<f64>> {
    let rows = Shared::new("").run(&[]);
    rows.iter()
        .for_each(|row| assert_eq!(row.status, Status::Ok, "{}", row.error));
    rows.iter().map(|row| row.accuracy).collect()
}

#[test]
fn files_of_a_program_are_three_and_read_only() {
    let shared = Shared::new(
        r#"ls "$folder" > ../../listing
for path in "$train_images" "$train_labels" "$test_images"; do
    if (printf x >> "$path") 2>/dev/null; then echo "$path" >> ../../written; fi
done
if (: > "$folder/new") 2>/dev/null || mv "$test_images" "$folder/moved" 2>/dev/null; then echo folder >> ../../written; fi"#,
    );
    let mut command = shared.command(&[]);
    open_to_everybody(&shared.programs.folder, &mut command);
    let Some(mut command) = as_other_user(65_534, &command, &[]) else {
        return;
    };
    Ended::from(command.output().unwrap()).code(0);
    let listing = std::fs::read_to_string(shared.programs.folder.path("listing")).unwrap();
    assert_eq!(
        listing,
        "t10k-images-idx3-ubyte\ntrain-images-idx3-ubyte\ntrain-labels-idx1-ubyte\n"
    );
    let written = std::fs::read_to_string(shared.programs.folder.path("written"));
    assert!(written.is_err(), "{written:?}");
    let accuracies: Vec<Option<f64>> = shared
        .programs
        .folder
        .rows()
        .iter()
        .map(|row| row.accuracy)
        .collect();
    assert_eq!(accuracies, right());
}

#[test]
fn cell_whose_program_changes_its_files_fails_and_later_cells_are_never_wrong() {
    let right = right();
    let overwrite = r#"chmod u+w "FILE"; printf '\377' | dd of="FILE" bs=1 seek=60 conv=notrunc 2>/dev/null"#;
    for (path, change) in [
        ("$train_images", overwrite),
        ("$train_labels", overwrite),
        ("$test_images", overwrite),
        (
            "$test_images",
            &format!(r#"cp -p "FILE" old; {overwrite}; touch -r old "FILE""#),
        ),
        ("$train_labels", r#"chmod u+w "FILE"; printf x >> "FILE""#),
        ("$train_images", r#"chmod u+w "$folder"; rm "FILE""#),
        (
            "$test_images",
            r#"chmod u+w "$folder"; head -c 100 "FILE" > other; mv -f other "FILE""#,
        ),
        (
            "$train_labels",
            r#"chmod u+w "$folder"; mv "FILE" other; mkfifo "FILE""#,
        ),
    ] {
        // Only the first program changes its file.
        let change = format!(
            "if [ ! -e ../../once ]; then : > ../../once; {}; fi",
            change.replace("FILE", path)
        );
        let shared = Shared::new(&change);
        let rows = shared.run(&[]);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].status, Status::Failed, "{change}");
        assert!(
            rows[0]
                .error
                .starts_with("the data files were changed while the program ran: "),
            "{change}: {}",
            rows[0].error
        );
        // The files are written again for the next cell.
        for at in [1, 2] {
            assert_eq!(
                (rows[at].status, rows[at].accuracy, rows[at].error.as_str()),
                (Status::Ok, right[at], ""),
                "{change}"
            );
        }
        shared.programs.folder.write("engine.sh", GOOD);
        let rows = shared.run(&[]);
        let accuracies: Vec<Option<f64>> = rows[3..].iter().map(|row| row.accuracy).collect();
        assert_eq!(accuracies, right[..2], "{change}");
    }
}

#[test]
fn program_that_changes_the_decompressed_copy_makes_no_later_cell_wrong() {
    let right = right();
    // The last bytes of the copy are the test labels.
    for change in [
        r#"size=$(wc -c < "$copy"); chmod u+w "$copy"
printf '\003\003\003\003\003\003\003\003' | dd of="$copy" bs=1 seek=$((size - 8)) conv=notrunc 2>/dev/null"#,
        r#"cp -p "$copy" old; size=$(wc -c < "$copy"); chmod u+w "$copy"
printf '\003\003\003\003\003\003\003\003' | dd of="$copy" bs=1 seek=$((size - 8)) conv=notrunc 2>/dev/null; touch -r old "$copy""#,
        r#"rm "$copy""#,
        r#"cp "$copy" new; printf x >> new; mv -f new "$copy""#,
        r#"mv "$copy" old; mkfifo "$copy""#,
    ] {
        let shared = Shared::new(&format!(
            "for copy in \"$folder\"/../*.hemline; do\nif [ -f \"$copy\" ]; then {change}; echo changed > ../../changed; fi\ndone"
        ));
        let rows = shared.run(&[]);
        assert!(shared.programs.folder.path("changed").exists(), "found no copy");
        assert_eq!(rows.len(), 3);
        for (row, right) in rows.iter().zip(&right) {
            let is_right = row.status == Status::Ok && row.accuracy == *right;
            assert!(
                is_right || row.status == Status::Failed,
                "{change}: {} {:?}, right is {right:?}",
                row.status,
                row.accuracy
            );
        }
        assert_eq!(rows[2].status, Status::Failed, "{change}: {}", rows[2].error);
    }
}

#[test]
fn files_that_are_changed_and_restored_make_the_cell_fail() {
    let restored = r#"chmod u+w "$train_labels"; cp -p "$train_labels" old; printf x >> "$train_labels"; cat old > "$train_labels"; touch -r old "$train_labels""#;
    for change in [restored, r#"chmod u+w "$train_images""#] {
        let rows = Shared::new(change).run(&[]);
        for row in &rows[..2] {
            assert_eq!(row.status, Status::Failed, "{change}");
            assert!(
                row.error.contains("changed while the program ran"),
                "{}",
                row.error
            );
        }
        assert_eq!((rows[2].status, rows[2].accuracy), (Status::Ok, right()[2]));
    }
}
