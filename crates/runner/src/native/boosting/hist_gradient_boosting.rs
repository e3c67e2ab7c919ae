//! Gradient boosting with Newton trees on binned features, as in LightGBM (Ke et al., 2017) and scikit-learn.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::checks::{check_setting, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::part::Part;
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::native::boosting::bin_mapper::BinMapper;
use crate::native::boosting::bin_thresholds::BinThresholds;
use crate::native::boosting::boosted_model::{BoostedModel, encode_labels};
use crate::native::boosting::early_stopping::{EarlyStopping, TrainValidationSplit};
use crate::native::boosting::newton_tree::{NewtonTreeBuilder, NewtonTreeSettings};
use crate::native::boosting::raw_scores::{RawScores, initial_scores, target};
use crate::native::data::binned_floats::BinnedFloats;
use crate::native::data::transpose::transpose;
use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::Bin;

/// Settings of the classifier. The defaults are those of scikit-learn's `HistGradientBoostingClassifier`.
///
/// The loss is the multinomial log-loss. Equal scores go to the lower label. Rows are in [`Layout::BytesOrF32`]; both are binned.
///
/// # Divergence
/// Without `l2_regularization` a leaf whose rows have probabilities close to 0 or 1 has a Hessian close to 0. A wrong row
/// in such a leaf causes a step of hundreds, and the loss may rise from there. On Fashion-MNIST, 100 rounds with
/// early stopping off reach 0.8955 on all rows and diverge on the first 59,000 (0.8057), as in scikit-learn 1.9.1 (0.8955 and
/// 0.8130, with leaves of up to 16,000). The model then has a warning; `l2_regularization: 1.0` bounds the steps.
///
/// # Errors
/// [`Classifier::fit`] returns [`FitError::Setting`] for settings out of range, and [`FitError::Data`] for fewer than two
/// classes, more than 2^20 - 1 training rows, or an empty validation split.
#[derive(Clone, Debug)]
pub struct HistGradientBoosting {
    /// Factor of the predictions of each tree, above 0.
    pub learning_rate: f64,
    /// The largest number of rounds, at least 1.
    pub max_iter: usize,
    /// The largest number of bins of a feature, 2 to 255.
    pub max_bins: usize,
    /// Settings of every tree.
    pub tree: NewtonTreeSettings,
    /// When to stop before `max_iter` rounds.
    pub early_stopping: EarlyStopping,
}

impl Default for HistGradientBoosting {
    fn default() -> HistGradientBoosting {
        HistGradientBoosting {
            learning_rate: 0.1,
            max_iter: 100,
            max_bins: 255,
            tree: NewtonTreeSettings::default(),
            early_stopping: EarlyStopping::default(),
        }
    }
}

impl HistGradientBoosting {
    fn check(&self) -> Result<(), FitError> {
        let rate = self.learning_rate;
        check_setting(rate > 0.0 && rate.is_finite(), "learning_rate", "above 0", rate)?;
        let n_rounds = self.max_iter;
        check_setting(n_rounds >= 1, "max_iter", "at least 1", n_rounds)?;
        let n_bins = self.max_bins;
        check_setting((2..=255).contains(&n_bins), "max_bins", "2 to 255", n_bins)?;
        self.tree.check()?;
        self.early_stopping.check()
    }
}

impl Classifier for HistGradientBoosting {
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
        let split = self.early_stopping.split(&classes, context.seed)?;
        if train.as_bytes().is_some() {
            let rows = u8::rows(train);
            let mappers = bin_mappers(rows, &split.train, self.max_bins);
            let bin = |feature: usize, byte: u8| mappers[feature].bin_of_byte[usize::from(byte)];
            let blocks = FeatureBlocks::new(rows.values(), rows.n_features(), bin);
            let thresholds = BinThresholds {
                of_feature: mappers.into_iter().map(|mapper| mapper.max_byte).collect(),
            };
            let model = self.boost(rows, &blocks, &thresholds, classes, &split, context);
            return Ok(Box::new(model));
        }
        let rows = f32::rows(train);
        let (floats, columns) = BinnedFloats::new(rows, &split.train, self.max_bins);
        let bins = transpose(&columns, rows.n_rows());
        let blocks = FeatureBlocks::new(&bins, rows.n_features(), |_, bin| bin);
        drop((columns, bins));
        let thresholds = floats.bins().iter().map(|bins| bins.thresholds.clone());
        let thresholds = BinThresholds {
            of_feature: thresholds.collect(),
        };
        let model = self.boost(rows, &blocks, &thresholds, classes, &split, context);
        Ok(Box::new(model))
    }

    fn part(&self) -> Option<Part> {
        Some(Part::Trees(self.max_iter))
    }
}

impl HistGradientBoosting {
    /// `blocks` hold the bins of the rows, and `thresholds` are those between them.
    fn boost<T: StoredValue>(
        &self,
        rows: StoredRows<'_, T>,
        blocks: &FeatureBlocks,
        thresholds: &BinThresholds<T>,
        classes: EncodedLabels,
        split: &TrainValidationSplit,
        context: &FitContext,
    ) -> BoostedModel<T> {
        let initial_scores = initial_scores(&classes);
        let n_scores = initial_scores.len();
        let mut scores = RawScores::new(&initial_scores, rows.n_rows());
        let builder = NewtonTreeBuilder::new(&self.tree, blocks, thresholds);
        let mut trees = Vec::new();
        let mut validation_losses = Vec::new();
        let mut losses = Vec::new();
        for round in 0..self.max_iter as u64 {
            let probabilities = scores.probabilities();
            losses.push(loss(&probabilities, &split.train, n_scores, &classes.codes));
            if !split.validation.is_empty() {
                let loss = loss(&probabilities, &split.validation, n_scores, &classes.codes);
                validation_losses.push(loss);
                if self.early_stopping.is_done(&validation_losses) {
                    break;
                }
            }
            let gradients: Vec<Bin> = probabilities
                .par_iter()
                .enumerate()
                .map(|(i, &probability)| {
                    let residual = target(&classes, n_scores, i / n_scores, i % n_scores) - probability;
                    Bin::row(residual, probability * (1.0 - probability))
                })
                .collect();
            let root = builder.root_histograms(&split.train, &gradients, n_scores);
            let seed = context.seed.rotate_left(32) ^ round;
            let build = |score: usize| {
                let of_score = (split.train.iter()).map(|&row| gradients[row as usize * n_scores + score]);
                let seed = seed ^ ((score as u64 + 1) << 48);
                builder.build(&split.train, of_score.collect(), root.as_ref(), score, seed)
            };
            let round: Vec<_> = (0..n_scores).into_par_iter().map(build).collect();
            scores.add_round(&round, self.learning_rate, rows);
            trees.extend(round);
        }
        let probabilities = scores.probabilities();
        losses.push(loss(&probabilities, &split.train, n_scores, &classes.codes));
        BoostedModel {
            classes,
            initial_scores,
            trees,
            n_features: rows.n_features(),
            learning_rate: self.learning_rate,
            losses,
            // The bins are the method's own, and `max_bins` is a setting.
            notice: None,
        }
    }
}

/// The bins of every feature, fitted to the values in these rows.
fn bin_mappers(bytes: StoredRows<'_, u8>, rows: &[u32], max_bins: usize) -> Vec<BinMapper> {
    let mut counts = vec![[0u32; 256]; bytes.n_features()];
    for &row in rows {
        for (counts, &byte) in counts.iter_mut().zip(bytes.row(row as usize)) {
            counts[usize::from(byte)] += 1;
        }
    }
    counts
        .iter()
        .map(|counts| BinMapper::new(counts, max_bins))
        .collect()
}

/// The mean log-loss of these rows.
#[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
fn loss(probabilities: &[f64], rows: &[u32], n_scores: usize, classes: &[u8]) -> f64 {
    let probability = |&row: &u32| {
        let (row, class) = (row as usize, usize::from(classes[row as usize]));
        match n_scores {
            1 if class == 0 => 1.0 - probabilities[row],
            1 => probabilities[row],
            _ => probabilities[row * n_scores + class],
        }
    };
    let sum: f64 = rows
        .iter()
        .map(probability)
        .map(|p| -p.max(f64::MIN_POSITIVE).ln())
        .sum();
    sum / rows.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::predict_floats;

    #[test]
    fn settings_out_of_range_are_refused() {
        assert!(HistGradientBoosting::default().check().is_ok());
        let bins = HistGradientBoosting {
            max_bins: 256,
            ..HistGradientBoosting::default()
        };
        let message = bins.check().unwrap_err().to_string();
        assert_eq!(message, "max_bins must be 2 to 255, is 256");
        let mut leaves = HistGradientBoosting::default();
        leaves.tree.max_leaf_nodes = Some(1);
        assert!(matches!(leaves.check(), Err(FitError::Setting(_))));
    }

    #[test]
    fn predictions_on_floats_are_scikit_learns() {
        // HistGradientBoostingClassifier(max_iter=20, early_stopping=False, ...).fit(rows, labels).predict(queries).
        for (max_bins, min_samples_leaf, expected) in [
            (255, 5, "0221211001010002000000112200202221112012"),
            (8, 5, "2221211101010002000000110000200221112012"),
            (4, 5, "2221211201010102020000110210200221112012"),
        ] {
            let classifier = HistGradientBoosting {
                max_iter: 20,
                max_bins,
                tree: NewtonTreeSettings {
                    min_samples_leaf,
                    ..NewtonTreeSettings::default()
                },
                ..HistGradientBoosting::default()
            };
            assert_eq!(predict_floats(&classifier, 0.0), expected, "max_bins={max_bins}");
        }
    }
}
