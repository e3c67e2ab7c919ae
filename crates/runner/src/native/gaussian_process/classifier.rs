//! The engine `native` of [`GaussianProcessClassifier`](super::FAMILY).

use std::cmp::Ordering;

use loader::Label;
use ndarray::{ArrayView1, Axis};

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::families::gaussian_process::Params;
use crate::native::gaussian_process::multiclass_model::Ensemble;
use crate::native::gaussian_process::multiclass_scheme::Scheme;
use crate::native::gaussian_process::squared_distances::NormedRows;

pub(crate) struct Native(pub(crate) Params);

struct NativeModel {
    classes: Vec<Label>,
    ensemble: Ensemble,
}

impl Classifier for Native {
    fn layout(&self) -> Layout {
        Layout::F64
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = EncodedLabels::new(labels);
        let rows = train.f64();
        // By class, and within a class by their features, so that the order of the training rows does not matter.
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        order.sort_by(|&one, &other| {
            let class = classes.codes[one].cmp(&classes.codes[other]);
            class.then_with(|| lexicographic(rows.row(one), rows.row(other)))
        });
        let end = |class: usize| order.partition_point(|&row| usize::from(classes.codes[row]) < class);
        let starts: Vec<usize> = (0..=classes.n_classes()).map(end).collect();
        let ensemble = Ensemble::train(
            NormedRows::new(rows.select(Axis(0), &order)),
            &starts,
            Scheme::new(self.0.multi_class, classes.n_classes()),
            0.5 / (self.0.length_scale * self.0.length_scale),
            self.0.max_iter_predict,
        )?;
        Ok(Box::new(NativeModel {
            classes: classes.labels,
            ensemble,
        }))
    }
}

impl Model for NativeModel {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let queries = NormedRows::new(samples.f64().clone());
        let predicted = self.ensemble.predict(&queries)?;
        Ok(predicted.into_iter().map(|class| self.classes[class]).collect())
    }

    fn warning(&self) -> Option<String> {
        let (n_problems, n_unfinished) = self.ensemble.unfinished();
        (n_unfinished > 0).then(|| {
            format!("not converged: {n_unfinished} of {n_problems} problems stopped at max_iter_predict")
        })
    }
}

fn lexicographic(one: ArrayView1<'_, f64>, other: ArrayView1<'_, f64>) -> Ordering {
    let orders = one.iter().zip(other).map(|(one, other)| one.total_cmp(other));
    orders
        .into_iter()
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
