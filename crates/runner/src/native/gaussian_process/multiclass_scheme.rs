//! How problems of two classes make one of many: which there are, which probabilities decide, and what is elected.

use std::ops::Range;

use crate::native::gaussian_process::logistic_normal::{logistic, probability};
use crate::params::choice::choices;

choices! {
    /// How more than two classes are treated.
    pub(crate) MultiClass { OneVsRest = "one_vs_rest", OneVsOne = "one_vs_one" }
}

/// How far a probability may lie outside of what bounds it: that of no variance is approximate.
const SLACK: f64 = 1e-3;

/// One problem: which rows it has, and of which class the positive ones are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Problem {
    /// The class that is negative; all others where there is none.
    pub(crate) negative: Option<usize>,
    pub(crate) positive: usize,
}

/// What is made of the problems' answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scheme {
    multi_class: MultiClass,
    n_classes: usize,
}

impl Scheme {
    /// Two classes are one problem, however more would be treated.
    pub(crate) fn new(multi_class: MultiClass, n_classes: usize) -> Scheme {
        Scheme {
            multi_class: if n_classes > 2 {
                multi_class
            } else {
                MultiClass::OneVsOne
            },
            n_classes,
        }
    }

    /// The problems in their order, grouped by what rows they have: as a range of classes each.
    pub(crate) fn groups(self) -> Vec<(Vec<Range<usize>>, Vec<Problem>)> {
        let all = 0..self.n_classes;
        match self.multi_class {
            MultiClass::OneVsRest => {
                let rest = |positive| Problem {
                    negative: None,
                    positive,
                };
                vec![(vec![all.clone()], all.map(rest).collect())]
            }
            MultiClass::OneVsOne => (self.pairs())
                .map(|(lower, higher)| {
                    let pair = Problem {
                        negative: Some(lower),
                        positive: higher,
                    };
                    (vec![lower..lower + 1, higher..higher + 1], vec![pair])
                })
                .collect(),
        }
    }

    fn pairs(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.n_classes)
            .flat_map(move |lower| (lower + 1..self.n_classes).map(move |higher| (lower, higher)))
    }

    /// The problems whose probability must be known to the last digit, given the latent means; of the others, that of a variance of 1 does.
    pub(crate) fn open(self, means: &[f64]) -> Vec<usize> {
        match self.multi_class {
            MultiClass::OneVsRest => {
                // A mean's probability lies between that of no variance and that of all.
                let bounds = |mean: f64| {
                    let (none, all) = (logistic(mean), probability(mean, 1.0));
                    (none.min(all), none.max(all))
                };
                let least = (means.iter()).fold(0.0, |least, &mean| bounds(mean).0.max(least));
                let open: Vec<usize> = (0..means.len())
                    .filter(|&class| bounds(means[class]).1 >= least - SLACK)
                    .collect();
                if open.len() > 1 { open } else { Vec::new() }
            }
            MultiClass::OneVsOne => {
                let votes = self.votes(means);
                let most = votes.iter().copied().max().unwrap_or_default();
                let is_first: Vec<bool> = votes.iter().map(|&votes| votes == most).collect();
                if is_first.iter().filter(|first| **first).count() < 2 {
                    return Vec::new();
                }
                (self.pairs().enumerate())
                    .filter(|(_, (lower, higher))| is_first[*lower] || is_first[*higher])
                    .map(|(pair, _)| pair)
                    .collect()
            }
        }
    }

    /// The elected class, given the latent means and the probabilities of the problems' positive classes. One against the rest: the highest
    /// probability; pairs: the most votes, and of equally many the highest confidence. The lowest class where that is equal too.
    pub(crate) fn elect(self, means: &[f64], probabilities: &[f64]) -> usize {
        match self.multi_class {
            MultiClass::OneVsRest => highest(probabilities.iter().copied()),
            MultiClass::OneVsOne => {
                let mut confidences = vec![0.0; self.n_classes];
                for ((lower, higher), probability) in self.pairs().zip(probabilities) {
                    confidences[lower] -= probability;
                    confidences[higher] += probability;
                }
                // Between -1/3 and 1/3, so that they decide between equal votes alone.
                let scores = (self.votes(means).into_iter().zip(confidences))
                    .map(|(votes, sum)| f64::from(votes) + sum / (3.0 * (sum.abs() + 1.0)));
                highest(scores)
            }
        }
    }

    /// A pair votes for its higher class where the latent mean is above 0, else for the lower.
    fn votes(self, means: &[f64]) -> Vec<u32> {
        let mut votes = vec![0; self.n_classes];
        for ((lower, higher), &mean) in self.pairs().zip(means) {
            votes[if mean > 0.0 { higher } else { lower }] += 1;
        }
        votes
    }
}

/// The place of the highest score, the first of equal ones.
fn highest(scores: impl Iterator<Item = f64>) -> usize {
    let first = (0, f64::NEG_INFINITY);
    let best = scores.enumerate().fold(
        first,
        |best, scored| {
            if scored.1 > best.1 { scored } else { best }
        },
    );
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classes_are_one_pair_and_one_is_no_problem() {
        for multi_class in [MultiClass::OneVsRest, MultiClass::OneVsOne] {
            let scheme = Scheme::new(multi_class, 2);
            assert_eq!(scheme.groups().len(), 1);
            assert_eq!(scheme.elect(&[0.1], &[0.5]), 1);
            assert_eq!(scheme.elect(&[0.0], &[0.5]), 0);
            assert!(scheme.open(&[0.1]).is_empty());
            let alone = Scheme::new(multi_class, 1);
            assert!(alone.groups().is_empty());
            assert_eq!(alone.elect(&[], &[]), 0);
        }
    }

    #[test]
    fn the_rest_loses_to_the_highest_probability_and_equal_ones_go_to_the_lowest_class() {
        let scheme = Scheme::new(MultiClass::OneVsRest, 3);
        assert_eq!(scheme.elect(&[0.0; 3], &[0.2, 0.4, 0.4]), 1);
        // 0.28 may be above 0.3 if it is surer; 0.2 and -0.1 cannot be.
        assert_eq!(scheme.open(&[0.28, 0.3, -0.1]), [0, 1]);
        assert!(scheme.open(&[0.2, 0.3, -0.1]).is_empty());
        assert!(scheme.open(&[0.3, -0.2, -0.1]).is_empty());
        assert_eq!(scheme.open(&[0.0, 0.0, 0.0]), [0, 1, 2]);
    }

    #[test]
    fn votes_count_before_confidences_and_those_decide_between_equal_votes() {
        let scheme = Scheme::new(MultiClass::OneVsOne, 3);
        // Pairs 0-1, 0-2, 1-2: class 1 has two votes.
        assert_eq!(scheme.elect(&[0.1, 3.0, -0.1], &[0.51, 0.99, 0.49]), 1);
        assert!(scheme.open(&[0.1, 3.0, -0.1]).is_empty());
        // One vote each, by confidences of -1.1, 0.8 and 0.3, and of -1.05, 0 and 1.05.
        let circle = [0.1, -0.1, 0.1];
        assert_eq!(scheme.elect(&circle, &[0.9, 0.2, 0.1]), 1);
        assert_eq!(scheme.elect(&circle, &[0.6, 0.45, 0.6]), 2);
        assert_eq!(scheme.open(&circle), [0, 1, 2]);
    }
}
