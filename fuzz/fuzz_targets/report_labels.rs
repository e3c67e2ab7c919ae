//! Feeds `report::fuzzing::labels`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| report::fuzzing::labels(bytes));
