//! Linear models trained row by row: epochs over shuffled rows, one hyperplane per class.
//!
//! All classes read each row together. The order of the rows is drawn anew for every epoch and is the same for all classes. Each class has
//! its own steps and stops at its own epoch, so the number of threads changes nothing.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::estimator::checks::check_training_rows;
use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::convergence::not_converged;
use crate::estimator::error::FitError;
use crate::estimator::labels::{EncodedLabels, decision_classes};
use crate::estimator::samples::{Layout, Samples};
use crate::native::data::row_reader::RowReader;
use crate::native::data::validation_split::{ValidationSplit, split_validation};
use crate::native::kernels::vector_ops::VectorOps;
use crate::native::linear::linear_model::{Hyperplane, LinearModel};
use crate::native::linear::online_hyperplane::OnlineHyperplane;
use crate::native::linear::online_settings::OnlineLearner;

impl OnlineLearner {
    /// Trains one hyperplane per decision class.
    fn train(
        &self,
        rows: &RowReader<'_>,
        classes: &EncodedLabels,
        seed: u64,
    ) -> Result<Vec<OnlineHyperplane>, FitError> {
        let split = split_validation(classes, self.validation_fraction, seed)?;
        let mut hyperplanes: Vec<OnlineHyperplane> = decision_classes(classes)?
            .into_iter()
            .map(|code| {
                OnlineHyperplane::new(
                    self,
                    code,
                    rows.n_features(),
                    self.class_weight.one_vs_rest(classes, code),
                )
            })
            .collect();
        let per_thread = hyperplanes.len().div_ceil(rayon::current_num_threads());
        hyperplanes
            .par_chunks_mut(per_thread)
            .try_for_each(|hyperplanes| self.run_epochs(hyperplanes, rows, classes, &split, seed))?;
        Ok(hyperplanes)
    }

    /// Trains these hyperplanes together on one thread.
    fn run_epochs(
        &self,
        hyperplanes: &mut [OnlineHyperplane],
        rows: &RowReader<'_>,
        classes: &EncodedLabels,
        split: &ValidationSplit,
        seed: u64,
    ) -> Result<(), FitError> {
        let ops = VectorOps::detect();
        let mut row_f64 = rows.buffer();
        let mut order = split.train.clone();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        for epoch in 1..=self.max_iter {
            order.shuffle(&mut random);
            for &row in &order {
                rows.read(row, &mut row_f64);
                let squared_norm = ops.dot(&row_f64, &row_f64);
                let code = classes.codes[row];
                for hyperplane in hyperplanes
                    .iter_mut()
                    .filter(|hyperplane| !hyperplane.has_stopped)
                {
                    hyperplane.update(self, ops, &row_f64, squared_norm, code);
                }
            }
            for &row in &split.validation {
                rows.read(row, &mut row_f64);
                for hyperplane in hyperplanes
                    .iter_mut()
                    .filter(|hyperplane| !hyperplane.has_stopped)
                {
                    hyperplane.count_validation(ops, &row_f64, classes.codes[row]);
                }
            }
            for hyperplane in hyperplanes
                .iter_mut()
                .filter(|hyperplane| !hyperplane.has_stopped)
            {
                hyperplane.end_epoch(self, split, epoch)?;
            }
            if hyperplanes.iter().all(|hyperplane| hyperplane.has_stopped) {
                break;
            }
        }
        Ok(())
    }
}

impl Classifier for OnlineLearner {
    fn layout(&self) -> Layout {
        Layout::BytesOrF32
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [loader::Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        self.check()?;
        check_training_rows(self.layout(), train, labels)?;
        let classes = EncodedLabels::new(labels);
        let hyperplanes = self.train(&RowReader::new(train), &classes, context.seed)?;
        let n_running = (hyperplanes.iter())
            .filter(|hyperplane| !hyperplane.has_stopped)
            .count();
        let warning = self.tol.filter(|_| n_running > 0).map(|tol| {
            let message = not_converged(tol, self.max_iter, "epoch");
            format!(
                "{message}: {n_running} of {} hyperplanes still made progress",
                hyperplanes.len()
            )
        });
        Ok(Box::new(LinearModel::new(
            classes,
            hyperplanes.into_iter().map(Hyperplane::from).collect(),
            warning,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::data::test_rows::{labels, samples};
    use crate::native::linear::online_settings::StepRule;

    #[test]
    fn settings_outside_their_range_are_refused() {
        let refused = [
            OnlineLearner {
                max_iter: 0,
                ..OnlineLearner::default()
            },
            OnlineLearner {
                tol: Some(-1.0),
                ..OnlineLearner::default()
            },
            OnlineLearner {
                step_rule: StepRule::Optimal { alpha: 0.0 },
                ..OnlineLearner::default()
            },
            OnlineLearner {
                validation_fraction: Some(1.5),
                ..OnlineLearner::default()
            },
        ];
        let samples = samples(Layout::BytesOrF32);
        let labels = labels();
        for learner in refused {
            let result = learner.fit(&samples, &labels, &FitContext::default());
            assert!(matches!(result, Err(FitError::Setting(_))), "{learner:?}");
        }
    }

    #[test]
    fn labels_must_match_the_rows() {
        let samples = samples(Layout::BytesOrF32);
        let labels = labels();
        let result = OnlineLearner::default().fit(&samples, &labels[..5], &FitContext::default());
        assert!(matches!(result, Err(FitError::Data(_))));
    }
}
