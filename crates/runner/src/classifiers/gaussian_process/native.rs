//! The engine `native` of [`GaussianProcessClassifier`](super::FAMILY).

use loader::Label;

use super::Params;
use super::ensemble::Ensemble;
use super::scheme::Scheme;
use super::table::Table;
use crate::classifiers::class_index::ClassIndex;
use crate::classifiers::{Classifier, FitContext, FitError, Layout, Model, Point, Refusal, Samples};

pub(super) fn build(point: &Point<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}

struct Native(Params);

struct NativeModel {
    classes: Vec<Label>,
    ensemble: Ensemble,
}

impl Classifier for Native {
    fn layout(&self) -> Layout {
        Layout::Bytes
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        _: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = ClassIndex::new(labels);
        let images = train.bytes();
        // By class, and within one by their bytes, so that the order they come in does not show.
        let mut order: Vec<usize> = (0..images.n_rows()).collect();
        order.sort_by_key(|&row| (classes.of_rows[row], images.row(row)));
        let end = |class: usize| order.partition_point(|&row| usize::from(classes.of_rows[row]) < class);
        let starts: Vec<usize> = (0..=classes.n_classes()).map(end).collect();
        let ensemble = Ensemble::train(
            Table::new(train.select_f64(&order)),
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
        let queries = Table::new(samples.scaler().to_f64(samples.bytes()));
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
