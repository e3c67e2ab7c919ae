//! Feeds `report::fuzzing::results`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| report::fuzzing::results(bytes));
