//! Feeds `runner::fuzzing::baselines`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::baselines(bytes));
