//! Integration tests: one binary, one module a topic.

#![expect(
    clippy::unwrap_used,
    reason = "a panic with a backtrace is how a test of this crate fails"
)]

mod bad_input;
mod board;
mod check;
mod parity;
mod peers;
mod render;
mod rows;
mod scaling;
mod speed;
mod splice;
mod support;
