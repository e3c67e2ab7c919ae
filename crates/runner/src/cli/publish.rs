//! Publishing: rows for `results/published` come from committed code only, so that anybody can look it up.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::error::RunError;
use crate::cli::jobs::Job;

/// Symbolic links that the system follows one after the other.
const MAX_LINKS: u32 = 40;

/// What may differ from the commit: what a run and `report` write.
const GENERATED: [&str; 4] = [
    ":(top)",
    ":(top,exclude)results",
    ":(top,exclude)docs",
    ":(top,exclude)README.md",
];

/// Whether rows in this file are published ones, by its name, or by where its folder or a symbolic link leads.
pub(crate) fn is_publishing(file: &Path) -> bool {
    let is_published = |path: &Path| {
        let mut names = path.components().rev().skip(1).map(|part| part.as_os_str());
        names.next() == Some(OsStr::new("published")) && names.next() == Some(OsStr::new("results"))
    };
    let mut path = file.to_owned();
    for _ in 0..MAX_LINKS {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let name = path.file_name().unwrap_or_default();
        if is_published(&path) || is_published(&real.join(name)) {
            return true;
        }
        let Ok(target) = std::fs::read_link(&path) else {
            return false;
        };
        path = folder.join(target);
    }
    // The system follows no more links either.
    false
}

/// Checks that this program was built from a commit, that the repository is at this commit, and that nothing that decides a
/// result differs from it: sources, grids, engines.
///
/// # Errors
/// [`RunError::NotPublishable`] with what is missing.
pub(crate) fn check_revision(jobs: &[Job]) -> Result<(), RunError> {
    let refuse = |reason: String| Err(RunError::NotPublishable { reason });
    let built = env!("HEMLINE_REVISION");
    if built == "unknown" {
        return refuse("the revision of this program is unknown; it was built outside git".into());
    }
    if built.ends_with('+') {
        return refuse(format!(
            "this program was built from uncommitted changes ({built})"
        ));
    }
    let head = match git(&["rev-parse", "HEAD"]) {
        Ok(head) => head,
        Err(reason) => return refuse(reason),
    };
    if !head.starts_with(built) {
        let head: String = head.chars().take(built.len()).collect();
        return refuse(format!(
            "this program was built from {built}, and the repository is at {head}"
        ));
    }
    let changes = git(&[
        &["status", "--porcelain", "--untracked-files=all", "--"],
        &GENERATED[..],
    ]
    .concat());
    match changes {
        Err(reason) => return refuse(reason),
        Ok(changes) if !changes.is_empty() => {
            let first: Vec<&str> = changes
                .lines()
                .take(3)
                .map(|line| line.get(3..).unwrap_or(line))
                .collect();
            return refuse(format!("uncommitted changes: {}", first.join(", ")));
        }
        Ok(_) => {}
    }
    for job in jobs {
        let grid = job.path.display().to_string();
        if git(&["ls-files", "--error-unmatch", "--", &grid]).is_err() {
            return refuse(format!("{grid} is not committed"));
        }
        for engine in job.engines() {
            for file in engine.own_files() {
                let file = file.display().to_string();
                if git(&["ls-files", "--error-unmatch", "--", &file]).is_err() {
                    return refuse(format!("{file} of engine `{}` is not committed", engine.name));
                }
            }
        }
    }
    Ok(())
}

fn git(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").args(arguments).output();
    let output = output.map_err(|error| format!("cannot start git: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "git {}: {}",
        arguments[0],
        reason.lines().next().unwrap_or("failed")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_the_folder_of_the_published_rows_publish() {
        for (path, expected) in [
            ("results/published/a.csv", true),
            ("./results/published//a.csv", true),
            ("../hemline/results/published/a.csv", true),
            ("results/a.csv", false),
            ("published/a.csv", false),
            ("results/published/mine/a.csv", false),
        ] {
            assert_eq!(is_publishing(Path::new(path)), expected, "{path}");
        }
    }
}
