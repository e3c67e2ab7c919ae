//! The rows of a tree's node, and the bytes of all rows in either order, checked once so that no index is checked again.

/// The rows of a node, as a feature sees them.
pub(crate) struct NodeRows<'a> {
    pub(crate) rows: &'a [u32],
    pub(crate) classes: &'a [u8],
    pub(crate) weights: &'a [u16],
    pub(crate) n_rows: usize,
}

impl<'a> NodeRows<'a> {
    /// Row numbers below `n_rows`, the class of each, and how often each counts: no weights where each counts once.
    ///
    /// # Panics
    /// If the lengths differ or a row is not there.
    pub(crate) fn new(rows: &'a [u32], classes: &'a [u8], weights: &'a [u16], n_rows: usize) -> NodeRows<'a> {
        assert!(
            rows.len() == classes.len() && (weights.is_empty() || rows.len() == weights.len()),
            "a class and a weight for every row"
        );
        assert!(
            rows.iter().all(|&row| (row as usize) < n_rows),
            "rows that are there"
        );
        NodeRows {
            rows,
            classes,
            weights,
            n_rows,
        }
    }

    pub(crate) fn weight(&self, i: usize) -> u32 {
        self.weights.get(i).map_or(1, |&weight| u32::from(weight))
    }
}

/// The bytes of all rows, row by row and feature by feature.
pub(crate) struct Matrix<'a> {
    pub(crate) rows: &'a [u8],
    pub(crate) columns: &'a [u8],
    pub(crate) n_rows: usize,
    pub(crate) n_features: usize,
}

impl<'a> Matrix<'a> {
    /// # Panics
    /// If the two do not hold `n_rows` rows of equal length both.
    pub(crate) fn new(rows: &'a [u8], columns: &'a [u8], n_rows: usize) -> Matrix<'a> {
        let n_features = rows.len() / n_rows.max(1);
        assert!(
            rows.len() == n_rows * n_features && columns.len() == rows.len(),
            "the same bytes in either order"
        );
        Matrix {
            rows,
            columns,
            n_rows,
            n_features,
        }
    }

    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }

    /// A byte.
    pub(crate) fn get(&self, row: usize, feature: usize) -> u8 {
        self.columns[feature * self.n_rows + row]
    }
}
