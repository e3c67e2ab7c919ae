//! Support vector classification: for every pair of classes the hyperplane of widest margin in the kernel's space; the pairs vote.
//!
//! # Engines
//! - `linfa`: one dense `n × n` kernel of f64 a pair, filled entry by entry (1.15 GB for 12,000 rows), so that time and memory
//!   grow with the square of the rows; kernels linear, poly and rbf. It stops after 10 million steps a pair; no `max_iter`. It
//!   trains without shrinking, which changes speed alone: linfa's puts the coefficients back in the wrong order.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `C` | 1 | above 0 | cost of a violated margin |
//! | `kernel` | rbf | linear, poly, rbf, sigmoid | similarity of two rows |
//! | `gamma` | scale | scale, auto, above 0 | factor on products or squared distances; scale: 1/(features × variance), auto: 1/features |
//! | `degree` | 3 | 0.. | power of the poly kernel |
//! | `coef0` | 0 | | constant of the poly and sigmoid kernels |
//! | `tol` | 1e-3 | above 0 | the violation at which the solver stops |
//! | `shrinking` | true | | whether the solver sets rows aside that it thinks are settled |
//! | `class_weight` | none | none, balanced | whether C grows as a class is rarer |
//! | `max_iter` | -1 | -1, 1.. | most steps a pair; -1: no bound |
//!
//! A pair's vote goes to the lower class where its decision is above 0, else to the higher; equal votes go to the lower class.
//!
//! # Reference
//! Chang, Lin (2011), LIBSVM: A Library for Support Vector Machines.

use std::collections::BTreeSet;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_kernel::KernelMethod;
use linfa_svm::Svm;
use loader::Label;
use ndarray::{Array1, Array2, ArrayView1, Axis, CowArray, Ix2};
use rayon::prelude::*;

use super::linear_choices::ClassWeight;
use super::{
    Classifier, Engine, Family, FitContext, FitError, Layout, Model, Point, Refusal, Samples, all_defined,
    classes,
};
use crate::params::{Kind, Range, Settings, Value, choices, params};

pub(super) const FAMILY: Family = Family {
    name: "SVC",
    summary: "support vector machine, one against one",
    params: Params::SPECS,
    unused,
    undefined: all_defined,
    engines: &[Engine {
        name: "linfa",
        random: true,
        unrepeatable: None,
        note: "trains without shrinking",
        build: linfa,
    }],
};

choices! {
    /// Similarity of two rows.
    Kernel { Linear = "linear", Poly = "poly", Rbf = "rbf", Sigmoid = "sigmoid" }
}

/// The factor on products and squared distances.
#[derive(Clone, Copy, Debug)]
enum Gamma {
    Scale,
    Auto,
    Number(f64),
}

impl Kind for Gamma {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "scale" => Some(Gamma::Scale),
            Value::Text(text) if text == "auto" => Some(Gamma::Auto),
            other => other.as_f64().map(Gamma::Number),
        }
    }
    fn shown(&self) -> Value {
        match self {
            Gamma::Scale => Value::Text("scale".into()),
            Gamma::Auto => Value::Text("auto".into()),
            Gamma::Number(number) => Value::number(*number),
        }
    }
    fn expects() -> String {
        "\"scale\", \"auto\" or a number".into()
    }
}

impl Gamma {
    #[expect(clippy::cast_precision_loss, reason = "feature counts are small")]
    fn of(self, x: &Array2<f64>) -> f64 {
        let n_features = x.ncols() as f64;
        match self {
            Gamma::Number(number) => number,
            Gamma::Auto => n_features.recip(),
            Gamma::Scale => {
                let variance = x.var(0.0);
                if variance == 0.0 {
                    1.0
                } else {
                    (n_features * variance).recip()
                }
            }
        }
    }
}

params! {
    "C" c: f64 = 1.0, Range::POSITIVE, "cost of a violated margin";
    "kernel" kernel: Kernel = Kernel::Rbf, Range::ANY, "similarity of two rows";
    "gamma" gamma: Gamma = Gamma::Scale, Range::POSITIVE, "factor on products or squared distances";
    "degree" degree: usize = 3, Range::at_least(0.0), "power of the poly kernel";
    "coef0" coef0: f64 = 0.0, Range::ANY, "constant of the poly and sigmoid kernels";
    "tol" tol: f64 = 1e-3, Range::POSITIVE, "the violation at which the solver stops";
    "shrinking" shrinking: bool = true, Range::ANY, "whether the solver sets settled rows aside";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether C grows as a class is rarer";
    "max_iter" max_iter: i64 = -1, Range::at_least(-1.0), "most steps a pair; -1: no bound";
}

fn unused(settings: &Settings) -> &'static [&'static str] {
    match Params::read(settings).kernel {
        Kernel::Linear => &["gamma", "degree", "coef0"],
        Kernel::Poly => &[],
        Kernel::Rbf => &["degree", "coef0"],
        Kernel::Sigmoid => &["degree"],
    }
}

fn linfa(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if params.kernel == Kernel::Sigmoid {
        return Err(Refusal::cannot(
            "linfa",
            "kernel=sigmoid: it has linear, poly and rbf",
        ));
    }
    if point.settings.contains_key("shrinking") && params.shrinking {
        return Err(Refusal::cannot(
            "linfa",
            "shrinking=true: it puts the coefficients back in the wrong order",
        ));
    }
    if params.max_iter != -1 {
        return Err(Refusal::cannot(
            "linfa",
            "max_iter: its bound of 10 million steps a pair is fixed",
        ));
    }
    Ok(Box::new(Linfa(params)))
}

struct Linfa(Params);

/// The classifier of one pair of classes; `lower` wins where the decision is above 0.
struct Pair {
    lower: usize,
    higher: usize,
    /// The pair's training rows: those of `lower`, then those of `higher`.
    rows: Vec<usize>,
    svm: Svm<f64, bool>,
}

struct LinfaModel<'a> {
    classes: Vec<Label>,
    pairs: Vec<Pair>,
    /// All training rows, times `factor`.
    rows: CowArray<'a, f64, Ix2>,
    /// The rows that support any pair, ascending.
    support: Vec<usize>,
    kernel: KernelMethod<f64>,
    /// What a row is multiplied by before the kernel sees it: √gamma for poly, else 1.
    factor: f64,
}

/// Below this a coefficient is 0 to linfa.
const NO_SUPPORT: f64 = 100.0 * f64::EPSILON;

impl Linfa {
    #[expect(clippy::cast_precision_loss, reason = "degrees are small")]
    fn kernel(&self, gamma: f64) -> KernelMethod<f64> {
        match self.0.kernel {
            Kernel::Linear => KernelMethod::Linear,
            Kernel::Poly => KernelMethod::Polynomial(self.0.coef0, self.0.degree as f64),
            Kernel::Rbf | Kernel::Sigmoid => KernelMethod::Gaussian(gamma.recip()),
        }
    }

    fn fit_pair(
        &self,
        records: Array2<f64>,
        n_lower: usize,
        costs: [f64; 2],
        kernel: &KernelMethod<f64>,
    ) -> Result<Svm<f64, bool>, FitError> {
        let is_lower: Array1<bool> = (0..records.nrows()).map(|row| row < n_lower).collect();
        Svm::<f64, bool>::params()
            .eps(self.0.tol)
            .shrinking(false)
            .pos_neg_weights(costs[0], costs[1])
            .with_kernel_params(linfa_kernel::Kernel::params().method(kernel.clone()))
            .fit(&DatasetBase::new(records, is_lower))
            .map_err(|error| FitError::during("training a pair", error))
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
        let x = train.f64();
        let classes = classes(labels);
        let rows_of = |class: &Label| -> Vec<usize> {
            (0..labels.len()).filter(|row| labels[*row] == *class).collect()
        };
        let rows: Vec<Vec<usize>> = classes.iter().map(rows_of).collect();
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let cost = |class: usize| match self.0.class_weight {
            ClassWeight::None => self.0.c,
            ClassWeight::Balanced => {
                self.0.c * labels.len() as f64 / (classes.len() * rows[class].len()) as f64
            }
        };
        let gamma = self.0.gamma.of(x);
        let kernel = self.kernel(gamma);
        let factor = if self.0.kernel == Kernel::Poly {
            gamma.sqrt()
        } else {
            1.0
        };
        let scaled = if factor == 1.0 {
            CowArray::from(x.view())
        } else {
            CowArray::from(x * factor)
        };
        let pairs: Vec<(usize, usize)> = (0..classes.len())
            .flat_map(|a| (a + 1..classes.len()).map(move |b| (a, b)))
            .collect();
        let pairs = pairs
            .into_par_iter()
            .map(|(lower, higher)| {
                let both = [rows[lower].as_slice(), &rows[higher]].concat();
                let records = scaled.select(Axis(0), &both);
                let svm = self.fit_pair(records, rows[lower].len(), [cost(lower), cost(higher)], &kernel)?;
                Ok(Pair {
                    lower,
                    higher,
                    rows: both,
                    svm,
                })
            })
            .collect::<Result<Vec<_>, FitError>>()?;
        let supports = |pair: &Pair| {
            let rows = pair.rows.iter().zip(&pair.svm.alpha);
            rows.filter(|(_, alpha)| alpha.abs() > NO_SUPPORT)
                .map(|(row, _)| *row)
                .collect::<Vec<_>>()
        };
        let support: BTreeSet<usize> = pairs.iter().flat_map(supports).collect();
        let support = support.into_iter().collect();
        Ok(Box::new(LinfaModel {
            classes,
            pairs,
            rows: scaled,
            support,
            kernel,
            factor,
        }))
    }
}

impl LinfaModel<'_> {
    /// Every pair's decision from linfa's coefficients. A row supports up to nine pairs, and its kernel value is computed once
    /// for all of them, as libsvm does; asking each pair's model by itself takes nine times as long.
    fn vote(&self, row: ArrayView1<'_, f64>) -> Label {
        let row = row.mapv(|pixel| pixel * self.factor);
        let mut values = vec![
            0.0;
            if self.kernel.is_linear() {
                0
            } else {
                self.rows.nrows()
            }
        ];
        if !self.kernel.is_linear() {
            for support in &self.support {
                values[*support] = self.kernel.distance(self.rows.row(*support), row.view());
            }
        }
        let mut votes = vec![0usize; self.classes.len()];
        for pair in &self.pairs {
            let sum: f64 = if self.kernel.is_linear() {
                pair.svm.weighted_sum(&row)
            } else {
                let terms = pair.rows.iter().zip(&pair.svm.alpha);
                terms
                    .filter(|(_, alpha)| alpha.abs() > NO_SUPPORT)
                    .map(|(row, alpha)| alpha * values[*row])
                    .sum()
            };
            votes[if sum - pair.svm.rho > 0.0 {
                pair.lower
            } else {
                pair.higher
            }] += 1;
        }
        let mut best = 0;
        for class in 1..votes.len() {
            if votes[class] > votes[best] {
                best = class;
            }
        }
        self.classes[best]
    }
}

impl Model for LinfaModel<'_> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let x = samples.f64();
        Ok((0..samples.n_rows())
            .into_par_iter()
            .map(|row| self.vote(x.row(row)))
            .collect())
    }

    fn warning(&self) -> Option<String> {
        let unfinished = self
            .pairs
            .iter()
            .filter(|pair| pair.svm.to_string().starts_with("Reached maximal"))
            .count();
        (unfinished > 0).then(|| {
            format!(
                "not converged: {unfinished} of {} pairs stopped at linfa's bound on steps",
                self.pairs.len()
            )
        })
    }
}
