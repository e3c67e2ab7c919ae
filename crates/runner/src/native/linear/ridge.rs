//! Ridge classifier: least squares on the targets 1 and -1 with an l2 penalty, by the normal equations.
//!
//! Sums over bytes are exact, so the order of the rows does not change the result.
//!
//! # Reference
//! Hoerl, Kennard (1970), Ridge Regression: Biased Estimation for Nonorthogonal Problems.

use loader::Label;
use ndarray::Array2;

use crate::estimator::checks::{check_positive, check_training_rows};
use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::class_scatter::{ClassScatter, class_scatter};
use crate::native::data::pixel_map::PixelMap;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};

/// Ridge classifier: one least-squares problem per class against the rest, a single one for two classes.
///
/// Minimizes `Σ weight · (score - target)² + alpha · Σ w²`. The defaults are those of scikit-learn's `RidgeClassifier`.
#[derive(Clone, Debug)]
pub struct Ridge {
    /// Strength of the penalty, above 0. The intercept is not penalized.
    pub alpha: f64,
    /// Whether the score has an intercept.
    pub fit_intercept: bool,
    /// The weights of rows by class.
    pub class_weight: ClassWeight,
}

impl Default for Ridge {
    fn default() -> Ridge {
        Ridge {
            alpha: 1.0,
            fit_intercept: true,
            class_weight: ClassWeight::None,
        }
    }
}

impl Ridge {
    /// The hyperplanes of these classes. A feature is `offsets + slopes · stored value`.
    fn hyperplanes(
        &self,
        scatter: &[ClassScatter],
        decision_codes: &[u8],
        PixelMap { offsets, slopes }: &PixelMap,
    ) -> Result<Vec<Hyperplane>, FitError> {
        let n_features = slopes.len();
        let n_rows: f64 = scatter.iter().map(|class| class.n_rows).sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "row counts"
        )]
        let weight = |class: &ClassScatter| {
            let n_of_class = class.n_rows as usize;
            self.class_weight
                .of_class(1.0, n_rows as usize, scatter.len(), n_of_class)
        };
        let weights: Vec<f64> = scatter.iter().map(weight).collect();
        let weighted = || scatter.iter().zip(&weights);
        let total: f64 = weighted().map(|(class, weight)| weight * class.n_rows).sum();
        let mut sums = vec![0.0; n_features];
        let mut products = Array2::<f64>::zeros((n_features, n_features));
        for (class, weight) in weighted() {
            sums.iter_mut()
                .zip(&class.sums)
                .for_each(|(sum, own)| *sum += weight * own);
            products.scaled_add(*weight, &class.products);
        }
        // Stored values are centered at their mean; without intercept, at the value whose feature is 0.
        let center = |pixel: usize| {
            if self.fit_intercept {
                sums[pixel] / total
            } else if slopes[pixel] == 0.0 {
                0.0
            } else {
                -offsets[pixel] / slopes[pixel]
            }
        };
        let centers: Vec<f64> = (0..n_features).map(center).collect();
        let matrix = Array2::from_shape_fn((n_features, n_features), |(i, j)| {
            let centered = products[[i, j]] - sums[i] * centers[j] - centers[i] * sums[j]
                + total * centers[i] * centers[j];
            slopes[i] * slopes[j] * centered + if i == j { self.alpha } else { 0.0 }
        });
        let cholesky = Cholesky::of(matrix).ok_or_else(|| {
            FitError::Numerical("the normal equations are singular; use a larger alpha".into())
        })?;
        let hyperplane = |code: &u8| {
            let target = |index: usize| if index == usize::from(*code) { 1.0 } else { -1.0 };
            let mean = if self.fit_intercept {
                weighted()
                    .enumerate()
                    .map(|(i, (class, weight))| target(i) * weight * class.n_rows)
                    .sum::<f64>()
                    / total
            } else {
                0.0
            };
            let right_side = |pixel: usize| {
                let of_class = weighted().enumerate().map(|(i, (class, weight))| {
                    weight * (target(i) - mean) * (class.sums[pixel] - class.n_rows * centers[pixel])
                });
                slopes[pixel] * of_class.sum::<f64>()
            };
            let mut weights: Vec<f64> = (0..n_features).map(right_side).collect();
            cholesky.solve(&mut weights);
            let at_center = (0..n_features).map(|i| weights[i] * (offsets[i] + slopes[i] * centers[i]));
            Hyperplane {
                intercept: if self.fit_intercept {
                    mean - at_center.sum::<f64>()
                } else {
                    0.0
                },
                weights,
            }
        };
        Ok(decision_codes.iter().map(hyperplane).collect())
    }
}

impl Classifier for Ridge {
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
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let decision_codes = decision_classes(&classes)?;
        let scatter = class_scatter(train, &classes);
        let hyperplanes = self.hyperplanes(&scatter, &decision_codes, &PixelMap::of(train))?;
        Ok(Box::new(LinearModel::new(classes, hyperplanes, None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{classes, labels, samples};
    use crate::native::linear::test_hyperplanes::check;

    fn hyperplanes(fit_intercept: bool, class_weight: ClassWeight) -> Vec<Hyperplane> {
        let ridge = Ridge {
            alpha: 0.5,
            fit_intercept,
            class_weight,
        };
        let scatter = class_scatter(&samples(Layout::BytesOrF32), &classes());
        let pixel_map = PixelMap {
            offsets: vec![0.0; 4],
            slopes: vec![1.0 / 255.0; 4],
        };
        ridge.hyperplanes(&scatter, &[0, 1, 2], &pixel_map).unwrap()
    }

    #[test]
    fn hyperplanes_equal_scikit_learn() {
        // sklearn.linear_model.RidgeClassifier(alpha=0.5).
        let expected = [
            [-0.46421134, 1.19744111, -0.42076598, 0.71043089, -0.65928963],
            [1.37288624, -0.32113483, -0.62476159, -0.70919775, -0.28185640],
            [-0.90867489, -0.87630628, 1.04552757, -0.00123315, -0.05885397],
        ];
        check(&hyperplanes(true, ClassWeight::None), expected, 1e-6);
        check(&hyperplanes(true, ClassWeight::Balanced), expected, 1e-6);
        // fit_intercept=False.
        let expected = [
            [-0.81333544, 0.77909709, -0.87090588, 0.47185007, 0.00000000],
            [1.22363035, -0.49998330, -0.81720328, -0.81119469, 0.00000000],
            [-0.93984077, -0.91365134, 1.00534414, -0.02253096, 0.00000000],
        ];
        check(&hyperplanes(false, ClassWeight::None), expected, 1e-6);
    }

    #[test]
    fn settings_outside_their_range_are_refused() {
        let ridge = Ridge {
            alpha: 0.0,
            ..Ridge::default()
        };
        let samples = samples(Layout::BytesOrF32);
        let labels = labels();
        let result = ridge.fit(&samples, &labels, &FitContext::default());
        assert!(matches!(result, Err(FitError::Setting(_))));
    }
}
