//! `Part`: a smaller model that a larger one contains.

use loader::Label;

use crate::estimator::error::FitError;
use crate::estimator::neighbor_vote::Weights;

/// A smaller model within a larger one: what the same fit, with smaller settings, would have trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// So many trees, or rounds of trees, from the first on.
    Trees(usize),
    /// The vote of so many neighbors.
    Neighbors {
        /// Number of neighbors.
        n_neighbors: usize,
        /// The weight of each vote.
        weights: Weights,
    },
}

impl Part {
    /// Of two parts, the larger one contains the other.
    pub(crate) fn size(self) -> usize {
        match self {
            Part::Trees(n) => n,
            Part::Neighbors { n_neighbors, .. } => n_neighbors,
        }
    }

    /// The number of trees.
    ///
    /// # Errors
    /// It is a part of another kind of model.
    fn trees(self) -> Result<usize, FitError> {
        match self {
            Part::Trees(n) => Ok(n),
            Part::Neighbors { .. } => Err(FitError::Setting("trees have no part of neighbors".into())),
        }
    }
}

/// The labels of each part of a model of trees, in the order of the parts. `predict` gets the numbers of their trees, ascending.
///
/// # Errors
/// A part of another kind of model.
pub(crate) fn in_order_of_trees(
    parts: &[Part],
    mut predict: impl FnMut(usize) -> Vec<Label>,
) -> Result<Vec<Vec<Label>>, FitError> {
    let n_trees: Vec<usize> = parts.iter().map(|part| part.trees()).collect::<Result<_, _>>()?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| n_trees[*at]);
    let mut labels = vec![Vec::new(); parts.len()];
    for at in order {
        labels[at] = predict(n_trees[at]);
    }
    Ok(labels)
}
