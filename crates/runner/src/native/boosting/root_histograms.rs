//! What the first nodes of a round's trees share: the sums of all scores over the same rows.

use rayon::prelude::*;

use crate::native::kernels::feature_blocks::{FeatureBlocks, WIDTH};
use crate::native::kernels::gradient_histogram::{Bin, BlockBins, VALUES, add_all_scores, occurring};

/// Up to so many rows only the values that occur are looked at. Measured on one Ice Lake core, 2026-11.
pub(crate) const FEW: usize = 1024;

/// Of the rows of a round the sums of all scores, since every tree starts with the same rows.
pub(crate) struct RootBins {
    /// `n_blocks × n_scores`.
    pub(crate) bins: Vec<Vec<BlockBins>>,
    /// Blocks in which not all rows have zeros.
    pub(crate) live: Vec<usize>,
}

impl RootBins {
    /// `of_rows` has `n_scores` for every row, chosen or not. `None` where the rows are so few that each tree had better look at its own.
    pub(crate) fn new(
        blocks: &FeatureBlocks,
        rows: &[u32],
        of_rows: &[Bin],
        n_scores: usize,
    ) -> Option<RootBins> {
        if rows.len() <= FEW {
            return None;
        }
        let room = || vec![Bin::default(); WIDTH * VALUES * n_scores];
        let bins: Vec<Vec<BlockBins>> = (0..blocks.n_blocks())
            .into_par_iter()
            .map_init(room, |together, block| {
                together.fill(Bin::default());
                add_all_scores(together, blocks.block(block), rows, of_rows, n_scores);
                let mut apart = vec![[[Bin::default(); VALUES]; WIDTH]; n_scores];
                for (place, bins) in together.chunks_exact(n_scores).enumerate() {
                    for (bins, &bin) in apart.iter_mut().zip(bins) {
                        bins.as_flattened_mut()[place] = bin;
                    }
                }
                apart
            })
            .collect();
        let is_live = |bins: &BlockBins| bins.iter().any(|bins| occurring(bins).next().is_some());
        Some(RootBins {
            live: (0..bins.len())
                .filter(|&block| is_live(&bins[block][0]))
                .collect(),
            bins,
        })
    }
}
