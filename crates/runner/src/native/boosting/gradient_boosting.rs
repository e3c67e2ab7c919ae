//! Gradient boosting with regression trees on the negative gradient of the log-loss (Friedman, 2001).

use loader::Label;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::estimator::checks::{check_setting, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::part::Part;
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::native::boosting::boosted_model::{BoostedModel, BoostedTree, encode_labels};
use crate::native::boosting::raw_scores::{RawScores, initial_scores, target};
use crate::native::boosting::regression_tree::{RegressionTreeBuilder, RegressionTreeSettings};
use crate::native::data::binned_floats::{BinnedFloats, MAX_BINS};
use crate::native::data::random::uniform_index;
use crate::native::data::split_thresholds::{ByteMidpoints, SplitThresholds};
use crate::native::data::transpose::transpose;
use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::Bin;
use crate::native::tree::nodes::to_u32;

/// Settings of the classifier. The defaults are those of scikit-learn's `GradientBoostingClassifier`.
///
/// The loss is the multinomial log-loss. Equal scores go to the lower label.
///
/// Rows are in [`Layout::BytesOrF32`]. Splits of floats are searched among at most 255 bins per feature, of one value each or of one
/// quantile range, and their thresholds are midpoints of floats. The model has a notice where a feature has more than 255 values.
///
/// # Errors
/// [`Classifier::fit`] returns [`FitError::Setting`] for settings out of range, and [`FitError::Data`] for fewer than two
/// classes or more than 2^20 - 1 training rows.
#[derive(Clone, Debug)]
pub struct GradientBoosting {
    /// Factor of the predictions of each tree, above 0.
    pub learning_rate: f64,
    /// The number of rounds, at least 1.
    pub n_estimators: usize,
    /// The share of the rows drawn without replacement for each round, above 0 and at most 1.
    pub subsample: f64,
    /// Settings of every tree.
    pub tree: RegressionTreeSettings,
}

impl Default for GradientBoosting {
    fn default() -> GradientBoosting {
        GradientBoosting {
            learning_rate: 0.1,
            n_estimators: 100,
            subsample: 1.0,
            tree: RegressionTreeSettings::default(),
        }
    }
}

impl Classifier for GradientBoosting {
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
        let classes = encode_labels(labels)?;
        if train.as_bytes().is_some() {
            let rows = u8::rows(train);
            let blocks = FeatureBlocks::new(rows.values(), rows.n_features(), |_, byte| byte);
            let model = self.boost(rows, &blocks, &ByteMidpoints, classes, context);
            return Ok(Box::new(model));
        }
        let rows = f32::rows(train);
        let all: Vec<u32> = (0..to_u32(rows.n_rows())).collect();
        let (floats, columns) = BinnedFloats::new(rows, &all, MAX_BINS);
        let bins = transpose(&columns, rows.n_rows());
        let blocks = FeatureBlocks::new(&bins, rows.n_features(), |_, bin| bin);
        drop((columns, bins));
        Ok(Box::new(BoostedModel {
            notice: floats.notice(),
            ..self.boost(rows, &blocks, &floats, classes, context)
        }))
    }

    fn part(&self) -> Option<Part> {
        Some(Part::Trees(self.n_estimators))
    }
}

impl GradientBoosting {
    /// `blocks` hold the rows as bytes, and `thresholds` translates splits between them.
    fn boost<T: SplitThresholds>(
        &self,
        rows: StoredRows<'_, T::Value>,
        blocks: &FeatureBlocks,
        thresholds: &T,
        classes: EncodedLabels,
        context: &FitContext,
    ) -> BoostedModel<T::Value> {
        let initial_scores = initial_scores(&classes);
        let mut scores = RawScores::new(&initial_scores, rows.n_rows());
        let builder = RegressionTreeBuilder::new(&self.tree, blocks, thresholds);
        let mut trees = Vec::new();
        for round in 0..self.n_estimators as u64 {
            let seed = context.seed.rotate_left(32) ^ round;
            let round = grow_round(
                &classes,
                initial_scores.len(),
                &scores.probabilities(),
                &builder,
                &self.draw_rows(rows.n_rows(), seed),
                seed,
            );
            scores.add_round(&round, self.learning_rate, rows);
            trees.extend(round);
        }
        BoostedModel {
            classes,
            initial_scores,
            trees,
            n_features: rows.n_features(),
            learning_rate: self.learning_rate,
            losses: Vec::new(),
            notice: None,
        }
    }

    fn check(&self) -> Result<(), FitError> {
        let rate = self.learning_rate;
        check_setting(rate > 0.0 && rate.is_finite(), "learning_rate", "above 0", rate)?;
        let n_rounds = self.n_estimators;
        check_setting(n_rounds >= 1, "n_estimators", "at least 1", n_rounds)?;
        let share = self.subsample;
        let is_share = share > 0.0 && share <= 1.0;
        check_setting(is_share, "subsample", "above 0 and at most 1", share)?;
        self.tree.check()
    }

    /// The rows of a round, ascending: all of them, or a subsample drawn without replacement.
    fn draw_rows(&self, n_rows: usize, seed: u64) -> Vec<u32> {
        let all = 0..to_u32(n_rows);
        if self.subsample >= 1.0 {
            return all.collect();
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "shares of row counts are small"
        )]
        let mut n_missing = ((self.subsample * n_rows as f64) as usize).max(1);
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        // Selection sampling (Knuth, The Art of Computer Programming 2, algorithm S): a row is drawn with probability
        // `n_missing / rows left`, so every subset is equally likely.
        let is_drawn = |row: &u32| {
            let is_drawn = uniform_index(&mut random, n_rows - *row as usize) < n_missing;
            n_missing -= usize::from(is_drawn);
            is_drawn
        };
        all.filter(is_drawn).collect()
    }
}

/// One tree per score, fitted to the residuals of the rows drawn for this round.
fn grow_round<T: SplitThresholds>(
    classes: &EncodedLabels,
    n_scores: usize,
    probabilities: &[f64],
    builder: &RegressionTreeBuilder<'_, T>,
    rows: &[u32],
    seed: u64,
) -> Vec<BoostedTree<T::Value>> {
    let residual = |i: usize| target(classes, n_scores, i / n_scores, i % n_scores) - probabilities[i];
    let residuals: Vec<Bin> = (0..probabilities.len())
        .into_par_iter()
        .map(|i| Bin::row(residual(i), 0.0))
        .collect();
    let root = builder.root_histograms(rows, &residuals, n_scores);
    (0..n_scores)
        .into_par_iter()
        .map(|score| {
            let residuals_of_rows = rows
                .iter()
                .map(|&row| residuals[row as usize * n_scores + score])
                .collect();
            let seed = seed ^ ((score as u64 + 1) << 48);
            let (nodes, leaves) = builder.build(rows, residuals_of_rows, root.as_ref(), score, seed);
            let value = |leaf: &Vec<u32>| {
                let (mut residual_sum, mut hessian_sum) = (0.0, 0.0);
                for i in leaf.iter().map(|&row| row as usize * n_scores + score) {
                    residual_sum += residual(i);
                    hessian_sum += probabilities[i] * (1.0 - probabilities[i]);
                }
                leaf_value(residual_sum, hessian_sum, n_scores)
            };
            BoostedTree {
                values: leaves.iter().map(value).collect(),
                nodes,
            }
        })
        .collect()
}

/// One Newton step of the log-loss in a leaf, times `(K - 1) / K` for `K > 2` classes (Friedman, 2001, equation 34).
#[expect(clippy::cast_precision_loss, reason = "there are at most 256 classes")]
fn leaf_value(residual_sum: f64, hessian_sum: f64, n_scores: usize) -> f64 {
    let factor = if n_scores == 1 {
        1.0
    } else {
        (n_scores - 1) as f64 / n_scores as f64
    };
    if hessian_sum.abs() < 1e-150 {
        0.0
    } else {
        factor * residual_sum / hessian_sum
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::{ImageBuffer, Preprocessing, Transform};
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::native::boosting::hist_gradient_boosting::HistGradientBoosting;
    use crate::native::data::test_rows::predict_floats;

    fn fit(classifier: &GradientBoosting, labels: &[Label]) -> Result<(), FitError> {
        let images = ImageBuffer::new(vec![1, 9, 2, 8], 1, 1);
        let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
        let train = Samples::new(images, &transform, classifier.layout());
        classifier.fit(&train, labels, &FitContext::default()).map(drop)
    }

    #[test]
    fn settings_and_labels_out_of_range_are_refused() {
        let labels = [0, 1, 0, 1].map(Label);
        let rate = GradientBoosting {
            learning_rate: 0.0,
            ..GradientBoosting::default()
        };
        assert!(matches!(fit(&rate, &labels), Err(FitError::Setting(_))));
        let mut depth = GradientBoosting::default();
        depth.tree.max_depth = Some(0);
        assert!(matches!(fit(&depth, &labels), Err(FitError::Setting(_))));
        let share = GradientBoosting {
            subsample: 1.5,
            ..GradientBoosting::default()
        };
        let message = fit(&share, &labels).unwrap_err().to_string();
        assert_eq!(message, "subsample must be above 0 and at most 1, is 1.5");
        let classifier = GradientBoosting::default();
        assert!(matches!(fit(&classifier, &labels[1..]), Err(FitError::Data(_))));
        assert!(matches!(fit(&classifier, &[Label(3); 4]), Err(FitError::Data(_))));
        assert!(fit(&classifier, &labels).is_ok());
    }

    #[test]
    fn a_subsample_has_its_share_of_the_rows() {
        let half = GradientBoosting {
            subsample: 0.5,
            ..GradientBoosting::default()
        };
        let rows = half.draw_rows(31, 7);
        assert_eq!(rows.len(), 15);
        assert!(rows.is_sorted());
    }

    #[test]
    fn predictions_on_floats_are_scikit_learns() {
        // GradientBoostingClassifier(n_estimators=20, ...).fit(rows, labels).predict(queries), the same for 40 values of random_state.
        let mut classifier = GradientBoosting {
            n_estimators: 20,
            ..GradientBoosting::default()
        };
        assert_eq!(
            predict_floats(&classifier, 0.0),
            "0221201001010002001001112000202221012012"
        );
        classifier.tree.max_depth = Some(2);
        assert_eq!(
            predict_floats(&classifier, 0.0),
            "2221211021010102021001112010202221112012"
        );
        classifier.tree.max_depth = Some(3);
        classifier.tree.min_samples_leaf = 5;
        assert_eq!(
            predict_floats(&classifier, 0.0),
            "0221211001010102001001112210202221112012"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn few_floats_give_the_boosted_trees_of_their_ranks(
            ranks in proptest::collection::vec(0u8..30, 40 * 3..120 * 3), gap in 1u8..9, seed: u64
        ) {
            let n_rows = ranks.len() / 3;
            let ranks = &ranks[..n_rows * 3];
            let class = |row: usize| Label((ranks[3 * row] / 11 + ranks[3 * row + 1] / 16 + row as u8 % 2) % 3);
            let labels: Vec<Label> = (0..n_rows).map(class).collect();
            let images = ImageBuffer::new(ranks.to_vec(), 1, 3);
            let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
            let bytes = Samples::new(images, &transform, Layout::BytesOrF32);
            let value = |rank: u8| (f32::from(rank) / f32::from(gap)).exp2() - 7.0;
            let floats: Vec<f32> = ranks.iter().map(|&rank| value(rank)).collect();
            let floats = Samples::from_f32(Array2::from_shape_vec((n_rows, 3), floats).unwrap());
            let newton = HistGradientBoosting { max_iter: 5, ..HistGradientBoosting::default() };
            let first_order = GradientBoosting { n_estimators: 5, ..GradientBoosting::default() };
            let classifiers: [&dyn Classifier; 2] = [&newton, &first_order];
            for classifier in classifiers {
                let context = FitContext { seed, memory: None };
                let of_bytes = classifier.fit(&bytes, &labels, &context).unwrap().predict(&bytes).unwrap();
                let of_floats = classifier.fit(&floats, &labels, &context).unwrap().predict(&floats).unwrap();
                prop_assert_eq!(of_bytes, of_floats);
            }
        }
    }
}
