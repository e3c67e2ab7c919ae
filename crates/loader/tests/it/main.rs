//! The loader from outside: through its library and through its program. No test reaches a network.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic as the test itself may"
)]

mod bad_files;
mod cache;
mod network;
mod program;
mod real;
mod sandbox;
