//! Feeds `runner::fuzzing::grid`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::grid(bytes));
