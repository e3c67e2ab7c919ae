//! Sum, mean and variance of every feature, by class and over all rows.
//!
//! The order of the rows does not change a result: sums of bytes are exact, and floats are summed in sorted order.

use rayon::prelude::*;

use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::Samples;
use crate::estimator::stored_rows::{StoredRows, StoredValue};
use crate::native::data::class_sums::{ClassSums, class_sums};
use crate::native::data::row_order::sort_rows;

/// The moments of some rows. Their unit is a byte for rows that are stored as bytes.
pub(crate) struct FeatureMoments {
    /// Number of rows.
    pub(crate) n_rows: f64,
    /// Sum of every feature.
    pub(crate) sums: Vec<f64>,
    /// Mean of every feature.
    pub(crate) means: Vec<f64>,
    /// Population variance of every feature, exactly 0 for a constant one.
    pub(crate) variances: Vec<f64>,
}

/// The moments of each class in ascending order of labels, and of all rows.
pub(crate) struct MomentsByClass {
    pub(crate) classes: Vec<FeatureMoments>,
    pub(crate) all: FeatureMoments,
}

impl MomentsByClass {
    /// The moments of rows stored as bytes or `f32`.
    pub(crate) fn of(samples: &Samples, classes: &EncodedLabels) -> MomentsByClass {
        if let Some((images, _)) = samples.as_bytes() {
            let sums = class_sums(images.pixels(), &classes.codes, classes.n_classes());
            let all = sums.iter().skip(1).fold(sums[0].clone(), ClassSums::and);
            return MomentsByClass {
                classes: sums.iter().map(FeatureMoments::of_bytes).collect(),
                all: FeatureMoments::of_bytes(&all),
            };
        }
        let rows = f32::rows(samples);
        let mut order: Vec<usize> = (0..rows.n_rows()).collect();
        sort_rows(&mut order, rows);
        let of_class = |class: usize| {
            let is_own = |row: &&usize| usize::from(classes.codes[**row]) == class;
            let own: Vec<usize> = order.iter().filter(is_own).copied().collect();
            FeatureMoments::of_floats(rows, &own)
        };
        let (classes, all) = rayon::join(
            || (0..classes.n_classes()).into_par_iter().map(of_class).collect(),
            || FeatureMoments::of_floats(rows, &order),
        );
        MomentsByClass { classes, all }
    }
}

impl FeatureMoments {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts and sums of bytes are below 2^53"
    )]
    fn of_bytes(sums: &ClassSums) -> FeatureMoments {
        FeatureMoments {
            n_rows: sums.n_rows as f64,
            sums: sums.sums.iter().map(|sum| *sum as f64).collect(),
            means: sums.means(),
            variances: sums.variances(),
        }
    }

    /// In two passes over the rows in this order: the mean, then the squared distances from it.
    #[expect(clippy::cast_precision_loss, reason = "row counts are below 2^53")]
    fn of_floats(rows: StoredRows<'_, f32>, order: &[usize]) -> FeatureMoments {
        let n_rows = order.len() as f64;
        let mut sums = vec![0.0; rows.n_features()];
        let first = rows.row(order[0]);
        let mut is_constant = vec![true; sums.len()];
        for row in order {
            let features = sums
                .iter_mut()
                .zip(&mut is_constant)
                .zip(rows.row(*row))
                .zip(first);
            for (((sum, is_constant), value), first) in features {
                *sum += f64::from(*value);
                *is_constant &= value == first;
            }
        }
        let mut means: Vec<f64> = sums.iter().map(|sum| sum / n_rows).collect();
        for ((mean, first), is_constant) in means.iter_mut().zip(first).zip(&is_constant) {
            if *is_constant {
                // The quotient may differ from a constant by a rounding error, and its variance from 0.
                *mean = f64::from(*first);
            }
        }
        let mut variances = vec![0.0; means.len()];
        for row in order {
            let features = variances.iter_mut().zip(rows.row(*row)).zip(&means);
            features.for_each(|((sum, value), mean)| *sum += (f64::from(*value) - mean).powi(2));
        }
        variances.iter_mut().for_each(|sum| *sum /= n_rows);
        FeatureMoments {
            n_rows,
            sums,
            means,
            variances,
        }
    }
}

#[cfg(test)]
mod tests {
    use loader::Label;
    use ndarray::array;

    use super::*;

    #[test]
    fn moments_of_floats_are_those_of_the_formula_in_any_order() {
        let rows = array![[0.5f32, 0.1], [1.5, 0.1], [-4.0, 0.1], [2.5, 0.1]];
        let labels = [1, 1, 0, 1].map(Label);
        let moments = MomentsByClass::of(&Samples::from_f32(rows), &EncodedLabels::new(&labels));
        let own = &moments.classes[1];
        assert_eq!((own.n_rows, own.sums[0], own.means[0]), (3.0, 4.5, 1.5));
        assert!((own.variances[0] - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(
            (moments.all.means[0], moments.all.variances[0]),
            (0.125, 6.171_875)
        );
        // 0.1 is no sum of powers of two.
        assert_eq!((own.means[1], own.variances[1]), (f64::from(0.1f32), 0.0));
        let other = array![[2.5f32, 0.1], [-4.0, 0.1], [1.5, 0.1], [0.5, 0.1]];
        let labels = [1, 0, 1, 1].map(Label);
        let other = MomentsByClass::of(&Samples::from_f32(other), &EncodedLabels::new(&labels));
        assert_eq!(other.classes[1].sums, own.sums);
        assert_eq!(other.classes[1].variances, own.variances);
        assert_eq!(other.all.variances, moments.all.variances);
    }
}
