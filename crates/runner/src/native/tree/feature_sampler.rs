//! Draws the features of a split without replacement, as scikit-learn does.
//!
//! Features that are constant in the node count as visited, but drawing goes on until one is found that is not.
//! A feature that is constant in a node is constant in its descendants, so it is never read again there.
//! The names of the counters are those of scikit-learn's splitter (`sklearn/tree/_splitter.pyx`).

use rand_xoshiro::Xoshiro256PlusPlus;

use crate::native::data::random::uniform_index;
use crate::native::tree::nodes::to_u32;

/// The features of one tree.
pub(crate) struct FeatureSampler {
    /// A permutation of all features. Those that are known to be constant in the current node come first.
    features: Vec<u32>,
    /// The constant features in the order in which they were found. It restores `features` for the node's sibling.
    constant: Vec<u32>,
}

/// The draws for one node. `features` holds, in this order: drawn known constants, other known constants, constants
/// found here, features not yet drawn, features drawn that vary.
pub(crate) struct NodeDraws<'f> {
    sampler: &'f mut FeatureSampler,
    max_features: usize,
    n_known_constants: usize,
    n_found_constants: usize,
    n_drawn_constants: usize,
    n_visited: usize,
    /// The first of the features that were drawn and vary.
    end: usize,
    /// The position of the feature that was drawn last.
    current: usize,
}

impl FeatureSampler {
    pub(crate) fn new(n_features: usize) -> FeatureSampler {
        FeatureSampler {
            features: (0..to_u32(n_features)).collect(),
            constant: vec![0; n_features],
        }
    }

    /// Starts the draws for a node whose parent has `n_known_constants` constant features.
    pub(crate) fn node(&mut self, n_known_constants: usize, max_features: usize) -> NodeDraws<'_> {
        let end = self.features.len();
        NodeDraws {
            sampler: self,
            max_features,
            n_known_constants,
            n_found_constants: 0,
            n_drawn_constants: 0,
            n_visited: 0,
            end,
            current: 0,
        }
    }
}

impl NodeDraws<'_> {
    /// The next feature to look at. Before the next draw the caller calls [`NodeDraws::mark_constant`] or
    /// [`NodeDraws::mark_varying`].
    pub(crate) fn next(&mut self, random: &mut Xoshiro256PlusPlus) -> Option<usize> {
        let n_constants_seen = |draws: &Self| draws.n_found_constants + draws.n_drawn_constants;
        while self.end > self.n_known_constants + self.n_found_constants
            && (self.n_visited < self.max_features || self.n_visited <= n_constants_seen(self))
        {
            self.n_visited += 1;
            let n_left = self.end - self.n_found_constants - self.n_drawn_constants;
            let position = uniform_index(random, n_left) + self.n_drawn_constants;
            if position < self.n_known_constants {
                self.sampler.features.swap(self.n_drawn_constants, position);
                self.n_drawn_constants += 1;
                continue;
            }
            self.current = position + self.n_found_constants;
            return Some(self.sampler.features[self.current] as usize);
        }
        None
    }

    /// The last drawn feature has one value in the node.
    pub(crate) fn mark_constant(&mut self) {
        let first_unknown = self.n_known_constants + self.n_found_constants;
        self.sampler.features.swap(self.current, first_unknown);
        self.n_found_constants += 1;
    }

    /// The last drawn feature has several values in the node.
    pub(crate) fn mark_varying(&mut self) {
        self.end -= 1;
        self.sampler.features.swap(self.end, self.current);
    }

    /// The number of features that are now known to be constant in the node.
    pub(crate) fn finish(self) -> usize {
        let known = ..self.n_known_constants;
        let found = self.n_known_constants..self.n_known_constants + self.n_found_constants;
        // The sibling needs the constants of the parent in their old order, followed by those found here.
        self.sampler.features[known].copy_from_slice(&self.sampler.constant[known]);
        self.sampler.constant[found.clone()].copy_from_slice(&self.sampler.features[found]);
        self.n_known_constants + self.n_found_constants
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;

    /// Draws for a node in which the features above 5 vary. Returns those drawn that vary, and the number of constants.
    fn drawn(
        features: &mut FeatureSampler,
        n_known: usize,
        max_features: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> (Vec<usize>, usize) {
        let mut varying = Vec::new();
        let mut draws = features.node(n_known, max_features);
        while let Some(feature) = draws.next(random) {
            if feature > 5 {
                draws.mark_varying();
                varying.push(feature);
            } else {
                draws.mark_constant();
            }
        }
        (varying, draws.finish())
    }

    #[test]
    fn each_feature_is_drawn_once_and_known_constants_never_again() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut features = FeatureSampler::new(10);
        let (mut varying, n_constant) = drawn(&mut features, 0, 10, &mut random);
        varying.sort_unstable();
        assert_eq!((varying, n_constant), (vec![6, 7, 8, 9], 6));
        let (mut varying, n_constant) = drawn(&mut features, 6, 10, &mut random);
        varying.sort_unstable();
        assert_eq!((varying, n_constant), (vec![6, 7, 8, 9], 6));
    }

    #[test]
    fn constants_count_as_visited_but_one_varying_feature_is_always_found() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
        let mut sizes = BTreeSet::new();
        for _ in 0..200 {
            let mut features = FeatureSampler::new(10);
            let (varying, n_constant) = drawn(&mut features, 0, 3, &mut random);
            assert!(!varying.is_empty() && varying.len() <= 3);
            assert!(varying.len() + n_constant == 3 || varying.len() == 1);
            sizes.insert(varying.len());
        }
        assert_eq!(sizes, BTreeSet::from([1, 2, 3]));
    }
}
