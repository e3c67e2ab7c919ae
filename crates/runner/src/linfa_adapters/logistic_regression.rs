//! Logistic regression of linfa: L-BFGS in `f64`.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::MultiLogisticRegression;
use loader::Label;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::convergence::not_converged;
use crate::estimator::error::FitError;
use crate::estimator::labels::unique_labels;
use crate::estimator::samples::{Layout, Samples};
use crate::linfa_adapters::labels::targets;

/// Logistic regression with an l2 penalty on the weights, not on the intercepts.
#[derive(Clone, Debug)]
pub(crate) struct LogisticRegression {
    /// Strength of the penalty, relative to the sum of the losses, at least 0.
    pub(crate) l2: f64,
    /// Whether all classes are one problem; otherwise one problem per class against the rest.
    pub(crate) is_multinomial: bool,
    pub(crate) fit_intercept: bool,
    /// Bound on the norm of the mean gradient.
    pub(crate) tol: f64,
    /// Bound on the steps.
    pub(crate) max_iter: usize,
}

/// One linear score per class. The highest score predicts; equal scores go to the lower label.
struct LogisticRegressionModel {
    classes: Vec<Label>,
    /// `n_features × n_classes`.
    weights: Array2<f64>,
    intercepts: Array1<f64>,
    warning: Option<String>,
}

impl LogisticRegression {
    fn multinomial(
        &self,
        x: ArrayView2<'_, f64>,
        labels: &[Label],
        tolerance: f64,
    ) -> Result<LogisticRegressionModel, FitError> {
        let fitted = MultiLogisticRegression::default()
            .alpha(self.l2)
            .with_intercept(self.fit_intercept)
            .max_iterations(self.max_iter as u64)
            .gradient_tolerance(tolerance)
            .fit(&DatasetBase::new(x, targets(labels)))
            .map_err(|error| FitError::during("L-BFGS", error))?;
        Ok(LogisticRegressionModel {
            classes: unique_labels(labels),
            weights: fitted.params().clone(),
            intercepts: fitted.intercept().clone(),
            warning: None,
        })
    }

    fn one_vs_rest(
        &self,
        x: ArrayView2<'_, f64>,
        labels: &[Label],
        tolerance: f64,
    ) -> Result<LogisticRegressionModel, FitError> {
        let classes = unique_labels(labels);
        let mut weights = Array2::zeros((x.ncols(), classes.len()));
        let mut intercepts = Array1::zeros(classes.len());
        for (i, class) in classes.iter().enumerate() {
            let is_class: Array1<bool> = labels.iter().map(|label| label == class).collect();
            let fitted = linfa_logistic::LogisticRegression::default()
                .alpha(self.l2)
                .with_intercept(self.fit_intercept)
                .max_iterations(self.max_iter as u64)
                .gradient_tolerance(tolerance)
                .fit(&DatasetBase::new(x, is_class))
                .map_err(|error| FitError::during(format!("L-BFGS for class {class}"), error))?;
            let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
            weights.column_mut(i).assign(&(fitted.params() * sign));
            intercepts[i] = fitted.intercept() * sign;
        }
        Ok(LogisticRegressionModel {
            classes,
            weights,
            intercepts,
            warning: None,
        })
    }

    /// The norm of the gradient of the objective; with one problem per class the largest norm.
    fn gradient_norm(
        &self,
        model: &LogisticRegressionModel,
        x: ArrayView2<'_, f64>,
        labels: &[Label],
    ) -> f64 {
        let mut residual = model.scores(x);
        for mut row in residual.rows_mut() {
            if self.is_multinomial {
                let highest = row.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
                row.mapv_inplace(|score| (score - highest).exp());
                let sum = row.sum();
                row.mapv_inplace(|value| value / sum);
            } else {
                row.mapv_inplace(|score| (1.0 + (-score).exp()).recip());
            }
        }
        for (mut row, label) in residual.rows_mut().into_iter().zip(labels) {
            if let Ok(class) = model.classes.binary_search(label) {
                row[class] -= 1.0;
            }
        }
        let gradient = x.t().dot(&residual) + &(&model.weights * self.l2);
        let constant = residual.sum_axis(Axis(0)) * f64::from(self.fit_intercept);
        let squared = |class: usize| {
            let column: ArrayView1<'_, f64> = gradient.column(class);
            column.dot(&column) + constant[class] * constant[class]
        };
        let squares = (0..model.classes.len()).map(squared);
        if self.is_multinomial {
            squares.sum::<f64>().sqrt()
        } else {
            squares.fold(0.0, f64::max).sqrt()
        }
    }
}

impl Classifier for LogisticRegression {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let x = train.f64().view();
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let tolerance = self.tol * labels.len() as f64;
        let mut model = if self.is_multinomial {
            self.multinomial(x, labels, tolerance)
        } else {
            self.one_vs_rest(x, labels, tolerance)
        }?;
        let norm = self.gradient_norm(&model, x, labels);
        if norm.is_nan() || norm > tolerance {
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let mean = norm / labels.len() as f64;
            let message = not_converged(self.tol, self.max_iter, "iteration");
            model.warning = Some(format!("{message}: the norm of the mean gradient is {mean:.1e}"));
        }
        Ok(Box::new(model))
    }
}

impl LogisticRegressionModel {
    fn scores(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        x.dot(&self.weights) + &self.intercepts
    }
}

impl Model for LogisticRegressionModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let scores = self.scores(samples.f64().view());
        let best = |row: ArrayView1<'_, f64>| {
            let mut best = 0;
            for class in 1..row.len() {
                if row[class] > row[best] {
                    best = class;
                }
            }
            self.classes[best]
        };
        if scores.iter().any(|score| score.is_nan()) {
            return Err(FitError::Numerical("the score of a class is not a number".into()));
        }
        Ok(scores.rows().into_iter().map(best).collect())
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }
}
