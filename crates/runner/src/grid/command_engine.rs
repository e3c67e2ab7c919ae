//! `CommandEngine`: a program that trains and predicts, as `[engines.NAME]` declares it.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf, absolute};
use std::sync::OnceLock;

use crate::families::method_kind::MethodKind;

/// `[engines.NAME]`; `docs/engine-protocol.md` describes the protocol.
#[derive(Debug)]
pub(crate) struct CommandEngine {
    /// Name in the grid and in the results.
    pub(crate) name: String,
    /// The program and its arguments; not empty.
    pub(crate) command: Vec<String>,
    /// Names of its families, in the registry or not; `None`: every family of the registry.
    pub(crate) classifiers: Option<Vec<String>>,
    /// The kind of method of the families that only it has.
    pub(crate) kind: MethodKind,
    /// Its version, if the grid states one.
    pub(crate) version: Option<String>,
    /// Files that belong to it beside those that the command names.
    pub(crate) files: Vec<PathBuf>,
    /// The identity when the run was planned.
    pub(crate) planned: OnceLock<String>,
}

/// A file of a command engine that cannot be read.
#[derive(Debug)]
pub(crate) struct UnreadableFile {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl CommandEngine {
    /// The command in a form that can be started from any folder. A program without a slash must be in `PATH` and stays as it
    /// is; every other word that names an existing file becomes an absolute path.
    ///
    /// # Errors
    /// The name of the program, if it does not exist.
    pub(crate) fn resolved(&self) -> Result<Vec<String>, String> {
        let mut words = Vec::new();
        for (i, word) in self.command.iter().enumerate() {
            words.push(match self.named_file(i).as_deref().and_then(Path::to_str) {
                Some(file) => file.to_owned(),
                None if i > 0 || (!word.contains('/') && find_in_path(word).is_some()) => word.clone(),
                None => return Err(word.clone()),
            });
        }
        Ok(words)
    }

    /// The script that the program should run and that does not exist: the first argument, if it looks like the name of a file
    /// such as `engine.py`. Later arguments may name files that the program makes.
    pub(crate) fn missing_script(&self) -> Option<&str> {
        let script = self.command.get(1)?.as_str();
        let (stem, extension) = script.rsplit_once('.')?;
        let is_name = !stem.is_empty()
            && !script.starts_with('-')
            && !script.contains(['=', ' '])
            && (1..=4).contains(&extension.len())
            && extension.chars().all(|letter| letter.is_ascii_alphabetic());
        (is_name && self.named_file(1).is_none()).then_some(script)
    }

    /// The identity when the run was planned. Cells carry it; before each one, [`CommandEngine::identity`] must still be the same.
    pub(crate) fn version(&self) -> &str {
        // The grid's check has read the files; a file that vanished since changes the identity.
        self.planned.get_or_init(|| self.identity().unwrap_or_default())
    }

    /// What identifies the engine, for the column `engine_version` and for the identity of its cells: the version that the grid
    /// states, or `sha256:` and 12 hex digits of the command's words, of the files that they name, and of `files`.
    ///
    /// A program in `PATH` counts by its name if it runs a named file, since interpreters differ between machines, and by its
    /// bytes if it does not.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn identity(&self) -> Result<String, UnreadableFile> {
        if let Some(version) = &self.version {
            return Ok(version.clone());
        }
        let mut digest = Sha256::new();
        let add = |digest: &mut Sha256, path: PathBuf| {
            let sum = file_sum(&path).map_err(|source| UnreadableFile { path, source })?;
            digest.update([1]);
            digest.update(sum);
            Ok(())
        };
        let is_alone = self.own_files().is_empty();
        for (i, word) in self.command.iter().enumerate() {
            let in_path = || {
                if i == 0 && is_alone {
                    find_in_path(word)
                } else {
                    None
                }
            };
            match self.named_file(i).or_else(in_path) {
                Some(path) => add(&mut digest, path)?,
                None => {
                    digest.update([0]);
                    digest.update(Sha256::digest(word));
                }
            }
        }
        for path in &self.files {
            add(&mut digest, path.clone())?;
        }
        let digest = digest.finalize();
        let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("sha256:{hex}"))
    }

    /// A folder that the command names, whose files would not belong to the identity.
    pub(crate) fn unlisted_folder(&self) -> Option<&str> {
        let words = self.command.iter().skip(1).map(String::as_str);
        let mut folders = words.filter(|word| Path::new(word).is_dir());
        folders
            .next()
            .filter(|_| self.version.is_none() && self.files.is_empty())
    }

    /// The files that its author wrote: those that its command names and those of `files`, without a program that runs a named
    /// file, such as an interpreter.
    pub(crate) fn own_files(&self) -> Vec<PathBuf> {
        let mut named: Vec<PathBuf> = (0..self.command.len())
            .filter_map(|i| self.named_file(i))
            .collect();
        let has_interpreter = named.len() > 1 && self.named_file(0).is_some();
        if has_interpreter {
            named.remove(0);
        }
        named.extend(self.files.iter().cloned());
        named
    }

    /// The file that a word of the command names. A program without a slash is looked up in `PATH` and names none.
    fn named_file(&self, i: usize) -> Option<PathBuf> {
        let word = &self.command[i];
        let is_path_lookup = i == 0 && !word.contains('/');
        absolute(Path::new(word))
            .ok()
            .filter(|file| !is_path_lookup && file.is_file())
    }
}

fn file_sum(path: &Path) -> io::Result<[u8; 32]> {
    if !path.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    io::copy(&mut file, &mut DigestWriter(&mut digest))?;
    Ok(digest.finalize().into())
}

/// Feeds a digest with what is written.
struct DigestWriter<'a>(&'a mut Sha256);

impl io::Write for DigestWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn find_in_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut files = std::env::split_paths(&folders).map(|folder| folder.join(program));
    files.find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(command: &[&str]) -> CommandEngine {
        CommandEngine {
            name: "mine".into(),
            command: command.iter().map(ToString::to_string).collect(),
            classifiers: None,
            kind: MethodKind::Other,
            version: None,
            files: Vec::new(),
            planned: OnceLock::new(),
        }
    }

    #[test]
    fn an_edited_file_or_another_argument_changes_the_identity() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
        write("program", "1");
        write("engine.py", "1");
        let identity = |command: &[&str]| engine(command).identity().unwrap();
        let (program, script) = (path("program"), path("engine.py"));
        let commands = [
            &[program.as_str(), &script, "3"][..],
            &[&program, &script, "7"],
            &[&program, &script],
            &["sh", &script],
            &["sh", "-c", "echo 3"],
            &["sh", "-c", "echo 7"],
            &["sh"],
            &["cat"],
        ];
        let all: std::collections::BTreeSet<String> = commands.iter().map(|words| identity(words)).collect();
        assert_eq!(all.len(), commands.len());
        assert!(
            all.iter()
                .all(|one| one.starts_with("sha256:") && one.len() == 7 + 12)
        );
        for edited in ["program", "engine.py"] {
            let before = identity(commands[0]);
            write(edited, "2");
            assert_ne!(identity(commands[0]), before, "{edited}");
        }
        // The same files elsewhere are the same engine.
        let other = tempfile::tempdir().unwrap();
        let copy = other.path().join("engine.py");
        std::fs::write(&copy, "2").unwrap();
        assert_eq!(
            identity(&["sh", copy.to_str().unwrap()]),
            identity(&["sh", &script])
        );
    }

    #[test]
    fn a_misspelt_script_is_noticed_and_other_arguments_are_not_files() {
        assert_eq!(engine(&["python3", "nix.py"]).missing_script(), Some("nix.py"));
        for arguments in [
            &["python3"][..],
            &["python3", "-m", "package.module"],
            &["program", "--out=x.txt"],
            &["program", "0.5"],
            &["program", "fast"],
        ] {
            assert_eq!(engine(arguments).missing_script(), None, "{arguments:?}");
        }
    }

    #[test]
    fn a_stated_version_replaces_the_files_and_listed_files_count() {
        let folder = tempfile::tempdir().unwrap();
        let helper = folder.path().join("helper.py");
        std::fs::write(&helper, "1").unwrap();
        let mut mine = engine(&["python3"]);
        let alone = mine.identity().unwrap();
        mine.files = vec![helper.clone()];
        let first = mine.identity().unwrap();
        assert_ne!(first, alone);
        std::fs::write(&helper, "2").unwrap();
        assert_ne!(mine.identity().unwrap(), first);
        std::fs::remove_file(&helper).unwrap();
        assert_eq!(mine.identity().unwrap_err().path, helper);
        mine.version = Some("2.1".into());
        assert_eq!(mine.identity().unwrap(), "2.1");
    }
}
