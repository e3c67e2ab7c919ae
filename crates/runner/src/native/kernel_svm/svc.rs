//! Support vector classification with a kernel: one problem per pair of classes, and the pairs vote.

use std::borrow::Cow;

use loader::Label;
use ndarray::{ArrayView2, Axis};

use crate::estimator::checks::{check_positive, check_queries, check_setting, check_training_rows};
use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::{Attributes, Classifier, FitContext, Model};
use crate::estimator::convergence::not_converged;
use crate::estimator::error::FitError;
use crate::estimator::labels::{rows_by_class, unique_labels};
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::svm_kernel::{Gamma, Kernel};
use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::one_vs_one::OneVsOneModel;
use crate::native::kernel_svm::options::Limits;
use crate::native::kernel_svm::options::Options;
use crate::native::kernel_svm::training::train;
use crate::native::kernels::kernel_function::KernelFunction;

/// Rows of a pair from which it starts from the solution of a subsample. For fewer rows the whole kernel is cheap.
const WARM_START_ROWS: usize = 2000;

/// Support vector machine with a kernel, one class against one.
///
/// A pair votes for its lower label if its decision value is above 0. Equal votes go to the lower label. Kernel values are `f32`; margins,
/// coefficients and decision values are `f64`. The defaults are those of scikit-learn's `SVC`, except for the size of the cache.
#[derive(Clone, Debug)]
pub struct Svc {
    /// Cost of a violated margin, above 0.
    pub c: f64,
    /// The kernel.
    pub kernel: Kernel,
    /// Factor on dot products and squared distances.
    pub gamma: Gamma,
    /// Exponent of the polynomial kernel.
    pub degree: u32,
    /// Offset of the polynomial and the sigmoid kernel.
    pub coef0: f64,
    /// Bound on the violation of the optimality conditions, above 0.
    pub tol: f64,
    /// Whether the solver leaves out rows that are likely to stay at a bound. It changes the speed, and steps within `tol`.
    pub shrinking: bool,
    /// The weights of rows by class.
    pub class_weight: ClassWeight,
    /// Bound on the steps per pair; `None`: no bound.
    pub max_iter: Option<u64>,
    /// Size of the cache of kernel rows in megabytes, above 0, for all pairs together. At most half of what the rows and their copy leave of
    /// [`FitContext::memory`] is used.
    pub cache_megabytes: f64,
}

impl Default for Svc {
    fn default() -> Svc {
        Svc {
            c: 1.0,
            kernel: Kernel::Rbf,
            gamma: Gamma::Scale,
            degree: 3,
            coef0: 0.0,
            tol: 1e-3,
            shrinking: true,
            class_weight: ClassWeight::None,
            max_iter: None,
            cache_megabytes: 4000.0,
        }
    }
}

/// Even with too little memory for it, the cache holds some rows.
const LEAST_CACHE_BYTES: usize = 64_000_000;

/// A trained [`Svc`].
struct SvcModel {
    classes: Vec<Label>,
    n_features: usize,
    pairs: OneVsOneModel,
    warning: Option<String>,
}

impl Svc {
    fn check(&self) -> Result<(), FitError> {
        check_positive("C", self.c)?;
        if let Gamma::Number(gamma) = self.gamma {
            check_positive("gamma", gamma)?;
        }
        check_setting(self.coef0.is_finite(), "coef0", "finite", self.coef0)?;
        check_positive("tol", self.tol)?;
        check_positive("cache_megabytes", self.cache_megabytes)
    }

    fn kernel_function(&self, values: ArrayView2<'_, f32>) -> KernelFunction {
        let gamma = self.gamma.of(values.ncols(), || variance(values)) as f32;
        let offset = self.coef0 as f32;
        match self.kernel {
            Kernel::Linear => KernelFunction::Linear,
            Kernel::Poly => KernelFunction::Polynomial {
                gamma,
                offset,
                degree: self.degree,
            },
            Kernel::Rbf => KernelFunction::Rbf { gamma },
            Kernel::Sigmoid => KernelFunction::Sigmoid { gamma, offset },
        }
    }

    fn train_pairs(
        &self,
        samples: &Samples,
        labels: &[Label],
        classes: &[Label],
        memory: Option<u64>,
    ) -> Result<OneVsOneModel, FitError> {
        let by_class = rows_by_class(labels, classes);
        let values = samples.f32();
        let kernel = self.kernel_function(values.view());
        check_finite(kernel, values.view())?;
        let cost = |rows: &Vec<usize>| {
            self.class_weight
                .of_class(self.c, labels.len(), classes.len(), rows.len())
        };
        let options = Options {
            costs: by_class.iter().map(cost).collect(),
            limits: Limits {
                tol: self.tol,
                shrinking: self.shrinking,
                max_iter: self.max_iter,
            },
            cache_bytes: cache_bytes(
                self.cache_megabytes,
                memory,
                size_of_val(values.as_slice().unwrap_or_default()),
            ),
            warm_start_rows: WARM_START_ROWS,
        };
        Ok(train(
            &ClassSortedRows::new(Cow::Borrowed(values), &by_class, kernel),
            &options,
        ))
    }

    fn warning(&self, pairs: &OneVsOneModel) -> Option<String> {
        let (n_pairs, n_unconverged) = pairs.unconverged();
        let n_support: usize = pairs.n_support().iter().sum();
        let n_steps = pairs.n_steps().iter().max().unwrap_or(&0);
        (n_unconverged > 0).then(|| {
            let message = not_converged(self.tol, n_steps, "iteration");
            format!("{message}: {n_unconverged} of {n_pairs} pairs, {n_support} support vectors")
        })
    }
}

impl Classifier for Svc {
    fn layout(&self) -> Layout {
        Layout::F32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.check()?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = unique_labels(labels);
        let pairs = self.train_pairs(train, labels, &classes, context.memory)?;
        Ok(Box::new(SvcModel {
            classes,
            n_features: train.n_features(),
            warning: self.warning(&pairs),
            pairs,
        }))
    }
}

impl Model for SvcModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        check_queries(Layout::F32, samples, self.n_features)?;
        let predicted = self.pairs.predict(samples.f32().view());
        Ok(predicted.into_iter().map(|class| self.classes[class]).collect())
    }

    fn warning(&self) -> Option<String> {
        self.warning.clone()
    }

    fn attributes(&self) -> Attributes {
        Attributes::from_iter([
            ("n_support".into(), self.pairs.n_support().into()),
            ("n_iter".into(), self.pairs.n_steps().into()),
            ("dual_objective".into(), self.pairs.objectives().into()),
        ])
    }
}

/// Checks that no kernel value of two rows can be beyond the range of `f32`: by the inequality of Cauchy and Schwarz, the largest dot product
/// is at most that of a row with itself.
///
/// # Errors
/// [`FitError::Numerical`].
fn check_finite(kernel: KernelFunction, values: ArrayView2<'_, f32>) -> Result<(), FitError> {
    let squares = values.rows().into_iter().map(|row| f64::from(row.dot(&row)));
    let largest = squares.fold(0.0, f64::max);
    let linear = |gamma: f32, offset: f32| f64::from(gamma) * largest + f64::from(offset).abs();
    let bound = match kernel {
        KernelFunction::Linear => largest,
        KernelFunction::Polynomial {
            gamma,
            offset,
            degree,
        } => linear(gamma, offset).powf(f64::from(degree)),
        // Squared distances are up to four times as large.
        KernelFunction::Rbf { gamma } => linear(4.0 * gamma, 0.0),
        KernelFunction::Sigmoid { gamma, offset } => linear(gamma, offset),
    };
    if bound <= f64::from(f32::MAX) {
        return Ok(());
    }
    Err(FitError::Numerical(
        "kernel values can be above 3.4e38, the range of 32-bit floats: use a smaller gamma, degree or coef0"
            .to_owned(),
    ))
}

/// The size of the cache in bytes: the setting, but at most half of what the rows and their copy leave of the memory limit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is above 0, and the cast saturates"
)]
fn cache_bytes(megabytes: f64, memory: Option<u64>, row_bytes: usize) -> usize {
    let bound = memory.map_or(usize::MAX, |bytes| {
        let left = usize::try_from(bytes)
            .unwrap_or(usize::MAX)
            .saturating_sub(2 * row_bytes);
        (left / 2).max(LEAST_CACHE_BYTES)
    });
    ((megabytes * 1e6) as usize).min(bound)
}

/// The population variance of all values, summed in `f64`.
#[expect(clippy::cast_precision_loss, reason = "counts of values are far below 2^53")]
fn variance(values: ArrayView2<'_, f32>) -> f64 {
    let n = values.len().max(1) as f64;
    let sum = |term: &dyn Fn(f64) -> f64| -> f64 {
        let of_row =
            |row: ndarray::ArrayView1<'_, f32>| row.iter().map(|&value| term(f64::from(value))).sum::<f64>();
        values.axis_iter(Axis(0)).map(of_row).sum()
    };
    let mean = sum(&|value| value) / n;
    sum(&|value| (value - mean).powi(2)) / n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{labels, samples};

    #[test]
    fn settings_outside_their_range_are_refused() {
        let refused = [
            Svc {
                c: 0.0,
                ..Svc::default()
            },
            Svc {
                gamma: Gamma::Number(-1.0),
                ..Svc::default()
            },
            Svc {
                cache_megabytes: 0.0,
                ..Svc::default()
            },
        ];
        let samples = samples(Layout::F32);
        let labels = labels();
        for svc in refused {
            let result = svc.fit(&samples, &labels, &FitContext::default());
            assert!(matches!(result, Err(FitError::Setting(_))), "{svc:?}");
        }
    }

    #[test]
    fn kernels_beyond_the_range_of_floats_are_refused() {
        let poly = |gamma, degree, coef0| Svc {
            kernel: Kernel::Poly,
            gamma: Gamma::Number(gamma),
            degree,
            coef0,
            ..Svc::default()
        };
        let rbf = Svc {
            gamma: Gamma::Number(1e300),
            ..Svc::default()
        };
        let (samples, labels) = (samples(Layout::F32), labels());
        for svc in [
            poly(1.0, 1_000_000, 2.0),
            poly(1e300, 1, 0.0),
            poly(1.0, 1, -1e300),
            rbf,
        ] {
            let result = svc.fit(&samples, &labels, &FitContext::default());
            assert!(matches!(result, Err(FitError::Numerical(_))), "{svc:?}");
        }
    }

    #[test]
    fn labels_must_match_the_rows() {
        let samples = samples(Layout::F32);
        let labels = labels();
        let result = Svc::default().fit(&samples, &labels[1..], &FitContext::default());
        assert!(matches!(result, Err(FitError::Data(_))));
    }
}
