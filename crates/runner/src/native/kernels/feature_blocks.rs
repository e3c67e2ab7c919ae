//! Bytes in words of eight features, for whoever sums many features over chosen rows: one load has eight of a row.
//!
//! They are held twice. By block, the rows of a word lie one behind the other, which is good for many rows; by row, the words of a row do,
//! so that few rows are read without fetching eight times as much as is used.

/// Features of a block.
pub(crate) const WIDTH: usize = 8;

/// Eight bytes of a row.
pub(crate) type Word = [u8; WIDTH];

/// `n_rows × n_features` bytes; what the last block has too many is 0.
pub(crate) struct FeatureBlocks {
    n_rows: usize,
    n_features: usize,
    /// `n_blocks × n_rows`.
    by_block: Vec<Word>,
    /// `n_rows × n_blocks`.
    by_row: Vec<Word>,
}

impl FeatureBlocks {
    /// From `n_rows × n_features` bytes; `code` says what stands for a byte of a feature.
    ///
    /// # Panics
    /// If `rows` holds no whole number of rows.
    pub(crate) fn new(rows: &[u8], n_features: usize, code: impl Fn(usize, u8) -> u8) -> FeatureBlocks {
        assert!(
            n_features > 0 && rows.len().is_multiple_of(n_features),
            "whole rows"
        );
        let n_rows = rows.len() / n_features;
        let n_blocks = n_features.div_ceil(WIDTH);
        let mut by_row = vec![[0; WIDTH]; n_rows * n_blocks];
        for (to, from) in by_row
            .chunks_exact_mut(n_blocks)
            .zip(rows.chunks_exact(n_features))
        {
            for (feature, (to, &byte)) in to.as_flattened_mut().iter_mut().zip(from).enumerate() {
                *to = code(feature, byte);
            }
        }
        let mut by_block = vec![[0; WIDTH]; n_rows * n_blocks];
        for (row, words) in by_row.chunks_exact(n_blocks).enumerate() {
            for (block, word) in words.iter().enumerate() {
                by_block[block * n_rows + row] = *word;
            }
        }
        FeatureBlocks {
            n_rows,
            n_features,
            by_block,
            by_row,
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }

    pub(crate) fn n_blocks(&self) -> usize {
        self.n_features.div_ceil(WIDTH)
    }

    /// The eight features from `8 · block` on, of every row.
    pub(crate) fn block(&self, block: usize) -> &[Word] {
        &self.by_block[block * self.n_rows..][..self.n_rows]
    }

    /// All bytes of a row, in the order of the features; what the last block has too many is 0.
    pub(crate) fn row(&self, row: u32) -> &[u8] {
        let n_blocks = self.n_blocks();
        self.by_row[row as usize * n_blocks..][..n_blocks].as_flattened()
    }

    /// The words of these blocks and rows, block by block.
    pub(crate) fn gather(&self, blocks: &[usize], rows: &[u32], words: &mut Vec<Word>) {
        words.resize(blocks.len() * rows.len(), [0; WIDTH]);
        let n_blocks = self.n_blocks();
        for (i, &row) in rows.iter().enumerate() {
            let of_row = &self.by_row[row as usize * n_blocks..][..n_blocks];
            for (at, &block) in blocks.iter().enumerate() {
                words[at * rows.len() + i] = of_row[block];
            }
        }
    }

    /// One feature, by row.
    pub(crate) fn feature(&self, feature: usize) -> impl Fn(u32) -> u8 {
        let block = self.block(feature / WIDTH);
        move |row| block[row as usize][feature % WIDTH]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_byte_comes_to_its_place(n_rows in 1usize..20, n_features in 1usize..40) {
            let rows: Vec<u8> = (0..n_rows * n_features).map(|i| (i * 7 % 251) as u8).collect();
            let blocks = FeatureBlocks::new(&rows, n_features, |feature, byte| byte ^ feature as u8);
            for row in 0..n_rows {
                for feature in 0..n_features {
                    let expected = rows[row * n_features + feature] ^ feature as u8;
                    prop_assert_eq!(blocks.feature(feature)(row as u32), expected);
                    prop_assert_eq!(blocks.row(row as u32)[feature], expected);
                    prop_assert_eq!(blocks.block(feature / WIDTH)[row][feature % WIDTH], expected);
                }
                let mut words = Vec::new();
                blocks.gather(&[blocks.n_blocks() - 1, 0], &[0, row as u32], &mut words);
                prop_assert_eq!(words[1], blocks.block(blocks.n_blocks() - 1)[row]);
                prop_assert_eq!(words[3], blocks.block(0)[row]);
                for beyond in n_features..blocks.n_blocks() * WIDTH {
                    prop_assert_eq!(blocks.block(beyond / WIDTH)[row][beyond % WIDTH], 0);
                }
            }
        }
    }
}
