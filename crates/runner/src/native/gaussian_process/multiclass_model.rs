//! All binary problems of a multiclass problem: latent means of queries, and variances where they can decide.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Axis, s};
use rayon::prelude::*;

use crate::estimator::error::FitError;
use crate::native::gaussian_process::covariance::Covariance;
use crate::native::gaussian_process::laplace::find_mode;
use crate::native::gaussian_process::logistic_normal::probability;
use crate::native::gaussian_process::multiclass_scheme::{BinaryProblems, Scheme};
use crate::native::gaussian_process::predictive_variance::{
    MIN_COVARIANCE, ProblemGroup, TrainedProblem, latent_variances,
};
use crate::native::gaussian_process::squared_distances::NormedRows;

/// Queries of a tile of kernel values.
const TILE_QUERIES: usize = 256;

/// Training rows of a tile of kernel values.
const TILE_ROWS: usize = 1024;

/// All binary problems, trained.
pub(crate) struct MulticlassModel {
    train_rows: NormedRows,
    gamma: f64,
    scheme: Scheme,
    groups: Vec<ProblemGroup>,
    /// `n_rows × n_problems`: the factor of each row's covariance with a query in the latent mean of each problem.
    weights: Array2<f64>,
    n_unconverged: usize,
}

impl MulticlassModel {
    /// Trains on sorted rows: class `c` has the rows `class_starts[c]..class_starts[c + 1]`.
    ///
    /// # Errors
    /// Those of [`Covariance::new`] and [`find_mode`].
    pub(crate) fn train(
        train_rows: NormedRows,
        class_starts: &[usize],
        scheme: Scheme,
        gamma: f64,
        max_iter: usize,
    ) -> Result<MulticlassModel, FitError> {
        let groups = scheme.groups();
        let n_problems = groups.iter().map(|group| group.positives.len()).sum();
        let mut model = MulticlassModel {
            weights: Array2::zeros((train_rows.n_rows(), n_problems)),
            train_rows,
            gamma,
            scheme,
            groups: Vec::with_capacity(groups.len()),
            n_unconverged: 0,
        };
        let mut indices = 0..n_problems;
        for BinaryProblems { classes, positives } in groups {
            let rows_of = |classes: &Range<usize>| class_starts[classes.start]..class_starts[classes.end];
            let rows: Vec<usize> = classes.iter().flat_map(rows_of).collect();
            let selected;
            let group_rows = if rows.len() == model.train_rows.n_rows() {
                &model.train_rows
            } else {
                selected = model.train_rows.select(&rows);
                &selected
            };
            let covariance = Covariance::new(group_rows, gamma)?;
            let mut trained = Vec::with_capacity(positives.len());
            for (positive, index) in positives.into_iter().zip(&mut indices) {
                let positive = class_starts[positive]..class_starts[positive + 1];
                let is_positive: Vec<bool> = rows.iter().map(|row| positive.contains(row)).collect();
                let mode = find_mode(&covariance, &is_positive, max_iter)?;
                model.n_unconverged += usize::from(!mode.has_converged);
                for (&row, residual) in rows.iter().zip(mode.residuals) {
                    model.weights[[row, index]] = residual;
                }
                trained.push(TrainedProblem {
                    index,
                    sqrt_hessian_weights: mode.sqrt_hessian_weights,
                });
            }
            model.groups.push(ProblemGroup {
                rows,
                components: covariance.components,
                problems: trained,
            });
        }
        Ok(model)
    }

    pub(crate) fn n_problems(&self) -> usize {
        self.weights.ncols()
    }

    /// The number of problems that stopped at the iteration limit.
    pub(crate) fn n_unconverged(&self) -> usize {
        self.n_unconverged
    }

    /// The predicted class of every query.
    ///
    /// # Errors
    /// Those of [`latent_variances`].
    pub(crate) fn predict(&self, queries: &NormedRows) -> Result<Vec<usize>, FitError> {
        let (means, max_covariances) = self.latent_means(queries);
        let mut probabilities = means.mapv(|mean| probability(mean, 1.0));
        let mut undecided = vec![Vec::new(); self.n_problems()];
        for (query, means) in means.rows().into_iter().enumerate() {
            if max_covariances[query] >= MIN_COVARIANCE {
                let means = means.to_slice().expect("a row of means is contiguous");
                for problem in self.scheme.undecided(means) {
                    undecided[problem].push(query);
                }
            }
        }
        for group in &self.groups {
            let variances = latent_variances(&self.train_rows, self.gamma, group, queries, &undecided)?;
            for (problem, variances) in group.problems.iter().zip(variances) {
                for (&query, variance) in undecided[problem.index].iter().zip(variances) {
                    let at = [query, problem.index];
                    probabilities[at] = probability(means[at], variance);
                }
            }
        }
        let elect = |(means, probabilities): (ndarray::ArrayView1<'_, f64>, ndarray::ArrayView1<'_, f64>)| {
            self.scheme.elect(&means.to_vec(), &probabilities.to_vec())
        };
        Ok(means
            .rows()
            .into_iter()
            .zip(probabilities.rows())
            .map(elect)
            .collect())
    }

    /// The latent mean of every query in each problem, and each query's largest covariance with a training row.
    ///
    /// No covariance is dropped here, because pairs vote by the sign of a mean, however small it is.
    fn latent_means(&self, queries: &NormedRows) -> (Array2<f64>, Vec<f64>) {
        let mut means = Array2::zeros((queries.n_rows(), self.weights.ncols()));
        let mut max_covariances = vec![0.0; queries.n_rows()];
        (means.axis_chunks_iter_mut(Axis(0), TILE_QUERIES).into_par_iter())
            .zip(max_covariances.par_chunks_mut(TILE_QUERIES))
            .enumerate()
            .for_each(|(chunk, (mut means, max_covariances))| {
                let queries = queries.span(chunk * TILE_QUERIES, TILE_QUERIES);
                let mut tile = Array2::zeros((queries.n_rows(), TILE_ROWS));
                for start in (0..self.train_rows.n_rows()).step_by(TILE_ROWS) {
                    let rows = self.train_rows.span(start, TILE_ROWS);
                    let mut tile = tile.slice_mut(s![.., ..rows.n_rows()]);
                    queries.squared_distances(rows, tile.view_mut());
                    for (mut tile, largest) in tile.rows_mut().into_iter().zip(max_covariances.iter_mut()) {
                        tile.mapv_inplace(|squared_distance| (-self.gamma * squared_distance).exp());
                        *largest = tile.iter().copied().fold(*largest, f64::max);
                    }
                    let weights = self.weights.slice(s![start..start + rows.n_rows(), ..]);
                    general_mat_mul(1.0, &tile, &weights, 1.0, &mut means);
                }
            });
        (means, max_covariances)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::gaussian_process::multiclass_scheme::MultiClass;
    use crate::native::gaussian_process::test_rows::{queries, training_rows};

    /// Schemes and length scales, and the classes that scikit-learn 1.9 predicts for rows 200 to 300. At 0.1 most rows are far from all
    /// others, so that one-vs-rest has many ties.
    const EXPECTED: [(MultiClass, f64, &str); 6] = [
        (
            MultiClass::OneVsOne,
            0.1,
            "4011330213031133311331113311143321304113322133211331113011143121334213021330111331133041143321334113",
        ),
        (
            MultiClass::OneVsOne,
            1.0,
            "0124240234011122111201434111241441303144032320310304112014140024302212022120121201242012440111303212",
        ),
        (
            MultiClass::OneVsOne,
            3.0,
            "0224240234012122111201434131241441303334012320120304132014140023202232022140141201244012440114303212",
        ),
        (
            MultiClass::OneVsRest,
            0.1,
            "0011300213001130311300113011140021300113022130211301113011140121300213021330111301133001140021300113",
        ),
        (
            MultiClass::OneVsRest,
            1.0,
            "0124240234011122111201434011241441303144032320310301112014140021302212022120141201242012440111301212",
        ),
        (
            MultiClass::OneVsRest,
            3.0,
            "0224240234011122111201434131241441303130012020110304132014140024202232022040141201244012440114301212",
        ),
    ];

    fn train(multi_class: MultiClass, length_scale: f64, max_iter: usize) -> MulticlassModel {
        let scheme = Scheme::new(multi_class, 5);
        let gamma = 0.5 / (length_scale * length_scale);
        MulticlassModel::train(
            training_rows(),
            &[0, 40, 80, 120, 160, 200],
            scheme,
            gamma,
            max_iter,
        )
        .unwrap()
    }

    #[test]
    fn predicted_classes_are_those_of_scikit_learn() {
        for (multi_class, length_scale, classes) in EXPECTED {
            let predicted = train(multi_class, length_scale, 100).predict(&queries()).unwrap();
            let found: String = predicted.iter().map(ToString::to_string).collect();
            assert_eq!(found, classes, "{multi_class:?} {length_scale}");
        }
    }

    #[test]
    fn problems_that_stop_early_are_counted() {
        let counts = |multi_class: MultiClass, max_iter: usize| {
            let model = train(multi_class, 1.0, max_iter);
            (model.n_problems(), model.n_unconverged())
        };
        assert_eq!(counts(MultiClass::OneVsOne, 1), (10, 10));
        assert_eq!(counts(MultiClass::OneVsRest, 1), (5, 5));
        assert_eq!(counts(MultiClass::OneVsRest, 100), (5, 0));
    }
}
