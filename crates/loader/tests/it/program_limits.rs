//! The program `loader` where something is closed, full, forbidden or owned by somebody else: a message, and never a panic.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

use crate::program::loader;
use crate::sandbox::*;

/// A user with no other processes, so that a limit on them counts only the test's own.
const LONELY: u32 = 54_321;

/// Runs a shell script in the sandbox, in which `$LOADER` is the program, with the environment of the other tests.
fn shell(sandbox: &Sandbox, script: &str) -> Command {
    let program = loader(sandbox);
    let mut shell = Command::new("/bin/bash");
    shell
        .args(["-c", script])
        .env_clear()
        .current_dir(sandbox.path("."));
    for (name, value) in program.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell
        .env("LOADER", program.get_program())
        .env("PATH", "/usr/bin:/bin");
    shell
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(both).unwrap()
}

#[track_caller]
fn check(sandbox: &Sandbox, script: &str, code: i32, expected: &str) {
    let output = shell(sandbox, script).output().unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(code), "{script}: {text}");
    assert!(text.contains(expected), "{script}: {text}");
    assert!(!text.contains("panicked"), "{script}: {text}");
}

#[test]
fn a_closed_or_full_standard_error_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    for errors in ["2>/dev/full", "2>&-", "2> >(true)"] {
        fs::remove_dir_all(sandbox.path("cache")).ok();
        check(
            &sandbox,
            &format!("$LOADER fetch ./mine {errors}"),
            0,
            "decompressed/mine-",
        );
        check(&sandbox, &format!("$LOADER fetch ./none {errors}"), 2, "");
        check(&sandbox, &format!("$LOADER fetch {errors}"), 2, "");
    }
}

#[test]
fn a_full_standard_output_is_an_error_and_a_closed_pipe_is_not() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    for arguments in [
        "fetch ./mine",
        "check ./mine",
        "sprite ./mine",
        "--help",
        "--version",
        "help check",
        "completions bash",
    ] {
        let full = format!("$LOADER {arguments} >/dev/full");
        check(&sandbox, &full, 1, "cannot write to standard output");
        check(&sandbox, &format!("{full} 2>/dev/full"), 1, "");
        check(&sandbox, &format!("$LOADER {arguments} >&-"), 0, "");
        let piped = format!("set -o pipefail; $LOADER {arguments} ./mine ./mine 2>/dev/null | true");
        let help = ["help", "version", "completions"]
            .iter()
            .any(|word| arguments.contains(word));
        if !help {
            check(&sandbox, &piped, 0, "");
        }
    }
    check(
        &sandbox,
        "set -o pipefail; $LOADER check ./mine ./mine 2>&1 | head -1",
        0,
        "mine",
    );
}

#[test]
fn the_limit_on_file_sizes_is_an_error_and_does_not_kill() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    check(&sandbox, "ulimit -f 0; $LOADER fetch ./mine", 2, "File too large");
    assert!(sandbox.cached_files().is_empty(), "{:?}", sandbox.cached_files());
    check(&sandbox, "$LOADER fetch ./mine", 0, "");
    check(
        &sandbox,
        "ulimit -f 0; $LOADER fetch ./mine >out 2>/dev/null",
        1,
        "",
    );
    check(
        &sandbox,
        "ulimit -f 0; $LOADER sprite ./mine",
        2,
        "cannot write `mine.png`",
    );
    assert!(!sandbox.path("mine.png").exists());
}

#[test]
fn a_picture_that_cannot_be_written_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    check(
        &sandbox,
        "$LOADER sprite ./mine --out /dev/full",
        2,
        "No space left on device",
    );
    check(&sandbox, "$LOADER sprite ./mine --out .", 2, "cannot write `.`");
    check(
        &sandbox,
        "$LOADER sprite ./mine --out mine",
        2,
        "cannot write `mine`",
    );
    check(
        &sandbox,
        "$LOADER sprite ./mine --out no/such/folder.png",
        2,
        "cannot write `no/such/folder.png`",
    );
    check(&sandbox, "$LOADER sprite ./mine --out /dev/null", 0, "/dev/null");
    check(
        &sandbox,
        "umask 027; $LOADER sprite ./mine && stat -c %a mine.png",
        0,
        "640",
    );
    symlink("real.png", sandbox.path("link.png")).unwrap();
    check(&sandbox, "$LOADER sprite ./mine --out link.png", 0, "link.png");
    assert_eq!(
        fs::read(sandbox.path("real.png")).unwrap(),
        fs::read(sandbox.path("mine.png")).unwrap()
    );
}

#[test]
fn a_full_disk_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    let mount = "mkdir small && mount -t tmpfs -o size=8k none small 2>/dev/null || exit 99; trap 'umount small' EXIT; \
                 head -c 5000 /dev/zero > small/ballast; ";
    let skipped = shell(&sandbox, &format!("unshare -m true && {mount} true"))
        .output()
        .unwrap();
    if !skipped.status.success() {
        println!("skipped: a file system cannot be mounted here");
        return;
    }
    fs::remove_dir(sandbox.path("small")).unwrap();
    let script = format!("{mount} HEMLINE_CACHE=small $LOADER fetch synthetic");
    check(&sandbox, &script, 2, "No space left on device");
    fs::remove_dir(sandbox.path("small")).unwrap();
    let script =
        format!("{mount} $LOADER sprite synthetic --out small/a.png; code=$?; ls -A small; exit $code");
    let output = shell(&sandbox, &script).output().unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("cannot write `small/a.png`") && text.starts_with("ballast\n"),
        "{text}"
    );
}

/// A sandbox that belongs to another user, with a copy of the program that this user may run. `None`, with a message,
/// if this test cannot become another user.
fn sandbox_of_other() -> Option<Sandbox> {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root can become another user");
        return None;
    }
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    fs::copy(loader(&sandbox).get_program(), sandbox.path("loader")).unwrap();
    for path in [".", "mine"].map(|name| sandbox.path(name)) {
        chown(path, Some(LONELY), Some(LONELY)).unwrap();
    }
    Some(sandbox)
}

fn check_as_other(sandbox: &Sandbox, script: &str, code: i32, expected: &str) {
    let mut shell = shell(sandbox, script);
    shell
        .env("LOADER", sandbox.path("loader"))
        .uid(LONELY)
        .gid(LONELY);
    let output = shell.output().unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(code), "{script}: {text}");
    assert!(text.contains(expected), "{script}: {text}");
    assert!(!text.contains("panicked"), "{script}: {text}");
}

#[test]
fn where_no_thread_can_be_started_the_work_is_done_or_refused() {
    let Some(sandbox) = sandbox_of_other() else { return };
    let limited = |arguments: &str| format!("ulimit -u 1; exec $LOADER {arguments}");
    check_as_other(&sandbox, &limited("check ./mine"), 0, "20 train, 5 test");
    check_as_other(&sandbox, &limited("fetch mnist"), 2, "cannot start a thread");
}

#[test]
fn unreadable_files_and_folders_are_named() {
    let Some(sandbox) = sandbox_of_other() else { return };
    let set = |name: &str, mode: u32| {
        fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    let file = format!("mine/{TEST_LABELS}.gz");
    set(&file, 0o000);
    check_as_other(&sandbox, "$LOADER check ./mine", 2, "Permission denied");
    check_as_other(
        &sandbox,
        "$LOADER check ./mine",
        2,
        &format!("cannot read `./{file}`"),
    );
    set(&file, 0o644);
    set("mine", 0o444);
    check_as_other(&sandbox, "$LOADER check ./mine", 2, "Permission denied");
    set("mine", 0o000);
    check_as_other(&sandbox, "$LOADER check ./mine", 2, "Permission denied");
}

#[test]
fn a_temporary_folder_of_another_user_is_not_used() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root can give a folder to another user");
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.folder("mine");
    fs::write(sandbox.path("cache"), b"a file where the folder should be").unwrap();
    let planted = sandbox.path("hemline-0");
    fs::create_dir(&planted).unwrap();
    chown(&planted, Some(LONELY), Some(LONELY)).unwrap();
    check(
        &sandbox,
        "$LOADER fetch ./mine",
        0,
        "hemline-0: it belongs to user 54321; using",
    );
    assert!(files_in(&planted).is_empty());
    check(
        &sandbox,
        "$LOADER fetch ./mine",
        0,
        "hemline-0-1/decompressed/mine-",
    );
    let mode = fs::metadata(sandbox.path("hemline-0-1"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o700);
}
