//! Feeds `loader::fuzzing::idx`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loader::fuzzing::idx(bytes));
