//! SHA-256 checksums, of bytes and of a whole dataset.

use sha2::{Digest, Sha256};

use super::part::Part;

/// SHA-256 of the concatenated pieces, as 64 hexadecimal digits.
pub(crate) fn sha256(pieces: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for piece in pieces {
        hasher.update(piece);
    }
    hex(&hasher.finalize())
}

/// Checksum of a dataset: SHA-256 of the output of `sha256sum` for the four decompressed files, in the order of [`Part::ALL`].
pub(crate) fn data_sha256(files: &[String; 4]) -> String {
    let lines: String = Part::ALL
        .iter()
        .zip(files)
        .map(|(part, sum)| format!("{sum}  {}\n", part.file_name()))
        .collect();
    sha256(&[lines.as_bytes()])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_matches_the_example_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&[b"a", b"bc"]), expected);
    }
}
