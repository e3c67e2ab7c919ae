//! Bootstrap samples: rows drawn with replacement, one sample per tree.

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::native::data::random::uniform_index;
use crate::native::tree::nodes::to_u32;

/// The training rows of one tree.
pub(crate) struct BootstrapSample {
    /// Row indices, ascending, each once.
    pub(crate) rows: Vec<u32>,
    /// How often each of `rows` was drawn. Empty if every row counts once.
    pub(crate) weights: Vec<u16>,
}

impl BootstrapSample {
    /// Every row once.
    pub(crate) fn all(n_rows: usize) -> BootstrapSample {
        BootstrapSample {
            rows: (0..to_u32(n_rows)).collect(),
            weights: Vec::new(),
        }
    }

    /// Draws `n_draws` of `n_rows` rows with replacement.
    pub(crate) fn draw(n_rows: usize, n_draws: usize, seed: u64) -> BootstrapSample {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut counts = vec![0u16; n_rows];
        for _ in 0..n_draws {
            let count = &mut counts[uniform_index(&mut random, n_rows)];
            // At most `n_rows` draws: 65,535 draws of the same row are practically impossible.
            *count = count.saturating_add(1);
        }
        let drawn = (0..to_u32(n_rows)).zip(&counts).filter(|(_, count)| **count > 0);
        let (rows, weights) = drawn.unzip();
        BootstrapSample { rows, weights }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_as_many_draws_as_asked_for() {
        let sample = BootstrapSample::draw(50, 40, 3);
        assert_eq!(
            sample
                .weights
                .iter()
                .map(|&weight| usize::from(weight))
                .sum::<usize>(),
            40
        );
        assert!(sample.rows.is_sorted() && sample.rows.len() < 40);
    }
}
