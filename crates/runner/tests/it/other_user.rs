//! Runs the runner as another user: root may write to everything and feels no limit of processes.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::support::Folder;

/// The command as another user, and after `wrapper`, a program that starts another; `None`, with a message, where this process may
/// not become another user, or where another user may not run the built program.
pub(crate) fn as_other_user(uid: u32, command: &Command, wrapper: &[&str]) -> Option<Command> {
    let mut other = Command::new("setpriv");
    other
        .args([
            format!("--reuid={uid}"),
            format!("--regid={uid}"),
            "--clear-groups".to_owned(),
        ])
        .args(wrapper);
    let mut probe = Command::new("setpriv");
    probe.args(other.get_args().take(3));
    probe.arg(command.get_program()).arg("--version");
    let is_possible = probe
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !is_possible {
        println!("skipped: cannot run the program as another user");
        return None;
    }
    other.arg(command.get_program()).args(command.get_args());
    copy_surroundings(command, &mut other);
    Some(other)
}

/// Lets every user write into the folder, and gives it a data cache of its own.
pub(crate) fn open_to_everybody(folder: &Folder, command: &mut Command) {
    let root = folder.path("");
    command.env("HEMLINE_CACHE", root.join("cache"));
    let mut paths = vec![root];
    while let Some(path) = paths.pop() {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        if path.is_dir() {
            paths.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
}

/// The command after a wrapper such as `prlimit`, as the same user; `None`, with a message, where there is no such wrapper.
pub(crate) fn wrapped(command: &Command, wrapper: &[&str]) -> Option<Command> {
    let probe = Command::new(wrapper[0])
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        println!("skipped: no {}", wrapper[0]);
        return None;
    }
    let mut wrapped = Command::new(wrapper[0]);
    wrapped
        .args(&wrapper[1..])
        .arg(command.get_program())
        .args(command.get_args());
    copy_surroundings(command, &mut wrapped);
    Some(wrapped)
}

fn copy_surroundings(from: &Command, to: &mut Command) {
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
    if let Some(folder) = from.get_current_dir() {
        to.current_dir(folder);
    }
}
