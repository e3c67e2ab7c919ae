//! Nearest centroid: a query takes the label of the closest class mean or median.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::checks::{check_positive, check_stored_queries, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::feature_moments::MomentsByClass;
use crate::native::data::pixel_map::PixelMap;
use crate::native::data::row_reader::RowReader;
use crate::native::generative::additive_model::{AdditiveModel, ClassScore, FeatureSum};

/// The distance to a centroid, and the centroid that minimizes it within a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CentroidMetric {
    /// Euclidean distance to the mean.
    #[default]
    Euclidean,
    /// Manhattan distance to the median of every feature.
    Manhattan,
}

/// Nearest centroid classifier. Equal distances go to the lower label.
#[derive(Clone, Debug, Default)]
pub struct NearestCentroid {
    /// The distance.
    pub metric: CentroidMetric,
    /// Standard errors by which each mean moves towards the overall mean, above 0, or `None`. Not with
    /// [`CentroidMetric::Manhattan`].
    ///
    /// These are the shrunken centroids of Tibshirani, Hastie, Narasimhan and Chu (2002). They need more rows than classes.
    pub shrink_threshold: Option<f64>,
}

impl Classifier for NearestCentroid {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        if let Some(threshold) = self.shrink_threshold {
            check_positive("shrink_threshold", threshold)?;
            if self.metric == CentroidMetric::Manhattan {
                return Err(FitError::Setting(
                    "shrink_threshold must be none with the Manhattan metric".into(),
                ));
            }
        }
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let steps = PixelMap::of(train).slopes;
        if self.metric == CentroidMetric::Manhattan {
            let medians = class_medians(train, &classes);
            return Ok(Box::new(MedianModel {
                classes,
                medians,
                steps,
                is_of_bytes: train.as_bytes().is_some(),
            }));
        }
        let mut moments = MomentsByClass::of(train, &classes);
        if let Some(threshold) = self.shrink_threshold {
            shrink_means(&mut moments, &steps, threshold)?;
        }
        let scales: Vec<f64> = steps.iter().map(|step| -step * step).collect();
        let score = |centers: Vec<f64>| ClassScore {
            constant: 0.0,
            sum: FeatureSum::Squares {
                scales: scales.clone(),
                centers,
            },
        };
        Ok(Box::new(AdditiveModel {
            classes,
            n_features: train.n_features(),
            is_of_bytes: train.as_bytes().is_some(),
            scores: moments
                .classes
                .into_iter()
                .map(|class| score(class.means))
                .collect(),
            binarize_from: None,
        }))
    }
}

/// Moves every mean towards the overall mean by `threshold` standard errors, and not past it.
///
/// All values are in bytes where rows are stored as bytes. Only the median of the standard deviations compares different pixels, so
/// it is taken after preprocessing, which multiplies a byte by its `steps` value.
#[expect(clippy::cast_precision_loss, reason = "class counts are small")]
fn shrink_means(moments: &mut MomentsByClass, steps: &[f64], threshold: f64) -> Result<(), FitError> {
    let MomentsByClass { classes, all } = moments;
    let (n_rows, n_classes) = (all.n_rows, classes.len() as f64);
    if n_rows <= n_classes {
        return Err(FitError::Data(
            "shrink_threshold needs more rows than classes".into(),
        ));
    }
    let mut pooled_variances = vec![0.0; steps.len()];
    for class in classes.iter() {
        for (pooled, variance) in pooled_variances.iter_mut().zip(&class.variances) {
            *pooled += variance * class.n_rows / (n_rows - n_classes);
        }
    }
    let deviations: Vec<f64> = pooled_variances
        .iter()
        .zip(steps)
        .map(|(variance, step)| variance.sqrt() * step)
        .collect();
    let mut sorted = deviations.clone();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let median = if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    };
    for class in classes {
        let factor = (class.n_rows.recip() - n_rows.recip()).max(0.0).sqrt();
        for (i, (mean, overall_mean)) in class.means.iter_mut().zip(&all.means).enumerate() {
            if steps[i] == 0.0 {
                continue;
            }
            let shift = threshold * factor * (deviations[i] + median) / steps[i];
            let difference = *mean - overall_mean;
            *mean = overall_mean + difference.signum() * (difference.abs() - shift).max(0.0);
        }
    }
    Ok(())
}

/// The median stored value of every feature in each class; the mean of the middle two for an even number of rows.
fn class_medians(train: &Samples, classes: &EncodedLabels) -> Vec<Vec<f64>> {
    let of_class = |class: usize| {
        let rows: Vec<usize> = (0..train.n_rows())
            .filter(|row| usize::from(classes.codes[*row]) == class)
            .collect();
        match train.as_bytes() {
            Some((images, _)) => {
                let median =
                    |pixel: usize| median_byte(rows.iter().map(|row| images.row(*row)[pixel]), rows.len());
                (0..train.n_features()).map(median).collect()
            }
            None => {
                let median =
                    |feature: usize| median_float(rows.iter().map(|row| train.f32()[[*row, feature]]));
                (0..train.n_features()).map(median).collect()
            }
        }
    };
    (0..classes.n_classes()).into_par_iter().map(of_class).collect()
}

fn median_byte(bytes: impl Iterator<Item = u8>, n: usize) -> f64 {
    let mut counts = [0usize; 256];
    bytes.for_each(|byte| counts[usize::from(byte)] += 1);
    let nth = |n: usize| {
        let mut cumulative = 0;
        let byte = counts.iter().position(|count| {
            cumulative += count;
            cumulative > n
        });
        u32::try_from(byte.unwrap_or(0)).unwrap_or(0)
    };
    f64::midpoint(f64::from(nth((n - 1) / 2)), f64::from(nth(n / 2)))
}

fn median_float(values: impl Iterator<Item = f32>) -> f64 {
    let mut values: Vec<f32> = values.collect();
    let middle = values.len() / 2;
    let is_even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    let upper = f64::from(*upper);
    if is_even {
        let lower = below.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        f64::midpoint(f64::from(lower), upper)
    } else {
        upper
    }
}

/// The trained model of the Manhattan metric.
struct MedianModel {
    classes: EncodedLabels,
    /// In the unit of the stored values: one list per class, one value per feature.
    medians: Vec<Vec<f64>>,
    /// Change of each feature per unit of its stored value.
    steps: Vec<f64>,
    /// Whether the training rows are stored as bytes.
    is_of_bytes: bool,
}

impl Model for MedianModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        check_stored_queries(self.is_of_bytes, samples, self.steps.len())?;
        let rows = RowReader::new(samples);
        let negative_distance = |values: &[f64], medians: &Vec<f64>| -> f64 {
            let features = values.iter().zip(medians).zip(&self.steps);
            -features
                .map(|((value, median), step)| (value - median).abs() * step)
                .sum::<f64>()
        };
        let label = |values: &mut Vec<f64>, row: usize| {
            rows.read_stored(row, values);
            let scores = self
                .medians
                .iter()
                .map(|medians| negative_distance(values, medians));
            self.classes.argmax(scores)
        };
        Ok((0..samples.n_rows())
            .into_par_iter()
            .map_init(|| rows.buffer(), label)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, predict_floats, samples};

    #[test]
    fn shrinking_is_refused_for_medians_and_outside_its_range() {
        let message = |metric: CentroidMetric, threshold: f64| {
            let centroid = NearestCentroid {
                metric,
                shrink_threshold: Some(threshold),
            };
            let (samples, classes) = (samples(Layout::BytesOrF32), classes());
            let labels: Vec<Label> = classes.codes.into_iter().map(Label).collect();
            let fitted = centroid.fit(&samples, &labels, &FitContext::default());
            fitted.map(|_| ()).unwrap_err().to_string()
        };
        assert_eq!(
            message(CentroidMetric::Euclidean, 0.0),
            "shrink_threshold must be above 0, is 0"
        );
        assert!(message(CentroidMetric::Manhattan, 1.0).contains("Manhattan"));
    }

    #[test]
    fn predictions_on_floats_are_scikit_learns() {
        // NearestCentroid(metric=..., shrink_threshold=...).fit(rows, labels).predict(queries).
        for (metric, shrink_threshold, expected) in [
            (
                CentroidMetric::Euclidean,
                None,
                "2201001200010002021001102000002221012012",
            ),
            (
                CentroidMetric::Manhattan,
                None,
                "2201001221110002021001102000012221012012",
            ),
            (
                CentroidMetric::Euclidean,
                Some(0.7),
                "2201001221110000021001102000002221012012",
            ),
        ] {
            let centroid = NearestCentroid {
                metric,
                shrink_threshold,
            };
            assert_eq!(predict_floats(&centroid, 0.0), expected);
        }
    }
}
