//! The vote of the nearest training rows.

use loader::Label;

use crate::estimator::error::FitError;

/// How much a neighbour's vote counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// 1 for every neighbour.
    #[default]
    Uniform,
    /// `1 / distance`; neighbours at distance 0 share the whole vote.
    Distance,
}

/// Why there are not so many neighbours, if there are not.
pub(crate) fn check_rows(n_neighbors: usize, n_rows: usize) -> Result<(), FitError> {
    if n_neighbors > n_rows {
        return Err(FitError::Data(format!(
            "n_neighbors={n_neighbors} of only {n_rows} training rows"
        )));
    }
    Ok(())
}

/// The label with most weight among neighbours given as (distance, label).
pub(crate) fn elect(neighbours: &[(f64, Label)], weights: Weights) -> Label {
    let exact = neighbours.iter().any(|(distance, _)| *distance == 0.0);
    let mut votes = [0.0f64; 256];
    for (distance, label) in neighbours {
        votes[label.index()] += match weights {
            Weights::Uniform => 1.0,
            Weights::Distance if exact => f64::from(*distance == 0.0),
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
    fn votes_of_equal_weight_go_to_the_lower_label() {
        assert_eq!(
            elect(&[(1.0, Label(7)), (1.0, Label(2))], Weights::Uniform),
            Label(2)
        );
    }

    #[test]
    fn distance_weights_prefer_the_nearer() {
        let neighbours = [(1.0, Label(5)), (3.0, Label(1)), (4.0, Label(1))];
        assert_eq!(elect(&neighbours, Weights::Uniform), Label(1));
        assert_eq!(elect(&neighbours, Weights::Distance), Label(5));
    }

    #[test]
    fn a_neighbour_at_distance_zero_takes_all_the_weight() {
        let neighbours = [(0.0, Label(9)), (1e-9, Label(1)), (1e-9, Label(1))];
        assert_eq!(elect(&neighbours, Weights::Distance), Label(9));
    }
}
