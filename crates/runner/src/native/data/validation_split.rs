//! Stratified split of the training rows into a training and a validation part, for early stopping.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;

/// Row numbers of both parts, ascending.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValidationSplit {
    /// Rows that the learner trains on.
    pub(crate) train: Vec<usize>,
    /// Rows that decide when to stop.
    pub(crate) validation: Vec<usize>,
}

/// Draws the share `fraction` of the rows, rounded up, as validation part, stratified by class. Without a fraction the part is empty.
///
/// # Errors
/// If one of the parts would be empty.
pub(crate) fn split_validation(
    classes: &EncodedLabels,
    fraction: Option<f64>,
    seed: u64,
) -> Result<ValidationSplit, FitError> {
    let n_rows = classes.codes.len();
    let Some(fraction) = fraction else {
        return Ok(ValidationSplit {
            train: (0..n_rows).collect(),
            validation: Vec::new(),
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
            "validation_fraction={fraction} leaves no training or no validation rows of {n_rows} rows"
        )));
    }
    let mut of_class = vec![Vec::new(); classes.n_classes()];
    for (row, code) in classes.codes.iter().enumerate() {
        of_class[usize::from(*code)].push(row);
    }
    // Largest remainder method: round the share of each class down, then give the missing rows to the largest remainders. Equal
    // remainders: the lower class first.
    let mut counts: Vec<usize> = of_class.iter().map(|rows| rows.len() * wanted / n_rows).collect();
    let mut remainders: Vec<usize> = (0..counts.len()).collect();
    remainders.sort_by_key(|code| std::cmp::Reverse(of_class[*code].len() * wanted % n_rows));
    let missing = wanted - counts.iter().sum::<usize>();
    remainders
        .iter()
        .take(missing)
        .for_each(|code| counts[*code] += 1);

    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut split = ValidationSplit {
        train: Vec::new(),
        validation: Vec::new(),
    };
    for (rows, count) in of_class.iter_mut().zip(counts) {
        rows.shuffle(&mut random);
        split.validation.extend(&rows[..count]);
        split.train.extend(&rows[count..]);
    }
    split.validation.sort_unstable();
    split.train.sort_unstable();
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
    fn every_row_is_in_one_part_and_every_class_by_its_share() {
        let classes = classes();
        let split = split_validation(&classes, Some(0.1), 3).unwrap();
        assert_eq!(split.validation.len(), 11);
        let mut all = [split.train.clone(), split.validation.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..101).collect::<Vec<_>>());
        for code in 0..3 {
            let of = |rows: &[usize]| rows.iter().filter(|row| classes.codes[**row] == code).count();
            let (validation, all) = (of(&split.validation), of(&(0..101).collect::<Vec<_>>()));
            assert!((validation as f64 - 11.0 * all as f64 / 101.0).abs() < 1.0);
        }
        assert_ne!(split, split_validation(&classes, Some(0.1), 4).unwrap());
    }

    #[test]
    fn a_share_that_leaves_no_rows_is_an_error() {
        assert!(split_validation(&classes(), Some(0.0), 0).is_err());
        assert!(split_validation(&classes(), Some(0.995), 0).is_err());
        assert_eq!(split_validation(&classes(), None, 0).unwrap().train.len(), 101);
    }
}
