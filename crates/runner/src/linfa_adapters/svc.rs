//! Support vector machine of linfa, one problem per pair of classes; the pairs vote.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_kernel::KernelMethod;
use linfa_svm::Svm;
use loader::Label;
use ndarray::{Array1, Array2, ArrayView1, Axis, CowArray, Ix2};
use rayon::prelude::*;
use std::collections::BTreeSet;

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{rows_by_class, unique_labels};
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::svm_kernel::{Gamma, Kernel};

/// Support vector machine with a kernel, one class against one.
#[derive(Clone, Debug)]
pub(crate) struct Svc {
    /// Cost of a violated margin.
    pub(crate) c: f64,
    /// The kernel; linfa has no sigmoid kernel.
    pub(crate) kernel: Kernel,
    pub(crate) gamma: Gamma,
    /// Exponent of the polynomial kernel.
    pub(crate) degree: usize,
    /// Offset of the polynomial kernel.
    pub(crate) coef0: f64,
    /// Bound on the violation of the optimality conditions.
    pub(crate) tol: f64,
    pub(crate) class_weight: ClassWeight,
}

/// The model of one pair of classes. It votes for `lower` if its decision value is above 0.
struct Pair {
    lower: usize,
    higher: usize,
    /// The training rows of the pair: those of `lower`, then those of `higher`.
    rows: Vec<usize>,
    svm: Svm<f64, bool>,
}

/// The models of all pairs.
struct SvcModel<'a> {
    classes: Vec<Label>,
    pairs: Vec<Pair>,
    /// All training rows, times `factor`.
    rows: CowArray<'a, f64, Ix2>,
    /// The support vectors of all pairs, ascending.
    support: Vec<usize>,
    kernel: KernelMethod<f64>,
    /// Factor on a row before the kernel: √gamma for poly, otherwise 1.
    factor: f64,
}

/// The largest absolute coefficient that linfa treats as 0.
const ZERO_COEFFICIENT: f64 = 100.0 * f64::EPSILON;

impl Svc {
    #[expect(clippy::cast_precision_loss, reason = "degrees are small")]
    fn kernel(&self, gamma: f64) -> KernelMethod<f64> {
        match self.kernel {
            Kernel::Linear => KernelMethod::Linear,
            Kernel::Poly => KernelMethod::Polynomial(self.coef0, self.degree as f64),
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
            .eps(self.tol)
            .shrinking(false)
            .pos_neg_weights(costs[0], costs[1])
            .with_kernel_params(linfa_kernel::Kernel::params().method(kernel.clone()))
            .fit(&DatasetBase::new(records, is_lower))
            .map_err(|error| FitError::during("training a pair of classes", error))
    }
}

impl Classifier for Svc {
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
        let classes = unique_labels(labels);
        let rows = rows_by_class(labels, &classes);
        let cost = |class: usize| {
            (self.class_weight).of_class(self.c, labels.len(), classes.len(), rows[class].len())
        };
        let gamma = self.gamma.of(x.ncols(), || x.var(0.0));
        let kernel = self.kernel(gamma);
        let factor = if self.kernel == Kernel::Poly {
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
            rows.filter(|(_, alpha)| alpha.abs() > ZERO_COEFFICIENT)
                .map(|(row, _)| *row)
                .collect::<Vec<_>>()
        };
        let support: BTreeSet<usize> = pairs.iter().flat_map(supports).collect();
        let support = support.into_iter().collect();
        Ok(Box::new(SvcModel {
            classes,
            pairs,
            rows: scaled,
            support,
            kernel,
            factor,
        }))
    }
}

impl SvcModel<'_> {
    /// The vote of all pairs. A row is a support vector of up to nine pairs, and its kernel value is computed once for all of them, as in libsvm.
    /// One prediction per pair model would take nine times as long.
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
                    .filter(|(_, alpha)| alpha.abs() > ZERO_COEFFICIENT)
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

impl Model for SvcModel<'_> {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let x = samples.f64();
        Ok((0..samples.n_rows())
            .into_par_iter()
            .map(|row| self.vote(x.row(row)))
            .collect())
    }

    fn warning(&self) -> Option<String> {
        let n_unconverged = self
            .pairs
            .iter()
            .filter(|pair| pair.svm.to_string().starts_with("Reached maximal"))
            .count();
        (n_unconverged > 0).then(|| {
            format!(
                "did not converge within the 10 million steps of linfa: {n_unconverged} of {} pairs",
                self.pairs.len()
            )
        })
    }
}
