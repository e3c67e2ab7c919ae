//! Histograms of the root nodes of a round. All trees of a round have the same rows, so one pass computes them.

use rayon::prelude::*;

use crate::native::kernels::feature_blocks::{FeatureBlocks, WIDTH};
use crate::native::kernels::gradient_histogram::{Bin, BlockBins, VALUES, add_all_scores, occurring};

/// A node with at most this many rows has a sparse histogram, of the values that occur. Measured on one Ice Lake core,
/// 2026-11.
pub(crate) const MAX_SPARSE_ROWS: usize = 1024;

/// One histogram per score.
pub(crate) struct RootHistograms {
    /// `n_blocks × n_scores`.
    pub(crate) bins: Vec<Vec<BlockBins>>,
    /// Blocks in which some row has a value other than 0.
    pub(crate) nonzero_blocks: Vec<usize>,
}

impl RootHistograms {
    /// `gradients` is `n_rows × n_scores` for all rows, not only those in `rows`. `None` for so few rows that each tree
    /// computes its own sparse histogram.
    pub(crate) fn new(
        blocks: &FeatureBlocks,
        rows: &[u32],
        gradients: &[Bin],
        n_scores: usize,
    ) -> Option<RootHistograms> {
        if rows.len() <= MAX_SPARSE_ROWS {
            return None;
        }
        let buffer = || vec![Bin::default(); WIDTH * VALUES * n_scores];
        let bins: Vec<Vec<BlockBins>> = (0..blocks.n_blocks())
            .into_par_iter()
            .map_init(buffer, |interleaved, block| {
                interleaved.fill(Bin::default());
                add_all_scores(interleaved, blocks.block(block), rows, gradients, n_scores);
                let mut by_score = vec![[[Bin::default(); VALUES]; WIDTH]; n_scores];
                for (position, bins) in interleaved.chunks_exact(n_scores).enumerate() {
                    for (bins, &bin) in by_score.iter_mut().zip(bins) {
                        bins.as_flattened_mut()[position] = bin;
                    }
                }
                by_score
            })
            .collect();
        let is_nonzero = |bins: &BlockBins| bins.iter().any(|bins| occurring(bins).next().is_some());
        Some(RootHistograms {
            nonzero_blocks: (0..bins.len())
                .filter(|&block| is_nonzero(&bins[block][0]))
                .collect(),
            bins,
        })
    }
}
