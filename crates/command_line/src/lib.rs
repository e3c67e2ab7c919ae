//! What the programs of Hemline share: the command line, messages that no input can change, completions and manual pages.
//!
//! The crate knows nothing of datasets, grids and results.

mod arguments;
mod errors;
mod manual;
mod numbers;
mod output;
mod text;
mod wrap;

pub use arguments::{Ended, MAX_WIDTH, invocation, parse};
pub use errors::{Lines, show_errors};
pub use manual::{Made, Manual, ManualError};
pub use numbers::thousands;
pub use output::{print, print_bytes, print_styled, tell, tell_error};
pub use text::{is_unprintable, visible, visible_json};
pub use wrap::wrapped;
