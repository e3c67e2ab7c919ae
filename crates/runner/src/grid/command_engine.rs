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
                None if i > 0 || (!word.contains('/') && is_in_path(word)) => word.clone(),
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
    /// states, or `sha256:` and 12 hex digits of its files. Empty if the command names no file of its own.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn identity(&self) -> Result<String, UnreadableFile> {
        if let Some(version) = &self.version {
            return Ok(version.clone());
        }
        let files = self.own_files();
        if files.is_empty() {
            return Ok(String::new());
        }
        let mut digest = Sha256::new();
        for path in files {
            let sum = file_sum(&path).map_err(|source| UnreadableFile { path, source })?;
            digest.update(sum);
        }
        let digest = digest.finalize();
        let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("sha256:{hex}"))
    }

    /// The files that make up the engine: those that its command names and those of `files`. A program that runs a named file,
    /// such as an interpreter, is not among them: it differs between machines.
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

fn is_in_path(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
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
    fn an_edited_file_changes_the_identity_and_the_interpreter_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
        write("python", "1");
        write("engine.py", "1");
        let with_interpreter = engine(&[&path("python"), &path("engine.py"), "--fast"]);
        let first = with_interpreter.identity().unwrap();
        assert!(first.starts_with("sha256:") && first.len() == 7 + 12, "{first}");
        write("python", "2");
        assert_eq!(with_interpreter.identity().unwrap(), first);
        write("engine.py", "2");
        assert_ne!(with_interpreter.identity().unwrap(), first);

        let alone = engine(&[&path("python")]);
        let first = alone.identity().unwrap();
        write("python", "3");
        assert_ne!(alone.identity().unwrap(), first);
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
        assert_eq!(mine.identity().unwrap(), "");
        mine.files = vec![helper.clone()];
        let first = mine.identity().unwrap();
        std::fs::write(&helper, "2").unwrap();
        assert_ne!(mine.identity().unwrap(), first);
        std::fs::remove_file(&helper).unwrap();
        assert_eq!(mine.identity().unwrap_err().path, helper);
        mine.version = Some("2.1".into());
        assert_eq!(mine.identity().unwrap(), "2.1");
    }
}
