//! Integration tests: one binary, one module per topic.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic with a backtrace")]

mod bad_input;
mod board;
mod browser;
mod check;
mod classes;
mod compare;
mod format_page;
mod frontier;
mod labels;
mod messages;
mod page;
mod paper;
mod parity;
mod parquet;
mod peers;
mod registries;
mod render;
mod rows;
mod scaling;
mod show;
mod speed;
mod splice;
mod streams;
mod support;
mod whole_grid;
