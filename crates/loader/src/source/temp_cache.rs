//! The last cache folder: a folder of this user under the system's folder for temporary files, where everybody may write.
//!
//! Somebody else may have created a folder of the expected name, or a link. Only a real folder that belongs to this user
//! and that nobody else may write to is used; otherwise the next name is tried. Such a folder cannot be replaced by others
//! where the folder for temporary files has the sticky bit, as it has by default.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::regular_file;

/// Number of names that are tried.
const NAMES: usize = 20;

/// The folder, if it exists.
pub(crate) fn existing(temp: &Path) -> Option<PathBuf> {
    names(temp).find(|path| matches!(trust(path), Ok(true)))
}

/// The folder, created if necessary. `log` gets a line for each folder that is not used. The error is the reason why there is none.
pub(crate) fn create(temp: &Path, log: &mut dyn FnMut(&str)) -> Result<PathBuf, String> {
    let mut refused = Vec::new();
    for path in names(temp) {
        let is_ours = match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => trust(&path),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        match is_ours {
            Ok(true) => {
                for line in &refused {
                    log(&format!(
                        "cache folder is not used: {line}; using {}",
                        path.display()
                    ));
                }
                return Ok(path);
            }
            // It was removed in between.
            Ok(false) => {}
            Err(reason) => refused.push(reason),
        }
    }
    Err(refused.join("\n  "))
}

fn names(temp: &Path) -> impl Iterator<Item = PathBuf> {
    let first = format!("hemline-{}", geteuid());
    (0..NAMES).map(move |i| {
        temp.join(match i {
            0 => first.clone(),
            _ => format!("{first}-{i}"),
        })
    })
}

/// Whether the folder exists. The error is the reason why an existing one is not used.
fn trust(path: &Path) -> Result<bool, String> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(format!("{}: {error}", path.display())),
        Ok(metadata) => metadata,
    };
    let reason = if !metadata.is_dir() {
        format!("it is {}", regular_file::kind(metadata.file_type()))
    } else if metadata.uid() != geteuid().as_raw() {
        format!("it belongs to user {}", metadata.uid())
    } else if metadata.mode() & 0o022 != 0 {
        format!(
            "other users may write to it (mode {:o})",
            metadata.mode() & 0o7777
        )
    } else {
        return Ok(true);
    };
    Err(format!("{}: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    #[test]
    fn only_a_real_folder_of_this_user_is_used() {
        let temp = tempfile::tempdir().unwrap();
        let [first, second, third, fourth] = [0, 1, 2, 3].map(|i| names(temp.path()).nth(i).unwrap());
        assert_eq!(existing(temp.path()), None);
        fs::create_dir(&first).unwrap();
        fs::set_permissions(&first, fs::Permissions::from_mode(0o757)).unwrap();
        symlink(temp.path(), &second).unwrap();
        fs::write(&third, b"").unwrap();
        let mut log = String::new();
        assert_eq!(create(temp.path(), &mut |line| log += line).unwrap(), fourth);
        assert!(log.contains("other users may write to it (mode 757)"), "{log}");
        assert!(
            log.contains("it is a symbolic link") && log.contains("it is a file"),
            "{log}"
        );
        assert_eq!(fs::metadata(&fourth).unwrap().mode() & 0o7777, 0o700);
        assert_eq!(existing(temp.path()), Some(fourth));
    }

    #[test]
    fn a_folder_of_another_user_is_not_used() {
        if !geteuid().is_root() {
            println!("skipped: only root can give a folder to another user");
            return;
        }
        let temp = tempfile::tempdir().unwrap();
        let [first, second] = [0, 1].map(|i| names(temp.path()).nth(i).unwrap());
        fs::create_dir(&first).unwrap();
        chown(&first, Some(65534), Some(65534)).unwrap();
        assert_eq!(existing(temp.path()), None);
        let mut log = String::new();
        assert_eq!(create(temp.path(), &mut |line| log += line).unwrap(), second);
        assert!(log.contains("it belongs to user 65534; using"), "{log}");
    }
}
