//! Rows drawn with replacement for one tree.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::native::data::random::uniform_index;
use crate::native::tree::builder::index;

/// The rows of one tree: ascending, each with its weight; no weights where each counts once.
pub(crate) struct BootstrapSample {
    pub(crate) rows: Vec<u32>,
    pub(crate) weights: Vec<u16>,
}

impl BootstrapSample {
    /// Every row once.
    pub(crate) fn all(n_rows: usize) -> BootstrapSample {
        BootstrapSample {
            rows: (0..index(n_rows)).collect(),
            weights: Vec::new(),
        }
    }

    /// So many rows of `n_rows`, with replacement.
    pub(crate) fn bootstrap(n_rows: usize, n_drawn: usize, seed: u64) -> BootstrapSample {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut counts = vec![0u16; n_rows];
        for _ in 0..n_drawn {
            let count = &mut counts[uniform_index(&mut random, n_rows)];
            // 65,535 draws of one row are not to be expected of any data that has more than one.
            *count = count.saturating_add(1);
        }
        let drawn = (0..index(n_rows)).zip(&counts).filter(|(_, count)| **count > 0);
        let (rows, weights) = drawn.unzip();
        BootstrapSample { rows, weights }
    }
}
