//! Feeds `runner::fuzzing::labels`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::labels(bytes));
