//! Pictures of a board and of the comparisons, as SVG for the README and for the page.

mod accuracy_time;
mod axis;
mod chart;
mod embeddings;
mod engines;
mod frame;
mod labels;
mod palette;
mod parameters;
mod scaling;
mod speed;
mod styles;
mod svg;

pub use accuracy_time::{Which, accuracy_time};
pub use chart::Chart;
pub use embeddings::embeddings;
pub use engines::engines;
pub use palette::{STYLES, THEMES, Theme, rules};
pub use parameters::parameters;
pub use scaling::scaling;
pub use speed::speed;
pub use styles::Styles;
