//! The vote of the nearest training rows.

use loader::Label;

use crate::estimator::error::FitError;

/// The weight of a neighbor's vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// 1 for every neighbor.
    #[default]
    Uniform,
    /// `1 / distance`. If some neighbors have distance 0, each of them votes with weight 1 and the others do not vote.
    Distance,
}

/// Checks that there are at least `n_neighbors` training rows.
///
/// # Errors
/// [`FitError::Data`] otherwise.
pub(crate) fn check_n_neighbors(n_neighbors: usize, n_rows: usize) -> Result<(), FitError> {
    if n_neighbors > n_rows {
        return Err(FitError::Data(format!(
            "n_neighbors is {n_neighbors}, but the number of training rows is {n_rows}"
        )));
    }
    Ok(())
}

/// The label with the largest sum of weights among neighbors given as (distance, label). Ties go to the lower label.
pub(crate) fn vote(neighbors: &[(f64, Label)], weights: Weights) -> Label {
    let has_exact_match = neighbors.iter().any(|(distance, _)| *distance == 0.0);
    let mut votes = [0.0f64; 256];
    for (distance, label) in neighbors {
        votes[label.index()] += match weights {
            Weights::Uniform => 1.0,
            Weights::Distance if has_exact_match => f64::from(*distance == 0.0),
            Weights::Distance => distance.recip(),
        };
    }
    let mut best = 0;
    for label in 1..=u8::MAX {
        if votes[usize::from(label)] > votes[usize::from(best)] {
            best = label;
        }
    }
    Label(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_lower_label() {
        assert_eq!(
            vote(&[(1.0, Label(7)), (1.0, Label(2))], Weights::Uniform),
            Label(2)
        );
    }

    #[test]
    fn distance_weights_prefer_nearer_rows() {
        let neighbors = [(1.0, Label(5)), (3.0, Label(1)), (4.0, Label(1))];
        assert_eq!(vote(&neighbors, Weights::Uniform), Label(1));
        assert_eq!(vote(&neighbors, Weights::Distance), Label(5));
    }

    #[test]
    fn a_neighbor_at_distance_zero_outvotes_all_others() {
        let neighbors = [(0.0, Label(9)), (1e-9, Label(1)), (1e-9, Label(1))];
        assert_eq!(vote(&neighbors, Weights::Distance), Label(9));
    }
}
