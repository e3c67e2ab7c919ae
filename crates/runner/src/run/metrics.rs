//! Metrics of predicted labels.

use loader::Label;

/// Share of correct labels; 0 without rows.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
pub fn accuracy(truth: &[Label], predicted: &[Label]) -> f64 {
    let right = truth
        .iter()
        .zip(predicted)
        .filter(|(truth, predicted)| truth == predicted)
        .count();
    right as f64 / truth.len().max(1) as f64
}

/// Unweighted mean of F1 over the classes that occur in either list, as scikit-learn's `f1_score(average="macro")`.
///
/// F1 is the harmonic mean of precision and recall; it is 0 for a class without a correct label.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
pub fn macro_f1(truth: &[Label], predicted: &[Label], n_classes: usize) -> f64 {
    let mut right = vec![0usize; n_classes];
    let mut named = vec![0usize; n_classes];
    for (truth, predicted) in truth.iter().zip(predicted) {
        named[truth.index()] += 1;
        named[predicted.index()] += 1;
        right[truth.index()] += usize::from(truth == predicted);
    }
    let scores: Vec<f64> = (0..n_classes)
        .filter(|class| named[*class] > 0)
        .map(|class| 2.0 * right[class] as f64 / named[class] as f64)
        .collect();
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}

/// A warning if the accuracy does not exceed the share of the majority class of the test rows by two standard deviations of
/// that share.
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
pub fn majority_share_warning(truth: &[Label], accuracy: f64) -> Option<String> {
    let mut counts = [0usize; 256];
    for label in truth {
        counts[label.index()] += 1;
    }
    let rows = truth.len().max(1) as f64;
    let chance = counts.into_iter().max().unwrap_or(0) as f64 / rows;
    let bound = chance + 2.0 * (chance * (1.0 - chance) / rows).sqrt();
    (accuracy <= bound).then(|| {
        format!(
            "accuracy is not more than two standard deviations above the share of the majority class, {chance:.4}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<Label> {
        text.bytes().map(|byte| Label(byte - b'0')).collect()
    }

    #[test]
    fn metrics_equal_those_of_scikit_learn() {
        // from sklearn.metrics import accuracy_score, f1_score; t = [0,1,2,2,1,0]; p = [0,2,2,2,1,1]
        // accuracy_score(t, p) = 0.6666…, f1_score(t, p, average="macro") = 0.6555…
        let (truth, predicted) = (labels("012210"), labels("022211"));
        assert!((accuracy(&truth, &predicted) - 2.0 / 3.0).abs() < 1e-12);
        assert!((macro_f1(&truth, &predicted, 3) - 0.655_555_555_555_555_6).abs() < 1e-12);
    }

    #[test]
    fn classes_that_do_not_occur_are_ignored() {
        assert!((macro_f1(&labels("01"), &labels("01"), 10) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_constant_prediction_is_no_better_than_chance() {
        let truth = labels(&"0123456789".repeat(100));
        assert!(majority_share_warning(&truth, 0.1).is_some());
        assert!(majority_share_warning(&truth, 0.5).is_none());
    }
}
