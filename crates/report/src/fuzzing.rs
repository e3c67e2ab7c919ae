//! What readers keep to for any bytes, for `fuzz/`. Each of these panics where a reader breaks a promise.

use crate::input;

/// Results files.
pub fn results(bytes: &[u8]) {
    input::rows::any_bytes(bytes);
}

/// Files of packed predictions.
pub fn labels(bytes: &[u8]) {
    input::label_records::any_bytes(bytes);
}
