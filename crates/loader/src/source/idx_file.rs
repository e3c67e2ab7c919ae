//! One IDX file, plain or compressed: read, checked and hashed.
//!
//! A false header or a compressed file that never ends costs neither memory nor time: the sizes of known datasets are
//! known, every other file states its size in its header, and reading stops one byte after that.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::catalog::{self, Known};
use super::{memory, regular_file};
use crate::data::checksum::sha256;
use crate::data::idx::{self, Header, IdxError};
use crate::error::LoadError;

/// Compressed bytes that are read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// An IDX file in memory.
pub(crate) struct IdxFile {
    pub(crate) header: Header,
    pub(crate) body: Vec<u8>,
    pub(crate) sha256: String,
}

/// A dataset known by name, and the position of one of its files in [`crate::Part::ALL`].
#[derive(Clone, Copy)]
pub(crate) struct KnownFile<'a> {
    pub(crate) known: &'a Known,
    pub(crate) position: usize,
}

/// Reads and checks a file. A file under a known name may have the size of another known file, so that its checksum tells
/// which one it is; it is not read if it is larger.
pub(crate) fn read(path: &Path, kind: idx::Kind, known: Option<KnownFile<'_>>) -> Result<IdxFile, LoadError> {
    let unreadable = |source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let file = regular_file::open(path).map_err(unreadable)?;
    let known = known.map(|known| (known, path));
    let result = if is_gzip(path) {
        read_idx(gunzip(file), kind, None, known)
    } else {
        let bytes = file.metadata().map_err(unreadable)?.len();
        read_idx(file, kind, Some(bytes), known)
    };
    result.map_err(|fault| match fault {
        Fault::Size(error) => *error,
        Fault::Idx(source) => LoadError::Idx {
            path: path.to_owned(),
            source,
        },
        Fault::Io(source) if is_gzip(path) => LoadError::Gzip {
            path: path.to_owned(),
            source,
        },
        Fault::Io(source) => unreadable(source),
    })
}

impl KnownFile<'_> {
    /// Refuses a file that is larger than every known file.
    fn check_size(self, path: &Path, stated: u64) -> Result<(), LoadError> {
        let expected = self.known.files[self.position].0;
        if stated <= expected.max(catalog::largest_file()) {
            return Ok(());
        }
        Err(LoadError::OtherSize {
            name: self.known.name.to_owned(),
            path: path.to_owned(),
            folder: path.parent().unwrap_or(path).display().to_string(),
            expected,
            stated,
        })
    }
}

/// SHA-256 of the decompressed bytes. Damage, or more than `most` bytes, is an error.
pub(crate) fn decompressed_sum(path: &Path, most: u64) -> io::Result<String> {
    if is_gzip(path) {
        gzip_sum(path, most)
    } else {
        sum_of(regular_file::open(path)?, most)
    }
}

/// As [`decompressed_sum`], for a compressed file with any name.
pub(crate) fn gzip_sum(path: &Path, most: u64) -> io::Result<String> {
    sum_of(gunzip(regular_file::open(path)?), most)
}

/// SHA-256 of what `reader` gives; more than `most` bytes are an error.
pub(crate) fn sum_of(reader: impl Read, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("more than the expected {most} bytes")));
    }
    Ok(sha256(&[&bytes]))
}

fn gunzip(file: File) -> MultiGzDecoder<BufReader<File>> {
    MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, file))
}

enum Fault {
    Io(io::Error),
    Idx(IdxError),
    Size(Box<LoadError>),
}

/// Reads an IDX file of `file_bytes`, if its size is known before it is read.
///
/// Memory for the whole file is reserved only if its header is not all that states its size.
fn read_idx(
    mut reader: impl Read,
    kind: idx::Kind,
    file_bytes: Option<u64>,
    known: Option<(KnownFile<'_>, &Path)>,
) -> Result<IdxFile, Fault> {
    let header_bytes = kind.header_bytes() as u64;
    let mut start = Vec::new();
    let read = reader.by_ref().take(header_bytes).read_to_end(&mut start);
    read.map_err(Fault::Io)?;
    let header = Header::read(kind, &start).map_err(Fault::Idx)?;
    let body_bytes = header.body_bytes() as u64;
    let stated = body_bytes.saturating_add(header_bytes);
    let mut body = Vec::new();
    if let Some(bytes) = file_bytes {
        let found = bytes.saturating_sub(header_bytes);
        header.check_body(found).map_err(Fault::Idx)?;
    }
    if let Some((known, path)) = known {
        let checked = known.check_size(path, stated);
        checked.map_err(|error| Fault::Size(Box::new(error)))?;
    }
    if body_bytes > memory::most_bytes() {
        return Err(Fault::Idx(header.too_large()));
    }
    if file_bytes.is_some() || known.is_some() {
        body.try_reserve_exact(header.body_bytes())
            .map_err(|_| Fault::Idx(header.too_large()))?;
    }
    let read = reader.by_ref().take(body_bytes).read_to_end(&mut body);
    read.map_err(Fault::Io)?;
    if (body.len() as u64) < body_bytes {
        header.check_body(body.len() as u64).map_err(Fault::Idx)?;
    }
    // This also reads and checks the checksum at the end of a compressed file.
    let excess = io::copy(&mut reader.take(1), &mut io::sink()).map_err(Fault::Io)?;
    if excess > 0 {
        return Err(Fault::Idx(IdxError::Longer {
            expected: stated,
            found: stated + excess,
        }));
    }
    let sha256 = sha256(&[&start, &body]);
    Ok(IdxFile { header, body, sha256 })
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

/// What holds for any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_bytes(bytes: &[u8]) {
    if let Ok(read) = idx::read_images(bytes) {
        assert_eq!(idx::write_images(read), bytes);
    }
    if let Ok(read) = idx::read_labels(bytes, 10) {
        assert_eq!(idx::write_labels(&read), bytes);
    }
    for kind in [idx::Kind::Images, idx::Kind::Labels] {
        let is_read = read_idx(bytes, kind, Some(bytes.len() as u64), None).is_ok();
        let is_whole = |header: Header| {
            let n_bytes = (bytes.len() - kind.header_bytes()) as u64;
            header.check_body(n_bytes).is_ok()
        };
        assert_eq!(is_read, Header::read(kind, bytes).is_ok_and(is_whole));
        let _ = read_idx(MultiGzDecoder::new(bytes), kind, None, None);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use fuzz_inputs::fuzz;

    use super::*;
    use crate::data::{Images, Label};

    #[test]
    fn damaged_files_are_refused_or_read() {
        let pixels: Vec<u8> = (0..60).collect();
        let images = idx::write_images(Images::new(&pixels, 4, 5));
        let labels = idx::write_labels(&[Label(0), Label(9), Label(3)]);
        let packed = |bytes: &[u8]| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        };
        let (packed_images, packed_labels) = (packed(&images), packed(&labels));
        let seeds = [&images, &labels, &packed_images, &packed_labels].map(Vec::as_slice);
        fuzz(
            "IDX and gzip",
            &seeds,
            &[&[0, 0, 8, 3], &[0, 0, 8, 1], &[0x1f, 0x8b, 8, 0]],
            any_bytes,
        );
    }
}
