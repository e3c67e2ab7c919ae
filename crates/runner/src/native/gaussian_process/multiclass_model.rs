//! All problems, trained: the latent means of queries, and variances where they decide.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

use crate::estimator::error::FitError;
use crate::native::gaussian_process::covariance::Covariance;
use crate::native::gaussian_process::laplace::mode;
use crate::native::gaussian_process::logistic_normal::probability;
use crate::native::gaussian_process::multiclass_scheme::Scheme;
use crate::native::gaussian_process::predictive_variance::{Group, SIMILAR, Trained, variances};
use crate::native::gaussian_process::squared_distances::NormedRows;

/// Queries and training rows of a tile of means.
const QUERIES: usize = 256;

const ROWS: usize = 1024;

/// All problems, trained.
pub(crate) struct Ensemble {
    table: NormedRows,
    gamma: f64,
    scheme: Scheme,
    groups: Vec<Group>,
    /// Of every row what it adds to the latent mean of each problem, per similarity.
    weights: Array2<f64>,
    n_unfinished: usize,
}

impl Ensemble {
    /// Class `c` has the rows `starts[c]..starts[c + 1]` of `table`.
    pub(crate) fn train(
        table: NormedRows,
        starts: &[usize],
        scheme: Scheme,
        gamma: f64,
        max_iter: usize,
    ) -> Result<Ensemble, FitError> {
        let groups = scheme.groups();
        let n_problems = groups.iter().map(|(_, problems)| problems.len()).sum();
        let mut ensemble = Ensemble {
            weights: Array2::zeros((table.n_rows(), n_problems)),
            table,
            gamma,
            scheme,
            groups: Vec::with_capacity(groups.len()),
            n_unfinished: 0,
        };
        let mut decision_classes = 0..n_problems;
        for (classes, problems) in groups {
            let rows = |classes: &Range<usize>| starts[classes.start]..starts[classes.end];
            let rows: Vec<usize> = classes.iter().flat_map(rows).collect();
            let selected;
            let of_group = if rows.len() == ensemble.table.n_rows() {
                &ensemble.table
            } else {
                selected = ensemble.table.select(&rows);
                &selected
            };
            let covariance = Covariance::of(of_group, gamma)?;
            let mut trained = Vec::with_capacity(problems.len());
            for (problem, place) in problems.into_iter().zip(&mut decision_classes) {
                let positive = starts[problem.positive]..starts[problem.positive + 1];
                let is_positive: Vec<bool> = rows.iter().map(|row| positive.contains(row)).collect();
                let mode = mode(&covariance, &is_positive, max_iter)?;
                ensemble.n_unfinished += usize::from(!mode.has_converged);
                for (&row, residual) in rows.iter().zip(mode.residuals) {
                    ensemble.weights[[row, place]] = residual;
                }
                trained.push(Trained {
                    place,
                    root_curvatures: mode.root_curvatures,
                });
            }
            ensemble.groups.push(Group {
                rows,
                islands: covariance.islands,
                problems: trained,
            });
        }
        Ok(ensemble)
    }

    /// The number of problems, and of those that stopped before their end.
    pub(crate) fn unfinished(&self) -> (usize, usize) {
        (self.weights.ncols(), self.n_unfinished)
    }

    /// The number of the class of every query.
    pub(crate) fn predict(&self, queries: &NormedRows) -> Result<Vec<usize>, FitError> {
        let (means, most_similar) = self.means(queries);
        let mut probabilities = means.mapv(|mean| probability(mean, 1.0));
        let mut open = vec![Vec::new(); self.weights.ncols()];
        for (query, means) in means.rows().into_iter().enumerate() {
            if most_similar[query] >= SIMILAR {
                let means = means.to_slice().expect("a row of means lies in one piece");
                for problem in self.scheme.open(means) {
                    open[problem].push(query);
                }
            }
        }
        for group in &self.groups {
            let variances = variances(&self.table, self.gamma, group, queries, &open)?;
            for (problem, variances) in group.problems.iter().zip(variances) {
                for (&query, variance) in open[problem.place].iter().zip(variances) {
                    let at = [query, problem.place];
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

    /// The latent mean of every query in each problem, and how similar it is to the row that is most so. No similarity is left out here:
    /// pairs vote by the sign of a mean, however small.
    fn means(&self, queries: &NormedRows) -> (Array2<f64>, Vec<f64>) {
        let mut means = Array2::zeros((queries.n_rows(), self.weights.ncols()));
        let mut most_similar = vec![0.0; queries.n_rows()];
        (means.axis_chunks_iter_mut(Axis(0), QUERIES).into_par_iter())
            .zip(most_similar.par_chunks_mut(QUERIES))
            .enumerate()
            .for_each(|(part, (mut means, most_similar))| {
                let part = queries.span(part * QUERIES, QUERIES);
                let mut tile = Array2::zeros((part.n_rows(), ROWS));
                for start in (0..self.table.n_rows()).step_by(ROWS) {
                    let rows = self.table.span(start, ROWS);
                    let mut tile = tile.slice_mut(s![.., ..rows.n_rows()]);
                    part.apart(rows, tile.view_mut());
                    for (mut tile, most) in tile.rows_mut().into_iter().zip(most_similar.iter_mut()) {
                        tile.mapv_inplace(|apart| (-self.gamma * apart).exp());
                        *most = tile.iter().copied().fold(*most, f64::max);
                    }
                    let weights = self.weights.slice(s![start..start + rows.n_rows(), ..]);
                    general_mat_mul(1.0, &tile, &weights, 1.0, &mut means);
                }
            });
        (means, most_similar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::gaussian_process::multiclass_scheme::MultiClass;
    use crate::native::gaussian_process::test_rows::queries;
    use crate::native::gaussian_process::test_rows::training_rows;

    /// Schemes and length scales, and the classes that scikit-learn 1.9 elects for rows 200 to 300. At 0.1 most rows are far from all others:
    /// one against the rest is all ties.
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

    fn train(multi_class: MultiClass, length_scale: f64, max_iter: usize) -> Ensemble {
        let scheme = Scheme::new(multi_class, 5);
        let gamma = 0.5 / (length_scale * length_scale);
        Ensemble::train(
            training_rows(),
            &[0, 40, 80, 120, 160, 200],
            scheme,
            gamma,
            max_iter,
        )
        .unwrap()
    }

    #[test]
    fn elected_classes_are_those_of_scikit_learn() {
        for (multi_class, length_scale, classes) in EXPECTED {
            let predicted = train(multi_class, length_scale, 100).predict(&queries()).unwrap();
            let found: String = predicted.iter().map(ToString::to_string).collect();
            assert_eq!(found, classes, "{multi_class:?} {length_scale}");
        }
    }

    #[test]
    fn problems_that_were_stopped_are_counted() {
        assert_eq!(train(MultiClass::OneVsOne, 1.0, 1).unfinished(), (10, 10));
        assert_eq!(train(MultiClass::OneVsRest, 1.0, 1).unfinished(), (5, 5));
        assert_eq!(train(MultiClass::OneVsRest, 1.0, 100).unfinished(), (5, 0));
    }
}
