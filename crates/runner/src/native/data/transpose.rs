//! Transposes a matrix of bytes, so that the values of one feature are contiguous.

/// Rows and features of a block. Source and target of a block fit into the first-level cache.
const BLOCK: usize = 64;

/// `n_rows × n_features` bytes in row order, as `n_features × n_rows`.
///
/// # Panics
/// If `n_features` is 0, or if the length of `rows` is no multiple of it.
pub(crate) fn transpose(rows: &[u8], n_features: usize) -> Vec<u8> {
    assert!(
        n_features > 0 && rows.len().is_multiple_of(n_features),
        "whole rows"
    );
    let n_rows = rows.len() / n_features;
    let mut columns = vec![0; rows.len()];
    for row_block in (0..n_rows).step_by(BLOCK) {
        let row_end = (row_block + BLOCK).min(n_rows);
        for feature_block in (0..n_features).step_by(BLOCK) {
            for feature in feature_block..(feature_block + BLOCK).min(n_features) {
                let column = &mut columns[feature * n_rows..(feature + 1) * n_rows][row_block..row_end];
                for (value, row) in column.iter_mut().zip(row_block..) {
                    *value = rows[row * n_features + feature];
                }
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_become_columns(n_rows in 1usize..150, n_features in 1usize..150) {
            let rows: Vec<u8> = (0..n_rows * n_features).map(|i| (i * 7 % 251) as u8).collect();
            let columns = transpose(&rows, n_features);
            for row in 0..n_rows {
                for feature in 0..n_features {
                    prop_assert_eq!(columns[feature * n_rows + row], rows[row * n_features + feature]);
                }
            }
        }
    }
}
