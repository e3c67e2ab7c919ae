//! Sequential minimal optimization (SMO) of one pair of classes, with the steps of libsvm.
//!
//! The working set has two rows. The first is the row with the largest margin `y - Σ α y K` among those whose `α y` may increase. The second
//! is the row with the largest second-order gain. The solver stops when no pair of margins violates the conditions by more than `tol`.
//! Shrinking removes rows at a bound that are likely to stay there. Before the solver stops, it recomputes all margins and checks all rows.
//!
//! # Reference
//! Fan, Chen, Lin (2005), Working Set Selection Using Second Order Information for Training Support Vector Machines.

use crate::native::kernel_svm::options::{BLOCK, Limits};
use crate::native::kernel_svm::pair_kernel::PairRows;
use crate::native::kernels::smo_steps::{Extremes, GROUP, TAU, extremes, partner, subtract, update};

/// Steps between two shrinkings, as in libsvm.
const SHRINK_EVERY: usize = 1000;

/// Shrinking happens only if at most this many tenths of the active rows stay, since it costs a restriction of the kernel rows.
const MAX_STAYING_TENTHS: usize = 9;

/// The solution of a pair.
pub(crate) struct Solution {
    /// `α y` of every row, by position.
    pub(crate) coefficients: Vec<f64>,
    /// Subtracted from `Σ α y K` to get the decision value.
    pub(crate) rho: f64,
    pub(crate) n_steps: u64,
    pub(crate) has_converged: bool,
    /// The dual objective, which libsvm minimizes.
    pub(crate) objective: f64,
}

/// The state of the solver.
pub(crate) struct Solver<'a> {
    rows: PairRows<'a>,
    costs: [f64; 2],
    limits: Limits,
    /// `α` of every row, by position.
    alpha: Vec<f64>,
    diagonal: Vec<f32>,
    /// Positions of the active rows, ascending. The fields below are in their order, padded to whole groups.
    active: Vec<u32>,
    margins: Vec<f64>,
    active_diagonal: Vec<f32>,
    /// Masks of the rows whose `α y` may increase.
    up: Vec<u16>,
    /// Masks of the rows whose `α y` may decrease.
    low: Vec<u16>,
}

impl<'a> Solver<'a> {
    /// Starts at zero. `costs` are those of the lower and of the higher class.
    pub(crate) fn new(rows: PairRows<'a>, costs: [f64; 2], limits: Limits) -> Solver<'a> {
        let n_rows = rows.n_rows();
        let diagonal = rows.diagonal();
        let mut solver = Solver {
            rows,
            costs,
            limits,
            alpha: vec![0.0; n_rows],
            diagonal,
            active: Vec::new(),
            margins: Vec::new(),
            active_diagonal: Vec::new(),
            up: Vec::new(),
            low: Vec::new(),
        };
        let margins = (0..n_rows).map(|position| solver.sign(position)).collect();
        solver.activate((0..n_rows as u32).collect(), margins);
        solver
    }

    /// Starts at these `α y`, by position. They must sum to 0 and be within the costs.
    pub(crate) fn start_from(&mut self, coefficients: &[(usize, f64)]) {
        for &(position, coefficient) in coefficients {
            self.alpha[position] = coefficient * self.sign(position);
        }
        self.restore_all();
    }

    /// Runs to convergence, or to `max_iter` steps.
    pub(crate) fn solve(mut self) -> Solution {
        let n_rows = self.alpha.len();
        let period = n_rows.min(SHRINK_EVERY);
        let mut until_shrinking = period + 1;
        let mut was_restored = false;
        let mut n_steps = 0;
        let mut has_converged = true;
        let mut found = extremes(&self.margins, &self.up, &self.low);
        loop {
            if self.limits.max_iter.is_some_and(|most| n_steps >= most) {
                has_converged = false;
                break;
            }
            until_shrinking -= 1;
            if until_shrinking == 0 {
                until_shrinking = period;
                if self.limits.shrinking {
                    found = self.shrink(found, &mut was_restored);
                }
            }
            let mut pair = self.select_working_set(&found);
            if pair.is_none() && self.active.len() < n_rows {
                found = self.restore_all();
                pair = self.select_working_set(&found);
                until_shrinking = 1;
            }
            let Some((one, other)) = pair else { break };
            n_steps += 1;
            found = self.step(one, other);
        }
        if self.active.len() < n_rows {
            self.restore_all();
        }
        let bounds = (0..n_rows).map(|at| (self.is_set(&self.up, at), self.is_set(&self.low, at)));
        let rho = rho(self.margins.iter().copied().zip(bounds));
        let objective = (0..n_rows).map(|at| self.alpha[at] * (-self.sign(at) * self.margins[at] - 1.0));
        let objective = objective.sum::<f64>() / 2.0;
        let coefficients = (0..n_rows).map(|at| self.alpha[at] * self.sign(at)).collect();
        Solution {
            coefficients,
            rho,
            n_steps,
            has_converged,
            objective,
        }
    }

    /// The working set, as indices into the active rows; `None` if the solver has converged on them.
    fn select_working_set(&mut self, found: &Extremes) -> Option<(usize, usize)> {
        if found.up - found.low < self.limits.tol || found.up == f64::NEG_INFINITY {
            return None;
        }
        let one = found.up_at;
        self.fetch(one, found);
        let row = self.rows.row(self.active[one] as usize);
        let (diagonal, own) = (&self.active_diagonal, self.active_diagonal[one]);
        let simd = self.rows.data().simd;
        let other = partner(simd, &self.margins, row, diagonal, &self.low, found.up, own)?;
        self.fetch(other, found);
        Some((one, other))
    }

    /// Makes the kernel row of an active row available.
    fn fetch(&mut self, at: usize, found: &Extremes) {
        let position = self.active[at] as usize;
        if self.rows.has(position) {
            return self.rows.fetch(position, |_, _| Vec::new());
        }
        let missing = self.most_violating(position, found);
        self.rows.fetch(position, |range, n| {
            let of_class = missing.into_iter().filter(|position| range.contains(position));
            of_class.take(n).collect()
        });
    }

    /// The rows of the same class, except `position`, that violate the conditions most and whose kernel rows are not cached.
    fn most_violating(&self, position: usize, found: &Extremes) -> Vec<usize> {
        let n_lower = self.rows.n_lower();
        let mut candidates: Vec<(f64, usize)> = Vec::new();
        for (at, &other) in self.active.iter().enumerate() {
            let other = other as usize;
            if (other < n_lower) != (position < n_lower) || other == position || self.rows.has(other) {
                continue;
            }
            let up = if self.is_set(&self.up, at) {
                self.margins[at] - found.low
            } else {
                0.0
            };
            let low = if self.is_set(&self.low, at) {
                found.up - self.margins[at]
            } else {
                0.0
            };
            let violation = up.max(low);
            if violation > 0.0 {
                candidates.push((violation, other));
            }
        }
        let n = BLOCK.min(candidates.len());
        if n > 0 {
            candidates.select_nth_unstable_by(n - 1, |a, b| b.0.total_cmp(&a.0));
        }
        candidates.truncate(n);
        candidates.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        candidates.into_iter().map(|(_, position)| position).collect()
    }

    /// Increases `α y` of one row and decreases that of the other by the optimal step within their bounds.
    fn step(&mut self, one: usize, other: usize) -> Extremes {
        let [i, j] = [one, other].map(|at| self.active[at] as usize);
        let rows = [self.rows.row(i), self.rows.row(j)];
        let curvature =
            f64::from(self.diagonal[i]) + f64::from(self.diagonal[j]) - 2.0 * f64::from(rows[0][other]);
        let curvature = if curvature > 0.0 { curvature } else { TAU };
        let newton_step = (self.margins[one] - self.margins[other]) / curvature;
        let [y_i, y_j] = [i, j].map(|position| self.sign(position));
        let slack_i = if y_i > 0.0 {
            self.cost(i) - self.alpha[i]
        } else {
            self.alpha[i]
        };
        let slack_j = if y_j > 0.0 {
            self.alpha[j]
        } else {
            self.cost(j) - self.alpha[j]
        };
        let step = newton_step.min(slack_i).min(slack_j);
        let up_bound = if y_i > 0.0 { self.cost(i) } else { 0.0 };
        let low_bound = if y_j > 0.0 { 0.0 } else { self.cost(j) };
        let simd = self.rows.data().simd;
        self.alpha[i] = if step >= slack_i {
            up_bound
        } else {
            self.alpha[i] + y_i * step
        };
        self.alpha[j] = if step >= slack_j {
            low_bound
        } else {
            self.alpha[j] - y_j * step
        };
        self.set_masks(one);
        self.set_masks(other);
        let rows = [self.rows.row(i), self.rows.row(j)];
        update(simd, &mut self.margins, rows, [step, -step], &self.up, &self.low)
    }

    /// Shrinks the active set as libsvm does. Once, when convergence is near, all rows are restored before.
    fn shrink(&mut self, found: Extremes, was_restored: &mut bool) -> Extremes {
        let mut now = found;
        if !*was_restored && found.up - found.low <= 10.0 * self.limits.tol {
            *was_restored = true;
            if self.active.len() < self.alpha.len() {
                now = self.restore_all();
            }
        }
        let stays = |&at: &usize| match (self.is_set(&self.up, at), self.is_set(&self.low, at)) {
            (true, false) => self.margins[at] >= found.low,
            (false, true) => self.margins[at] <= found.up,
            _ => true,
        };
        let staying: Vec<usize> = (0..self.active.len()).filter(stays).collect();
        if staying.len() * 10 > self.active.len() * MAX_STAYING_TENTHS {
            return now;
        }
        let margins = staying.iter().map(|&at| self.margins[at]).collect();
        let active: Vec<u32> = staying.iter().map(|&at| self.active[at]).collect();
        self.rows.restrict(active.clone());
        self.activate(active, margins);
        extremes(&self.margins, &self.up, &self.low)
    }

    /// Restores all rows. Their margins are recomputed from the coefficients.
    fn restore_all(&mut self) -> Extremes {
        self.rows.unrestrict();
        let n_rows = self.alpha.len();
        let mut margins: Vec<f64> = (0..n_rows).map(|position| self.sign(position)).collect();
        margins.resize(n_rows.next_multiple_of(GROUP), 0.0);
        let support: Vec<usize> = (0..n_rows)
            .filter(|&position| self.alpha[position] > 0.0)
            .collect();
        let simd = self.rows.data().simd;
        for (done, pair) in support.chunks(2).enumerate() {
            for &position in pair {
                let to_come = &support[2 * done..];
                let missing = |rows: &PairRows<'_>| -> Vec<usize> {
                    let missing = to_come
                        .iter()
                        .filter(|other| **other != position && !rows.has(**other));
                    missing.copied().take(4 * BLOCK).collect()
                };
                let missing = if self.rows.has(position) {
                    Vec::new()
                } else {
                    missing(&self.rows)
                };
                self.rows.fetch(position, |range, n| {
                    let of_class = missing.into_iter().filter(|other| range.contains(other));
                    of_class.take(n).collect()
                });
            }
            let coefficient = |position: usize| self.alpha[position] * self.sign(position);
            let by = [
                coefficient(pair[0]),
                pair.get(1).map_or(0.0, |&second| coefficient(second)),
            ];
            let rows = [self.rows.row(pair[0]), self.rows.row(pair[pair.len() - 1])];
            subtract(simd, &mut margins, rows, by);
        }
        margins.truncate(n_rows);
        self.activate((0..n_rows as u32).collect(), margins);
        extremes(&self.margins, &self.up, &self.low)
    }

    /// Sets the active rows and their margins.
    fn activate(&mut self, active: Vec<u32>, mut margins: Vec<f64>) {
        let padded = active.len().next_multiple_of(GROUP);
        margins.resize(padded, 0.0);
        self.margins = margins;
        self.active_diagonal = active
            .iter()
            .map(|&position| self.diagonal[position as usize])
            .collect();
        self.active_diagonal.resize(padded, 0.0);
        self.up = vec![0; padded / GROUP];
        self.low = vec![0; padded / GROUP];
        self.active = active;
        for at in 0..self.active.len() {
            self.set_masks(at);
        }
    }

    /// Sets the masks of an active row by its coefficient.
    fn set_masks(&mut self, at: usize) {
        let position = self.active[at] as usize;
        let alpha = self.alpha[position];
        let (is_above, is_below) = (alpha > 0.0, alpha < self.cost(position));
        let (up, low) = if self.sign(position) > 0.0 {
            (is_below, is_above)
        } else {
            (is_above, is_below)
        };
        let bit = 1 << (at % GROUP);
        for (masks, may) in [(&mut self.up, up), (&mut self.low, low)] {
            let mask = &mut masks[at / GROUP];
            *mask = if may { *mask | bit } else { *mask & !bit };
        }
    }

    /// Whether the mask of an active row is set.
    fn is_set(&self, masks: &[u16], at: usize) -> bool {
        masks[at / GROUP] >> (at % GROUP) & 1 == 1
    }

    /// The side of a row: 1 for the lower class, -1 for the higher.
    fn sign(&self, position: usize) -> f64 {
        if position < self.rows.n_lower() { 1.0 } else { -1.0 }
    }

    /// The bound on `α` of a row.
    fn cost(&self, position: usize) -> f64 {
        self.costs[usize::from(position >= self.rows.n_lower())]
    }
}

/// The offset of the decision value, as in libsvm: minus the mean margin of the free rows; without free rows, the midpoint of the feasible interval.
///
/// `rows` gives for every row its margin, and whether its `α y` may increase and may decrease.
pub(crate) fn rho(rows: impl Iterator<Item = (f64, (bool, bool))>) -> f64 {
    let (mut sum, mut n_free) = (0.0, 0.0);
    let (mut most, mut least) = (f64::INFINITY, f64::NEG_INFINITY);
    for (margin, may) in rows {
        match may {
            (true, true) => {
                sum -= margin;
                n_free += 1.0;
            }
            (true, false) => most = most.min(-margin),
            _ => least = least.max(-margin),
        }
    }
    if n_free > 0.0 {
        sum / n_free
    } else {
        (most + least) / 2.0
    }
}
