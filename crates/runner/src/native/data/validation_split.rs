//! Training rows that a learner holds back to see for itself when it should stop.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;

/// Rows to learn from and rows held back, both ascending.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValidationSplit {
    pub(crate) learned: Vec<usize>,
    pub(crate) held_back: Vec<usize>,
}

/// Holds back the share `fraction` of the rows, rounded up, drawn by `seed`, each class by its share; without a fraction, none.
///
/// # Errors
/// If nothing is left to learn from, or to hold back.
pub(crate) fn split_validation(
    classes: &EncodedLabels,
    fraction: Option<f64>,
    seed: u64,
) -> Result<ValidationSplit, FitError> {
    let n_rows = classes.codes.len();
    let Some(fraction) = fraction else {
        return Ok(ValidationSplit {
            learned: (0..n_rows).collect(),
            held_back: Vec::new(),
        });
    };
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    let wanted = (fraction * n_rows as f64).ceil() as usize;
    if wanted == 0 || wanted >= n_rows {
        return Err(FitError::Data(format!(
            "validation_fraction={fraction} of {n_rows} rows leaves none to hold back or none to learn from"
        )));
    }
    let mut of_class = vec![Vec::new(); classes.n_classes()];
    for (row, place) in classes.codes.iter().enumerate() {
        of_class[usize::from(*place)].push(row);
    }
    // The share of each class rounded down, then one more for those with the largest remainders, the lower class first.
    let mut counts: Vec<usize> = of_class.iter().map(|rows| rows.len() * wanted / n_rows).collect();
    let mut remainders: Vec<usize> = (0..counts.len()).collect();
    remainders.sort_by_key(|place| std::cmp::Reverse(of_class[*place].len() * wanted % n_rows));
    let missing = wanted - counts.iter().sum::<usize>();
    remainders
        .iter()
        .take(missing)
        .for_each(|place| counts[*place] += 1);

    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut split = ValidationSplit {
        learned: Vec::new(),
        held_back: Vec::new(),
    };
    for (rows, count) in of_class.iter_mut().zip(counts) {
        rows.shuffle(&mut random);
        split.held_back.extend(&rows[..count]);
        split.learned.extend(&rows[count..]);
    }
    split.held_back.sort_unstable();
    split.learned.sort_unstable();
    Ok(split)
}

#[cfg(test)]
mod tests {
    use loader::Label;

    use super::*;

    fn classes() -> EncodedLabels {
        let label = |row: usize| Label(u8::from(row.is_multiple_of(4)) + u8::from(row >= 90));
        EncodedLabels::new(&(0..101).map(label).collect::<Vec<_>>())
    }

    #[test]
    fn every_row_is_learned_or_held_back_and_every_class_by_its_share() {
        let classes = classes();
        let split = split_validation(&classes, Some(0.1), 3).unwrap();
        assert_eq!(split.held_back.len(), 11);
        let mut all = [split.learned.clone(), split.held_back.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..101).collect::<Vec<_>>());
        for place in 0..3 {
            let of = |rows: &[usize]| rows.iter().filter(|row| classes.codes[**row] == place).count();
            let (held_back, all) = (of(&split.held_back), of(&(0..101).collect::<Vec<_>>()));
            assert!((held_back as f64 - 11.0 * all as f64 / 101.0).abs() < 1.0);
        }
        assert_ne!(split, split_validation(&classes, Some(0.1), 4).unwrap());
    }

    #[test]
    fn a_share_that_leaves_nothing_is_told() {
        assert!(split_validation(&classes(), Some(0.0), 0).is_err());
        assert!(split_validation(&classes(), Some(0.995), 0).is_err());
        assert_eq!(split_validation(&classes(), None, 0).unwrap().learned.len(), 101);
    }
}
