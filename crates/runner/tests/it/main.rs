//! Integration tests: the built program on small generated data, and the registry in-process; one module a topic.

#![expect(
    clippy::unwrap_used,
    reason = "a panic with a backtrace is how a test of this crate fails"
)]

mod bad_data;
mod bad_grid;
mod conformance;
mod layers;
mod programs;
mod refused;
mod results_file;
mod resume;
mod source;
mod support;
mod tidy;
