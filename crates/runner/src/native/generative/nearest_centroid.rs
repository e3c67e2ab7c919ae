//! Nearest centroid: a query takes the label of the closest class mean or median.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::checks::{check_positive, check_queries, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::class_sums::{ClassSums, class_sums};
use crate::native::generative::additive_model::{AdditiveModel, ClassScore, PixelSum};

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
        Layout::Bytes
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
        let steps = train.transform().steps();
        if self.metric == CentroidMetric::Manhattan {
            let medians = class_medians(train, &classes);
            return Ok(Box::new(MedianModel {
                classes,
                medians,
                steps,
            }));
        }
        let sums = class_sums(train.bytes().pixels(), &classes.codes, classes.n_classes());
        let mut means: Vec<Vec<f64>> = sums.iter().map(ClassSums::means).collect();
        if let Some(threshold) = self.shrink_threshold {
            shrink_means(&mut means, &sums, &steps, threshold)?;
        }
        let scales: Vec<f64> = steps.iter().map(|step| -step * step).collect();
        let score = |centers: Vec<f64>| ClassScore {
            constant: 0.0,
            sum: PixelSum::Squares {
                scales: scales.clone(),
                centers,
            },
        };
        Ok(Box::new(AdditiveModel {
            classes,
            n_features: train.n_features(),
            scores: means.into_iter().map(score).collect(),
            binarize_from: None,
        }))
    }
}

/// Moves every mean towards the overall mean by `threshold` standard errors, and not past it.
///
/// All values are in bytes. Only the median of the standard deviations compares different pixels, so it is taken after
/// preprocessing, which multiplies a byte by its `steps` value.
#[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
fn shrink_means(
    means: &mut [Vec<f64>],
    sums: &[ClassSums],
    steps: &[f64],
    threshold: f64,
) -> Result<(), FitError> {
    let all = sums.iter().skip(1).fold(sums[0].clone(), ClassSums::and);
    let (n_rows, n_classes) = (all.n_rows as f64, sums.len() as f64);
    if all.n_rows <= sums.len() as u64 {
        return Err(FitError::Data(
            "shrink_threshold needs more rows than classes".into(),
        ));
    }
    let mut pooled_variances = vec![0.0; steps.len()];
    for class in sums {
        for (pooled, variance) in pooled_variances.iter_mut().zip(class.variances()) {
            *pooled += variance * class.n_rows as f64 / (n_rows - n_classes);
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
    let overall_mean = all.means();
    for (mean, class) in means.iter_mut().zip(sums) {
        let factor = ((class.n_rows as f64).recip() - n_rows.recip()).max(0.0).sqrt();
        for (i, mean) in mean.iter_mut().enumerate() {
            if steps[i] == 0.0 {
                continue;
            }
            let shift = threshold * factor * (deviations[i] + median) / steps[i];
            let difference = *mean - overall_mean[i];
            *mean = overall_mean[i] + difference.signum() * (difference.abs() - shift).max(0.0);
        }
    }
    Ok(())
}

/// The median byte of every pixel in each class; the mean of the middle two for an even number of rows.
fn class_medians(train: &Samples, classes: &EncodedLabels) -> Vec<Vec<f64>> {
    let n_features = train.bytes().n_features();
    let of_class = |class: usize| {
        let rows: Vec<&[u8]> = (train.bytes().rows().zip(&classes.codes))
            .filter(|(_, code)| usize::from(**code) == class)
            .map(|(row, _)| row)
            .collect();
        let median = |pixel: usize| {
            let mut counts = [0usize; 256];
            rows.iter().for_each(|row| counts[usize::from(row[pixel])] += 1);
            let nth = |n: usize| {
                let mut cumulative = 0;
                let byte = counts.iter().position(|count| {
                    cumulative += count;
                    cumulative > n
                });
                u32::try_from(byte.unwrap_or(0)).unwrap_or(0)
            };
            f64::midpoint(
                f64::from(nth((rows.len() - 1) / 2)),
                f64::from(nth(rows.len() / 2)),
            )
        };
        (0..n_features).map(median).collect()
    };
    (0..classes.n_classes()).into_par_iter().map(of_class).collect()
}

/// The trained model of the Manhattan metric.
struct MedianModel {
    classes: EncodedLabels,
    /// In bytes: one list per class, one value per pixel.
    medians: Vec<Vec<f64>>,
    /// Change of each feature per unit of its byte.
    steps: Vec<f64>,
}

impl Model for MedianModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        check_queries(Layout::Bytes, samples, self.steps.len())?;
        let images = samples.bytes();
        let negative_distance = |row: &[u8], medians: &Vec<f64>| -> f64 {
            let pixels = row.iter().zip(medians).zip(&self.steps);
            -pixels
                .map(|((&byte, median), step)| (f64::from(byte) - median).abs() * step)
                .sum::<f64>()
        };
        let label = |row: usize| {
            let scores = self
                .medians
                .iter()
                .map(|medians| negative_distance(images.row(row), medians));
            self.classes.argmax(scores)
        };
        Ok((0..samples.n_rows()).into_par_iter().map(label).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, samples};

    #[test]
    fn shrinking_is_refused_for_medians_and_outside_its_range() {
        let message = |metric: CentroidMetric, threshold: f64| {
            let centroid = NearestCentroid {
                metric,
                shrink_threshold: Some(threshold),
            };
            let (samples, classes) = (samples(Layout::Bytes), classes());
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
}
