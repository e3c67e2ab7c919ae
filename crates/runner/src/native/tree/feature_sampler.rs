//! Drawing features for a node as scikit-learn draws them: without replacement; those that are constant in the node count as looked at, and
//! the draw goes on until one that is not has been seen.

use rand_xoshiro::Xoshiro256PlusPlus;

use crate::native::data::random::uniform_index;

/// All features of a tree. Those that are known to be constant in the node at hand come first.
pub(crate) struct Features {
    list: Vec<u32>,
    /// The constant ones in the order in which they were found, for the siblings of a node.
    constant: Vec<u32>,
}

/// The draw of one node.
pub(crate) struct Draw<'f> {
    features: &'f mut Features,
    most: usize,
    n_known: usize,
    n_found: usize,
    n_drawn: usize,
    n_looked_at: usize,
    /// Features from here on were drawn and vary.
    end: usize,
    /// Where the feature lies that was drawn last.
    at: usize,
}

impl Features {
    pub(crate) fn new(n_features: usize) -> Features {
        let n = u32::try_from(n_features).expect("fewer than 2^32 features");
        Features {
            list: (0..n).collect(),
            constant: vec![0; n_features],
        }
    }

    /// Starts to draw up to `most` for a node in whose parent so many were constant.
    pub(crate) fn draw(&mut self, n_known: usize, most: usize) -> Draw<'_> {
        let end = self.list.len();
        Draw {
            features: self,
            most,
            n_known,
            n_found: 0,
            n_drawn: 0,
            n_looked_at: 0,
            end,
            at: 0,
        }
    }
}

impl Draw<'_> {
    /// Another feature. Whoever takes it says next whether it varies in the node.
    pub(crate) fn next(&mut self, random: &mut Xoshiro256PlusPlus) -> Option<usize> {
        let n_drawn_constant = |draw: &Self| draw.n_found + draw.n_drawn;
        while self.end > self.n_known + self.n_found
            && (self.n_looked_at < self.most || self.n_looked_at <= n_drawn_constant(self))
        {
            self.n_looked_at += 1;
            let place = uniform_index(random, self.end - self.n_found - self.n_drawn) + self.n_drawn;
            if place < self.n_known {
                self.features.list.swap(self.n_drawn, place);
                self.n_drawn += 1;
                continue;
            }
            self.at = place + self.n_found;
            return Some(self.features.list[self.at] as usize);
        }
        None
    }

    /// The feature that was drawn last has one value in the node.
    pub(crate) fn is_constant(&mut self) {
        self.features.list.swap(self.at, self.n_known + self.n_found);
        self.n_found += 1;
    }

    /// It has several.
    pub(crate) fn varies(&mut self) {
        self.end -= 1;
        self.features.list.swap(self.end, self.at);
    }

    /// How many features are known to be constant in the node, and so in its children.
    pub(crate) fn finish(self) -> usize {
        let known = ..self.n_known;
        let found = self.n_known..self.n_known + self.n_found;
        // The constant features of the parent keep their order for the sibling, those found here follow.
        self.features.list[known].copy_from_slice(&self.features.constant[known]);
        self.features.constant[found.clone()].copy_from_slice(&self.features.list[found]);
        self.n_known + self.n_found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;

    /// Draws for a node in which the features above 5 vary; those that vary, and how many are constant.
    fn drawn(
        features: &mut Features,
        n_known: usize,
        most: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> (Vec<usize>, usize) {
        let mut varying = Vec::new();
        let mut draw = features.draw(n_known, most);
        while let Some(feature) = draw.next(random) {
            if feature > 5 {
                draw.varies();
                varying.push(feature);
            } else {
                draw.is_constant();
            }
        }
        (varying, draw.finish())
    }

    #[test]
    fn each_feature_comes_once_and_known_constants_never_again() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut features = Features::new(10);
        let (mut varying, n_constant) = drawn(&mut features, 0, 10, &mut random);
        varying.sort_unstable();
        assert_eq!((varying, n_constant), (vec![6, 7, 8, 9], 6));
        let (mut varying, n_constant) = drawn(&mut features, 6, 10, &mut random);
        varying.sort_unstable();
        assert_eq!((varying, n_constant), (vec![6, 7, 8, 9], 6));
    }

    #[test]
    fn constants_count_as_looked_at_but_one_that_varies_is_always_found() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
        let mut sizes = BTreeSet::new();
        for _ in 0..200 {
            let mut features = Features::new(10);
            let (varying, n_constant) = drawn(&mut features, 0, 3, &mut random);
            assert!(!varying.is_empty() && varying.len() <= 3);
            assert!(varying.len() + n_constant == 3 || varying.len() == 1);
            sizes.insert(varying.len());
        }
        assert_eq!(sizes, BTreeSet::from([1, 2, 3]));
    }
}
