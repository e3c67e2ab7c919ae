//! Feeds `runner::fuzzing::answer`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::answer(bytes));
