//! Ridge regression on encoded classes, by the normal equations.

use loader::Label;
use ndarray::Array2;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::families::ridge::Params;
use crate::native::data::class_scatter::{ClassScatter, class_scatter};
use crate::native::data::pixel_map::PixelMap;
use crate::native::linalg::cholesky::Cholesky;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};

pub(crate) struct Native(pub(crate) Params);

impl Native {
    /// The planes of these classes: `starts + steps · byte` is what a pixel is.
    fn planes(
        &self,
        scatter: &[ClassScatter],
        decision_classes: &[u8],
        starts: &[f64],
        steps: &[f64],
    ) -> Result<Vec<Hyperplane>, FitError> {
        let n_features = steps.len();
        let n_rows: f64 = scatter.iter().map(|class| class.n_rows).sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "row counts"
        )]
        let weight = |class: &ClassScatter| {
            let n_of_class = class.n_rows as usize;
            (self.0.class_weight).of_class(1.0, n_rows as usize, scatter.len(), n_of_class)
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
        // What bytes are measured from: their mean, or what makes the float 0.
        let center = |pixel: usize| {
            if self.0.fit_intercept {
                sums[pixel] / total
            } else if steps[pixel] == 0.0 {
                0.0
            } else {
                -starts[pixel] / steps[pixel]
            }
        };
        let centers: Vec<f64> = (0..n_features).map(center).collect();
        let matrix = Array2::from_shape_fn((n_features, n_features), |(i, j)| {
            let moved = products[[i, j]] - sums[i] * centers[j] - centers[i] * sums[j]
                + total * centers[i] * centers[j];
            steps[i] * steps[j] * moved + if i == j { self.0.alpha } else { 0.0 }
        });
        let cholesky = Cholesky::of(matrix).ok_or_else(|| {
            FitError::Data("alpha is too small for the normal equations to be solved".into())
        })?;
        let plane = |place: &u8| {
            let is_own = |index: usize| if index == usize::from(*place) { 1.0 } else { -1.0 };
            let mean = if self.0.fit_intercept {
                weighted()
                    .enumerate()
                    .map(|(i, (class, weight))| is_own(i) * weight * class.n_rows)
                    .sum::<f64>()
                    / total
            } else {
                0.0
            };
            let side = |pixel: usize| {
                let of_class = weighted().enumerate().map(|(i, (class, weight))| {
                    weight * (is_own(i) - mean) * (class.sums[pixel] - class.n_rows * centers[pixel])
                });
                steps[pixel] * of_class.sum::<f64>()
            };
            let mut weights: Vec<f64> = (0..n_features).map(side).collect();
            cholesky.solve(&mut weights);
            let at_center = (0..n_features).map(|i| weights[i] * (starts[i] + steps[i] * centers[i]));
            Hyperplane {
                intercept: if self.0.fit_intercept {
                    mean - at_center.sum::<f64>()
                } else {
                    0.0
                },
                weights,
            }
        };
        Ok(decision_classes.iter().map(plane).collect())
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
        let decision_classes = decision_classes(&classes)?;
        let PixelMap { starts, steps } = PixelMap::of(train);
        let scatter = class_scatter(train, &classes);
        let planes = self.planes(&scatter, &decision_classes, &starts, &steps)?;
        Ok(Box::new(LinearModel {
            classes,
            planes,
            warning: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::class_weight::ClassWeight;
    use crate::native::data::test_rows::classes;
    use crate::native::data::test_rows::samples;
    use crate::native::linear::test_planes::check;

    fn planes(fit_intercept: bool, class_weight: ClassWeight) -> Vec<Hyperplane> {
        let native = Native(Params {
            alpha: 0.5,
            fit_intercept,
            class_weight,
        });
        let scatter = class_scatter(&samples(Layout::BytesOrF32), &classes());
        native
            .planes(&scatter, &[0, 1, 2], &[0.0; 4], &[1.0 / 255.0; 4])
            .unwrap()
    }

    #[test]
    fn planes_are_scikit_learns() {
        // sklearn.linear_model.RidgeClassifier(alpha=0.5).
        let expected = [
            [-0.46421134, 1.19744111, -0.42076598, 0.71043089, -0.65928963],
            [1.37288624, -0.32113483, -0.62476159, -0.70919775, -0.28185640],
            [-0.90867489, -0.87630628, 1.04552757, -0.00123315, -0.05885397],
        ];
        check(&planes(true, ClassWeight::None), expected, 1e-6);
        check(&planes(true, ClassWeight::Balanced), expected, 1e-6);
        // fit_intercept=False.
        let expected = [
            [-0.81333544, 0.77909709, -0.87090588, 0.47185007, 0.00000000],
            [1.22363035, -0.49998330, -0.81720328, -0.81119469, 0.00000000],
            [-0.93984077, -0.91365134, 1.00534414, -0.02253096, 0.00000000],
        ];
        check(&planes(false, ClassWeight::None), expected, 1e-6);
    }
}
