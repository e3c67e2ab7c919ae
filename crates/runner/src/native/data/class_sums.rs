//! Sums over the rows of each class: of the bytes and of their squares, in integers and so exact.

/// Sums of one class, one element a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassSums {
    /// Number of rows.
    pub(crate) n_rows: u64,
    /// Sum of the bytes.
    pub(crate) sums: Vec<u64>,
    /// Sum of the squared bytes.
    pub(crate) squares: Vec<u64>,
}

/// Rows whose squared bytes fit into 32 bits together.
const MOST_ROWS: u64 = (u32::MAX / (255 * 255)) as u64;

/// Goes over the rows once; `classes[row]` is below `n_classes`.
///
/// # Panics
/// If `rows` does not hold `classes.len()` rows, or a class is too large.
pub(crate) fn class_sums(rows: &[u8], classes: &[u8], n_classes: usize) -> Vec<ClassSums> {
    let n_features = rows.len() / classes.len().max(1);
    assert_eq!(rows.len(), n_features * classes.len(), "one class a row");
    let mut totals = vec![ClassSums::zero(n_features); n_classes];
    // 32-bit sums are twice as fast, and are emptied before they can overflow.
    let mut parts = vec![Part::zero(n_features); n_classes];
    for (row, &class) in rows.chunks_exact(n_features.max(1)).zip(classes) {
        let class = usize::from(class);
        let part = &mut parts[class];
        part.add(row);
        if part.n_rows == MOST_ROWS {
            totals[class].empty(part);
        }
    }
    for (total, part) in totals.iter_mut().zip(&mut parts) {
        total.empty(part);
    }
    totals
}

impl ClassSums {
    fn zero(n_features: usize) -> ClassSums {
        ClassSums {
            n_rows: 0,
            sums: vec![0; n_features],
            squares: vec![0; n_features],
        }
    }

    /// The sums over the rows of either.
    pub(crate) fn and(mut self, other: &ClassSums) -> ClassSums {
        self.n_rows += other.n_rows;
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            *sum += other;
        }
        for (square, other) in self.squares.iter_mut().zip(&other.squares) {
            *square += other;
        }
        self
    }

    /// Mean of every feature, in bytes.
    #[expect(clippy::cast_precision_loss, reason = "sums of bytes are below 2^53")]
    pub(crate) fn means(&self) -> Vec<f64> {
        let n_rows = self.n_rows as f64;
        self.sums.iter().map(|sum| *sum as f64 / n_rows).collect()
    }

    /// Population variance of every feature, in squared bytes; 0 exactly where a feature is constant.
    #[expect(clippy::cast_precision_loss, reason = "the difference before it is exact")]
    pub(crate) fn variances(&self) -> Vec<f64> {
        let n_rows = u128::from(self.n_rows);
        let spread = |(sum, square): (&u64, &u64)| {
            let (sum, square) = (u128::from(*sum), u128::from(*square));
            (n_rows * square - sum * sum) as f64 / (self.n_rows as f64 * self.n_rows as f64)
        };
        self.sums.iter().zip(&self.squares).map(spread).collect()
    }

    fn empty(&mut self, part: &mut Part) {
        self.n_rows += part.n_rows;
        for (total, sum) in self.sums.iter_mut().zip(&part.sums) {
            *total += u64::from(*sum);
        }
        for (total, sum) in self.squares.iter_mut().zip(&part.squares) {
            *total += u64::from(*sum);
        }
        *part = Part::zero(part.sums.len());
    }
}

#[derive(Clone)]
struct Part {
    n_rows: u64,
    sums: Vec<u32>,
    squares: Vec<u32>,
}

impl Part {
    fn zero(n_features: usize) -> Part {
        Part {
            n_rows: 0,
            sums: vec![0; n_features],
            squares: vec![0; n_features],
        }
    }

    fn add(&mut self, row: &[u8]) {
        self.n_rows += 1;
        for ((sum, square), &byte) in self.sums.iter_mut().zip(&mut self.squares).zip(row) {
            let byte = u32::from(byte);
            *sum += byte;
            *square += byte * byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_rows_of_each_class() {
        let rows = [1, 2, 3, 4, 255, 0];
        let sums = class_sums(&rows, &[1, 0, 1], 3);
        assert_eq!((sums[0].n_rows, sums[1].n_rows, sums[2].n_rows), (1, 2, 0));
        assert_eq!(
            (&sums[1].sums[..], &sums[1].squares[..]),
            (&[256, 2][..], &[65026, 4][..])
        );
        assert_eq!(sums[2].sums, [0, 0]);
        assert_eq!(
            (sums[1].means(), sums[1].variances()),
            (vec![128.0, 1.0], vec![16129.0, 1.0])
        );
        let all = sums[0].clone().and(&sums[1]);
        assert_eq!((all.n_rows, &all.sums[..]), (3, &[259, 6][..]));
    }

    #[test]
    fn more_rows_than_32_bits_hold_are_no_trouble() {
        let n = 2 * MOST_ROWS as usize + 5;
        let sums = class_sums(&vec![255; n], &vec![0; n], 1);
        assert_eq!(
            (sums[0].sums[0], sums[0].squares[0]),
            (255 * n as u64, 65025 * n as u64)
        );
    }
}
