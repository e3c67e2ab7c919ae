//! Feeds `runner::fuzzing::results`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::results(bytes));
