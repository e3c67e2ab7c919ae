//! Recall of each class of a dataset, and the classes that are confused most often, from the predictions of one fit.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::input::labels::Counts;

/// What one fit does on each class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByClass {
    /// The repeat of the fit.
    pub repeat: u32,
    /// The classes with test rows, by label.
    pub classes: Vec<ClassRecall>,
    /// The two classes that are confused most often; `None` if every prediction is correct.
    pub most_confused: Option<Confused>,
    /// Where class names were searched for, if there are none.
    #[serde(skip)]
    pub names_sought: Option<String>,
}

/// The class names of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassNames {
    /// The names in the order of the labels.
    pub names: Vec<String>,
    /// Where they were searched for, if that is to be said because there are none.
    pub sought: Option<String>,
}

/// The test rows of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassRecall {
    /// Its name, or its label.
    pub class: String,
    /// Rows with a correct prediction.
    pub correct: u64,
    /// All its test rows.
    pub total: u64,
}

/// Rows of a class that got another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confused {
    /// The true class.
    pub class: String,
    /// The predicted class.
    pub taken_for: String,
    /// Rows of the true class that got the predicted one.
    pub count: u64,
    /// All test rows of the true class.
    pub total: u64,
}

impl ByClass {
    /// The recall of each class from how often each true label got each predicted one. A class without a name is called by its
    /// label.
    pub(super) fn of(counts: &Counts, repeat: u32, known: &ClassNames) -> Self {
        let names = &known.names;
        let name = |label: u64| {
            let at = usize::try_from(label).ok();
            let name = at.and_then(|at| names.get(at)).filter(|name| !name.is_empty());
            name.map_or_else(|| label.to_string(), String::clone)
        };
        let mut totals: BTreeMap<u64, u64> = BTreeMap::new();
        for ((class, _), count) in counts {
            *totals.entry(*class).or_default() += count;
        }
        let classes = totals.iter().map(|(class, total)| ClassRecall {
            class: name(*class),
            correct: counts.get(&(*class, *class)).copied().unwrap_or(0),
            total: *total,
        });
        let wrong = counts.iter().filter(|((class, taken_for), _)| class != taken_for);
        // Of equally frequent ones the first: `max_by_key` takes the last.
        let most = wrong.rev().max_by_key(|(_, count)| **count);
        Self {
            repeat,
            classes: classes.collect(),
            most_confused: most.map(|((class, taken_for), count)| Confused {
                class: name(*class),
                taken_for: name(*taken_for),
                count: *count,
                total: totals[class],
            }),
            names_sought: known.sought.clone(),
        }
    }

    /// At most this many classes are all shown.
    pub const ALL: usize = 12;

    /// Of more classes, this many are shown.
    pub const WORST: usize = 5;

    /// The classes to show: all in the order of their labels, or of many the worst, the lowest recall first.
    pub fn shown(&self) -> Vec<&ClassRecall> {
        let mut classes: Vec<&ClassRecall> = self.classes.iter().collect();
        if self.is_cut() {
            classes.sort_by(|a, b| a.recall().total_cmp(&b.recall()));
            classes.truncate(Self::WORST);
        }
        classes
    }

    /// Whether only the worst classes are shown.
    pub fn is_cut(&self) -> bool {
        self.classes.len() > Self::ALL
    }
}

impl ClassRecall {
    /// The share of its rows with a correct prediction.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the quotient is shown with four decimals"
    )]
    pub fn recall(&self) -> f64 {
        self.correct as f64 / self.total as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_class(pairs: impl IntoIterator<Item = (u64, u64)>, names: &[String]) -> ByClass {
        let mut counts = Counts::new();
        for pair in pairs {
            *counts.entry(pair).or_default() += 1;
        }
        let names = ClassNames {
            names: names.to_vec(),
            sought: None,
        };
        ByClass::of(&counts, 0, &names)
    }

    #[test]
    fn recall_is_by_true_class_and_the_most_frequent_confusion_is_named() {
        let pairs = [(0, 0), (0, 1), (0, 1), (2, 2), (2, 0), (2, 0), (2, 5)];
        let found = by_class(pairs, &["cat".to_owned(), "dog".to_owned()]);
        let classes: Vec<_> = found
            .classes
            .iter()
            .map(|of| (of.class.as_str(), of.correct, of.total))
            .collect();
        assert_eq!(classes, [("cat", 1, 3), ("2", 1, 4)]);
        let most = found.most_confused.unwrap();
        assert_eq!(
            (
                most.class.as_str(),
                most.taken_for.as_str(),
                most.count,
                most.total
            ),
            ("cat", "dog", 2, 3)
        );
        assert_eq!(by_class([(1, 1)], &[]).most_confused, None);
    }

    #[test]
    fn of_many_classes_the_worst_are_shown() {
        let few = by_class((0..12).map(|at| (at, 0)), &[]);
        assert_eq!((few.shown().len(), few.is_cut()), (12, false));
        let pairs =
            (0..20).flat_map(|class| (0..20).map(move |at| (class, if at < class { class } else { 0 })));
        let many = by_class(pairs, &[]);
        let shown: Vec<&str> = many.shown().iter().map(|of| of.class.as_str()).collect();
        assert_eq!(shown, ["1", "2", "3", "4", "5"]);
    }
}
