//! Integration tests of the library and of the program `loader`. No test needs a network.

#![expect(clippy::unwrap_used, reason = "test helpers may panic, as tests may")]

mod bad_files;
mod cache;
mod changed;
mod held;
mod import_csv;
mod import_folder;
mod import_images;
mod import_npz;
mod local;
mod messages;
mod network;
mod odd_files;
mod program;
mod program_limits;
mod real;
mod sandbox;
mod sources;
