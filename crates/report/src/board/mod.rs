//! Groups rows by point, averages repeats and ranks the points.

mod aliases;
mod dataset;
mod leaderboard;
mod origin;
mod point;
pub mod reference;
mod score;

pub use dataset::{FASHION_MNIST, FASHION_MNIST_SHA256, MNIST, MNIST_SHA256};
pub(crate) use leaderboard::latest;
pub use leaderboard::{Board, Line, OtherLine, Shortfall};
pub use origin::Origin;
pub use point::{ALL_TEST, ALL_TRAIN, Point};
pub use score::{Score, Spread};
