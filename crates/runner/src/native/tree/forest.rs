//! One tree or a forest: trees on drawn rows, grown in parallel, their class probabilities averaged.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::checks::{check_setting, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::part::{Part, in_order_of_trees};
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::stored_rows::StoredValue;
use crate::estimator::subset_size::SubsetSize;
use crate::native::data::binned_floats::{BinnedFloats, MAX_BINS};
use crate::native::data::transpose::transpose;
use crate::native::kernels::node_rows::Matrix;
use crate::native::tree::bootstrap::BootstrapSample;
use crate::native::tree::builder::TreeBuilder;
use crate::native::tree::decision_tree::{DecisionTree, Splitter, TreeSettings, add_probabilities};
use crate::native::tree::nodes::to_u32;
use crate::native::tree::tree_features::{ByteFeatures, FloatFeatures, TreeFeatures};

/// Settings of a forest, or of a single tree. The defaults are those of [`Forest::random_forest`].
///
/// The model predicts the class with the highest mean probability over all trees. Ties go to the lower label.
///
/// Rows are in [`Layout::BytesOrF32`]; training needs a second, transposed copy of bytes. Splits of floats are searched among at most
/// 255 bins per feature, of one value each or of one quantile range. The thresholds are midpoints of floats in both cases. Random
/// thresholds do not depend on the bins. A model of [`Splitter::Best`] has a notice where a feature has more than 255 values.
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
struct ForestModel<T> {
    classes: EncodedLabels,
    trees: Vec<DecisionTree<T>>,
    n_features: usize,
    notice: Option<String>,
}

impl Classifier for Forest {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
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
        if train.as_bytes().is_some() {
            let rows = u8::rows(train);
            let columns = transpose(rows.values(), rows.n_features());
            let matrix = Matrix::new(rows.values(), &columns, n_rows);
            return Ok(Box::new(self.grow(&ByteFeatures { matrix }, classes, context)));
        }
        let all: Vec<u32> = (0..to_u32(n_rows)).collect();
        let (floats, columns) = BinnedFloats::new(f32::rows(train), &all, MAX_BINS);
        let bins = transpose(&columns, n_rows);
        let features = FloatFeatures {
            matrix: Matrix::new(&bins, &columns, n_rows),
            floats: &floats,
        };
        Ok(Box::new(ForestModel {
            notice: match self.tree.splitter {
                Splitter::Best => floats.notice(),
                Splitter::Random => None,
            },
            ..self.grow(&features, classes, context)
        }))
    }

    fn part(&self) -> Option<Part> {
        Some(Part::Trees(self.n_estimators))
    }
}

impl Forest {
    fn grow<F: TreeFeatures>(
        &self,
        features: &F,
        classes: EncodedLabels,
        context: &FitContext,
    ) -> ForestModel<F::Value> {
        let n_rows = classes.codes.len();
        let n_draws = self.bootstrap.map_or(n_rows, |size| size.of(n_rows));
        let builder = TreeBuilder::new(&self.tree, features, &classes.codes, classes.n_classes(), n_draws);
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
        ForestModel {
            n_features: features.matrix().n_features(),
            classes,
            trees,
            notice: None,
        }
    }
}

impl<T: StoredValue> Model for ForestModel<T> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let parts = self.predict_parts(samples, &[Part::Trees(self.trees.len())])?;
        Ok(parts.into_iter().next().unwrap_or_default())
    }

    fn predict_parts(&self, samples: &Samples, parts: &[Part]) -> Result<Vec<Vec<Label>>, FitError> {
        let rows = T::queries(samples, self.n_features)?;
        let n_classes = self.classes.n_classes();
        let mut sums = vec![0.0; rows.n_rows() * n_classes];
        let mut n_added = 0;
        // The smallest part first: each goes on from the sums of the one before it.
        in_order_of_trees(parts, |n_trees| {
            add_probabilities(&self.trees[n_added..n_trees], rows, n_classes, &mut sums);
            n_added = n_trees;
            let rows = sums.chunks_exact(n_classes);
            rows.map(|sums| self.classes.argmax(sums.iter().copied()))
                .collect()
        })
    }

    fn notice(&self) -> Option<String> {
        self.notice.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Transform};
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::estimator::split_criterion::SplitCriterion;
    use crate::native::data::test_rows::predict_floats;

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

    #[test]
    fn trees_on_floats_are_scikit_learns() {
        // DecisionTreeClassifier(criterion=..., min_samples_leaf=...).fit(rows, labels).predict(queries), the same for 40 values of
        // random_state. Queries lie between the values of the training rows.
        for criterion in [SplitCriterion::Gini, SplitCriterion::Entropy] {
            for (min_samples_leaf, expected) in [
                (1, "0221211001010102001001112210202221112012"),
                (4, "0221211001010102001001102210202221112012"),
            ] {
                let tree = Forest::single_tree(TreeSettings {
                    criterion,
                    min_samples_leaf,
                    ..TreeSettings::default()
                });
                assert_eq!(predict_floats(&tree, 0.0), expected);
            }
        }
    }

    #[test]
    fn coarse_bins_have_a_notice_unless_thresholds_are_random() {
        let notice = |forest: &Forest, n_rows: usize| {
            let values = Array2::from_shape_fn((n_rows, 1), |(row, _)| (row * 7 % 1000) as f32);
            let labels: Vec<Label> = (0..n_rows).map(|row| Label((row % 2) as u8)).collect();
            let train = Samples::from_f32(values);
            let model = forest.fit(&train, &labels, &FitContext::default()).unwrap();
            model.notice()
        };
        let best = Forest::single_tree(TreeSettings::default());
        assert_eq!(notice(&best, 255), None);
        let text = notice(&best, 256).unwrap();
        assert_eq!(
            text,
            "features were binned to at most 255 quantiles: 1 of 1 have more distinct values"
        );
        assert_eq!(notice(&Forest::extra_trees(), 256), None);
    }

    proptest! {
        #[test]
        fn few_floats_give_the_trees_of_their_ranks(
            ranks in proptest::collection::vec(0u8..30, 40 * 3..120 * 3), gap in 1u8..9, seed: u64, is_entropy: bool
        ) {
            let n_rows = ranks.len() / 3;
            let ranks = &ranks[..n_rows * 3];
            let class = |row: usize| Label((ranks[3 * row] / 11 + ranks[3 * row + 1] / 16 + ranks[3 * row + 2] % 2) % 3);
            let labels: Vec<Label> = (0..n_rows).map(class).collect();
            let images = ImageBuffer::new(ranks.to_vec(), 1, 3);
            let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
            let bytes = Samples::new(images, &transform, Layout::BytesOrF32);
            let value = |rank: u8| (f32::from(rank) / f32::from(gap)).exp2() - 7.0;
            let floats: Vec<f32> = ranks.iter().map(|&rank| value(rank)).collect();
            let floats = Samples::from_f32(Array2::from_shape_vec((n_rows, 3), floats).unwrap());
            let criterion = if is_entropy { SplitCriterion::Entropy } else { SplitCriterion::Gini };
            // A row that a tree is not trained on may lie between two values of a node, where midpoints of ranks and of floats differ.
            for mut forest in [Forest::single_tree(TreeSettings::default()), Forest { n_estimators: 5, bootstrap: None, ..Forest::random_forest() }] {
                forest.tree.criterion = criterion;
                let context = FitContext { seed, memory: None };
                let of_bytes = forest.fit(&bytes, &labels, &context).unwrap().predict(&bytes).unwrap();
                let of_floats = forest.fit(&floats, &labels, &context).unwrap().predict(&floats).unwrap();
                prop_assert_eq!(of_bytes, of_floats);
            }
        }
    }
}
