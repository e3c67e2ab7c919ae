//! Bernoulli naive Bayes: independent binary features within each class.

use loader::Label;

use crate::estimator::checks::{check_positive, check_setting, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::priors::{Priors, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::class_sums::class_sums;
use crate::native::data::row_reader::RowReader;
use crate::native::generative::additive_model::{AdditiveModel, ClassScore, FeatureSum};

/// Bernoulli naive Bayes. A feature is 1 above a threshold and 0 otherwise; equal scores go to the lower label.
///
/// The score of a class is `log prior + Σ x ln p + (1 - x) ln(1 - p)` (Manning, Raghavan, Schütze 2008, chapter 13).
/// Here `p` is the smoothed share of the class's rows whose feature is 1.
#[derive(Clone, Debug)]
pub struct BernoulliNb {
    /// Rows added to both values of every feature, above 0 (Laplace smoothing).
    pub alpha: f64,
    /// A preprocessed feature above this finite number is 1.
    pub binarize: f64,
    /// Prior probabilities of the classes. Given ones sum to 1.
    pub priors: Priors,
}

impl Default for BernoulliNb {
    fn default() -> BernoulliNb {
        BernoulliNb {
            alpha: 1.0,
            binarize: 0.0,
            priors: Priors::Empirical,
        }
    }
}

/// For each feature the lowest stored value whose feature is above the threshold; 256 for a byte that never is.
fn binarize_from(train: &Samples, threshold: f64) -> Vec<f64> {
    let Some((_, transform)) = train.as_bytes() else {
        // `value > threshold` and `value >= threshold.next_up()` are the same.
        return vec![threshold.next_up(); train.n_features()];
    };
    let bytes: Vec<u16> = (0..256).collect();
    let is_zero = |pixel: usize, byte: u16| {
        u8::try_from(byte).is_ok_and(|byte| transform.value(pixel, byte) <= threshold)
    };
    let first_one = |pixel: usize| bytes.partition_point(|&byte| is_zero(pixel, byte));
    (0..train.n_features())
        .map(|pixel| f64::from(u16::try_from(first_one(pixel)).unwrap_or(256)))
        .collect()
}

/// The binary features of all rows.
fn binarized(train: &Samples, from: &[f64]) -> Vec<u8> {
    let rows = RowReader::new(train);
    let mut values = rows.buffer();
    let mut ones = Vec::with_capacity(train.n_rows() * from.len());
    for row in 0..train.n_rows() {
        rows.read_stored(row, &mut values);
        ones.extend(
            values
                .iter()
                .zip(from)
                .map(|(value, from)| u8::from(value >= from)),
        );
    }
    ones
}

impl Classifier for BernoulliNb {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        check_positive("alpha", self.alpha)?;
        check_setting(self.binarize.is_finite(), "binarize", "finite", self.binarize)?;
        self.priors.check_distribution()?;
        check_training_rows(self.layout(), train, labels)?;
        let log_priors = log_priors(&self.priors, labels)?;
        let classes = EncodedLabels::new(labels);
        let binarize_from = binarize_from(train, self.binarize);
        let ones = binarized(train, &binarize_from);
        let counts = class_sums(&ones, &classes.codes, classes.n_classes());
        let mut scores = Vec::new();
        for (class, log_prior) in counts.iter().zip(log_priors) {
            #[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
            let share = |count: &u64| (*count as f64 + self.alpha) / (class.n_rows as f64 + 2.0 * self.alpha);
            let shares: Vec<f64> = class.sums.iter().map(share).collect();
            let log_of_zeros: f64 = shares.iter().map(|share| (1.0 - share).ln()).sum();
            let weights = shares
                .iter()
                .map(|share| share.ln() - (1.0 - share).ln())
                .collect();
            scores.push(ClassScore {
                constant: log_prior + log_of_zeros,
                sum: FeatureSum::Linear { weights },
            });
        }
        Ok(Box::new(AdditiveModel {
            classes,
            n_features: train.n_features(),
            is_of_bytes: train.as_bytes().is_some(),
            scores,
            binarize_from: Some(binarize_from),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, predict_floats, samples};

    #[test]
    fn settings_outside_their_range_are_errors() {
        let message = |bernoulli: BernoulliNb| {
            let (samples, classes) = (samples(Layout::BytesOrF32), classes());
            let labels: Vec<Label> = classes.codes.into_iter().map(Label).collect();
            let fitted = bernoulli.fit(&samples, &labels, &FitContext::default());
            fitted.map(|_| ()).unwrap_err().to_string()
        };
        let default = BernoulliNb::default;
        assert_eq!(
            message(BernoulliNb {
                alpha: 0.0,
                ..default()
            }),
            "alpha must be above 0, is 0"
        );
        assert_eq!(
            message(BernoulliNb {
                binarize: f64::NAN,
                ..default()
            }),
            "binarize must be finite, is NaN"
        );
        let priors = Priors::Given(vec![0.5, 0.5]);
        assert_eq!(
            message(BernoulliNb { priors, ..default() }),
            "number of priors (2) differs from number of classes (3)"
        );
    }

    #[test]
    fn predictions_on_floats_are_scikit_learns() {
        // BernoulliNB().fit(rows, labels).predict(queries), then with binarize=0.5, alpha=2. One value in 16 is 0.5.
        let default = BernoulliNb::default();
        assert_eq!(
            predict_floats(&default, 0.0),
            "1101101121000002020001102000002221012011"
        );
        let other = BernoulliNb {
            alpha: 2.0,
            binarize: 0.5,
            ..default
        };
        assert_eq!(
            predict_floats(&other, 0.0),
            "2101001101000000021001100000012021002011"
        );
    }
}
