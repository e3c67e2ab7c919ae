//! Smooth losses of linear classifiers and their gradients, summed over the rows in one pass for all classes.
//!
//! Scores change by the product of a row and the displacement of a hyperplane, in `f32`: the rounding error shrinks with the steps. Scores and
//! sums over rows are `f64`. Threads take parts of the rows that do not depend on the number of threads.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::estimator::error::FitError;
use crate::native::kernels::loss_gradients::{LossGradients, MAX_ROWS};
use crate::native::kernels::skinny_gemm::SkinnyGemm;

/// Rows per matrix product. With their pixels they fit into the second-level cache.
pub(crate) const CHUNK: usize = MAX_ROWS;

/// Parts of the rows that threads share.
pub(crate) const PARTS: usize = 16;

/// A smooth loss of linear scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SmoothLoss {
    /// Softmax cross-entropy; one joint problem for all classes.
    Multinomial,
    /// Crammer and Singer's loss with a maximum that is smoothed over this width; one joint problem for all classes.
    SmoothedMax(f64),
    /// `ln(1 + exp(-margin))`, one problem per class.
    Logistic,
    /// `max(0, 1 - margin)²`, one problem per class.
    SquaredHinge,
}

impl SmoothLoss {
    /// Whether all hyperplanes are one problem.
    pub(crate) fn is_joint(self) -> bool {
        matches!(self, SmoothLoss::Multinomial | SmoothLoss::SmoothedMax(_))
    }
}

/// A loss over rows with targets.
pub(crate) struct LossProblem<'a> {
    /// `n_rows × n_features`, in row-major order.
    pub(crate) x: ArrayView2<'a, f32>,
    /// The hyperplane of each row's class; for two classes another number for rows of the first class.
    pub(crate) targets: Vec<usize>,
    pub(crate) n_hyperplanes: usize,
    /// Value of the constant feature; `None`: no intercept.
    pub(crate) constant: Option<f64>,
    pub(crate) loss: SmoothLoss,
    /// For each hyperplane the weights of the rows of its class and of the other rows.
    pub(crate) row_weights: Vec<(f64, f64)>,
}

/// Scores of all rows, chunk by chunk. A chunk is a matrix `n_hyperplanes × rows of the chunk`.
pub(crate) struct Scores {
    n_hyperplanes: usize,
    /// Scores at the current points of the searches.
    accepted: Vec<f64>,
    /// Scores at their last trial points.
    trial: Vec<f64>,
}

impl Scores {
    /// Scores of hyperplanes whose weights are 0.
    pub(crate) fn new(n_rows: usize, n_hyperplanes: usize) -> Scores {
        Scores {
            n_hyperplanes,
            accepted: vec![0.0; n_rows * n_hyperplanes],
            trial: vec![0.0; n_rows * n_hyperplanes],
        }
    }

    /// The accepted scores, one matrix per chunk of rows.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = ArrayView2<'_, f64>> {
        let chunks = self.accepted.chunks(CHUNK * self.n_hyperplanes);
        chunks.flat_map(|chunk| {
            ArrayView2::from_shape((self.n_hyperplanes, chunk.len() / self.n_hyperplanes), chunk)
        })
    }

    /// Accepts the trial scores of a hyperplane.
    pub(crate) fn accept(&mut self, hyperplane: usize) {
        let chunk = CHUNK * self.n_hyperplanes;
        for (accepted, trial) in self.accepted.chunks_mut(chunk).zip(self.trial.chunks(chunk)) {
            let line = accepted.len() / self.n_hyperplanes;
            let line = hyperplane * line..(hyperplane + 1) * line;
            accepted[line.clone()].copy_from_slice(&trial[line]);
        }
    }
}

/// A hyperplane and the change of its weights and of the weight of the constant feature, which comes last.
pub(crate) type Displacement = (usize, Vec<f64>);

/// Losses and gradients of the displaced hyperplanes, summed over rows. A joint problem has its loss at the first hyperplane.
pub(crate) struct LossAndGradient {
    pub(crate) losses: Vec<f64>,
    n_features: usize,
    /// `n_displaced × n_features`.
    gradients: Vec<f64>,
    /// Derivatives with respect to the intercepts.
    constants: Vec<f64>,
}

impl LossAndGradient {
    fn new(n_hyperplanes: usize, n_features: usize) -> LossAndGradient {
        LossAndGradient {
            losses: vec![0.0; n_hyperplanes],
            n_features,
            gradients: vec![0.0; n_hyperplanes * n_features],
            constants: vec![0.0; n_hyperplanes],
        }
    }

    fn add(&mut self, other: &LossAndGradient) {
        let pairs = [
            (&mut self.losses, &other.losses),
            (&mut self.gradients, &other.gradients),
            (&mut self.constants, &other.constants),
        ];
        for (to, from) in pairs {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }

    /// The gradient of a displaced hyperplane, by its position among them; the entry of the constant feature comes last.
    pub(crate) fn gradient(&self, position: usize, constant: Option<f64>) -> Vec<f64> {
        let weights = &self.gradients[position * self.n_features..][..self.n_features];
        let constant = constant.map(|value| value * self.constants[position]);
        weights.iter().copied().chain(constant).collect()
    }
}

/// Displacements in the precision of the products. `weights` is empty if the scores do not change.
struct Displacements {
    hyperplanes: Vec<usize>,
    weights: Vec<f32>,
    constants: Vec<f64>,
}

impl LossProblem<'_> {
    /// Number of variables of a hyperplane: its weights, and that of the constant feature.
    pub(crate) fn n_variables(&self) -> usize {
        self.x.ncols() + usize::from(self.constant.is_some())
    }

    /// Number of hyperplanes of one search.
    pub(crate) fn hyperplanes_per_search(&self) -> usize {
        if self.loss.is_joint() {
            self.n_hyperplanes
        } else {
            1
        }
    }

    fn to_f32(&self, displacements: &[Displacement]) -> Displacements {
        let n_features = self.x.ncols();
        let weights = |(_, by): &Displacement| by[..n_features].to_vec();
        let constant = |(_, by): &Displacement| self.constant.map_or(0.0, |value| value * by[n_features]);
        Displacements {
            hyperplanes: displacements.iter().map(|(hyperplane, _)| *hyperplane).collect(),
            weights: (displacements.iter().flat_map(weights))
                .map(|by| by as f32)
                .collect(),
            constants: displacements.iter().map(constant).collect(),
        }
    }

    /// Losses and gradients after these displacements of the accepted hyperplanes. A joint problem displaces all of them.
    pub(crate) fn evaluate(
        &self,
        displacements: &[Displacement],
        scores: &mut Scores,
    ) -> Result<LossAndGradient, FitError> {
        self.evaluate_displacements(&self.to_f32(displacements), scores)
    }

    /// Losses and gradients of all hyperplanes at the accepted scores.
    pub(crate) fn evaluate_in_place(&self, scores: &mut Scores) -> Result<LossAndGradient, FitError> {
        let unchanged = Displacements {
            hyperplanes: (0..self.n_hyperplanes).collect(),
            weights: Vec::new(),
            constants: vec![0.0; self.n_hyperplanes],
        };
        self.evaluate_displacements(&unchanged, scores)
    }

    /// All values in row-major order.
    pub(crate) fn values(&self) -> Result<&[f32], FitError> {
        self.x
            .to_slice()
            .ok_or_else(|| FitError::Data("the rows are not contiguous in memory".into()))
    }

    /// Rows per part.
    pub(crate) fn part_rows(&self) -> usize {
        self.x.nrows().div_ceil(PARTS).next_multiple_of(CHUNK)
    }

    fn evaluate_displacements(
        &self,
        displacements: &Displacements,
        scores: &mut Scores,
    ) -> Result<LossAndGradient, FitError> {
        let n_features = self.x.ncols();
        let rows = self.values()?;
        let part = self.part_rows();
        let accepted = scores.accepted.par_chunks(part * self.n_hyperplanes);
        let trial = scores.trial.par_chunks_mut(part * self.n_hyperplanes);
        let parts: Vec<LossAndGradient> = (rows.par_chunks(part * n_features))
            .zip(self.targets.par_chunks(part))
            .zip(accepted.zip(trial))
            .map(|((rows, targets), (accepted, trial))| {
                self.evaluate_part(rows, targets, displacements, accepted, trial)
            })
            .collect();
        let mut sums = LossAndGradient::new(displacements.hyperplanes.len(), n_features);
        parts.iter().for_each(|part| sums.add(part));
        Ok(sums)
    }

    /// Sums over one part of the rows. Writes their trial scores.
    fn evaluate_part(
        &self,
        rows: &[f32],
        targets: &[usize],
        displacements: &Displacements,
        accepted: &[f64],
        trial: &mut [f64],
    ) -> LossAndGradient {
        let n_features = self.x.ncols();
        let n_displaced = displacements.hyperplanes.len();
        let by = SkinnyGemm::detect();
        let mut sums = LossAndGradient::new(n_displaced, n_features);
        let mut products = vec![0.0; n_displaced * CHUNK];
        let mut scores = vec![0.0; n_displaced * CHUNK];
        let mut slopes = vec![0.0; n_displaced * CHUNK];
        let mut gradients = vec![0.0; n_displaced * n_features];
        let of_chunks = accepted
            .chunks(CHUNK * self.n_hyperplanes)
            .zip(trial.chunks_mut(CHUNK * self.n_hyperplanes));
        let chunks = rows.chunks(CHUNK * n_features).zip(targets.chunks(CHUNK));
        for ((rows, targets), (accepted, trial)) in chunks.zip(of_chunks) {
            let lines = n_displaced * targets.len();
            let (products, scores, slopes) =
                (&mut products[..lines], &mut scores[..lines], &mut slopes[..lines]);
            if !displacements.weights.is_empty() {
                by.products(rows, &displacements.weights, products, n_features);
            }
            let lines = products
                .chunks_exact(targets.len())
                .zip(scores.chunks_exact_mut(targets.len()));
            let hyperplanes = displacements.hyperplanes.iter().zip(&displacements.constants);
            for ((hyperplane, constant), (products, scores)) in hyperplanes.zip(lines) {
                let line = hyperplane * targets.len()..(hyperplane + 1) * targets.len();
                let trial = &mut trial[line.clone()];
                for ((to, from), product) in trial.iter_mut().zip(&accepted[line]).zip(products) {
                    *to = from + (f64::from(*product) + constant);
                }
                scores.copy_from_slice(trial);
            }
            self.slopes(targets, &displacements.hyperplanes, scores, slopes, &mut sums);
            gradients.fill(0.0);
            by.add_transposed(rows, slopes, &mut gradients, n_features);
            for (to, from) in sums.gradients.iter_mut().zip(&gradients) {
                *to += f64::from(*from);
            }
        }
        sums
    }

    /// Turns the scores of the displaced hyperplanes into slopes of the loss, and adds the losses.
    fn slopes(
        &self,
        targets: &[usize],
        hyperplanes: &[usize],
        scores: &mut [f64],
        slopes: &mut [f32],
        sums: &mut LossAndGradient,
    ) {
        let by = LossGradients::detect();
        sums.losses[0] += self.joint_slopes(targets, scores);
        let lines = scores
            .chunks_exact_mut(targets.len())
            .zip(slopes.chunks_exact_mut(targets.len()));
        for (position, (scores, slopes)) in lines.enumerate() {
            let hyperplane = hyperplanes[position];
            sums.losses[position] += match self.loss {
                SmoothLoss::Multinomial | SmoothLoss::SmoothedMax(_) => 0.0,
                SmoothLoss::Logistic => by.logistic(scores, targets, hyperplane),
                SmoothLoss::SquaredHinge => {
                    by.squared_hinge(scores, targets, hyperplane, self.row_weights[hyperplane])
                }
            };
            sums.constants[position] += by.to_f32(scores, slopes);
        }
    }

    /// Turns the scores of a joint problem into slopes, and returns the loss. Does nothing for other losses.
    pub(crate) fn joint_slopes(&self, targets: &[usize], scores: &mut [f64]) -> f64 {
        match self.loss {
            SmoothLoss::Multinomial => LossGradients::detect().multinomial(scores, targets),
            SmoothLoss::SmoothedMax(width) => {
                LossGradients::detect().smoothed_max(scores, targets, &self.row_weights, width)
            }
            SmoothLoss::Logistic | SmoothLoss::SquaredHinge => 0.0,
        }
    }
}
