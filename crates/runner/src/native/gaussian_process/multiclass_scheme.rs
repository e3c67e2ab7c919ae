//! Reduction of a multiclass problem to binary problems: which there are, which probabilities decide, and which class wins.

use std::ops::Range;

use crate::native::gaussian_process::logistic_normal::{logistic, probability};

/// How more than two classes become binary problems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MultiClass {
    /// One problem per class, against all others. The highest probability wins.
    #[default]
    OneVsRest,
    /// One problem per pair of classes. The most votes win; the sum of probabilities decides between equal votes.
    OneVsOne,
}

/// How far a probability may exceed its bounds: the probability at variance 0 is approximate.
const SLACK: f64 = 1e-3;

/// Binary problems that share their training rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BinaryProblems {
    /// The classes of the training rows.
    pub(crate) classes: Vec<Range<usize>>,
    /// The positive class of each problem; the other classes are negative.
    pub(crate) positives: Vec<usize>,
}

/// The binary problems of a number of classes, and the decision between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scheme {
    multi_class: MultiClass,
    n_classes: usize,
}

impl Scheme {
    /// Two classes are one pair, whatever `multi_class` is.
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

    /// All problems in their order, grouped by their training rows.
    pub(crate) fn groups(self) -> Vec<BinaryProblems> {
        let all = 0..self.n_classes;
        match self.multi_class {
            MultiClass::OneVsRest => {
                vec![BinaryProblems {
                    classes: vec![all.clone()],
                    positives: all.collect(),
                }]
            }
            MultiClass::OneVsOne => (self.pairs())
                .map(|(lower, higher)| BinaryProblems {
                    classes: vec![lower..lower + 1, higher..higher + 1],
                    positives: vec![higher],
                })
                .collect(),
        }
    }

    fn pairs(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.n_classes)
            .flat_map(move |lower| (lower + 1..self.n_classes).map(move |higher| (lower, higher)))
    }

    /// The problems whose exact probability can change the winner, given the latent means. For the others, the probability at
    /// variance 1 is enough.
    pub(crate) fn undecided(self, means: &[f64]) -> Vec<usize> {
        match self.multi_class {
            MultiClass::OneVsRest => {
                // A variance is from 0 to 1, and the probability lies between those of both ends.
                let bounds = |mean: f64| {
                    let (at_0, at_1) = (logistic(mean), probability(mean, 1.0));
                    (at_0.min(at_1), at_0.max(at_1))
                };
                let largest_lower_bound =
                    (means.iter()).fold(0.0, |largest, &mean| bounds(mean).0.max(largest));
                let candidates: Vec<usize> = (0..means.len())
                    .filter(|&class| bounds(means[class]).1 >= largest_lower_bound - SLACK)
                    .collect();
                if candidates.len() > 1 {
                    candidates
                } else {
                    Vec::new()
                }
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

    /// The winning class, given the latent mean and the probability of the positive class of each problem. The lowest class wins
    /// a tie.
    pub(crate) fn elect(self, means: &[f64], probabilities: &[f64]) -> usize {
        match self.multi_class {
            MultiClass::OneVsRest => argmax(probabilities.iter().copied()),
            MultiClass::OneVsOne => {
                let mut confidences = vec![0.0; self.n_classes];
                for ((lower, higher), probability) in self.pairs().zip(probabilities) {
                    confidences[lower] -= probability;
                    confidences[higher] += probability;
                }
                // Confidences are scaled to (-1/3, 1/3), so that they only decide between equal votes.
                let scores = (self.votes(means).into_iter().zip(confidences))
                    .map(|(votes, sum)| f64::from(votes) + sum / (3.0 * (sum.abs() + 1.0)));
                argmax(scores)
            }
        }
    }

    /// A pair votes for its higher class if the latent mean is above 0, else for its lower class.
    fn votes(self, means: &[f64]) -> Vec<u32> {
        let mut votes = vec![0; self.n_classes];
        for ((lower, higher), &mean) in self.pairs().zip(means) {
            votes[if mean > 0.0 { higher } else { lower }] += 1;
        }
        votes
    }
}

/// The index of the highest score; the first of equal ones.
fn argmax(scores: impl Iterator<Item = f64>) -> usize {
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
    fn two_classes_are_one_pair_and_one_class_has_no_problem() {
        for multi_class in [MultiClass::OneVsRest, MultiClass::OneVsOne] {
            let scheme = Scheme::new(multi_class, 2);
            assert_eq!(scheme.groups().len(), 1);
            assert_eq!(scheme.elect(&[0.1], &[0.5]), 1);
            assert_eq!(scheme.elect(&[0.0], &[0.5]), 0);
            assert!(scheme.undecided(&[0.1]).is_empty());
            let alone = Scheme::new(multi_class, 1);
            assert!(alone.groups().is_empty());
            assert_eq!(alone.elect(&[], &[]), 0);
        }
    }

    #[test]
    fn one_vs_rest_elects_the_highest_probability_and_ties_go_to_the_lowest_class() {
        let scheme = Scheme::new(MultiClass::OneVsRest, 3);
        assert_eq!(scheme.elect(&[0.0; 3], &[0.2, 0.4, 0.4]), 1);
        // A mean of 0.28 may have a higher probability than 0.3 if its variance is smaller; 0.2 and -0.1 cannot.
        assert_eq!(scheme.undecided(&[0.28, 0.3, -0.1]), [0, 1]);
        assert!(scheme.undecided(&[0.2, 0.3, -0.1]).is_empty());
        assert!(scheme.undecided(&[0.3, -0.2, -0.1]).is_empty());
        assert_eq!(scheme.undecided(&[0.0, 0.0, 0.0]), [0, 1, 2]);
    }

    #[test]
    fn votes_count_first_and_confidences_decide_between_equal_votes() {
        let scheme = Scheme::new(MultiClass::OneVsOne, 3);
        // Pairs 0-1, 0-2, 1-2: class 1 has two votes.
        assert_eq!(scheme.elect(&[0.1, 3.0, -0.1], &[0.51, 0.99, 0.49]), 1);
        assert!(scheme.undecided(&[0.1, 3.0, -0.1]).is_empty());
        // One vote each: confidences are -1.1, 0.8 and 0.3, then -1.05, 0 and 1.05.
        let circle = [0.1, -0.1, 0.1];
        assert_eq!(scheme.elect(&circle, &[0.9, 0.2, 0.1]), 1);
        assert_eq!(scheme.elect(&circle, &[0.6, 0.45, 0.6]), 2);
        assert_eq!(scheme.undecided(&circle), [0, 1, 2]);
    }
}
