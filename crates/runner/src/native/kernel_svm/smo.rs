//! Sequential minimal optimisation of one pair, step by step as libsvm does it.
//!
//! Of the rows whose coefficient may go up in `α y` the one with the largest margin `y - Σ α y K` is moved, with the partner of the largest
//! gain by second order. It ends when no two margins are further apart than `tol`. Rows that are at a bound and will most likely stay there
//! are set aside; before it ends, all margins are computed anew and all rows are looked at.

use crate::native::kernel_svm::pair_kernel::PairRows;
use crate::native::kernels::smo_steps::{Extremes, GROUP, TAU, extremes, partner, subtract, update};

/// Steps after which rows are set aside, as in libsvm.
const SHRINK_EVERY: usize = 1000;

/// Rows are set aside only if at most so many in ten stay: kernel rows must be made narrow then.
const WORTH: usize = 9;

/// When a solver stops, and whether it sets rows aside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) tol: f64,
    pub(crate) shrinking: bool,
    pub(crate) max_iter: Option<u64>,
}

/// What came of a pair.
pub(crate) struct Solution {
    /// `α y` of every row, by position.
    pub(crate) coefficients: Vec<f64>,
    /// What is subtracted from `Σ α y K` to get the decision.
    pub(crate) rho: f64,
    pub(crate) n_steps: u64,
    pub(crate) has_converged: bool,
    /// The dual objective, which libsvm makes as small as it can.
    pub(crate) objective: f64,
}

pub(crate) struct Solver<'a> {
    rows: PairRows<'a>,
    costs: [f64; 2],
    limits: Limits,
    /// Of every row by position.
    alpha: Vec<f64>,
    diagonal: Vec<f32>,
    /// The positions of the rows that are not set aside, ascending; what follows is of these, filled up to whole groups.
    active: Vec<u32>,
    margins: Vec<f64>,
    active_diagonal: Vec<f32>,
    up: Vec<u16>,
    low: Vec<u16>,
}

impl<'a> Solver<'a> {
    /// `costs` are those of the lower and of the higher class.
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

    /// Starts from `α y` of some rows, by position, which must sum to 0, each within its cost.
    pub(crate) fn start_from(&mut self, coefficients: &[(usize, f64)]) {
        for &(position, coefficient) in coefficients {
            self.alpha[position] = coefficient * self.sign(position);
        }
        self.widen();
    }

    pub(crate) fn solve(mut self) -> Solution {
        let n_rows = self.alpha.len();
        let period = n_rows.min(SHRINK_EVERY);
        let mut until_shrinking = period + 1;
        let mut has_widened = false;
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
                    found = self.shrink(found, &mut has_widened);
                }
            }
            let mut pair = self.choose(&found);
            if pair.is_none() && self.active.len() < n_rows {
                found = self.widen();
                pair = self.choose(&found);
                until_shrinking = 1;
            }
            let Some((one, other)) = pair else { break };
            n_steps += 1;
            found = self.step(one, other);
        }
        if self.active.len() < n_rows {
            self.widen();
        }
        let bounds = (0..n_rows).map(|at| (self.may(&self.up, at), self.may(&self.low, at)));
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

    /// The two rows to move, by their place among the active ones; none where the end is reached.
    fn choose(&mut self, found: &Extremes) -> Option<(usize, usize)> {
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

    /// The rows of the same class whose kernel rows are not here and that are most likely to be moved soon, but for `position`.
    fn most_violating(&self, position: usize, found: &Extremes) -> Vec<usize> {
        let n_lower = self.rows.n_lower();
        let mut candidates: Vec<(f64, usize)> = Vec::new();
        for (at, &other) in self.active.iter().enumerate() {
            let other = other as usize;
            if (other < n_lower) != (position < n_lower) || other == position || self.rows.has(other) {
                continue;
            }
            let up = if self.may(&self.up, at) {
                self.margins[at] - found.low
            } else {
                0.0
            };
            let low = if self.may(&self.low, at) {
                found.up - self.margins[at]
            } else {
                0.0
            };
            let violation = up.max(low);
            if violation > 0.0 {
                candidates.push((violation, other));
            }
        }
        let n = crate::native::kernel_svm::options::BLOCK.min(candidates.len());
        if n > 0 {
            candidates.select_nth_unstable_by(n - 1, |a, b| b.0.total_cmp(&a.0));
        }
        candidates.truncate(n);
        candidates.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        candidates.into_iter().map(|(_, position)| position).collect()
    }

    /// Moves the coefficients of two rows, one up and the other down in `α y`, as far as it gains and their bounds allow.
    fn step(&mut self, one: usize, other: usize) -> Extremes {
        let [i, j] = [one, other].map(|at| self.active[at] as usize);
        let rows = [self.rows.row(i), self.rows.row(j)];
        let curvature =
            f64::from(self.diagonal[i]) + f64::from(self.diagonal[j]) - 2.0 * f64::from(rows[0][other]);
        let curvature = if curvature > 0.0 { curvature } else { TAU };
        let wanted = (self.margins[one] - self.margins[other]) / curvature;
        let [y_i, y_j] = [i, j].map(|position| self.sign(position));
        let room_i = if y_i > 0.0 {
            self.cost(i) - self.alpha[i]
        } else {
            self.alpha[i]
        };
        let room_j = if y_j > 0.0 {
            self.alpha[j]
        } else {
            self.cost(j) - self.alpha[j]
        };
        let moved = wanted.min(room_i).min(room_j);
        let up_bound = if y_i > 0.0 { self.cost(i) } else { 0.0 };
        let low_bound = if y_j > 0.0 { 0.0 } else { self.cost(j) };
        let simd = self.rows.data().simd;
        self.alpha[i] = if moved >= room_i {
            up_bound
        } else {
            self.alpha[i] + y_i * moved
        };
        self.alpha[j] = if moved >= room_j {
            low_bound
        } else {
            self.alpha[j] - y_j * moved
        };
        self.set_masks(one);
        self.set_masks(other);
        let rows = [self.rows.row(i), self.rows.row(j)];
        update(
            simd,
            &mut self.margins,
            rows,
            [moved, -moved],
            &self.up,
            &self.low,
        )
    }

    /// Sets rows aside, as libsvm does; before that, all are looked at once when the end is near.
    fn shrink(&mut self, found: Extremes, has_widened: &mut bool) -> Extremes {
        let mut now = found;
        if !*has_widened && found.up - found.low <= 10.0 * self.limits.tol {
            *has_widened = true;
            if self.active.len() < self.alpha.len() {
                now = self.widen();
            }
        }
        let stays = |&at: &usize| match (self.may(&self.up, at), self.may(&self.low, at)) {
            (true, false) => self.margins[at] >= found.low,
            (false, true) => self.margins[at] <= found.up,
            _ => true,
        };
        let staying: Vec<usize> = (0..self.active.len()).filter(stays).collect();
        if staying.len() * 10 > self.active.len() * WORTH {
            return now;
        }
        let margins = staying.iter().map(|&at| self.margins[at]).collect();
        let active: Vec<u32> = staying.iter().map(|&at| self.active[at]).collect();
        self.rows.narrow(active.clone());
        self.activate(active, margins);
        extremes(&self.margins, &self.up, &self.low)
    }

    /// Takes all rows in again, with margins that are computed anew from the coefficients.
    fn widen(&mut self) -> Extremes {
        self.rows.widen();
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
                    missing
                        .copied()
                        .take(4 * crate::native::kernel_svm::options::BLOCK)
                        .collect()
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

    fn may(&self, masks: &[u16], at: usize) -> bool {
        masks[at / GROUP] >> (at % GROUP) & 1 == 1
    }

    fn sign(&self, position: usize) -> f64 {
        if position < self.rows.n_lower() { 1.0 } else { -1.0 }
    }

    fn cost(&self, position: usize) -> f64 {
        self.costs[usize::from(position >= self.rows.n_lower())]
    }
}

/// As libsvm: the mean margin of the rows between their bounds, else the middle of what is left open; negated. Of every row its margin, and whether
/// its `α y` may go up, and down.
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
