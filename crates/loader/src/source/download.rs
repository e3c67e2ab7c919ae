//! Downloads from mirrors: each file is verified before it gets its final name.
//!
//! Without a network a download fails within seconds: connection timeouts are short, a mirror that failed is skipped for the
//! other files, and a stalled transfer is stopped.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::cache_dir::{install, part_file};
use super::catalog::Known;
use super::idx_file::{decompressed_sum, gzip_sum};
use super::idx_folder::path_of;
use super::search::Search;
use crate::data::Part;

/// Timeout of name resolution and of connecting.
const CONNECT: Duration = Duration::from_secs(4);
/// Timeout of the first byte of a response, and between two pieces of a file.
const STALL: Duration = Duration::from_secs(15);
/// Timeout of the transfer of one file.
const WHOLE_FILE: Duration = Duration::from_secs(30 * 60);
/// Attempts per file and mirror, if the transfer starts but fails.
const ATTEMPTS: usize = 2;

/// Downloads the four files into `folder`, except files that are already there with the right checksum.
///
/// On failure, returns false and adds every URL and its error to `tried`.
pub(crate) fn fetch(
    known: &Known,
    folder: &Path,
    search: &Search,
    log: &mut dyn FnMut(&str),
    tried: &mut Vec<String>,
) -> bool {
    let own = search
        .mirror
        .iter()
        .map(|url| format!("{}/{}", url.trim_end_matches('/'), known.name));
    let public = known
        .mirrors
        .iter()
        .filter(|_| search.public_mirrors)
        .map(|&url| url.to_owned());
    let mut mirrors: Vec<String> = own.chain(public).collect();
    for (part, (bytes, sum)) in Part::ALL.into_iter().zip(known.files) {
        let present = path_of(folder, part).and_then(|path| decompressed_sum(&path, bytes).ok());
        if present.is_some_and(|present| present == sum) {
            continue;
        }
        let arrived = loop {
            let Some(mirror) = mirrors.first() else {
                break false;
            };
            let url = format!("{mirror}/{}", part.gz_name());
            log(&format!("downloading {url}"));
            match fetch_file(&url, folder, part, bytes, sum) {
                Ok(()) => break true,
                Err(fault) => {
                    log(&format!("{url}: {fault}"));
                    tried.push(format!("download {url}: {fault}"));
                    mirrors.remove(0);
                }
            }
        };
        if !arrived {
            return false;
        }
    }
    true
}

fn fetch_file(url: &str, folder: &Path, part: Part, bytes: u64, sum: &str) -> Result<(), String> {
    let mut file =
        part_file(folder).map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
    let mut attempts_left = ATTEMPTS;
    loop {
        attempts_left -= 1;
        match transfer(url, file.as_file_mut(), bytes) {
            Ok(()) => break,
            Err(Failure { began: true, .. }) if attempts_left > 0 => {
                let emptied = file
                    .as_file()
                    .set_len(0)
                    .and_then(|()| io::Seek::rewind(file.as_file_mut()));
                emptied.map_err(|error| error.to_string())?;
            }
            Err(failure) => return Err(failure.fault),
        }
    }
    let found = gzip_sum(file.path(), bytes).map_err(|error| format!("response is not usable: {error}"))?;
    if found != sum {
        return Err(format!("SHA-256 of the response is {found}, expected {sum}"));
    }
    install(file, folder, part).map_err(|error| format!("cannot write to {}: {error}", folder.display()))
}

struct Failure {
    fault: String,
    /// Whether the response had started, so that another attempt may succeed.
    began: bool,
}

enum Piece {
    Began(Option<u64>),
    Bytes(Vec<u8>),
    Ended,
    Failed(String),
}

/// Runs the request in a thread of its own, which is abandoned if it stalls.
fn transfer(url: &str, file: &mut fs::File, bytes: u64) -> Result<(), Failure> {
    let (sender, pieces) = mpsc::sync_channel(16);
    let address = url.to_owned();
    let work = move || {
        let last = match request(&address, &sender) {
            Ok(()) => Piece::Ended,
            Err(fault) => Piece::Failed(fault),
        };
        sender.send(last).ok();
    };
    start_thread(work).map_err(|fault| Failure { fault, began: false })?;
    let bar = ProgressBar::hidden();
    let result = receive(&pieces, file, bytes, &bar, url);
    bar.finish_and_clear();
    result
}

fn receive(
    pieces: &Receiver<Piece>,
    file: &mut fs::File,
    bytes: u64,
    bar: &ProgressBar,
    url: &str,
) -> Result<(), Failure> {
    let mut began = false;
    let mut received = 0;
    // gzip adds a few bytes to data that it cannot compress; a longer response is not the file.
    let most = bytes + bytes / 100 + 1024;
    loop {
        let failed = |fault: String| Failure { fault, began };
        match pieces.recv_timeout(STALL + CONNECT) {
            Ok(Piece::Began(length)) => {
                began = true;
                bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
                bar.set_style(style(length));
                bar.set_length(length.unwrap_or(bytes));
                bar.set_message(url.rsplit('/').next().unwrap_or(url).to_owned());
            }
            Ok(Piece::Bytes(piece)) => {
                received += piece.len() as u64;
                if received > most {
                    return Err(Failure {
                        fault: format!("response is longer than {most} bytes"),
                        began: false,
                    });
                }
                file.write_all(&piece)
                    .map_err(|error| failed(format!("cannot write the file: {error}")))?;
                bar.inc(piece.len() as u64);
            }
            Ok(Piece::Ended) => return Ok(()),
            Ok(Piece::Failed(fault)) => return Err(failed(fault)),
            Err(RecvTimeoutError::Disconnected) => return Err(failed("the download ended".to_owned())),
            Err(RecvTimeoutError::Timeout) => {
                return Err(failed(format!("no data for {} seconds", STALL.as_secs())));
            }
        }
    }
}

/// Starts a thread. Where the system allows no more, this is an error and not a panic.
fn start_thread(work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, String> {
    let thread = thread::Builder::new().name("download".to_owned()).spawn(work);
    thread.map_err(|error| format!("cannot start a thread: {error}"))
}

fn request(url: &str, sender: &SyncSender<Piece>) -> Result<(), String> {
    // The library resolves names in a thread of its own, and panics where it cannot start one. So try it first.
    start_thread(|| {})?.join().ok();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(STALL))
        .timeout_recv_body(Some(WHOLE_FILE))
        .user_agent(concat!("hemline/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let response = agent.get(url).call().map_err(|error| error.to_string())?;
    let body = response.into_body();
    let expected = body.content_length();
    let closed = |_| "the receiver has stopped".to_owned();
    sender.send(Piece::Began(expected)).map_err(closed)?;
    let mut reader = body.into_reader();
    let mut received = 0;
    loop {
        let mut piece = vec![0; 64 << 10];
        let n = reader
            .read(&mut piece)
            .map_err(|error| format!("connection lost after {received} bytes: {error}"))?;
        if n == 0 {
            break;
        }
        received += n as u64;
        piece.truncate(n);
        sender.send(Piece::Bytes(piece)).map_err(closed)?;
    }
    match expected {
        Some(expected) if received < expected => {
            Err(format!("connection closed after {received} of {expected} bytes"))
        }
        _ => Ok(()),
    }
}

fn style(length: Option<u64>) -> ProgressStyle {
    let template = if length.is_some() {
        "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
    } else {
        "{msg} {bytes} {bytes_per_sec}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
