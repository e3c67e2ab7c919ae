//! Losses of linear classifiers and their gradients, summed over the rows: for all classes over one read of each row.
//!
//! Products with the rows are in f32, and of what the planes move by rather than of the planes: their rounding shrinks with the steps. Scores
//! and whatever is summed over rows are in f64, and the rows are taken in parts that do not depend on the number of threads.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::estimator::error::FitError;
use crate::native::kernels::loss_gradients::{LossGradients, MAX_ROWS};
use crate::native::kernels::skinny_gemm::SkinnyGemm;

/// Rows whose products are made at once: with their pixels they stay in the second-level cache.
pub(crate) const CHUNK: usize = MAX_ROWS;

/// Parts of the rows that threads take.
pub(crate) const PARTS: usize = 16;

/// What is minimised beside the penalty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SmoothLoss {
    /// Minus the logarithm of a class's probability, one problem for all classes.
    Multinomial,
    /// What the best score lies above the own class's, each of the others raised by 1, with the maximum rounded off by a width; one problem for all.
    RoundedMaximum(f64),
    /// Minus the logarithm of the probability to be of the class or of the rest.
    Logistic,
    /// The square of what a margin lacks to 1.
    SquaredHinge,
}

impl SmoothLoss {
    /// Whether it is one problem for all classes.
    pub(crate) fn is_one_for_all(self) -> bool {
        matches!(self, SmoothLoss::Multinomial | SmoothLoss::RoundedMaximum(_))
    }
}

/// The rows, and the plane that each belongs to.
pub(crate) struct LossProblem<'a> {
    pub(crate) x: ArrayView2<'a, f32>,
    /// For each row the index of its plane; of two classes the second has the only one.
    pub(crate) planes: Vec<usize>,
    pub(crate) n_planes: usize,
    pub(crate) constant: Option<f64>,
    pub(crate) loss: SmoothLoss,
    /// What rows of each plane's class cost, and those of the rest.
    pub(crate) costs: Vec<(f64, f64)>,
}

/// The scores of all rows: a chunk of rows after the other, and in each a line for each plane.
pub(crate) struct Scores {
    n_planes: usize,
    /// Where the planes are, and where they were tried last.
    settled: Vec<f64>,
    tried: Vec<f64>,
}

impl Scores {
    /// Those of planes that are 0.
    pub(crate) fn new(n_rows: usize, n_planes: usize) -> Scores {
        Scores {
            n_planes,
            settled: vec![0.0; n_rows * n_planes],
            tried: vec![0.0; n_rows * n_planes],
        }
    }

    /// A line for each plane where it is, of one chunk of rows after the other.
    pub(crate) fn lines(&self) -> impl Iterator<Item = ArrayView2<'_, f64>> {
        let chunks = self.settled.chunks(CHUNK * self.n_planes);
        chunks.flat_map(|chunk| ArrayView2::from_shape((self.n_planes, chunk.len() / self.n_planes), chunk))
    }

    /// Takes a plane to be where it was tried last.
    pub(crate) fn settle(&mut self, plane: usize) {
        let chunk = CHUNK * self.n_planes;
        for (settled, tried) in self.settled.chunks_mut(chunk).zip(self.tried.chunks(chunk)) {
            let line = settled.len() / self.n_planes;
            let line = plane * line..(plane + 1) * line;
            settled[line.clone()].copy_from_slice(&tried[line]);
        }
    }
}

/// A plane and what it moves by: its weights and then its constant.
pub(crate) type Move = (usize, Vec<f64>);

/// Losses and gradients of the planes that moved, summed over rows; in one problem for all the loss stands at the first.
pub(crate) struct LossAndGradient {
    pub(crate) losses: Vec<f64>,
    n_features: usize,
    /// A line for each plane that moved.
    gradients: Vec<f64>,
    constants: Vec<f64>,
}

impl LossAndGradient {
    fn new(n_planes: usize, n_features: usize) -> LossAndGradient {
        LossAndGradient {
            losses: vec![0.0; n_planes],
            n_features,
            gradients: vec![0.0; n_planes * n_features],
            constants: vec![0.0; n_planes],
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

    /// The gradient of the plane that moved as the `place`-th, by its weights and then its constant.
    pub(crate) fn gradient(&self, place: usize, constant: Option<f64>) -> Vec<f64> {
        let weights = &self.gradients[place * self.n_features..][..self.n_features];
        let constant = constant.map(|value| value * self.constants[place]);
        weights.iter().copied().chain(constant).collect()
    }
}

/// Moves in the precision of the products: a line of weights for each plane that moves, or none where nothing does.
struct Moves {
    planes: Vec<usize>,
    weights: Vec<f32>,
    constants: Vec<f64>,
}

impl LossProblem<'_> {
    fn moves(&self, moves: &[Move]) -> Moves {
        let n_features = self.x.ncols();
        let weights = |(_, by): &Move| by[..n_features].to_vec();
        let constant = |(_, by): &Move| self.constant.map_or(0.0, |value| value * by[n_features]);
        Moves {
            planes: moves.iter().map(|(plane, _)| *plane).collect(),
            weights: moves.iter().flat_map(weights).map(|by| by as f32).collect(),
            constants: moves.iter().map(constant).collect(),
        }
    }

    /// Losses and gradients after these moves; of a multinomial loss all planes move.
    pub(crate) fn sums(&self, moves: &[Move], scores: &mut Scores) -> Result<LossAndGradient, FitError> {
        self.sums_of(&self.moves(moves), scores)
    }

    /// Losses and gradients of all planes where they are.
    pub(crate) fn sums_here(&self, scores: &mut Scores) -> Result<LossAndGradient, FitError> {
        let still = Moves {
            planes: (0..self.n_planes).collect(),
            weights: Vec::new(),
            constants: vec![0.0; self.n_planes],
        };
        self.sums_of(&still, scores)
    }

    /// All values, a row after the other.
    pub(crate) fn values(&self) -> Result<&[f32], FitError> {
        self.x
            .to_slice()
            .ok_or_else(|| FitError::Data("rows are not contiguous".into()))
    }

    /// Rows that a thread takes at once.
    pub(crate) fn part_rows(&self) -> usize {
        self.x.nrows().div_ceil(PARTS).next_multiple_of(CHUNK)
    }

    fn sums_of(&self, moves: &Moves, scores: &mut Scores) -> Result<LossAndGradient, FitError> {
        let n_features = self.x.ncols();
        let rows = self.values()?;
        let part = self.part_rows();
        let settled = scores.settled.par_chunks(part * self.n_planes);
        let tried = scores.tried.par_chunks_mut(part * self.n_planes);
        let parts: Vec<LossAndGradient> = (rows.par_chunks(part * n_features))
            .zip(self.planes.par_chunks(part))
            .zip(settled.zip(tried))
            .map(|((rows, planes), (settled, tried))| self.part(rows, planes, moves, settled, tried))
            .collect();
        let mut sums = LossAndGradient::new(moves.planes.len(), n_features);
        parts.iter().for_each(|part| sums.add(part));
        Ok(sums)
    }

    fn part(
        &self,
        rows: &[f32],
        planes: &[usize],
        moves: &Moves,
        settled: &[f64],
        tried: &mut [f64],
    ) -> LossAndGradient {
        let n_features = self.x.ncols();
        let n_moves = moves.planes.len();
        let by = SkinnyGemm::detect();
        let mut sums = LossAndGradient::new(n_moves, n_features);
        let mut products = vec![0.0; n_moves * CHUNK];
        let mut scores = vec![0.0; n_moves * CHUNK];
        let mut slopes = vec![0.0; n_moves * CHUNK];
        let mut gradients = vec![0.0; n_moves * n_features];
        let of_chunks = settled
            .chunks(CHUNK * self.n_planes)
            .zip(tried.chunks_mut(CHUNK * self.n_planes));
        let chunks = rows.chunks(CHUNK * n_features).zip(planes.chunks(CHUNK));
        for ((rows, own), (settled, tried)) in chunks.zip(of_chunks) {
            let lines = n_moves * own.len();
            let (products, scores, slopes) =
                (&mut products[..lines], &mut scores[..lines], &mut slopes[..lines]);
            if !moves.weights.is_empty() {
                by.products(rows, &moves.weights, products, n_features);
            }
            let lines = products
                .chunks_exact(own.len())
                .zip(scores.chunks_exact_mut(own.len()));
            for ((plane, constant), (products, scores)) in
                moves.planes.iter().zip(&moves.constants).zip(lines)
            {
                let line = plane * own.len()..(plane + 1) * own.len();
                let tried = &mut tried[line.clone()];
                for ((to, from), product) in tried.iter_mut().zip(&settled[line]).zip(products) {
                    *to = from + (f64::from(*product) + constant);
                }
                scores.copy_from_slice(tried);
            }
            self.slopes(own, &moves.planes, scores, slopes, &mut sums);
            gradients.fill(0.0);
            by.add_transposed(rows, slopes, &mut gradients, n_features);
            for (to, from) in sums.gradients.iter_mut().zip(&gradients) {
                *to += f64::from(*from);
            }
        }
        sums
    }

    /// Makes slopes of the loss of scores, of which each plane that moved has a line.
    fn slopes(
        &self,
        own: &[usize],
        moved: &[usize],
        scores: &mut [f64],
        slopes: &mut [f32],
        sums: &mut LossAndGradient,
    ) {
        let by = LossGradients::detect();
        sums.losses[0] += self.slopes_of_all(own, scores);
        let lines = scores
            .chunks_exact_mut(own.len())
            .zip(slopes.chunks_exact_mut(own.len()));
        for (place, (scores, slopes)) in lines.enumerate() {
            let plane = moved[place];
            sums.losses[place] += match self.loss {
                SmoothLoss::Multinomial | SmoothLoss::RoundedMaximum(_) => 0.0,
                SmoothLoss::Logistic => by.logistic(scores, own, plane),
                SmoothLoss::SquaredHinge => by.squared_hinge(scores, own, plane, self.costs[plane]),
            };
            sums.constants[place] += by.to_f32(scores, slopes);
        }
    }

    /// Makes slopes of the scores of all planes where it is one problem for them, and answers their loss.
    pub(crate) fn slopes_of_all(&self, own: &[usize], scores: &mut [f64]) -> f64 {
        match self.loss {
            SmoothLoss::Multinomial => LossGradients::detect().multinomial(scores, own),
            SmoothLoss::RoundedMaximum(width) => {
                LossGradients::detect().smoothed_max(scores, own, &self.costs, width)
            }
            SmoothLoss::Logistic | SmoothLoss::SquaredHinge => 0.0,
        }
    }
}
