//! Groups the points of one dataset into tiers: which of them no test can tell from the best.
//!
//! The leader of the first tier is the point with the highest mean accuracy. Its tier has every other point that McNemar's mid-p test,
//! corrected by Holm's method over the comparisons with the leader, does not tell from it. The best of the remaining points leads the
//! next tier, and so on. The test sees the predictions of one fit of each point: it knows the uncertainty of the test rows, and not that
//! of the seed. To be tied is not transitive.
//!
//! A point without predictions cannot be tested. It belongs to the first tier whose means enclose its own, or is alone, so that no point of
//! a higher mean has a worse rank for want of a test.

use super::score::Score;
use super::tier::Tier;
use crate::statistics::{ALPHA, Paired, holm};

/// Sets the tiers of the scores of one dataset, in any order.
pub(super) fn assign(mut scores: Vec<&mut Score>) {
    // The sort is stable, as the order of equal means does not matter.
    scores.sort_by(|a, b| b.accuracy.mean.total_cmp(&a.accuracy.mean));
    let found = tiers(&scores.iter().map(|score| &**score).collect::<Vec<_>>());
    for (score, tier) in scores.into_iter().zip(found) {
        score.tier = Some(tier);
    }
}

/// The tiers of some scores on the same test rows, in their order: best mean first.
pub fn tiers(scores: &[&Score]) -> Vec<Tier> {
    let mut found = vec![
        Tier {
            tier: 0,
            first: 0,
            last: 0
        };
        scores.len()
    ];
    let mut left: Vec<usize> = (0..scores.len()).collect();
    let mut place = Tier {
        tier: 1,
        first: 1,
        last: 1,
    };
    while let Some((leader, below)) = left.split_first() {
        let is_tied = ties(scores[*leader], below.iter().map(|at| scores[*at]));
        place.last = place.first + is_tied.iter().filter(|is_tied| **is_tied).count();
        found[*leader] = place;
        let mut rest = Vec::new();
        for (at, is_tied) in below.iter().zip(is_tied) {
            if is_tied {
                found[*at] = place;
            } else {
                rest.push(*at);
            }
        }
        place = Tier {
            tier: place.tier + 1,
            first: place.last + 1,
            last: place.last + 1,
        };
        left = rest;
    }
    found
}

/// Which of the other scores are tied with the leader.
fn ties<'a>(leader: &Score, below: impl Iterator<Item = &'a Score>) -> Vec<bool> {
    let below: Vec<&Score> = below.collect();
    let mut is_tied = Vec::new();
    let (mut tested, mut p) = (Vec::new(), Vec::new());
    for (at, score) in below.iter().enumerate() {
        is_tied.push(score.accuracy.mean == leader.accuracy.mean);
        let both = leader.predictions.as_ref().zip(score.predictions.as_ref());
        let both = both.filter(|(a, b)| a.truth.len() == b.truth.len());
        if let Some((a, b)) = both {
            tested.push(at);
            p.push(Paired::of(&a.correct, &b.correct, a.truth.len() as u64).p());
        }
    }
    for (at, adjusted) in tested.iter().zip(holm(&p)) {
        is_tied[*at] = adjusted > ALPHA;
    }
    let lowest = below.iter().zip(&is_tied).rfind(|(_, is_tied)| **is_tied);
    if let Some(lowest) = lowest.map(|(score, _)| score.accuracy.mean) {
        for (at, score) in below.iter().enumerate() {
            is_tied[at] |= score.accuracy.mean >= lowest && !tested.contains(&at);
        }
    }
    is_tied
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::board::{Interval, Predictions, Spread};

    const ROWS: usize = 640;

    /// A fit that has the first `n` of 640 test rows wrong; without predictions if they are unknown.
    fn score(wrong: usize, is_known: bool) -> Score {
        let bit = |row: usize| u64::from(row >= wrong) << (row % 64);
        let correct: Vec<u64> = (0..10)
            .map(|word| (0..64).map(|at| bit(word * 64 + at)).sum())
            .collect();
        let mean = 1.0 - wrong as f64 / ROWS as f64;
        let predictions = Predictions {
            truth: vec![0; ROWS].into(),
            labels: vec![0; ROWS].into(),
            correct: correct.into(),
            repeat: 0,
        };
        Score {
            n: 1,
            accuracy: Spread { mean, std: None },
            interval: Interval {
                low: mean,
                high: mean,
            },
            tier: None,
            predictions: is_known.then(|| Arc::new(predictions)),
            macro_f1: None,
            fit_s: None,
            predict_s: None,
            threads: None,
            shared_machine: false,
            zero_is_rounded: false,
            not_converged: false,
            warnings: Vec::new(),
            repeats: Vec::new(),
            fits: Vec::new(),
        }
    }

    fn places(scores: &[Score]) -> Vec<(usize, usize, usize)> {
        let found = tiers(&scores.iter().collect::<Vec<_>>());
        found
            .iter()
            .map(|tier| (tier.tier, tier.first, tier.last))
            .collect()
    }

    #[test]
    fn what_no_test_tells_from_the_leader_shares_its_tier() {
        let scores = [10, 12, 100, 101, 400].map(|wrong| score(wrong, true));
        let expected = [(1, 1, 2), (1, 1, 2), (2, 3, 4), (2, 3, 4), (3, 5, 5)];
        assert_eq!(places(&scores), expected);
        assert_eq!(places(&[]), []);
    }

    #[test]
    fn without_predictions_a_point_shares_the_tier_that_encloses_its_mean() {
        let score = |(wrong, is_known)| score(wrong, is_known);
        let scores = [
            (10, false),
            (10, false),
            (11, true),
            (12, false),
            (13, true),
            (13, false),
            (14, false),
        ];
        let expected = [
            (1, 1, 2),
            (1, 1, 2),
            (2, 3, 6),
            (2, 3, 6),
            (2, 3, 6),
            (2, 3, 6),
            (3, 7, 7),
        ];
        assert_eq!(places(&scores.map(score)), expected);
        // Between two tiers it is alone.
        let scores = [(10, true), (11, true), (50, false), (100, true)].map(score);
        assert_eq!(places(&scores), [(1, 1, 2), (1, 1, 2), (2, 3, 3), (3, 4, 4)]);
    }

    #[test]
    fn the_order_of_the_scores_does_not_matter() {
        let mut scores = [400, 10, 100, 12].map(|wrong| score(wrong, true));
        assign(scores.iter_mut().collect());
        let first: Vec<usize> = scores.iter().map(|score| score.tier.unwrap().first).collect();
        assert_eq!(first, [4, 1, 3, 1]);
    }
}
