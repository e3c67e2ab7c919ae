//! The training rows of a tree, partitioned by node, each with its gradient and Hessian.

use std::ops::Range;

use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::Bin;

/// The rows of a tree. The rows of a node are contiguous.
pub(crate) struct RowPartition {
    /// Row indices.
    pub(crate) rows: Vec<u32>,
    /// Gradient and Hessian of each of `rows`.
    pub(crate) gradients: Vec<Bin>,
}

/// The rows of one node.
#[derive(Clone, Copy)]
pub(crate) struct NodeRows<'a> {
    pub(crate) rows: &'a [u32],
    pub(crate) gradients: &'a [Bin],
}

impl RowPartition {
    /// The rows at these positions.
    pub(crate) fn node(&self, node: Range<usize>) -> NodeRows<'_> {
        NodeRows {
            rows: &self.rows[node.clone()],
            gradients: &self.gradients[node],
        }
    }

    /// Moves the rows of a node whose value is at most `low` to the front, with both sides in their old order. Returns the start
    /// of the right side.
    pub(crate) fn partition(
        &mut self,
        node: Range<usize>,
        blocks: &FeatureBlocks,
        feature: usize,
        low: u8,
    ) -> usize {
        let value = blocks.feature(feature);
        let mut right = Vec::with_capacity(node.len());
        let mut left = node.start;
        for i in node.clone() {
            let row = (self.rows[i], self.gradients[i]);
            // Written to both sides: this avoids an unpredictable branch.
            (self.rows[left], self.gradients[left]) = row;
            right.push(row);
            let is_left = value(row.0) <= low;
            left += usize::from(is_left);
            right.truncate(right.len() - usize::from(is_left));
        }
        for (i, row) in (left..node.end).zip(right) {
            (self.rows[i], self.gradients[i]) = row;
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_keep_their_order() {
        let blocks = FeatureBlocks::new(&[5, 1, 9, 2, 5, 0], 1, |_, byte| byte);
        let mut rows = RowPartition {
            rows: vec![0, 1, 2, 3, 4, 5],
            gradients: (0..6).map(|i| Bin::row(f64::from(i) / 8.0, 0.0)).collect(),
        };
        assert_eq!(rows.partition(1..6, &blocks, 0, 2), 4);
        assert_eq!(rows.rows, [0, 1, 3, 5, 2, 4]);
        let gradient = |row: &u32| Bin::row(f64::from(*row) / 8.0, 0.0);
        assert_eq!(rows.gradients, rows.rows.iter().map(gradient).collect::<Vec<_>>());
    }
}
