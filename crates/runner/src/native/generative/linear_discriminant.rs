//! Linear discriminant analysis: normal distributions that share one covariance.

use linfa_linalg::LinalgError;
use linfa_linalg::eigh::EighInto;
use loader::Label;
use ndarray::Array2;

use crate::estimator::checks::{check_non_negative, check_training_rows};
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::number::number;
use crate::estimator::priors::{Priors, class_priors};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::row_reader::RowReader;
use crate::native::generative::class_moments::{ClassMoments, class_moments};
use crate::native::generative::shrinkage::{Shrinkage, shrunk_covariance};
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::dot::dot;
use crate::native::linalg::pseudoinverse::solve;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};

/// Largest difference from 1 that the sum of given priors may have without a notice; scikit-learn's.
const SUM_TOLERANCE: f64 = 1e-5;

/// How the shared covariance is estimated and inverted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LinearDiscriminantSolver {
    /// Features are scaled to variance 1 within classes, and directions without variance are dropped.
    ///
    /// This equals scikit-learn's `svd`: its squared singular values are the eigenvalues of the covariance.
    Svd {
        /// Relative singular values up to this are dropped, at least 0.
        tol: f64,
    },
    /// Solves with the covariance as it is. Directions without variance are dropped.
    Lsqr {
        /// Shrinkage of every class's covariance.
        shrinkage: Shrinkage,
    },
    /// Solves with the covariance as it is, which must have full rank.
    Eigen {
        /// Shrinkage of every class's covariance.
        shrinkage: Shrinkage,
    },
}

impl Default for LinearDiscriminantSolver {
    fn default() -> LinearDiscriminantSolver {
        LinearDiscriminantSolver::Svd { tol: 1e-4 }
    }
}

/// Linear discriminant analysis (Hastie, Tibshirani, Friedman 2009, section 4.3). Equal scores go to the lower label.
///
/// It needs at least two classes, and more rows than classes.
#[derive(Clone, Debug, Default)]
pub struct LinearDiscriminant {
    /// How the shared covariance is inverted.
    pub solver: LinearDiscriminantSolver,
    /// Prior probabilities of the classes. Given ones are at least 0; they are divided by their sum, with a notice where
    /// the sum is not 1.
    pub priors: Priors,
}

impl LinearDiscriminant {
    fn check(&self) -> Result<(), FitError> {
        match self.solver {
            LinearDiscriminantSolver::Svd { tol } => check_non_negative("tol", tol)?,
            LinearDiscriminantSolver::Lsqr { shrinkage } | LinearDiscriminantSolver::Eigen { shrinkage } => {
                shrinkage.check()?
            }
        }
        if let Priors::Given(priors) = &self.priors {
            priors
                .iter()
                .try_for_each(|prior| check_non_negative("priors", *prior))?;
            if priors.iter().sum::<f64>() <= 0.0 {
                return Err(FitError::Setting("priors must not all be 0".into()));
            }
        }
        Ok(())
    }

    /// One hyperplane per class, also for two classes.
    fn hyperplanes(
        &self,
        samples: &Samples,
        classes: &EncodedLabels,
        priors: &[f64],
    ) -> Result<Vec<Hyperplane>, FitError> {
        let moments = class_moments(samples, classes);
        let shrunk = |shrinkage: Shrinkage| {
            let rows = RowReader::new(samples);
            let mut within = Array2::<f64>::zeros(moments[0].covariance.raw_dim());
            for (code, (class, prior)) in moments.iter().zip(priors).enumerate() {
                within.scaled_add(*prior, &shrunk_covariance(class, shrinkage, &rows, classes, code));
            }
            within
        };
        let mut weights: Vec<Vec<f64>> = moments.iter().map(|class| class.mean.clone()).collect();
        match self.solver {
            LinearDiscriminantSolver::Svd { tol } => return by_rank(&moments, priors, tol),
            LinearDiscriminantSolver::Lsqr { shrinkage } => {
                solve(&shrunk(shrinkage), &mut weights, 0.0).map_err(eigenvector_error)?;
            }
            LinearDiscriminantSolver::Eigen { shrinkage } => {
                let cholesky = Cholesky::of(shrunk(shrinkage)).ok_or_else(|| {
                    FitError::Numerical(
                        "the covariance within classes is singular: set shrinkage, or use solver=svd".into(),
                    )
                })?;
                weights.iter_mut().for_each(|weights| cholesky.solve(weights));
            }
        }
        let hyperplane = |((class, weights), prior): ((&ClassMoments, Vec<f64>), &f64)| Hyperplane {
            intercept: prior.ln() - 0.5 * dot(&class.mean, &weights),
            weights,
        };
        Ok(moments.iter().zip(weights).zip(priors).map(hyperplane).collect())
    }
}

/// The hyperplanes of [`LinearDiscriminantSolver::Svd`], from the covariance within classes.
fn by_rank(moments: &[ClassMoments], priors: &[f64], tol: f64) -> Result<Vec<Hyperplane>, FitError> {
    let n_rows: f64 = moments.iter().map(|class| class.n_rows).sum();
    let mut within = Array2::<f64>::zeros(moments[0].covariance.raw_dim());
    for class in moments {
        within.scaled_add(class.n_rows / n_rows, &class.covariance);
    }
    let deviation = |variance: &f64| if *variance > 0.0 { variance.sqrt() } else { 1.0 };
    let deviations: Vec<f64> = within.diag().iter().map(deviation).collect();
    for ((i, j), value) in within.indexed_iter_mut() {
        *value /= deviations[i] * deviations[j];
    }
    let weighted = || moments.iter().zip(priors);
    let overall_mean: Vec<f64> = (0..deviations.len())
        .map(|i| weighted().map(|(class, prior)| prior * class.mean[i]).sum())
        .collect();
    // Class means, centered and scaled.
    let centered: Vec<Vec<f64>> = (moments.iter())
        .map(|class| {
            let features = class.mean.iter().zip(&overall_mean).zip(&deviations);
            features
                .map(|((mean, center), deviation)| (mean - center) / deviation)
                .collect()
        })
        .collect();
    let mut solved = centered.clone();
    solve(&within, &mut solved, tol * tol).map_err(eigenvector_error)?;
    let coefficients = between_class_coefficients(&centered, &solved, priors, tol)?;
    let hyperplane = |class: usize| {
        let weights: Vec<f64> = (0..deviations.len())
            .map(|i| {
                (coefficients.row(class).iter().zip(&solved))
                    .map(|(coefficient, other)| coefficient * other[i])
                    .sum::<f64>()
                    / deviations[i]
            })
            .collect();
        let products = (0..deviations.len()).map(|i| deviations[i] * weights[i] * centered[class][i]);
        Hyperplane {
            intercept: priors[class].ln() - 0.5 * products.sum::<f64>() - dot(&overall_mean, &weights),
            weights,
        }
    };
    Ok((0..moments.len()).map(hyperplane).collect())
}

/// Each class's solved mean as a combination of all solved means, without the directions along which the class means hardly
/// differ: those whose relative singular value between classes is at most `tol`.
fn between_class_coefficients(
    centered: &[Vec<f64>],
    solved: &[Vec<f64>],
    priors: &[f64],
    tol: f64,
) -> Result<Array2<f64>, FitError> {
    let n_classes = priors.len();
    let products = Array2::from_shape_fn((n_classes, n_classes), |(i, j)| dot(&centered[i], &solved[j]));
    let sqrt_priors: Vec<f64> = priors.iter().map(|prior| prior.sqrt()).collect();
    let between = Array2::from_shape_fn((n_classes, n_classes), |(i, j)| {
        sqrt_priors[i] * f64::midpoint(products[[i, j]], products[[j, i]]) * sqrt_priors[j]
    });
    let (eigenvalues, eigenvectors) = between
        .eigh_into()
        .map_err(|error| FitError::during("eigenvectors of the covariance between classes", error))?;
    let largest = eigenvalues
        .iter()
        .fold(0.0, |largest: f64, value| largest.max(*value));
    let mut coefficients = Array2::zeros((n_classes, n_classes));
    for (value, vector) in eigenvalues.iter().zip(eigenvectors.columns()) {
        if *value <= tol * tol * largest || *value <= 0.0 {
            continue;
        }
        let weighted: Vec<f64> = vector
            .iter()
            .zip(&sqrt_priors)
            .map(|(entry, sqrt_prior)| entry * sqrt_prior)
            .collect();
        for ((class, other), coefficient) in coefficients.indexed_iter_mut() {
            let projection: f64 = (0..n_classes).map(|i| products[[class, i]] * weighted[i]).sum();
            *coefficient += projection / value * weighted[other];
        }
    }
    Ok(coefficients)
}

impl Classifier for LinearDiscriminant {
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
        if classes.n_classes() == labels.len() {
            return Err(FitError::Data(
                "one row per class leaves no variance within classes".into(),
            ));
        }
        let unscaled = class_priors(&self.priors, labels)?;
        let sum: f64 = unscaled.iter().sum();
        let priors: Vec<f64> = unscaled.iter().map(|prior| prior / sum).collect();
        let hyperplanes = self.hyperplanes(train, &classes, &priors)?;
        let notice = ((sum - 1.0).abs() > SUM_TOLERANCE)
            .then(|| format!("priors sum to {} and were divided by the sum", number(sum)));
        let model = LinearModel::from_class_scores(classes, hyperplanes, None);
        Ok(Box::new(model.with_notice(notice)))
    }
}

fn eigenvector_error(error: LinalgError) -> FitError {
    FitError::during("solving by eigenvectors", error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, first, samples};
    use crate::native::linear::test_hyperplanes::check;

    /// Compares the hyperplanes of the nine rows with those of scikit-learn 1.9.
    fn check_hyperplanes(solver: LinearDiscriminantSolver, priors: [f64; 3], expected: [[f64; 5]; 3]) {
        let discriminant = LinearDiscriminant {
            solver,
            priors: Priors::Empirical,
        };
        let hyperplanes = discriminant
            .hyperplanes(&samples(Layout::BytesOrF32), &classes(), &priors)
            .unwrap();
        check(&hyperplanes, expected, 1e-7);
    }

    const SHARES: [f64; 3] = [1.0 / 3.0; 3];
    const UNEQUAL: [f64; 3] = [0.5, 0.3, 0.2];

    #[test]
    fn svd_is_scikit_learns() {
        let expected = [
            [-4.02448798, 60.72929653, 15.11219947, 29.39893143, -54.76713411],
            [19.68165628, -29.51914515, -19.54140695, -22.81389136, 8.42520784],
            [-15.65716830, -31.21015138, 4.42920748, -6.58504007, 10.76496741],
        ];
        check_hyperplanes(LinearDiscriminantSolver::Svd { tol: 1e-4 }, SHARES, expected);
        let expected = [
            [-4.78530721, 45.46242208, 12.53268032, 22.86064114, -43.93073934],
            [18.92083704, -44.78601959, -22.12092609, -29.35218166, 18.75077697],
            [-16.41798753, -46.47702582, 1.84968833, -13.12333037, 20.68507144],
        ];
        check_hyperplanes(LinearDiscriminantSolver::Svd { tol: 1e-4 }, UNEQUAL, expected);
    }

    #[test]
    fn directions_up_to_tol_are_dropped_as_in_scikit_learn() {
        // One of the four directions within classes is dropped, then also one of the two between classes.
        let expected = [
            [-3.61101778, 6.00551225, -10.88379350, 1.22750201, -1.03630541],
            [19.40010578, 7.74474563, -1.83956385, -3.63069556, -14.18362263],
            [-15.78908801, -13.75025788, 12.72335736, 2.40319354, -1.23843813],
        ];
        check_hyperplanes(LinearDiscriminantSolver::Svd { tol: 0.6 }, SHARES, expected);
        let expected = [
            [-2.97443004, 5.60098736, -11.38488732, 1.69227444, -1.11638853],
            [0.62151049, -1.17033258, 2.37888495, -0.35360264, -1.97356364],
            [2.35291955, -4.43065478, 9.00600237, -1.33867180, -6.01266724],
        ];
        check_hyperplanes(LinearDiscriminantSolver::Svd { tol: 0.8 }, SHARES, expected);
    }

    #[test]
    fn lsqr_and_eigen_are_scikit_learns() {
        let expected = [
            [17.87978629, 163.53472841, 61.50534283, 70.68566340, -95.96272627],
            [41.58593054, 73.28628673, 26.85173642, 18.47284061, -32.77038433],
            [6.24710597, 71.59528050, 50.82235085, 34.70169190, -30.43062476],
        ];
        check_hyperplanes(
            LinearDiscriminantSolver::Lsqr {
                shrinkage: Shrinkage::None,
            },
            SHARES,
            expected,
        );
        let expected = [
            [4.24061395, 167.71853427, 59.86169000, 85.38999119, -100.65873202],
            [36.00659624, 68.14642408, 24.17063374, 13.96438626, -29.04635117],
            [-1.16719358, 70.31691984, 52.12822084, 38.54133269, -31.07255322],
        ];
        check_hyperplanes(
            LinearDiscriminantSolver::Eigen {
                shrinkage: Shrinkage::None,
            },
            UNEQUAL,
            expected,
        );
    }

    #[test]
    fn shrinkage_is_scikit_learns() {
        let expected = [
            [11.43770224, 56.57143663, 11.84768277, 18.73422666, -31.90554490],
            [30.65324143, 24.74551207, 10.59887947, 2.37419047, -18.86013374],
            [6.36065144, 15.53967791, 26.66505377, 7.92773753, -14.45199951],
        ];
        check_hyperplanes(
            LinearDiscriminantSolver::Lsqr {
                shrinkage: Shrinkage::LedoitWolf,
            },
            SHARES,
            expected,
        );
        let expected = [
            [7.48603068, 56.33623424, 17.31258932, 27.42879266, -34.67881256],
            [29.63973715, 24.29632987, 11.01250046, 3.26762553, -18.53431067],
            [4.08462323, 19.55849374, 28.25044300, 12.77187115, -15.72400090],
        ];
        check_hyperplanes(
            LinearDiscriminantSolver::Eigen {
                shrinkage: Shrinkage::Share(0.3),
            },
            SHARES,
            expected,
        );
    }

    #[test]
    fn eigen_needs_full_rank_and_priors_are_divided_by_their_sum() {
        let fit = |solver: LinearDiscriminantSolver, priors: Priors| {
            let labels: Vec<Label> = classes().codes.iter().take(6).copied().map(Label).collect();
            let notice = |model: Box<dyn Model + '_>| model.notice();
            LinearDiscriminant { solver, priors }
                .fit(&first(6, Layout::BytesOrF32), &labels, &FitContext::default())
                .map(notice)
                .map_err(|error| error.to_string())
        };
        let svd = LinearDiscriminantSolver::default();
        let eigen = LinearDiscriminantSolver::Eigen {
            shrinkage: Shrinkage::None,
        };
        assert!(fit(eigen, Priors::Empirical).unwrap_err().contains("shrinkage"));
        assert_eq!(fit(svd, Priors::Empirical), Ok(None));
        let notice = fit(svd, Priors::Given(vec![1.0; 3])).unwrap().unwrap();
        assert!(notice.contains("sum to 3"), "{notice}");
        let message = fit(svd, Priors::Given(vec![0.5; 2])).unwrap_err();
        assert!(message.starts_with("number of priors (2)"), "{message}");
    }

    #[test]
    fn settings_outside_their_range_are_errors() {
        let message = |solver: LinearDiscriminantSolver, priors: Priors| {
            let discriminant = LinearDiscriminant { solver, priors };
            discriminant.check().unwrap_err().to_string()
        };
        let lsqr = LinearDiscriminantSolver::Lsqr {
            shrinkage: Shrinkage::Share(1.5),
        };
        assert_eq!(
            message(lsqr, Priors::Empirical),
            "shrinkage must be from 0 to 1, is 1.5"
        );
        let svd = LinearDiscriminantSolver::Svd { tol: f64::NAN };
        assert_eq!(message(svd, Priors::Empirical), "tol must be at least 0, is NaN");
        let zeros = Priors::Given(vec![0.0; 3]);
        assert_eq!(
            message(LinearDiscriminantSolver::default(), zeros),
            "priors must not all be 0"
        );
    }
}
