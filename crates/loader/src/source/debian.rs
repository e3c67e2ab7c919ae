//! Debian's package of a dataset: downloaded and unpacked into the cache, without root access.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cache_dir::{install, part_file};
use super::catalog::Known;
use super::idx_file::decompressed_sum;
use super::idx_folder::{Look, look, path_of};
use crate::data::Part;

/// Folder of datasets inside a package, without the leading slash.
const INSIDE: &str = "usr/share/datasets";

/// Fetches the four files into `folder`. On failure, returns false and adds the reason to `tried`.
pub(crate) fn fetch(
    known: &Known,
    folder: &Path,
    programs: Option<&OsStr>,
    log: &mut dyn FnMut(&str),
    tried: &mut Vec<String>,
) -> bool {
    let Some(package) = known.debian_package else {
        return false;
    };
    let fault = match (find("apt-get", programs), find("dpkg-deb", programs)) {
        (Some(apt_get), Some(dpkg_deb)) => {
            log(&format!("downloading Debian's package {package}"));
            match unpack(known, package, folder, &apt_get, &dpkg_deb) {
                Ok(()) => return true,
                Err(fault) => fault,
            }
        }
        _ => "apt-get or dpkg-deb not found".to_owned(),
    };
    log(&format!("Debian's package {package}: {fault}"));
    tried.push(format!("Debian's package {package}: {fault}"));
    false
}

fn unpack(
    known: &Known,
    package: &str,
    folder: &Path,
    apt_get: &Path,
    dpkg_deb: &Path,
) -> Result<(), String> {
    let on_disk = |error: io::Error| format!("in {}: {error}", folder.display());
    let temp = tempfile::Builder::new()
        .prefix(".debian-")
        .tempdir_in(folder)
        .map_err(on_disk)?;
    let temp = temp.path();
    if let Err(fault) = run(&mut apt(apt_get, temp, &["download", package])) {
        // Without package lists on the machine, download them, but into our own folder.
        let lists = temp.join("lists");
        fs::create_dir_all(lists.join("partial")).map_err(on_disk)?;
        if !fault.contains("Unable to locate") {
            return Err(fault);
        }
        let own_lists = format!("Dir::State::lists={}", lists.display());
        let own_cache = format!("Dir::Cache={}", temp.join("cache").display());
        let own = [
            "-o",
            own_lists.as_str(),
            "-o",
            own_cache.as_str(),
            "-o",
            "APT::Sandbox::User=root",
        ];
        run(apt(apt_get, temp, &["-o", "APT::Update::Error-Mode=any", "update"]).args(own))?;
        run(apt(apt_get, temp, &["download", package]).args(own))?;
    }
    let downloaded = fs::read_dir(temp)
        .map_err(on_disk)?
        .flatten()
        .map(|entry| entry.path());
    let deb = downloaded
        .into_iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    let deb = deb.ok_or("apt-get downloaded no package")?;
    let unpacked = temp.join("unpacked");
    run(Command::new(dpkg_deb).arg("-x").arg(&deb).arg(&unpacked))?;
    move_in(known, &unpacked.join(INSIDE).join(known.name), folder)
}

/// Moves the files into `folder`, after the checksums of all four are verified.
fn move_in(known: &Known, unpacked: &Path, folder: &Path) -> Result<(), String> {
    if let Look::Absent | Look::Unreadable(_) = look(unpacked) {
        return Err(format!("it does not contain /{INSIDE}/{}", known.name));
    }
    for (part, (bytes, sum)) in Part::ALL.into_iter().zip(known.files) {
        let name = part.file_name();
        let path = path_of(unpacked, part).ok_or_else(|| format!("it does not contain {name}"))?;
        let found = decompressed_sum(&path, bytes).map_err(|error| format!("{name}: {error}"))?;
        if found != sum {
            return Err(format!("SHA-256 of its {name} is {found}, expected {sum}"));
        }
    }
    for part in Part::ALL {
        let compressed = unpacked.join(part.gz_name());
        let moved = fs::File::open(&compressed).and_then(|mut from| {
            let mut to = part_file(folder)?;
            io::copy(&mut from, to.as_file_mut())?;
            install(to, folder, part)
        });
        moved.map_err(|error| format!("{}: {error}", compressed.display()))?;
    }
    Ok(())
}

/// `apt-get` with short timeouts and English messages.
fn apt(apt_get: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(apt_get);
    for option in [
        "Acquire::Retries=0",
        "Acquire::http::Timeout=8",
        "Acquire::https::Timeout=8",
    ] {
        command.args(["-o", option]);
    }
    command
        .arg("-q")
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C");
    command
}

/// Runs a program. On failure, the error is its last line that starts with `E:`, or else its last line.
fn run(command: &mut Command) -> Result<(), String> {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .display()
        .to_string();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let messages = String::from_utf8_lossy(&output.stderr);
    let line = messages.lines().rev().find(|line| line.starts_with("E:"));
    let line = line.or(messages.lines().next_back()).unwrap_or("").trim();
    Err(format!("{program} failed with {}: {line}", output.status))
}

fn find(program: &str, programs: Option<&OsStr>) -> Option<PathBuf> {
    std::env::split_paths(programs?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
