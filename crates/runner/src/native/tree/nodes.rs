//! The splits of a grown tree, whatever its leaves hold: a row in, the number of its leaf out.

/// Nodes in depth-first order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TreeNodes {
    nodes: Vec<Node>,
    n_leaves: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Node {
    /// Rows with `byte <= below` at `feature` go to the node behind this one, others to `right`.
    Split { feature: u32, below: u8, right: u32 },
    /// The number of a leaf.
    Leaf(u32),
}

impl TreeNodes {
    /// Adds a split, whose left child comes next; the place to name its right child by.
    pub(crate) fn split(&mut self, feature: usize, below: u8) -> usize {
        self.nodes.push(Node::Split {
            feature: index(feature),
            below,
            right: 0,
        });
        self.nodes.len() - 1
    }

    /// What comes next is the right child of this split.
    pub(crate) fn right_child_of(&mut self, split: usize) {
        let at = index(self.nodes.len());
        if let Node::Split { right, .. } = &mut self.nodes[split] {
            *right = at;
        }
    }

    /// Adds a leaf; its number, counted from 0.
    pub(crate) fn leaf(&mut self) -> usize {
        self.nodes.push(Node::Leaf(self.n_leaves));
        self.n_leaves += 1;
        self.n_leaves as usize - 1
    }

    /// The number of the row's leaf.
    pub(crate) fn leaf_of(&self, row: &[u8]) -> usize {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf(leaf) => return leaf as usize,
                Node::Split {
                    feature,
                    below,
                    right,
                } => {
                    at = if row[feature as usize] <= below {
                        at + 1
                    } else {
                        right as usize
                    }
                }
            }
        }
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 2^32 features and nodes")
}
