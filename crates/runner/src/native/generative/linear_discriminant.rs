//! Linear discriminant analysis: normal distributions that share one covariance.

use linfa_linalg::eigh::EighInto;
use loader::Label;
use ndarray::Array2;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::priors::{Prior, shares};
use crate::estimator::samples::{Layout, Samples};
use crate::families::linear_discriminant_analysis::Params;
use crate::native::data::row_reader::RowReader;
use crate::native::generative::class_moments::{Moments, moments};
use crate::native::generative::shrinkage::shrunk;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linalg::dot::dot;
use crate::native::linalg::pseudoinverse::solve;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::params::choice::choices;

choices! {
    /// How the covariance is inverted.
    pub(crate) Solver { Svd = "svd", Lsqr = "lsqr", Eigen = "eigen" }
}

pub(crate) struct Native(pub(crate) Params);

impl Native {
    /// One plane a class, of all classes.
    fn planes(
        &self,
        samples: &Samples,
        classes: &EncodedLabels,
        priors: &[f64],
    ) -> Result<Vec<Hyperplane>, FitError> {
        let moments = moments(samples, classes);
        match self.0.solver {
            Solver::Svd => self.planes_by_rank(&moments, priors),
            Solver::Lsqr | Solver::Eigen => {
                let rows = RowReader::new(samples);
                let mut within = Array2::<f64>::zeros(moments[0].covariance.raw_dim());
                for (place, (class, prior)) in moments.iter().zip(priors).enumerate() {
                    within.scaled_add(*prior, &shrunk(class, self.0.shrinkage, &rows, classes, place));
                }
                let mut weights: Vec<Vec<f64>> = moments.iter().map(|class| class.mean.clone()).collect();
                if self.0.solver == Solver::Lsqr {
                    solve(&within, &mut weights, 0.0)
                        .map_err(|error| FitError::during("solving by eigenvectors", error))?;
                } else {
                    let cholesky = Cholesky::of(within).ok_or_else(|| {
                        FitError::Data(
                            "the covariance within classes lacks rank: set shrinkage, or solver=svd".into(),
                        )
                    })?;
                    weights.iter_mut().for_each(|weights| cholesky.solve(weights));
                }
                let plane = |((class, weights), prior): ((&Moments, Vec<f64>), &f64)| Hyperplane {
                    intercept: prior.ln() - 0.5 * dot(&class.mean, &weights),
                    weights,
                };
                Ok(moments.iter().zip(weights).zip(priors).map(plane).collect())
            }
        }
    }

    /// As scikit-learn's `svd`, from the covariance: the squares of the singular values of the rows are its eigenvalues.
    fn planes_by_rank(&self, moments: &[Moments], priors: &[f64]) -> Result<Vec<Hyperplane>, FitError> {
        let n_rows: f64 = moments.iter().map(|class| class.n_rows).sum();
        let mut within = Array2::<f64>::zeros(moments[0].covariance.raw_dim());
        for class in moments {
            within.scaled_add(class.n_rows / n_rows, &class.covariance);
        }
        let of_pixel = |variance: &f64| if *variance > 0.0 { variance.sqrt() } else { 1.0 };
        let scales: Vec<f64> = within.diag().iter().map(of_pixel).collect();
        for ((i, j), value) in within.indexed_iter_mut() {
            *value /= scales[i] * scales[j];
        }
        let weighted = || moments.iter().zip(priors);
        let center: Vec<f64> = (0..scales.len())
            .map(|i| weighted().map(|(class, prior)| prior * class.mean[i]).sum())
            .collect();
        // Class means from the center, scaled and then divided by the covariance.
        let apart: Vec<Vec<f64>> = (moments.iter())
            .map(|class| {
                let pixels = class.mean.iter().zip(&center).zip(&scales);
                pixels
                    .map(|((mean, center), scale)| (mean - center) / scale)
                    .collect()
            })
            .collect();
        let mut divided = apart.clone();
        solve(&within, &mut divided, self.0.tol * self.0.tol)
            .map_err(|error| FitError::during("solving by eigenvectors", error))?;
        let kept = self.kept_directions(&apart, &divided, priors)?;
        let plane = |class: usize| {
            let weights: Vec<f64> = (0..scales.len())
                .map(|i| {
                    (kept.row(class).iter().zip(&divided))
                        .map(|(part, other)| part * other[i])
                        .sum::<f64>()
                        / scales[i]
                })
                .collect();
            let lengths = (0..scales.len()).map(|i| scales[i] * weights[i] * apart[class][i]);
            Hyperplane {
                intercept: priors[class].ln() - 0.5 * lengths.sum::<f64>() - dot(&center, &weights),
                weights,
            }
        };
        Ok((0..moments.len()).map(plane).collect())
    }

    /// What each class takes of all classes' divided means: its own, less what lies along directions in which the classes hardly differ.
    fn kept_directions(
        &self,
        apart: &[Vec<f64>],
        divided: &[Vec<f64>],
        priors: &[f64],
    ) -> Result<Array2<f64>, FitError> {
        let n_classes = priors.len();
        let products = Array2::from_shape_fn((n_classes, n_classes), |(i, j)| dot(&apart[i], &divided[j]));
        let roots: Vec<f64> = priors.iter().map(|prior| prior.sqrt()).collect();
        let between = Array2::from_shape_fn((n_classes, n_classes), |(i, j)| {
            roots[i] * f64::midpoint(products[[i, j]], products[[j, i]]) * roots[j]
        });
        let (values, vectors) = between
            .eigh_into()
            .map_err(|error| FitError::during("finding directions between the classes", error))?;
        let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(*value));
        let mut kept = Array2::zeros((n_classes, n_classes));
        for (value, vector) in values.iter().zip(vectors.columns()) {
            if *value <= self.0.tol * self.0.tol * largest || *value <= 0.0 {
                continue;
            }
            let sides: Vec<f64> = vector
                .iter()
                .zip(&roots)
                .map(|(part, root)| part * root)
                .collect();
            for ((class, other), part) in kept.indexed_iter_mut() {
                let along: f64 = (0..n_classes).map(|i| products[[class, i]] * sides[i]).sum();
                *part += along / value * sides[other];
            }
        }
        Ok(kept)
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
        if classes.n_classes() == labels.len() {
            return Err(FitError::Data(
                "as many classes as rows, so that none has a variance".into(),
            ));
        }
        let prior = self.0.priors.clone().map_or(Prior::Empirical, Prior::Given);
        let given = shares(&prior, labels)?;
        let sum: f64 = given.iter().sum();
        let priors: Vec<f64> = given.iter().map(|prior| prior / sum).collect();
        let planes = self.planes(train, &classes, &priors)?;
        let warning =
            ((sum - 1.0).abs() > 1e-5).then(|| format!("priors sum to {sum}, and were divided by it"));
        Ok(Box::new(LinearModel::from_class_scores(classes, planes, warning)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::classes;
    use crate::native::data::test_rows::samples;
    use crate::native::generative::shrinkage::Shrinkage;
    use crate::native::linear::test_planes::check;
    use crate::params::kind::Auto;

    /// scikit-learn 1.9's planes on the nine rows.
    fn check_planes(
        solver: Solver,
        shrinkage: Shrinkage,
        priors: [f64; 3],
        tol: f64,
        expected: [[f64; 5]; 3],
    ) {
        let native = Native(Params {
            solver,
            shrinkage,
            priors: None,
            tol,
        });
        let planes = native
            .planes(&samples(Layout::BytesOrF32), &classes(), &priors)
            .unwrap();
        check(&planes, expected, 1e-7);
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
        check_planes(Solver::Svd, None, SHARES, 1e-4, expected);
        let expected = [
            [-4.78530721, 45.46242208, 12.53268032, 22.86064114, -43.93073934],
            [18.92083704, -44.78601959, -22.12092609, -29.35218166, 18.75077697],
            [-16.41798753, -46.47702582, 1.84968833, -13.12333037, 20.68507144],
        ];
        check_planes(Solver::Svd, None, UNEQUAL, 1e-4, expected);
    }

    #[test]
    fn directions_up_to_tol_are_left_out_as_scikit_learn_does() {
        // One of the four directions within classes is left out, then one of the two between them too.
        let expected = [
            [-3.61101778, 6.00551225, -10.88379350, 1.22750201, -1.03630541],
            [19.40010578, 7.74474563, -1.83956385, -3.63069556, -14.18362263],
            [-15.78908801, -13.75025788, 12.72335736, 2.40319354, -1.23843813],
        ];
        check_planes(Solver::Svd, None, SHARES, 0.6, expected);
        let expected = [
            [-2.97443004, 5.60098736, -11.38488732, 1.69227444, -1.11638853],
            [0.62151049, -1.17033258, 2.37888495, -0.35360264, -1.97356364],
            [2.35291955, -4.43065478, 9.00600237, -1.33867180, -6.01266724],
        ];
        check_planes(Solver::Svd, None, SHARES, 0.8, expected);
    }

    #[test]
    fn lsqr_and_eigen_are_scikit_learns() {
        let expected = [
            [17.87978629, 163.53472841, 61.50534283, 70.68566340, -95.96272627],
            [41.58593054, 73.28628673, 26.85173642, 18.47284061, -32.77038433],
            [6.24710597, 71.59528050, 50.82235085, 34.70169190, -30.43062476],
        ];
        check_planes(Solver::Lsqr, None, SHARES, 1e-4, expected);
        let expected = [
            [4.24061395, 167.71853427, 59.86169000, 85.38999119, -100.65873202],
            [36.00659624, 68.14642408, 24.17063374, 13.96438626, -29.04635117],
            [-1.16719358, 70.31691984, 52.12822084, 38.54133269, -31.07255322],
        ];
        check_planes(Solver::Eigen, None, UNEQUAL, 1e-4, expected);
    }

    #[test]
    fn shrinkage_is_scikit_learns() {
        let expected = [
            [11.43770224, 56.57143663, 11.84768277, 18.73422666, -31.90554490],
            [30.65324143, 24.74551207, 10.59887947, 2.37419047, -18.86013374],
            [6.36065144, 15.53967791, 26.66505377, 7.92773753, -14.45199951],
        ];
        check_planes(Solver::Lsqr, Some(Auto::Auto), SHARES, 1e-4, expected);
        let expected = [
            [7.48603068, 56.33623424, 17.31258932, 27.42879266, -34.67881256],
            [29.63973715, 24.29632987, 11.01250046, 3.26762553, -18.53431067],
            [4.08462323, 19.55849374, 28.25044300, 12.77187115, -15.72400090],
        ];
        check_planes(Solver::Eigen, Some(Auto::Set(0.3)), SHARES, 1e-4, expected);
    }

    #[test]
    fn eigen_is_refused_a_covariance_without_rank_and_priors_are_made_to_sum_to_1() {
        let fit = |solver: Solver, priors: Option<Vec<f64>>| {
            let params = Params {
                solver,
                shrinkage: None,
                priors,
                tol: 1e-4,
            };
            let labels: Vec<Label> = classes().codes.iter().take(6).copied().map(Label).collect();
            let warning = |model: Box<dyn Model + '_>| model.warning();
            Native(params)
                .fit(
                    &crate::native::data::test_rows::first(6, Layout::BytesOrF32),
                    &labels,
                    &FitContext {
                        seed: 0,
                        memory: None,
                    },
                )
                .map(warning)
                .map_err(|error| error.to_string())
        };
        assert!(fit(Solver::Eigen, None).unwrap_err().contains("shrinkage"));
        assert_eq!(fit(Solver::Svd, None), Ok(None));
        assert!(
            fit(Solver::Svd, Some(vec![1.0; 3]))
                .unwrap()
                .unwrap()
                .contains("sum to 3")
        );
        assert!(
            fit(Solver::Svd, Some(vec![0.5; 2]))
                .unwrap_err()
                .contains("2 priors for 3 classes")
        );
    }
}
