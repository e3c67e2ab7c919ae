//! Rows of a tree's node and the bytes of all rows, checked once so that the kernels need not check each index.
//!
//! Fields are private: only the checked constructors make values.

/// The rows of a node.
pub(crate) struct NodeRows<'a> {
    rows: &'a [u32],
    classes: &'a [u8],
    weights: &'a [u16],
    n_rows: usize,
}

impl<'a> NodeRows<'a> {
    /// Row numbers below `n_rows` with their classes and weights. Empty `weights` give each row a weight of 1.
    ///
    /// # Panics
    /// If the lengths differ, or a row number is not below `n_rows`.
    pub(crate) fn new(rows: &'a [u32], classes: &'a [u8], weights: &'a [u16], n_rows: usize) -> NodeRows<'a> {
        assert!(
            rows.len() == classes.len() && (weights.is_empty() || rows.len() == weights.len()),
            "not one class and one weight per row"
        );
        assert!(
            rows.iter().all(|&row| (row as usize) < n_rows),
            "a row number is not below n_rows"
        );
        NodeRows {
            rows,
            classes,
            weights,
            n_rows,
        }
    }

    /// Row numbers, all below [`NodeRows::n_rows`].
    #[inline]
    pub(crate) fn rows(&self) -> &'a [u32] {
        self.rows
    }

    /// The class of each row.
    #[inline]
    pub(crate) fn classes(&self) -> &'a [u8] {
        self.classes
    }

    /// The weight of each row, or nothing where all weights are 1.
    #[inline]
    pub(crate) fn weights(&self) -> &'a [u16] {
        self.weights
    }

    /// The weight of the row at position `i` of the node.
    #[inline]
    pub(crate) fn weight(&self, i: usize) -> u32 {
        self.weights.get(i).map_or(1, |&weight| u32::from(weight))
    }

    /// The number of rows of the whole matrix.
    #[inline]
    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }
}

/// The bytes of all rows, stored by row and by feature.
pub(crate) struct Matrix<'a> {
    rows: &'a [u8],
    columns: &'a [u8],
    n_rows: usize,
    n_features: usize,
}

impl<'a> Matrix<'a> {
    /// `rows` holds the bytes row by row, `columns` the same bytes feature by feature.
    ///
    /// # Panics
    /// If the lengths differ or are not a multiple of `n_rows`.
    pub(crate) fn new(rows: &'a [u8], columns: &'a [u8], n_rows: usize) -> Matrix<'a> {
        let n_features = rows.len() / n_rows.max(1);
        assert!(
            rows.len() == n_rows * n_features && columns.len() == rows.len(),
            "not n_rows rows of equal length in both orders"
        );
        Matrix {
            rows,
            columns,
            n_rows,
            n_features,
        }
    }

    /// `n_rows × n_features` bytes.
    #[inline]
    pub(crate) fn rows(&self) -> &'a [u8] {
        self.rows
    }

    /// `n_features × n_rows` bytes.
    #[inline]
    pub(crate) fn columns(&self) -> &'a [u8] {
        self.columns
    }

    #[inline]
    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    #[inline]
    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }
}
