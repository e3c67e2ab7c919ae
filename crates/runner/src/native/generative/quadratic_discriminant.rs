//! Quadratic discriminant analysis: one normal distribution with its own covariance per class.

use loader::Label;
use ndarray::Array2;
use rayon::prelude::*;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::priors::{Prior, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::families::quadratic_discriminant_analysis::Params;
use crate::native::data::row_reader::RowReader;
use crate::native::generative::class_moments::moments;
use crate::native::generative::gaussian_density::Gaussian;
use crate::native::generative::shrinkage::shrunk;
use crate::params::choice::choices;

/// Rows that are scored at once: a chunk of doubles of so many is a few megabytes.
const CHUNK: usize = 256;

choices! {
    /// How a covariance is kept invertible.
    pub(crate) Solver { Svd = "svd", Eigen = "eigen" }
}

pub(crate) struct Native(pub(crate) Params);

impl Native {
    /// One distribution a class.
    fn gaussians(&self, samples: &Samples, classes: &EncodedLabels) -> Result<Vec<Gaussian>, FitError> {
        let rows = RowReader::new(samples);
        let mut gaussians = Vec::with_capacity(classes.n_classes());
        for (place, class) in moments(samples, classes).into_iter().enumerate() {
            let label = classes.labels[place];
            let n_features = class.mean.len();
            #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
            let is_short = class.n_rows < n_features as f64;
            if class.n_rows < 2.0 {
                return Err(FitError::Data(format!(
                    "class {label} has 1 row, and no covariance"
                )));
            }
            if self.0.solver == Solver::Svd && is_short {
                return Err(FitError::Data(format!(
                    "the covariance of class {label} lacks rank: {} rows of {n_features} features; solver=eigen with shrinkage can do",
                    class.n_rows
                )));
            }
            let (covariance, remedy): (Array2<f64>, _) = match self.0.solver {
                Solver::Eigen => (
                    shrunk(&class, self.0.shrinkage, &rows, classes, place),
                    "shrinkage",
                ),
                Solver::Svd => {
                    let mut covariance = class.covariance * (1.0 - self.0.reg_param);
                    let diagonal = covariance.diag_mut();
                    diagonal
                        .into_iter()
                        .for_each(|variance| *variance += self.0.reg_param);
                    (covariance, "reg_param")
                }
            };
            let gaussian = Gaussian::new(class.mean, covariance, self.0.tol).ok_or_else(|| {
                FitError::Data(format!(
                    "the covariance of class {label} lacks rank: a larger {remedy} gives it some"
                ))
            })?;
            gaussians.push(gaussian);
        }
        Ok(gaussians)
    }
}

impl Classifier for Native {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = EncodedLabels::new(labels);
        decision_classes(&classes)?;
        let prior = self.0.priors.clone().map_or(Prior::Empirical, Prior::Given);
        let log_priors = log_priors(&prior, labels)?;
        let gaussians = self.gaussians(train, &classes)?;
        Ok(Box::new(Trained {
            classes,
            scores: log_priors.into_iter().zip(gaussians).collect(),
        }))
    }
}

struct Trained {
    classes: EncodedLabels,
    /// For each class the logarithm of its prior, and its distribution.
    scores: Vec<(f64, Gaussian)>,
}

impl Model for Trained {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let rows = RowReader::new(samples);
        let starts: Vec<usize> = (0..samples.n_rows()).step_by(CHUNK).collect();
        let of_chunk = |start: &usize| -> Result<Vec<Label>, FitError> {
            let n_rows = CHUNK.min(samples.n_rows() - start);
            let mut values = vec![0.0; n_rows * rows.n_features()];
            for (row, wide) in (*start..).zip(values.chunks_exact_mut(rows.n_features())) {
                rows.read(row, wide);
            }
            let values = Array2::from_shape_vec((n_rows, rows.n_features()), values)
                .expect("as many values as rows times features");
            let scores: Vec<Vec<f64>> = (self.scores.iter())
                .map(|(log_prior, gaussian)| {
                    let densities = gaussian.log_densities(values.view());
                    densities.into_iter().map(|density| density + log_prior).collect()
                })
                .collect();
            if scores.iter().flatten().any(|score| score.is_nan()) {
                return Err(FitError::Data("the score of a class is not a number".into()));
            }
            let label = |row: usize| self.classes.argmax(scores.iter().map(|scores| scores[row]));
            Ok((0..n_rows).map(label).collect())
        };
        let chunks: Result<Vec<Vec<Label>>, FitError> = starts.par_iter().map(of_chunk).collect();
        Ok(chunks?.concat())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use loader::ImageBuffer;
    use loader::Preprocessing;
    use loader::Transform;

    use super::*;
    use crate::params::kind::Auto;

    /// Unit pixels of 24 rows of two classes in turn, by a fixed formula.
    fn samples() -> Samples {
        let byte = |i: usize| {
            let (row, pixel) = (i / 4, i % 4);
            let sum = row * row * 31 + row * pixel * 17 + pixel * pixel * 13 + row % 2 * (pixel + 2) * 40;
            u8::try_from(sum % 251).unwrap()
        };
        let images = ImageBuffer::new((0..96).map(byte).collect(), 2, 2);
        let scaler = Arc::new(Transform::fit(Preprocessing::UNIT, images.view()));
        Samples::new(images, &scaler, Layout::BytesOrF32)
    }

    fn labels() -> Vec<Label> {
        (0..24).map(|row| Label(row % 2)).collect()
    }

    fn params() -> Params {
        Params {
            solver: Solver::Svd,
            shrinkage: None,
            priors: None,
            reg_param: 0.0,
            tol: 1e-4,
        }
    }

    /// scikit-learn 1.9's log likelihoods of three rows, with priors of a half.
    fn check(params: Params, expected: [[f64; 2]; 3]) {
        let rows = [[10, 200, 30, 90], [120, 120, 120, 120], [250, 3, 77, 140]];
        let rows = Array2::from_shape_fn((3, 4), |(i, j)| f64::from(rows[i][j]) / 255.0);
        let gaussians = Native(params)
            .gaussians(&samples(), &EncodedLabels::new(&labels()))
            .unwrap();
        for (class, gaussian) in gaussians.iter().enumerate() {
            for (found, expected) in gaussian.log_densities(rows.view()).iter().zip(expected) {
                let found = found + 0.5f64.ln();
                assert!((found - expected[class]).abs() < 1e-9, "{found} {expected:?}");
            }
        }
    }

    #[test]
    fn likelihoods_are_scikit_learns() {
        let expected = [
            [0.9356867368589709, -0.9981498106724968],
            [4.325083055873012, 4.5943106477233835],
            [-1.6323208108789862, -1.9346952866474378],
        ];
        check(params(), expected);
        let regular = Params {
            reg_param: 0.1,
            ..params()
        };
        let expected = [
            [1.1891183672045926, 1.6111648306496433],
            [2.7600141835911325, 2.8857455205484746],
            [1.001405823695777, 1.2219246600035927],
        ];
        check(regular, expected);
    }

    #[test]
    fn shrinkage_is_scikit_learns() {
        let shrunk = |shrinkage| Params {
            solver: Solver::Eigen,
            shrinkage: Some(shrinkage),
            ..params()
        };
        let expected = [
            [0.8979615463024403, 1.6291743764470823],
            [4.150596192692207, 4.431566059868289],
            [1.1720508505934468, 0.4551912290269212],
        ];
        check(shrunk(Auto::Auto), expected);
        let expected = [
            [0.9115977646447481, 0.4559026382109198],
            [4.249856085099431, 4.530818788520639],
            [-0.5674445501891147, -0.40002175599157297],
        ];
        check(shrunk(Auto::Set(0.2)), expected);
    }

    #[test]
    fn priors_decide_between_classes_and_predictions_are_the_likelier_class() {
        let predict = |priors: Option<Vec<f64>>| {
            let native = Native(Params { priors, ..params() });
            let (samples, labels) = (samples(), labels());
            let model = native
                .fit(
                    &samples,
                    &labels,
                    &FitContext {
                        seed: 0,
                        memory: None,
                    },
                )
                .unwrap();
            let predicted = model.predict(&samples).unwrap();
            predicted
                .iter()
                .map(|label| label.0.to_string())
                .collect::<String>()
        };
        // QuadraticDiscriminantAnalysis().fit(rows, labels).predict(rows), then with priors=[0.95, 0.05].
        assert_eq!(predict(None), "010100001101011101111101");
        assert_eq!(predict(Some(vec![0.95, 0.05])), "000000000100000000010000");
    }

    #[test]
    fn a_class_without_rank_ends_the_fit_with_a_remedy() {
        let error = |params: Params, labels: &[Label]| {
            let samples = samples();
            let fitted = Native(params).fit(
                &samples,
                labels,
                &FitContext {
                    seed: 0,
                    memory: None,
                },
            );
            fitted.map(|_| ()).unwrap_err().to_string()
        };
        let few: Vec<Label> = (0..24).map(|row| Label(u8::from(row < 3))).collect();
        let regular = Params {
            reg_param: 0.5,
            ..params()
        };
        assert!(error(regular, &few).contains("class 1 lacks rank: 3 rows of 4 features"));
        let eigen = Params {
            solver: Solver::Eigen,
            ..params()
        };
        assert!(error(eigen, &few).contains("a larger shrinkage"));
        let strict = Params {
            tol: 0.05,
            ..params()
        };
        assert!(error(strict, &labels()).contains("a larger reg_param"));
        let one: Vec<Label> = (0..24).map(|row| Label(u8::from(row < 1))).collect();
        assert!(error(params(), &one).contains("class 1 has 1 row"));
    }
}
