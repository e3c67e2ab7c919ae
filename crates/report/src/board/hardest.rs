//! The test images that most of the best classifiers get wrong.

use std::collections::{BTreeMap, HashSet};

use super::own::DatasetBoard;

/// At most this many classifiers are asked.
const BEST: usize = 10;

/// At most this many images are named.
const IMAGES: usize = 24;

/// A test image, and what the best classifiers take it for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hard {
    /// Its number among the test rows, from 0.
    pub row: usize,
    /// Its label.
    pub truth: u32,
    /// The wrong label that most of them predict; of equally frequent ones the lower.
    pub taken_for: u32,
    /// How many predict a wrong label.
    pub wrong: usize,
    /// How many were asked.
    pub asked: usize,
}

impl DatasetBoard {
    /// The images that more than half of the best classifiers get wrong, those that most get wrong first. The best are the leading points of
    /// different classifiers or preprocessings whose predictions are known; fewer than two are not asked.
    pub fn hardest(&self) -> Vec<Hard> {
        let mut seen = HashSet::new();
        let best: Vec<&[u32]> = self
            .lines
            .iter()
            .filter(|line| {
                line.rank.is_some() && seen.insert((&line.point.classifier, &line.point.preprocessing))
            })
            .filter_map(|line| Some(&*line.score.predictions.as_ref()?.labels))
            .take(BEST)
            .collect();
        let truth = self
            .lines
            .iter()
            .find_map(|line| Some(&line.score.predictions.as_ref()?.truth));
        let Some(truth) =
            truth.filter(|truth| best.len() > 1 && best.iter().all(|own| own.len() == truth.len()))
        else {
            return Vec::new();
        };
        let rows = truth
            .iter()
            .enumerate()
            .filter_map(|(row, truth)| hard(row, *truth, &best));
        let mut rows: Vec<Hard> = rows.filter(|hard| 2 * hard.wrong > hard.asked).collect();
        rows.sort_by_key(|hard| (hard.asked - hard.wrong, hard.row));
        rows.truncate(IMAGES);
        rows
    }
}

/// A row that somebody gets wrong.
fn hard(row: usize, truth: u32, best: &[&[u32]]) -> Option<Hard> {
    let mut taken: BTreeMap<u32, usize> = BTreeMap::new();
    for label in best.iter().map(|own| own[row]).filter(|label| *label != truth) {
        *taken.entry(label).or_default() += 1;
    }
    let wrong = taken.values().sum();
    // Of equal maxima, `max_by_key` takes the last.
    let (taken_for, _) = taken.into_iter().rev().max_by_key(|(_, n)| *n)?;
    Some(Hard {
        row,
        truth,
        taken_for,
        wrong,
        asked: best.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_label_of_most_is_named() {
        let best: [&[u32]; 4] = [&[1, 5], &[2, 5], &[2, 0], &[3, 0]];
        let found = hard(0, 9, &best).unwrap();
        assert_eq!((found.taken_for, found.wrong, found.asked), (2, 4, 4));
        assert_eq!(hard(1, 5, &best).unwrap().wrong, 2);
        assert_eq!(hard(0, 1, &[&[1]]), None);
    }
}
