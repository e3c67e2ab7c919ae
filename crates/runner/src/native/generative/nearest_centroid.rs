//! Nearest centroid: a query takes the label of the closest class mean.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::families::nearest_centroid::Params;
use crate::native::data::class_sums::{ClassSums, class_sums};
use crate::native::generative::additive_model::{AdditiveModel, Sum};
use crate::params::choice::choices;

choices! {
    /// The distance.
    pub(crate) Metric { Euclidean = "euclidean", Manhattan = "manhattan" }
}

pub(crate) struct Native(pub(crate) Params);

impl Classifier for Native {
    fn layout(&self) -> Layout {
        Layout::Bytes
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = EncodedLabels::new(labels);
        let steps = train.transform().steps();
        if self.0.metric == Metric::Manhattan {
            let medians = medians(train, &classes);
            return Ok(Box::new(Medians {
                classes,
                medians,
                steps,
            }));
        }
        let sums = class_sums(train.bytes().pixels(), &classes.codes, classes.n_classes());
        let mut centers: Vec<Vec<f64>> = sums.iter().map(ClassSums::means).collect();
        if let Some(threshold) = self.0.shrink_threshold {
            shrink(&mut centers, &sums, &steps, threshold)?;
        }
        let scales: Vec<f64> = steps.iter().map(|step| -step * step).collect();
        let score = |centers: Vec<f64>| {
            let scales = scales.clone();
            (0.0, Sum::Squares { scales, centers })
        };
        Ok(Box::new(AdditiveModel {
            classes,
            scores: centers.into_iter().map(score).collect(),
            on_from: None,
        }))
    }
}

/// Moves every mean towards the overall one by so many standard errors, and no further. All in bytes but for the median of the
/// standard deviations, which is one over pixels and so needs them as preprocessed: `steps` apart.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn shrink(
    centers: &mut [Vec<f64>],
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
    let mut within = vec![0.0; steps.len()];
    for class in sums {
        for (within, variance) in within.iter_mut().zip(class.variances()) {
            *within += variance * class.n_rows as f64 / (n_rows - n_classes);
        }
    }
    let deviations: Vec<f64> = within
        .iter()
        .zip(steps)
        .map(|(within, step)| within.sqrt() * step)
        .collect();
    let mut sorted = deviations.clone();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let median = if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    };
    let overall = all.means();
    for (center, class) in centers.iter_mut().zip(sums) {
        let factor = ((class.n_rows as f64).recip() - n_rows.recip()).max(0.0).sqrt();
        for (i, center) in center.iter_mut().enumerate() {
            if steps[i] == 0.0 {
                continue;
            }
            let reach = threshold * factor * (deviations[i] + median) / steps[i];
            let apart = *center - overall[i];
            *center = overall[i] + apart.signum() * (apart.abs() - reach).max(0.0);
        }
    }
    Ok(())
}

/// Of each class the median byte of every pixel; of an even number of rows the mean of the two in the middle.
fn medians(train: &Samples, classes: &EncodedLabels) -> Vec<Vec<f64>> {
    let n_features = train.bytes().n_features();
    let of_class = |class: usize| {
        let rows: Vec<&[u8]> = (train.bytes().rows().zip(&classes.codes))
            .filter(|(_, of_row)| usize::from(**of_row) == class)
            .map(|(row, _)| row)
            .collect();
        let median = |pixel: usize| {
            let mut counts = [0usize; 256];
            rows.iter().for_each(|row| counts[usize::from(row[pixel])] += 1);
            let nth = |n: usize| {
                let mut before = 0;
                let place = counts.iter().position(|count| {
                    before += count;
                    before > n
                });
                u32::try_from(place.unwrap_or(0)).unwrap_or(0)
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

struct Medians {
    classes: EncodedLabels,
    medians: Vec<Vec<f64>>,
    steps: Vec<f64>,
}

impl Model for Medians {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let images = samples.bytes();
        let nearness = |row: &[u8], medians: &Vec<f64>| -> f64 {
            let pixels = row.iter().zip(medians).zip(&self.steps);
            -pixels
                .map(|((&byte, median), step)| (f64::from(byte) - median).abs() * step)
                .sum::<f64>()
        };
        let label = |row: usize| {
            let scores = self
                .medians
                .iter()
                .map(|medians| nearness(images.row(row), medians));
            self.classes.argmax(scores)
        };
        Ok((0..samples.n_rows()).into_par_iter().map(label).collect())
    }
}
