//! Integration tests: the built program on small synthetic data, and the registry in process; one module per topic.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic with a backtrace")]

mod bad_arguments;
mod bad_data;
mod bad_grid;
mod bad_rows;
mod cell_process;
mod conformance;
mod conformance_features;
mod embed;
mod estimates;
mod first_hour;
mod hostile_text;
mod identity;
mod layers;
mod lost_labels;
mod merged_files;
mod next_commands;
mod nothing_lost;
mod odd_grids;
mod other_user;
mod program_answers;
mod program_files;
mod program_limits;
mod programs;
mod refused;
mod results_file;
mod resume;
mod shards;
mod shared_features;
mod shared_fits;
mod source;
mod streams;
mod support;
mod tidy;
