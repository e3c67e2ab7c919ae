//! The engine `native` of [`SVC`](super::FAMILY).

use loader::Label;
use ndarray::{ArrayView2, Axis};

use crate::estimator::classifier::{Attributes, Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::{rows_by_class, unique_labels};
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::svm_kernel::Kernel;
use crate::families::svc::Params;
use crate::native::kernel_svm::class_rows::ClassSortedRows;
use crate::native::kernel_svm::one_vs_one::OneVsOneModel;
use crate::native::kernel_svm::options::Options;
use crate::native::kernel_svm::smo::Limits;
use crate::native::kernel_svm::training::train;
use crate::native::kernels::kernel_function::KernelFunction;

/// Rows of a pair from which on it starts from a part of them. Of fewer the whole kernel is cheap.
const START_FROM: usize = 2000;

pub(crate) struct Native(pub(crate) Params);

struct NativeModel {
    classes: Vec<Label>,
    machine: OneVsOneModel,
}

impl Native {
    fn similarity(&self, values: ArrayView2<'_, f32>) -> KernelFunction {
        let gamma = self.0.gamma.of(values.ncols(), || variance(values)) as f32;
        let offset = self.0.coef0 as f32;
        match self.0.kernel {
            Kernel::Linear => KernelFunction::Linear,
            Kernel::Poly => KernelFunction::Polynomial {
                gamma,
                offset,
                degree: u32::try_from(self.0.degree).unwrap_or(u32::MAX),
            },
            Kernel::Rbf => KernelFunction::Rbf { gamma },
            Kernel::Sigmoid => KernelFunction::Sigmoid { gamma, offset },
        }
    }

    fn machine(
        &self,
        train_samples: &Samples,
        labels: &[Label],
        classes: &[Label],
        memory: Option<u64>,
    ) -> OneVsOneModel {
        let by_class = rows_by_class(labels, classes);
        let sorted = train_samples.f32().select(Axis(0), &by_class.concat());
        let similarity = self.similarity(sorted.view());
        let end = |at: &mut usize, rows: &Vec<usize>| {
            *at += rows.len();
            Some(*at)
        };
        let starts = std::iter::once(0).chain(by_class.iter().scan(0, end)).collect();
        let of_class = |rows: &Vec<usize>| {
            self.0
                .class_weight
                .of_class(self.0.c, labels.len(), classes.len(), rows.len())
        };
        let options = Options {
            costs: by_class.iter().map(of_class).collect(),
            limits: Limits {
                tol: self.0.tol,
                shrinking: self.0.shrinking,
                max_iter: u64::try_from(self.0.max_iter).ok(),
            },
            cache: cache_bytes(self.0.cache_size, memory),
            start_from: START_FROM,
        };
        train(&ClassSortedRows::new(sorted, starts, similarity), &options)
    }
}

impl Classifier for Native {
    fn layout(&self) -> Layout {
        Layout::F32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = unique_labels(labels);
        let machine = self.machine(train, labels, &classes, context.memory);
        Ok(Box::new(NativeModel { classes, machine }))
    }
}

impl Model for NativeModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let predicted = self.machine.predict(samples.f32().view());
        Ok(predicted.into_iter().map(|class| self.classes[class]).collect())
    }

    fn warning(&self) -> Option<String> {
        let (n_pairs, n_unfinished) = self.machine.unfinished();
        let n_support: usize = self.machine.n_support().iter().sum();
        let n_steps: u64 = self.machine.n_steps().iter().sum();
        (n_unfinished > 0).then(|| {
            format!(
                "not converged: {n_unfinished} of {n_pairs} pairs stopped at max_iter, with {n_support} support vectors \
                 after {n_steps} steps"
            )
        })
    }

    fn attributes(&self) -> Attributes {
        Attributes::from_iter([
            ("n_support".into(), self.machine.n_support().into()),
            ("n_iter".into(), self.machine.n_steps().into()),
            ("dual_objective".into(), self.machine.objectives().into()),
        ])
    }
}

/// Bytes for kernel rows: what the grid says, but at most half of what the process may hold.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be above 0, and beyond all memory is enough"
)]
fn cache_bytes(megabytes: f64, memory: Option<u64>) -> usize {
    let most = memory.map_or(usize::MAX, |bytes| {
        usize::try_from(bytes / 2).unwrap_or(usize::MAX)
    });
    ((megabytes * 1e6) as usize).min(most)
}

/// The variance of all values, summed in f64.
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
