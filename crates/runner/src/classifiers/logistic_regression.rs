//! Logistic regression: a linear score a class, fitted by maximum likelihood with a penalty on the weights.
//!
//! # Engines
//! - `native`: the same optimum by steps that share each pass over the rows among all classes. With l2 or none they are L-BFGS's, from a model
//!   of the curvature of all rows; with l1 proximal Newton's, each to the minimum of such a model plus l1. The intercept is penalised where
//!   scikit-learn's liblinear does, in `ovr` with l1 or l2. `tol` bounds the largest entry of the mean gradient; with l1 and where liblinear
//!   would train, its length, relative to the start and to how rare a class is, since l1 may be weaker than `tol` itself.
//!   `max_iter` counts steps in `multinomial` with l2 or none, and elsewhere ten at a time, where scikit-learn's solvers make whole Newton steps
//!   or passes over all rows one by one.
//! - `linfa`: L-BFGS in f64 (in f32 its line search gives up at 60,000 rows without an error); l2 penalty or none. The
//!   intercept carries no penalty, in `ovr` neither, where scikit-learn's liblinear penalises it. `tol` bounds the norm of the
//!   mean gradient, which is at least as strict as scikit-learn's bound on its largest entry; a fit that stopped before it
//!   carries a warning. In `multinomial` the base of its softmax is the highest score of all rows, so that rows far below it
//!   lose their loss and the line search gives up early: standardised pixels are likely to end so.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `penalty` | l2 | l1, l2, elasticnet, none | what is added to the loss |
//! | `C` | 1 | above 0 | inverse strength of the penalty |
//! | `multi_class` | multinomial | ovr, multinomial | one problem a class, or one for all |
//! | `fit_intercept` | true | | whether a score has a constant |
//! | `intercept_scaling` | 1 | above 0 | value of the constant feature in `ovr` with l1 or l2; the larger, the less the intercept is penalised |
//! | `l1_ratio` | 0 | 0 to 1 | share of l1 in elasticnet |
//! | `tol` | 1e-4 | above 0 | the gradient at which the solver stops |
//! | `max_iter` | 100 | 1.. | most steps of the solver |
//!
//! # Reference
//! Liu, Nocedal (1989), On the Limited Memory BFGS Method; Yuan, Ho, Lin (2012), An Improved GLMNET for L1-regularized Logistic Regression;
//! Hastie, Tibshirani, Friedman (2009), section 4.4.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use loader::Label;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::linear_choices::Penalty;
use super::native_linear::loss_sums::SmoothLoss;
use super::native_linear::passes::Passes;
use super::{
    Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples, all_defined,
    classes, targets,
};
use crate::params::{Range, Settings, choices, params};

pub(super) const FAMILY: Family = Family {
    name: "LogisticRegression",
    summary: "linear scores, maximum likelihood",
    params: Params::SPECS,
    unused,
    undefined: all_defined,
    engines: &[
        Engine {
            name: "native",
            random: true,
            unrepeatable: None,
            note: "",
            build: native,
        },
        Engine {
            name: "linfa",
            random: true,
            unrepeatable: None,
            note: "the intercept is never penalised; tol bounds the norm of the mean gradient",
            build: linfa,
        },
    ],
};

choices! {
    /// How more than two classes are treated.
    MultiClass { Ovr = "ovr", Multinomial = "multinomial" }
}

params! {
    "penalty" penalty: Penalty = Penalty::L2, Range::ANY, "what is added to the loss";
    "C" c: f64 = 1.0, Range::POSITIVE, "inverse strength of the penalty";
    "multi_class" multi_class: MultiClass = MultiClass::Multinomial, Range::ANY, "one problem a class, or one for all";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether a score has a constant";
    "intercept_scaling" intercept_scaling: f64 = 1.0, Range::POSITIVE,
        "value of the constant feature in ovr with l1 or l2; the larger, the less the intercept is penalised";
    "l1_ratio" l1_ratio: f64 = 0.0, Range::within(0.0, 1.0), "share of l1 in elasticnet";
    "tol" tol: f64 = 1e-4, Range::POSITIVE, "the gradient at which the solver stops";
    "max_iter" max_iter: usize = 100, Range::at_least(1.0), "most steps of the solver";
}

fn unused(settings: &Settings) -> &'static [&'static str] {
    let params = Params::read(settings);
    match (params.penalty, params.multi_class) {
        (Penalty::None, _) => &["C", "l1_ratio", "intercept_scaling"],
        (Penalty::ElasticNet, _) => &["intercept_scaling"],
        (Penalty::L1 | Penalty::L2, MultiClass::Ovr) => &["l1_ratio"],
        (Penalty::L1 | Penalty::L2, MultiClass::Multinomial) => &["l1_ratio", "intercept_scaling"],
    }
}

fn native(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let l1_share = match params.penalty {
        Penalty::L1 => 1.0,
        Penalty::L2 | Penalty::None => 0.0,
        Penalty::ElasticNet => params.l1_ratio,
    };
    let strength = if params.penalty == Penalty::None {
        0.0
    } else {
        params.c.recip()
    };
    let is_liblinears =
        params.multi_class == MultiClass::Ovr && matches!(params.penalty, Penalty::L1 | Penalty::L2);
    let is_smooth = l1_share == 0.0 && params.multi_class == MultiClass::Multinomial;
    let constant = if is_liblinears {
        params.intercept_scaling
    } else {
        1.0
    };
    Ok(Box::new(Passes {
        loss: match params.multi_class {
            MultiClass::Multinomial => SmoothLoss::Multinomial,
            MultiClass::Ovr => SmoothLoss::Logistic,
        },
        balanced: false,
        penalties: (strength * l1_share, strength * (1.0 - l1_share)),
        constant: params.fit_intercept.then_some(constant),
        penalise_constant: is_liblinears,
        tol: params.tol,
        max_steps: params.max_iter.saturating_mul(if is_smooth { 1 } else { 10 }),
        by_length: is_liblinears || l1_share > 0.0,
    }))
}

fn linfa(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if point.settings.contains_key("intercept_scaling") && params.multi_class == MultiClass::Ovr {
        return Err(Refusal::cannot(
            "linfa",
            "intercept_scaling: its intercept carries no penalty",
        ));
    }
    match params.penalty {
        Penalty::L1 => Err(Refusal::cannot(
            "linfa",
            "penalty=l1: its solver needs a smooth loss",
        )),
        Penalty::ElasticNet => Err(Refusal::cannot(
            "linfa",
            "penalty=elasticnet: its solver needs a smooth loss",
        )),
        Penalty::L2 | Penalty::None => Ok(Box::new(Linfa(params))),
    }
}

struct Linfa(Params);

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
            classes: classes(labels),
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
        let classes = classes(labels);
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
                .map_err(|error| FitError::during(&format!("L-BFGS for class {class}"), error))?;
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
            return Err(FitError("a score is not a number".into()));
        }
        Ok(scores.rows().into_iter().map(best).collect())
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }
}
