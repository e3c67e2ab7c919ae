//! `Scratch`: the temporary folder of a program, which is removed whatever the program has put into it.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Names of scratch folders begin and end with these, so that nobody else's folder is taken for one.
const PREFIX: &str = "hemline-scratch-";
const SUFFIX: &str = ".cell";

/// A temporary folder, removed when this value is dropped. As long as the runner lives, it holds a lock on the folder.
pub(crate) struct Scratch {
    path: PathBuf,
    _lock: Option<File>,
}

impl Scratch {
    /// Creates a folder that only this user can read.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn create() -> io::Result<Scratch> {
        let path = tempfile::Builder::new()
            .prefix(PREFIX)
            .suffix(SUFFIX)
            .tempdir()?
            .keep();
        // Without the lock, a later run may take the folder for abandoned only if this program is gone, or has no locks at all.
        let lock = File::open(&path).ok().filter(|folder| folder.try_lock().is_ok());
        Ok(Scratch { path, _lock: lock })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays; nothing else depends on it.
        let _ = remove(&self.path);
    }
}

/// Removes the scratch folders of this user that killed runners left behind.
pub(crate) fn remove_abandoned() {
    let user = nix::unistd::geteuid().as_raw();
    for entry in std::fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_scratch = name.starts_with(PREFIX) && name.ends_with(SUFFIX);
        let is_own_folder = entry
            .metadata()
            .is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == user);
        if is_scratch && is_own_folder {
            let path = entry.path();
            if File::open(&path).is_ok_and(|folder| folder.try_lock().is_ok()) {
                // What cannot be removed stays.
                let _ = remove(&path);
            }
        }
    }
}

/// Removes a folder and everything in it, however deep: folders in it are moved up to it first, so that no path grows long and
/// nothing recurses. A symbolic link is removed, not followed.
///
/// # Errors
/// An I/O error; everything that can be removed is.
pub(crate) fn remove(root: &Path) -> io::Result<()> {
    if !std::fs::symlink_metadata(root)?.is_dir() {
        return std::fs::remove_file(root);
    }
    // Beside the folder, so that its names cannot clash with those in it.
    let beside = root.parent().unwrap_or(Path::new("."));
    let bin = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(SUFFIX)
        .tempdir_in(beside)?
        .keep();
    let mut n_moved = 0;
    let mut folders = vec![root.to_owned()];
    let mut failure = None;
    while let Some(folder) = folders.pop() {
        // A program may have taken its rights away.
        let _ = std::fs::set_permissions(&folder, Permissions::from_mode(0o700));
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed = if is_folder {
                n_moved += 1;
                let moved = bin.join(n_moved.to_string());
                let _ = std::fs::set_permissions(entry.path(), Permissions::from_mode(0o700));
                std::fs::rename(entry.path(), &moved).map(|()| folders.push(moved))
            } else {
                std::fs::remove_file(entry.path())
            };
            failure = removed.err().or(failure);
        }
        failure = std::fs::remove_dir(&folder).err().or(failure);
    }
    failure = std::fs::remove_dir(&bin).err().or(failure);
    failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn everything_is_removed_and_no_link_is_followed() {
        let kept = tempfile::tempdir().unwrap();
        std::fs::write(kept.path().join("file"), "x").unwrap();
        let scratch = Scratch::create().unwrap();
        let root = scratch.path().to_owned();
        for folder in ["a/b/c", "a/d", "1"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        std::fs::write(root.join("a/b/file"), "x").unwrap();
        symlink(kept.path(), root.join("a/link")).unwrap();
        std::fs::set_permissions(root.join("a/b"), Permissions::from_mode(0o000)).unwrap();
        drop(scratch);
        assert!(!root.exists());
        assert!(kept.path().join("file").exists());
        symlink(kept.path(), &root).unwrap();
        remove(&root).unwrap();
        assert!(!root.exists() && kept.path().join("file").exists());
    }

    #[test]
    fn only_the_folders_of_ended_runners_are_abandoned() {
        let scratch = Scratch::create().unwrap();
        let abandoned = tempfile::Builder::new()
            .prefix(PREFIX)
            .suffix(SUFFIX)
            .tempdir()
            .unwrap()
            .keep();
        remove_abandoned();
        assert!(scratch.path().exists());
        assert!(!abandoned.exists());
    }
}
