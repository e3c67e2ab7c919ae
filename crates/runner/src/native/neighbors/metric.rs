//! The metric of a distance: Minkowski's for p = 1 and p = 2.

/// The distance between two rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Metric {
    /// The sum of absolute differences: Minkowski's distance with p = 1.
    Manhattan,
    /// The root of the sum of squared differences: Minkowski's distance with p = 2.
    #[default]
    Euclidean,
}

impl Metric {
    /// The distance that belongs to a reduced distance (scikit-learn's term): the squared distance for [`Metric::Euclidean`], the
    /// distance itself for [`Metric::Manhattan`].
    pub(crate) fn to_distance(self, reduced: f64) -> f64 {
        match self {
            Metric::Manhattan => reduced,
            Metric::Euclidean => reduced.sqrt(),
        }
    }
}
