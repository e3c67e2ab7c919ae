//! linfa's logistic regression.

use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use loader::Label;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::unique_labels;
use crate::estimator::samples::{Layout, Samples};
use crate::families::choices::Penalty;
use crate::families::logistic_regression::{MultiClass, Params};
use crate::linfa_adapters::labels::targets;
use linfa::DatasetBase;
use linfa::traits::Fit;

pub(crate) struct Linfa(pub(crate) Params);

/// Linear scores: a row's label is the class with the highest.
struct LinfaModel {
    classes: Vec<Label>,
    /// `n_features × n_classes`.
    weights: Array2<f64>,
    intercepts: Array1<f64>,
    warning: Option<String>,
}

impl Linfa {
    fn alpha(&self) -> f64 {
        if self.0.penalty == Penalty::None {
            0.0
        } else {
            self.0.c.recip()
        }
    }

    fn multinomial(
        &self,
        x: ArrayView2<'_, f64>,
        labels: &[Label],
        tolerance: f64,
    ) -> Result<LinfaModel, FitError> {
        let fitted = MultiLogisticRegression::default()
            .alpha(self.alpha())
            .with_intercept(self.0.fit_intercept)
            .max_iterations(self.0.max_iter as u64)
            .gradient_tolerance(tolerance)
            .fit(&DatasetBase::new(x, targets(labels)))
            .map_err(|error| FitError::during("L-BFGS", error))?;
        Ok(LinfaModel {
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
    ) -> Result<LinfaModel, FitError> {
        let classes = unique_labels(labels);
        let mut weights = Array2::zeros((x.ncols(), classes.len()));
        let mut intercepts = Array1::zeros(classes.len());
        for (i, class) in classes.iter().enumerate() {
            let is_class: Array1<bool> = labels.iter().map(|label| label == class).collect();
            let fitted = LogisticRegression::default()
                .alpha(self.alpha())
                .with_intercept(self.0.fit_intercept)
                .max_iterations(self.0.max_iter as u64)
                .gradient_tolerance(tolerance)
                .fit(&DatasetBase::new(x, is_class))
                .map_err(|error| FitError::during(format!("L-BFGS for class {class}"), error))?;
            let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
            weights.column_mut(i).assign(&(fitted.params() * sign));
            intercepts[i] = fitted.intercept() * sign;
        }
        Ok(LinfaModel {
            classes,
            weights,
            intercepts,
            warning: None,
        })
    }
}

impl Classifier for Linfa {
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
        let tolerance = self.0.tol * labels.len() as f64;
        let mut model = match self.0.multi_class {
            MultiClass::Multinomial => self.multinomial(x, labels, tolerance),
            MultiClass::Ovr => self.one_vs_rest(x, labels, tolerance),
        }?;
        let reached = model.gradient_norm(x, labels, self.0.multi_class, self.alpha(), self.0.fit_intercept);
        if reached.is_nan() || reached > tolerance {
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let mean = reached / labels.len() as f64;
            model.warning = Some(format!(
                "not converged: after at most {} steps the mean gradient is {mean:.1e}, tol {:.1e}",
                self.0.max_iter, self.0.tol
            ));
        }
        Ok(Box::new(model))
    }
}

impl LinfaModel {
    fn scores(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        x.dot(&self.weights) + &self.intercepts
    }

    /// The norm of the loss's gradient: of the whole problem, or the largest of the problems one a class.
    fn gradient_norm(
        &self,
        x: ArrayView2<'_, f64>,
        labels: &[Label],
        multi_class: MultiClass,
        alpha: f64,
        intercept: bool,
    ) -> f64 {
        let mut residual = self.scores(x);
        for mut row in residual.rows_mut() {
            match multi_class {
                MultiClass::Ovr => row.mapv_inplace(|score| (1.0 + (-score).exp()).recip()),
                MultiClass::Multinomial => {
                    let highest = row.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
                    row.mapv_inplace(|score| (score - highest).exp());
                    let sum = row.sum();
                    row.mapv_inplace(|share| share / sum);
                }
            }
        }
        for (mut row, label) in residual.rows_mut().into_iter().zip(labels) {
            if let Ok(class) = self.classes.binary_search(label) {
                row[class] -= 1.0;
            }
        }
        let gradient = x.t().dot(&residual) + &(&self.weights * alpha);
        let constant = residual.sum_axis(Axis(0)) * f64::from(intercept);
        let squared = |class: usize| {
            let column: ArrayView1<'_, f64> = gradient.column(class);
            column.dot(&column) + constant[class] * constant[class]
        };
        let squares = (0..self.classes.len()).map(squared);
        match multi_class {
            MultiClass::Multinomial => squares.sum::<f64>().sqrt(),
            MultiClass::Ovr => squares.fold(0.0, f64::max).sqrt(),
        }
    }
}

impl Model for LinfaModel {
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
            return Err(FitError::Data("a score is not a number".into()));
        }
        Ok(scores.rows().into_iter().map(best).collect())
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }
}
