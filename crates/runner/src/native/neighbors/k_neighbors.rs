//! The k-nearest-neighbors classifier.

use loader::Label;

use crate::estimator::checks::{check_setting, check_stored_queries, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::neighbor_vote::{Weights, check_n_neighbors, vote};
use crate::estimator::part::Part;
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::stored_rows::StoredValue;
use crate::native::neighbors::byte_distance::{ByteDistance, check_width};
use crate::native::neighbors::float_distance::FloatDistance;
use crate::native::neighbors::index::NeighborIndex;
use crate::native::neighbors::metric::Metric;
use crate::native::neighbors::row_distance::RowDistance;
use crate::native::neighbors::top_k::TopK;

/// Settings of the classifier. The defaults are those of scikit-learn's `KNeighborsClassifier`.
///
/// Rows are in [`Layout::BytesOrF32`]; distances are those of the preprocessed pixels, or of the floats. Of rows at equal distance
/// the one with the lower index is nearer. Labels with equal votes: the lower label wins.
#[derive(Clone, Debug)]
pub struct KNeighbors {
    /// The number of neighbors that vote: at least 1, at most the number of training rows.
    pub n_neighbors: usize,
    /// The weight of a neighbor's vote.
    pub weights: Weights,
    /// The distance between two rows.
    pub metric: Metric,
}

impl Default for KNeighbors {
    fn default() -> KNeighbors {
        KNeighbors {
            n_neighbors: 5,
            weights: Weights::Uniform,
            metric: Metric::Euclidean,
        }
    }
}

struct KNeighborsModel<'a, D: RowDistance> {
    index: NeighborIndex<'a, D>,
    distance: D,
    labels: &'a [Label],
    n_neighbors: usize,
    weights: Weights,
    n_features: usize,
}

impl Classifier for KNeighbors {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let k = self.n_neighbors;
        check_setting(k >= 1, "n_neighbors", "at least 1", k)?;
        check_training_rows(self.layout(), train, labels)?;
        check_n_neighbors(k, train.n_rows())?;
        if train.as_bytes().is_some() {
            check_width(self.metric, train.n_features())?;
            let distance = ByteDistance::new(self.metric, train);
            Ok(Box::new(self.model(train, labels, distance)))
        } else {
            let distance = FloatDistance::new(self.metric);
            Ok(Box::new(self.model(train, labels, distance)))
        }
    }

    fn part(&self) -> Option<Part> {
        Some(Part::Neighbors {
            n_neighbors: self.n_neighbors,
            weights: self.weights,
        })
    }
}

impl KNeighbors {
    fn model<'a, D: RowDistance>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        distance: D,
    ) -> KNeighborsModel<'a, D> {
        KNeighborsModel {
            index: NeighborIndex::new(train, &distance),
            distance,
            labels,
            n_neighbors: self.n_neighbors,
            weights: self.weights,
            n_features: train.n_features(),
        }
    }
}

impl<D: RowDistance> Model for KNeighborsModel<'_, D> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let nearest = self.nearest(samples)?;
        let label = |nearest: &TopK| self.label(nearest, self.n_neighbors, self.weights);
        Ok(nearest.iter().map(label).collect())
    }

    fn predict_parts(&self, samples: &Samples, parts: &[Part]) -> Result<Vec<Vec<Label>>, FitError> {
        let nearest = self.nearest(samples)?;
        let labels = parts.iter().map(|part| match part {
            Part::Neighbors { n_neighbors, weights } => {
                let label = |nearest: &TopK| self.label(nearest, *n_neighbors, *weights);
                Ok(nearest.iter().map(label).collect())
            }
            Part::Trees(_) => Err(FitError::Setting("neighbors have no part of trees".into())),
        });
        labels.collect()
    }
}

impl<D: RowDistance> KNeighborsModel<'_, D> {
    /// The nearest training rows of every query.
    fn nearest(&self, queries: &Samples) -> Result<Vec<TopK>, FitError> {
        check_stored_queries(D::Value::IS_BYTE, queries, self.n_features)?;
        Ok(self.index.nearest(queries, self.n_neighbors, &self.distance))
    }

    /// The vote of the first `n_neighbors` of these rows.
    fn label(&self, nearest: &TopK, n_neighbors: usize, weights: Weights) -> Label {
        let metric = self.distance.metric();
        let neighbor =
            |&(reduced, row): &(f64, u32)| (metric.to_distance(reduced), self.labels[row as usize]);
        let nearest = nearest.rows().iter().take(n_neighbors);
        let neighbors: Vec<(f64, Label)> = nearest.map(neighbor).collect();
        vote(&neighbors, weights)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Transform};

    use super::*;
    use crate::native::data::test_rows::predict_floats;

    fn error(n_neighbors: usize, labels: &[Label]) -> FitError {
        let images = ImageBuffer::new(vec![1, 2, 3], 1, 1);
        let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
        let train = Samples::new(images, &transform, Layout::BytesOrF32);
        let classifier = KNeighbors {
            n_neighbors,
            ..KNeighbors::default()
        };
        let fit = classifier.fit(&train, labels, &FitContext::default());
        fit.err().expect("this fit fails")
    }

    #[test]
    fn fits_that_cannot_vote_are_refused() {
        assert!(matches!(error(0, &[Label(1); 3]), FitError::Setting(_)));
        assert!(matches!(error(4, &[Label(1); 3]), FitError::Data(_)));
        assert!(matches!(error(1, &[Label(1); 2]), FitError::Data(_)));
    }

    #[test]
    fn rows_too_wide_for_the_sums_are_refused() {
        assert!(check_width(Metric::Euclidean, 66_051).is_ok());
        assert!(matches!(
            check_width(Metric::Euclidean, 66_052),
            Err(FitError::Data(_))
        ));
    }

    #[test]
    fn another_width_of_the_queries_is_an_error() {
        let rows = |width: usize| {
            let images = ImageBuffer::new(vec![7; 5 * width], 1, width);
            let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
            Samples::new(images, &transform, Layout::BytesOrF32)
        };
        let (train, labels) = (rows(3), [Label(1); 5]);
        let model = KNeighbors::default()
            .fit(&train, &labels, &FitContext::default())
            .unwrap();
        assert!(matches!(model.predict(&rows(4)), Err(FitError::Data(_))));
    }

    #[test]
    fn predictions_on_floats_are_scikit_learns() {
        // KNeighborsClassifier(n_neighbors=..., p=..., weights=...).fit(rows, labels).predict(queries). No vote depends on which of
        // several rows at equal distance are neighbors.
        for (n_neighbors, metric, weights, expected) in [
            (
                1,
                Metric::Euclidean,
                Weights::Uniform,
                "2221001101010002011001110000200221002012",
            ),
            (
                5,
                Metric::Euclidean,
                Weights::Uniform,
                "2201001001000002011001100000202221002010",
            ),
            (
                12,
                Metric::Euclidean,
                Weights::Distance,
                "2221001102000002021001110000002221002012",
            ),
            (
                12,
                Metric::Manhattan,
                Weights::Uniform,
                "2201001102000002011001110000002221002011",
            ),
        ] {
            let classifier = KNeighbors {
                n_neighbors,
                weights,
                metric,
            };
            assert_eq!(predict_floats(&classifier, 0.0), expected);
        }
    }
}
