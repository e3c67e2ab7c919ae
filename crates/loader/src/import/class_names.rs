//! Class names as they are met, and their order in the dataset.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::source::labels_file::MOST_CLASSES;

/// Distinct class names, in the order in which they were met.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassNames {
    names: Vec<String>,
    indexes: HashMap<String, u16>,
}

/// There are more classes than a label can state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl ClassNames {
    /// The index of a name, which is new if it was not met before.
    pub(super) fn index(&mut self, name: &str) -> Result<u16, TooMany> {
        if let Some(&index) = self.indexes.get(name) {
            return Ok(index);
        }
        let index = u16::try_from(self.names.len()).map_err(|_| TooMany)?;
        if self.names.len() == MOST_CLASSES {
            return Err(TooMany);
        }
        self.names.push(name.to_owned());
        self.indexes.insert(name.to_owned(), index);
        Ok(index)
    }

    /// The names in the order of the labels, and the label of each index.
    ///
    /// Whole numbers come first, in the order of their values; then all other names by their bytes.
    pub(super) fn sorted(self) -> (Vec<String>, Vec<u8>) {
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by(|&a, &b| compare(&self.names[a], &self.names[b]));
        let mut labels = vec![0; order.len()];
        for (label, &index) in (0..=u8::MAX).zip(&order) {
            labels[index] = label;
        }
        let names = order.iter().map(|&index| self.names[index].clone()).collect();
        (names, labels)
    }
}

/// The order of class names.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    match (a.parse::<i128>(), b.parse::<i128>()) {
        (Ok(x), Ok(y)) => x.cmp(&y).then_with(|| a.cmp(b)),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_value_and_words_by_bytes() {
        let mut names = ClassNames::default();
        let met: Vec<u16> = ["10", "b", "9", "-1", "a", "9"]
            .map(|name| names.index(name).unwrap())
            .to_vec();
        assert_eq!(met, [0, 1, 2, 3, 4, 2]);
        let (names, labels) = names.sorted();
        assert_eq!(names, ["-1", "9", "10", "a", "b"]);
        assert_eq!(labels, [2, 4, 1, 0, 3]);
    }

    #[test]
    fn there_are_at_most_256_classes() {
        let mut names = ClassNames::default();
        for i in 0..256 {
            assert_eq!(names.index(&i.to_string()), Ok(i));
        }
        assert_eq!(names.index("256"), Err(TooMany));
        assert_eq!(names.index("255"), Ok(255));
        assert_eq!(names.sorted().1[255], 255);
    }
}
