//! The nodes of a binary tree on bytes or floats: a row goes in, the index of its leaf comes out.

use std::hint::select_unpredictable;

use crate::estimator::stored_rows::StoredValue;

/// Nodes in depth-first order. What a leaf holds is stored elsewhere, by its index.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TreeNodes<T> {
    nodes: Vec<Node<T>>,
    n_leaves: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Node<T> {
    /// Rows with `value <= threshold` at `feature` go to the next node, others to the node `right`.
    Split { feature: u32, threshold: T, right: u32 },
    /// The index of a leaf.
    Leaf(u32),
}

impl<T: StoredValue> TreeNodes<T> {
    /// A tree without nodes.
    pub(crate) fn new() -> TreeNodes<T> {
        TreeNodes {
            nodes: Vec::new(),
            n_leaves: 0,
        }
    }

    /// Adds a split and returns its node index. The next node is its left child.
    pub(crate) fn push_split(&mut self, feature: usize, threshold: T) -> usize {
        self.nodes.push(Node::Split {
            feature: to_u32(feature),
            threshold,
            right: 0,
        });
        self.nodes.len() - 1
    }

    /// Makes the node that is added next the right child of this split.
    pub(crate) fn set_right_child(&mut self, split: usize) {
        let next = to_u32(self.nodes.len());
        if let Node::Split { right, .. } = &mut self.nodes[split] {
            *right = next;
        }
    }

    /// Adds a leaf. Leaves are counted from 0.
    pub(crate) fn push_leaf(&mut self) {
        self.nodes.push(Node::Leaf(self.n_leaves));
        self.n_leaves += 1;
    }

    /// The index of the leaf that a row falls into.
    pub(crate) fn leaf_of(&self, row: &[T]) -> usize {
        let mut node = 0;
        loop {
            match self.nodes[node] {
                Node::Leaf(leaf) => return leaf as usize,
                Node::Split {
                    feature,
                    threshold,
                    right,
                } => {
                    node = if row[feature as usize] <= threshold {
                        node + 1
                    } else {
                        right as usize
                    }
                }
            }
        }
    }

    /// The leaves of several rows, as [`TreeNodes::leaf_of`] finds them. The rows go down together: each step of a row waits for the one
    /// before it, and meanwhile the others go on.
    pub(crate) fn leaves_of<const N: usize>(&self, rows: [&[T]; N]) -> [usize; N] {
        let mut nodes = [0; N];
        loop {
            let mut n_leaves = 0;
            for (node, row) in nodes.iter_mut().zip(rows) {
                match self.nodes[*node] {
                    Node::Leaf(_) => n_leaves += 1,
                    Node::Split {
                        feature,
                        threshold,
                        right,
                    } => {
                        let is_left = row[feature as usize] <= threshold;
                        *node = select_unpredictable(is_left, *node + 1, right as usize);
                    }
                }
            }
            if n_leaves == N {
                break;
            }
        }
        nodes.map(|node| match self.nodes[node] {
            Node::Leaf(leaf) => leaf as usize,
            Node::Split { .. } => unreachable!("every row has gone down to a leaf"),
        })
    }
}

/// A row, feature or node index as `u32`.
pub(crate) fn to_u32(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 rows, features and nodes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_go_down_together_reach_the_leaves_of_each_alone() {
        // A split on the right of every split, so that leaves lie at depths 1 to 6.
        let mut tree = TreeNodes::new();
        for depth in 0..6u8 {
            let split = tree.push_split(usize::from(depth % 2), 10 * depth);
            tree.push_leaf();
            tree.set_right_child(split);
        }
        tree.push_leaf();
        let rows: Vec<[u8; 2]> = (0..64).map(|i| [i, 63 - i]).collect();
        for together in rows.as_chunks::<8>().0 {
            let leaves = tree.leaves_of(together.each_ref().map(<[u8; 2]>::as_slice));
            assert_eq!(leaves, together.map(|row| tree.leaf_of(&row)));
        }
        assert_eq!(tree.leaves_of([&[255, 255][..], &[0, 0]]), [6, 0]);
    }
}
