//! Publishing: rows for `results/published` come from committed code only, so that anybody can look it up.

use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::results::machine_log;

/// The folder of the published rows.
const PUBLISHED: &str = "results/published";

/// Symbolic links that the system follows one after the other.
const MAX_LINKS: u32 = 40;

/// What may differ from the commit: what a run and `report` write.
const GENERATED: [&str; 4] = [
    ":(top)",
    ":(top,exclude)results",
    ":(top,exclude)docs",
    ":(top,exclude)README.md",
];

/// Whether a run that writes to this file would write published rows: by its name, or by where a link in its path, its labels or
/// the log of machines lead.
pub(crate) fn is_publishing(file: &Path) -> bool {
    let machines = file.with_file_name(format!("{}.csv", machine_log::FILE_STEM));
    let files = [file.to_owned(), file.with_extension("labels"), machines];
    files.iter().any(|file| leads_to_published(file))
}

fn leads_to_published(file: &Path) -> bool {
    let published = id_of(Path::new(PUBLISHED));
    let mut path = file.to_owned();
    for _ in 0..MAX_LINKS {
        let real = real_path(&path);
        let folder = real.parent().unwrap_or(Path::new("/"));
        let is_that_folder = published.is_some() && id_of(folder) == published;
        if folder.ends_with(PUBLISHED) || is_that_folder || is_linked_to_published(&path) {
            return true;
        }
        let Ok(target) = std::fs::read_link(&path) else {
            return false;
        };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    // The system follows no more links either.
    false
}

/// The absolute path without links, as far as it exists; the rest without `..`.
fn real_path(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut real = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            part => real.push(part),
        }
        // The last part is the file, whose link is followed by the caller.
        if real != absolute && real.is_dir() {
            real = real.canonicalize().unwrap_or(real);
        }
    }
    real
}

/// Whether the file has another name in the published folder.
fn is_linked_to_published(file: &Path) -> bool {
    let id = id_of(file);
    let entries = std::fs::read_dir(PUBLISHED).into_iter().flatten().flatten();
    id.is_some() && entries.into_iter().any(|entry| id_of(&entry.path()) == id)
}

fn id_of(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
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
            ("results/published/nowhere/../a.csv", true),
        ] {
            assert_eq!(is_publishing(Path::new(path)), expected, "{path}");
        }
    }
}
