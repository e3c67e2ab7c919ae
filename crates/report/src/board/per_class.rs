//! Recall, precision and F1 of each class, from how often each true label got each predicted one.

use std::collections::BTreeMap;

use crate::input::labels::Counts;

/// What a fit does on a class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerClass {
    /// The label.
    pub label: u64,
    /// Test rows of the class.
    pub total: u64,
    /// The share of them with a correct prediction; `None` without rows.
    pub recall: Option<f64>,
    /// The share of the rows predicted as the class that are of it; `None` if there are none.
    pub precision: Option<f64>,
    /// The harmonic mean of both, 0 where either is 0; `None` for a class without rows and predictions.
    pub f1: Option<f64>,
}

/// Every class with rows or predictions, by label.
#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of test rows are far below 2^53"
)]
pub fn per_class(counts: &Counts) -> Vec<PerClass> {
    let mut totals: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for ((truth, label), n) in counts {
        totals.entry(*truth).or_default().0 += n;
        totals.entry(*label).or_default().1 += n;
    }
    let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
    let classes = totals.into_iter().map(|(label, (total, predicted))| {
        let correct = counts.get(&(label, label)).copied().unwrap_or(0);
        PerClass {
            label,
            total,
            recall: share(correct, total),
            precision: share(correct, predicted),
            f1: share(2 * correct, total + predicted),
        }
    });
    classes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_a_class_follow_from_the_matrix() {
        // sklearn.metrics.precision_recall_fscore_support([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 0])
        let counts = Counts::from([((0, 0), 2), ((0, 1), 1), ((1, 1), 1), ((1, 0), 1), ((2, 0), 1)]);
        let found = per_class(&counts);
        let figures: Vec<_> = found
            .iter()
            .map(|own| (own.recall, own.precision, own.f1))
            .collect();
        let third = 2.0 / 3.0;
        assert_eq!(figures[0], (Some(third), Some(0.5), Some(4.0 / 7.0)));
        assert_eq!(figures[1], (Some(0.5), Some(0.5), Some(0.5)));
        assert_eq!(figures[2], (Some(0.0), None, Some(0.0)));
    }
}
