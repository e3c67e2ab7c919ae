//! Statistics of test accuracies: the interval of a share, the paired test of two classifiers and its correction for many of them.

mod binomial;
mod holm;
mod level;
mod mcnemar;
mod paired;

pub use binomial::wilson;
pub use holm::holm;
pub use level::ALPHA;
pub use mcnemar::mid_p;
pub use paired::Paired;
