//! Groups rows by point, averages repeats and ranks the points.

mod aliases;
mod changes;
mod current;
mod dataset;
mod grouping;
mod hardest;
mod leaderboard;
mod machine;
mod origin;
mod own;
mod per_class;
mod point;
mod predictions;
mod preprocessings;
mod recall;
pub mod reference;
mod score;
mod tier;
mod tiers;

pub use changes::{Bounds, Change, Changes, Missing, PairedChange};
pub(crate) use current::{keep_newest_version, latest};
pub(crate) use dataset::is_benchmark;
pub use dataset::{FASHION_MNIST, FASHION_MNIST_CLASSES, FASHION_MNIST_SHA256, MNIST, MNIST_SHA256};
pub use hardest::Hard;
pub use leaderboard::{Board, Line, OtherLine, Shortfall};
pub use machine::UnknownMachine;
pub use origin::Origin;
pub use own::{DatasetBoard, OwnBoard, OwnLine};
pub use per_class::{PerClass, per_class};
pub use point::{ALL_TEST, ALL_TRAIN, Point};
pub use predictions::Predictions;
pub use preprocessings::{Preprocessings, preprocessing_name};
pub use recall::{ByClass, ClassNames, ClassRecall, Confused};
pub use score::{Interval, Score, Spread, Times};
pub use tier::{Tier, ranks};
pub use tiers::tiers;
