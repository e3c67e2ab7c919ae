//! What readers keep to for any bytes, for `fuzz/`.

/// The files of a dataset, plain and compressed.
///
/// # Panics
/// The reader breaks a promise.
pub fn idx(bytes: &[u8]) {
    crate::source::idx_file::any_bytes(bytes);
}
