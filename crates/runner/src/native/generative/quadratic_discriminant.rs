//! Quadratic discriminant analysis: one normal distribution with its own covariance per class.

use loader::Label;
use ndarray::Array2;
use rayon::prelude::*;

use crate::estimator::checks::{check_non_negative, check_queries, check_share, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::priors::{Priors, log_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::row_reader::RowReader;
use crate::native::generative::class_moments::class_moments;
use crate::native::generative::gaussian_density::GaussianDensity;
use crate::native::generative::shrinkage::{Shrinkage, shrunk_covariance};

/// Rows that are scored at once: 1.6 MB of `f64` at 784 features.
const CHUNK: usize = 256;

/// How a class's covariance is kept invertible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum QuadraticDiscriminantSolver {
    /// Every class needs at least as many rows as features.
    Svd {
        /// Share of the identity in the covariance, from 0 to 1.
        reg_param: f64,
    },
    /// Classes may have fewer rows than features if the shrinkage is large enough.
    Eigen {
        /// Shrinkage of every class's covariance.
        shrinkage: Shrinkage,
    },
}

impl Default for QuadraticDiscriminantSolver {
    fn default() -> QuadraticDiscriminantSolver {
        QuadraticDiscriminantSolver::Svd { reg_param: 0.0 }
    }
}

/// Quadratic discriminant analysis (Hastie, Tibshirani, Friedman 2009, section 4.3). Equal scores go to the lower label.
///
/// It needs at least two classes, and at least two rows per class.
#[derive(Clone, Debug)]
pub struct QuadraticDiscriminant {
    /// How covariances are kept invertible.
    pub solver: QuadraticDiscriminantSolver,
    /// Prior probabilities of the classes, each from 0 to 1. Their sum is not checked.
    pub priors: Priors,
    /// The fit fails if a covariance has an eigenvalue up to this, at least 0.
    pub tol: f64,
}

impl Default for QuadraticDiscriminant {
    fn default() -> QuadraticDiscriminant {
        QuadraticDiscriminant {
            solver: QuadraticDiscriminantSolver::default(),
            priors: Priors::Empirical,
            tol: 1e-4,
        }
    }
}

impl QuadraticDiscriminant {
    fn check(&self) -> Result<(), FitError> {
        match self.solver {
            QuadraticDiscriminantSolver::Svd { reg_param } => check_share("reg_param", reg_param)?,
            QuadraticDiscriminantSolver::Eigen { shrinkage } => shrinkage.check()?,
        }
        self.priors.check_range()?;
        check_non_negative("tol", self.tol)
    }

    /// One distribution per class.
    fn densities(
        &self,
        samples: &Samples,
        classes: &EncodedLabels,
    ) -> Result<Vec<GaussianDensity>, FitError> {
        let rows = RowReader::new(samples);
        let mut densities = Vec::with_capacity(classes.n_classes());
        for (code, class) in class_moments(samples, classes).into_iter().enumerate() {
            let label = classes.labels[code];
            let n_features = class.mean.len();
            #[expect(clippy::cast_precision_loss, reason = "feature counts are below 2^53")]
            let has_too_few_rows = class.n_rows < n_features as f64;
            if class.n_rows < 2.0 {
                return Err(FitError::Data(format!(
                    "class {label} has 1 row: a covariance needs at least 2"
                )));
            }
            let (covariance, remedy): (Array2<f64>, _) = match self.solver {
                QuadraticDiscriminantSolver::Svd { .. } if has_too_few_rows => {
                    return Err(FitError::Data(format!(
                        "the covariance of class {label} is singular: {} rows of {n_features} features; use solver=eigen \
                         with shrinkage",
                        class.n_rows
                    )));
                }
                QuadraticDiscriminantSolver::Svd { reg_param } => {
                    let mut covariance = class.covariance * (1.0 - reg_param);
                    let diagonal = covariance.diag_mut();
                    diagonal.into_iter().for_each(|variance| *variance += reg_param);
                    (covariance, "reg_param")
                }
                QuadraticDiscriminantSolver::Eigen { shrinkage } => (
                    shrunk_covariance(&class, shrinkage, &rows, classes, code),
                    "shrinkage",
                ),
            };
            let density = GaussianDensity::new(class.mean, covariance, self.tol).ok_or_else(|| {
                FitError::Numerical(format!(
                    "the covariance of class {label} is singular: use a larger {remedy}"
                ))
            })?;
            densities.push(density);
        }
        Ok(densities)
    }
}

impl Classifier for QuadraticDiscriminant {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.check()?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        decision_classes(&classes)?;
        let log_priors = log_priors(&self.priors, labels)?;
        let densities = self.densities(train, &classes)?;
        Ok(Box::new(DensityModel {
            classes,
            n_features: train.n_features(),
            scores: log_priors.into_iter().zip(densities).collect(),
        }))
    }
}

/// The trained model.
struct DensityModel {
    classes: EncodedLabels,
    n_features: usize,
    /// The log prior and the distribution of each class.
    scores: Vec<(f64, GaussianDensity)>,
}

impl Model for DensityModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        check_queries(Layout::BytesOrF32, samples, self.n_features)?;
        let rows = RowReader::new(samples);
        let starts: Vec<usize> = (0..samples.n_rows()).step_by(CHUNK).collect();
        let of_chunk = |start: &usize| -> Result<Vec<Label>, FitError> {
            let n_rows = CHUNK.min(samples.n_rows() - start);
            let mut values = vec![0.0; n_rows * rows.n_features()];
            for (row, row_f64) in (*start..).zip(values.chunks_exact_mut(rows.n_features())) {
                rows.read(row, row_f64);
            }
            let values = Array2::from_shape_vec((n_rows, rows.n_features()), values)
                .expect("as many values as rows times features");
            let scores: Vec<Vec<f64>> = (self.scores.iter())
                .map(|(log_prior, density)| {
                    let log_densities = density.log_densities(values.view());
                    log_densities.into_iter().map(|value| value + log_prior).collect()
                })
                .collect();
            if scores.iter().flatten().any(|score| score.is_nan()) {
                return Err(FitError::Numerical("the score of a class is NaN".into()));
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

    use loader::{ImageBuffer, Preprocessing, Transform};

    use super::*;

    /// 24 rows of 2x2 unit pixels by a fixed formula. Labels alternate between two classes.
    fn samples() -> Samples {
        let byte = |i: usize| {
            let (row, pixel) = (i / 4, i % 4);
            let sum = row * row * 31 + row * pixel * 17 + pixel * pixel * 13 + row % 2 * (pixel + 2) * 40;
            u8::try_from(sum % 251).unwrap()
        };
        let images = ImageBuffer::new((0..96).map(byte).collect(), 2, 2);
        let transform = Arc::new(Transform::fit(Preprocessing::UNIT, images.view()));
        Samples::new(images, &transform, Layout::BytesOrF32)
    }

    fn labels() -> Vec<Label> {
        (0..24).map(|row| Label(row % 2)).collect()
    }

    fn svd(reg_param: f64) -> QuadraticDiscriminant {
        QuadraticDiscriminant {
            solver: QuadraticDiscriminantSolver::Svd { reg_param },
            ..QuadraticDiscriminant::default()
        }
    }

    fn eigen(shrinkage: Shrinkage) -> QuadraticDiscriminant {
        QuadraticDiscriminant {
            solver: QuadraticDiscriminantSolver::Eigen { shrinkage },
            ..QuadraticDiscriminant::default()
        }
    }

    /// Compares log likelihoods of three rows, with priors of 0.5, with those of scikit-learn 1.9.
    fn check(discriminant: &QuadraticDiscriminant, expected: [[f64; 2]; 3]) {
        let rows = [[10, 200, 30, 90], [120, 120, 120, 120], [250, 3, 77, 140]];
        let rows = Array2::from_shape_fn((3, 4), |(i, j)| f64::from(rows[i][j]) / 255.0);
        let densities = discriminant
            .densities(&samples(), &EncodedLabels::new(&labels()))
            .unwrap();
        for (class, density) in densities.iter().enumerate() {
            for (found, expected) in density.log_densities(rows.view()).iter().zip(expected) {
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
        check(&svd(0.0), expected);
        let expected = [
            [1.1891183672045926, 1.6111648306496433],
            [2.7600141835911325, 2.8857455205484746],
            [1.001405823695777, 1.2219246600035927],
        ];
        check(&svd(0.1), expected);
    }

    #[test]
    fn shrinkage_is_scikit_learns() {
        let expected = [
            [0.8979615463024403, 1.6291743764470823],
            [4.150596192692207, 4.431566059868289],
            [1.1720508505934468, 0.4551912290269212],
        ];
        check(&eigen(Shrinkage::LedoitWolf), expected);
        let expected = [
            [0.9115977646447481, 0.4559026382109198],
            [4.249856085099431, 4.530818788520639],
            [-0.5674445501891147, -0.40002175599157297],
        ];
        check(&eigen(Shrinkage::Share(0.2)), expected);
    }

    #[test]
    fn predictions_and_priors_are_scikit_learns() {
        let predict = |priors: Priors| {
            let discriminant = QuadraticDiscriminant { priors, ..svd(0.0) };
            let (samples, labels) = (samples(), labels());
            let model = discriminant
                .fit(&samples, &labels, &FitContext::default())
                .unwrap();
            let predicted = model.predict(&samples).unwrap();
            predicted
                .iter()
                .map(|label| label.0.to_string())
                .collect::<String>()
        };
        // QuadraticDiscriminantAnalysis().fit(rows, labels).predict(rows), then with priors=[0.95, 0.05].
        assert_eq!(predict(Priors::Empirical), "010100001101011101111101");
        assert_eq!(
            predict(Priors::Given(vec![0.95, 0.05])),
            "000000000100000000010000"
        );
    }

    #[test]
    fn a_singular_class_is_an_error_with_a_remedy() {
        let message = |discriminant: QuadraticDiscriminant, labels: &[Label]| {
            let samples = samples();
            let fitted = discriminant.fit(&samples, labels, &FitContext::default());
            fitted.map(|_| ()).unwrap_err().to_string()
        };
        let few: Vec<Label> = (0..24).map(|row| Label(u8::from(row < 3))).collect();
        let found = message(svd(0.5), &few);
        assert!(
            found.contains("class 1 is singular: 3 rows of 4 features"),
            "{found}"
        );
        assert!(message(eigen(Shrinkage::None), &few).contains("a larger shrinkage"));
        let strict = QuadraticDiscriminant {
            tol: 0.05,
            ..svd(0.0)
        };
        assert!(message(strict, &labels()).contains("a larger reg_param"));
        let one: Vec<Label> = (0..24).map(|row| Label(u8::from(row < 1))).collect();
        assert!(message(svd(0.0), &one).contains("class 1 has 1 row"));
    }

    #[test]
    fn settings_outside_their_range_are_errors() {
        let message = |discriminant: QuadraticDiscriminant| discriminant.check().unwrap_err().to_string();
        assert_eq!(message(svd(1.5)), "reg_param must be from 0 to 1, is 1.5");
        let shrunk = eigen(Shrinkage::Share(-0.1));
        assert_eq!(message(shrunk), "shrinkage must be from 0 to 1, is -0.1");
        let priors = Priors::Given(vec![2.0, 0.0]);
        let found = message(QuadraticDiscriminant { priors, ..svd(0.0) });
        assert_eq!(found, "priors must be from 0 to 1, one is 2");
    }
}
