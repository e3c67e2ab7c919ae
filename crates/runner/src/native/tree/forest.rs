//! One tree or a forest: trees on drawn rows, grown in parallel, their class probabilities averaged.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::checks::{check_queries, check_setting, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::subset_size::SubsetSize;
use crate::native::kernels::node_rows::Matrix;
use crate::native::tree::bootstrap::BootstrapSample;
use crate::native::tree::builder::TreeBuilder;
use crate::native::tree::decision_tree::{DecisionTree, Splitter, TreeSettings, sum_of_probabilities};
use crate::native::tree::transpose::transpose;

/// Settings of a forest, or of a single tree. The defaults are those of [`Forest::random_forest`].
///
/// The model predicts the class with the highest mean probability over all trees. Ties go to the lower label.
/// Training needs the rows in [`Layout::Bytes`] and a second, transposed copy of them.
#[derive(Clone, Debug)]
pub struct Forest {
    /// Settings of every tree.
    pub tree: TreeSettings,
    /// The number of trees, at least 1.
    pub n_estimators: usize,
    /// The number of rows drawn with replacement for each tree. `None`: every tree has all rows once.
    pub bootstrap: Option<SubsetSize>,
}

impl Forest {
    /// A single tree on all rows.
    pub fn single_tree(tree: TreeSettings) -> Forest {
        Forest {
            tree,
            n_estimators: 1,
            bootstrap: None,
        }
    }

    /// A random forest with the defaults of scikit-learn's `RandomForestClassifier`: 100 trees on bootstrap samples,
    /// each split among `sqrt(n_features)` features.
    pub fn random_forest() -> Forest {
        Forest {
            tree: TreeSettings {
                max_features: SubsetSize::Sqrt,
                ..TreeSettings::default()
            },
            n_estimators: 100,
            bootstrap: Some(SubsetSize::All),
        }
    }

    /// Extremely randomized trees with the defaults of scikit-learn's `ExtraTreesClassifier`: 100 trees on all rows,
    /// each split among one random threshold of `sqrt(n_features)` features.
    pub fn extra_trees() -> Forest {
        Forest {
            tree: TreeSettings {
                splitter: Splitter::Random,
                ..Forest::random_forest().tree
            },
            bootstrap: None,
            ..Forest::random_forest()
        }
    }

    fn check(&self) -> Result<(), FitError> {
        let n_trees = self.n_estimators;
        check_setting(n_trees >= 1, "n_estimators", "at least 1", n_trees)?;
        self.bootstrap.map_or(Ok(()), |size| size.check("bootstrap"))?;
        self.tree.check()
    }
}

impl Default for Forest {
    fn default() -> Forest {
        Forest::random_forest()
    }
}

/// A trained forest.
struct ForestModel {
    classes: EncodedLabels,
    trees: Vec<DecisionTree>,
    n_features: usize,
}

impl Classifier for Forest {
    fn layout(&self) -> Layout {
        Layout::Bytes
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.check()?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let n_rows = train.n_rows();
        let columns = transpose(train.bytes().pixels(), train.bytes().n_features());
        let n_draws = self.bootstrap.map_or(n_rows, |size| size.of(n_rows));
        let matrix = Matrix::new(train.bytes().pixels(), &columns, n_rows);
        let builder = TreeBuilder::new(&self.tree, matrix, &classes.codes, classes.n_classes(), n_draws);
        let grow = |tree: u64| {
            // Two seeds per tree. They differ from those of the other trees, and of the next `FitContext::seed`.
            let seed = context.seed.rotate_left(32) ^ (2 * tree);
            let sample = match self.bootstrap {
                Some(_) => BootstrapSample::draw(n_rows, n_draws, seed + 1),
                None => BootstrapSample::all(n_rows),
            };
            builder.build(sample, seed)
        };
        let trees = (0..self.n_estimators as u64).into_par_iter().map(grow).collect();
        Ok(Box::new(ForestModel {
            classes,
            trees,
            n_features: train.n_features(),
        }))
    }
}

impl Model for ForestModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        check_queries(Layout::Bytes, samples, self.n_features)?;
        let n_classes = self.classes.n_classes();
        let sums = sum_of_probabilities(&self.trees, samples.bytes(), n_classes);
        let rows = sums.chunks_exact(n_classes);
        Ok(rows
            .map(|sums| self.classes.argmax(sums.iter().copied()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Transform};

    use super::*;

    fn fit(forest: &Forest, labels: &[Label]) -> Result<(), FitError> {
        let images = ImageBuffer::new(vec![1, 9, 2, 8], 1, 1);
        let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
        let train = Samples::new(images, &transform, forest.layout());
        forest.fit(&train, labels, &FitContext::default()).map(drop)
    }

    const LABELS: [Label; 4] = [Label(0), Label(1), Label(0), Label(1)];

    #[test]
    fn settings_out_of_range_are_refused() {
        let tree = |change: fn(&mut TreeSettings)| {
            let mut forest = Forest::single_tree(TreeSettings::default());
            change(&mut forest.tree);
            forest
        };
        for (forest, message) in [
            (
                Forest {
                    n_estimators: 0,
                    ..Forest::default()
                },
                "n_estimators must be at least 1, is 0",
            ),
            (
                Forest {
                    bootstrap: Some(SubsetSize::Count(0)),
                    ..Forest::default()
                },
                "bootstrap must be at least 1, is 0",
            ),
            (
                tree(|tree| tree.max_depth = Some(0)),
                "max_depth must be at least 1, is 0",
            ),
            (
                tree(|tree| tree.min_samples_split = 1),
                "min_samples_split must be at least 2, is 1",
            ),
            (
                tree(|tree| tree.min_samples_leaf = 0),
                "min_samples_leaf must be at least 1, is 0",
            ),
            (
                tree(|tree| tree.min_impurity_decrease = f64::NAN),
                "min_impurity_decrease must be at least 0, is NaN",
            ),
        ] {
            let error = fit(&forest, &LABELS).unwrap_err();
            assert!(matches!(error, FitError::Setting(_)));
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn every_row_needs_a_label() {
        let error = fit(&Forest::default(), &LABELS[1..]).unwrap_err();
        assert!(matches!(error, FitError::Data(_)));
        assert_eq!(
            error.to_string(),
            "number of labels (3) differs from number of training rows (4)"
        );
    }

    #[test]
    fn every_kind_of_forest_trains_with_its_defaults() {
        for forest in [
            Forest::default(),
            Forest::extra_trees(),
            Forest::single_tree(TreeSettings::default()),
        ] {
            assert!(fit(&forest, &LABELS).is_ok());
        }
    }
}
