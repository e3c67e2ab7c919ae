//! The rows of a tree in the order of its leaves, each with its gradient and hessian.

use std::ops::Range;

use crate::native::kernels::feature_blocks::FeatureBlocks;
use crate::native::kernels::gradient_histogram::Bin;

pub(crate) struct RowPartition {
    pub(crate) rows: Vec<u32>,
    pub(crate) of_rows: Vec<Bin>,
}

/// The rows of a node.
#[derive(Clone, Copy)]
pub(crate) struct NodeRows<'a> {
    pub(crate) rows: &'a [u32],
    pub(crate) of_rows: &'a [Bin],
}

impl RowPartition {
    pub(crate) fn of(&self, node: Range<usize>) -> NodeRows<'_> {
        NodeRows {
            rows: &self.rows[node.clone()],
            of_rows: &self.of_rows[node],
        }
    }

    /// Moves the rows of a node whose value is `low` or less to the front, both sides in their old order; where the right side starts.
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
            let moved = (self.rows[i], self.of_rows[i]);
            // Written to both sides, so that there is no branch that nobody can foresee.
            (self.rows[left], self.of_rows[left]) = moved;
            right.push(moved);
            let is_left = value(moved.0) <= low;
            left += usize::from(is_left);
            right.truncate(right.len() - usize::from(is_left));
        }
        for (i, moved) in (left..node.end).zip(right) {
            (self.rows[i], self.of_rows[i]) = moved;
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
            of_rows: (0..6).map(|i| Bin::row(f64::from(i) / 8.0, 0.0)).collect(),
        };
        assert_eq!(rows.partition(1..6, &blocks, 0, 2), 4);
        assert_eq!(rows.rows, [0, 1, 3, 5, 2, 4]);
        let own = |row: &u32| Bin::row(f64::from(*row) / 8.0, 0.0);
        assert_eq!(rows.of_rows, rows.rows.iter().map(own).collect::<Vec<_>>());
    }
}
