//! The nodes of a binary tree on bytes or floats: a row goes in, the index of its leaf comes out.

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
}

/// A row, feature or node index as `u32`.
pub(crate) fn to_u32(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 rows, features and nodes")
}
