//! Groups rows by point, averages repeats and ranks the points.

mod aliases;
mod current;
mod dataset;
mod leaderboard;
mod machine;
mod origin;
mod own;
mod point;
mod recall;
pub mod reference;
mod score;

pub(crate) use current::{keep_newest_version, latest};
pub(crate) use dataset::is_benchmark;
pub use dataset::{FASHION_MNIST, FASHION_MNIST_SHA256, MNIST, MNIST_SHA256};
pub use leaderboard::{Board, Line, OtherLine, Shortfall};
pub use machine::UnknownMachine;
pub use origin::Origin;
pub use own::{DatasetBoard, OwnBoard, OwnLine};
pub use point::{ALL_TEST, ALL_TRAIN, Point};
pub use recall::{ByClass, ClassNames, ClassRecall, Confused};
pub use score::{Score, Spread};
