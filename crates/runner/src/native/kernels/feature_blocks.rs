//! Bytes in words of eight features, so that one load reads eight features of a row: for histograms of many features.
//!
//! The words are stored twice. By block, the rows of one word are contiguous, which suits many rows. By row, the words of one row are
//! contiguous, so reading few rows does not load unused cache lines.

/// Features of a block.
pub(crate) const WIDTH: usize = 8;

/// Eight features of a row.
pub(crate) type Word = [u8; WIDTH];

/// `n_rows × n_features` bytes, padded with zeros to whole blocks.
pub(crate) struct FeatureBlocks {
    n_rows: usize,
    n_features: usize,
    /// `n_blocks × n_rows`.
    by_block: Vec<Word>,
    /// `n_rows × n_blocks`.
    by_row: Vec<Word>,
}

impl FeatureBlocks {
    /// Stores `code(feature, byte)` for each of `n_rows × n_features` bytes.
    ///
    /// # Panics
    /// If `n_features` is 0, or `rows` is not a multiple of it.
    pub(crate) fn new(rows: &[u8], n_features: usize, code: impl Fn(usize, u8) -> u8) -> FeatureBlocks {
        assert!(
            n_features > 0 && rows.len().is_multiple_of(n_features),
            "rows are not a multiple of n_features"
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

    /// The eight features from `8 · block` on, for every row.
    pub(crate) fn block(&self, block: usize) -> &[Word] {
        &self.by_block[block * self.n_rows..][..self.n_rows]
    }

    /// The bytes of a row in the order of the features, padded with zeros to whole blocks.
    pub(crate) fn row(&self, row: u32) -> &[u8] {
        let n_blocks = self.n_blocks();
        self.by_row[row as usize * n_blocks..][..n_blocks].as_flattened()
    }

    /// Writes the words of these blocks and rows to `words`, block by block.
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

    /// The bytes of one feature, as a function of the row.
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
        fn every_byte_is_found_in_both_orders(n_rows in 1usize..20, n_features in 1usize..40) {
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
