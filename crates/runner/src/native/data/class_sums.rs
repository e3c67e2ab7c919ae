//! Sums of bytes and of squared bytes by class, exact in integers.

/// Sums over the rows of one class, one element per feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassSums {
    /// Number of rows.
    pub(crate) n_rows: u64,
    /// Sum of the bytes.
    pub(crate) sums: Vec<u64>,
    /// Sum of the squared bytes.
    pub(crate) squares: Vec<u64>,
}

/// Number of rows whose squared bytes fit together into 32 bits.
const MAX_PARTIAL_ROWS: u64 = (u32::MAX / (255 * 255)) as u64;

/// The sums of every class, in one pass over the rows; `classes[row]` is below `n_classes`.
///
/// # Panics
/// If `rows` does not hold `classes.len()` rows, or a class is too large.
pub(crate) fn class_sums(rows: &[u8], classes: &[u8], n_classes: usize) -> Vec<ClassSums> {
    let n_features = rows.len() / classes.len().max(1);
    assert_eq!(rows.len(), n_features * classes.len(), "one class for every row");
    let mut totals = vec![ClassSums::zero(n_features); n_classes];
    // 32-bit sums are twice as fast. They are added to the totals before they can overflow.
    let mut partials = vec![PartialSums::zero(n_features); n_classes];
    for (row, &class) in rows.chunks_exact(n_features.max(1)).zip(classes) {
        let class = usize::from(class);
        let partial = &mut partials[class];
        partial.add(row);
        if partial.n_rows == MAX_PARTIAL_ROWS {
            totals[class].absorb(partial);
        }
    }
    for (total, partial) in totals.iter_mut().zip(&mut partials) {
        total.absorb(partial);
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

    /// The sums over the rows of both.
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

    /// Population variance of every feature, in squared bytes. It is exactly 0 for a constant feature.
    #[expect(clippy::cast_precision_loss, reason = "the difference of integers is exact")]
    pub(crate) fn variances(&self) -> Vec<f64> {
        let n_rows = u128::from(self.n_rows);
        let spread = |(sum, square): (&u64, &u64)| {
            let (sum, square) = (u128::from(*sum), u128::from(*square));
            (n_rows * square - sum * sum) as f64 / (self.n_rows as f64 * self.n_rows as f64)
        };
        self.sums.iter().zip(&self.squares).map(spread).collect()
    }

    /// Adds the partial sums and sets them to 0.
    fn absorb(&mut self, partial: &mut PartialSums) {
        self.n_rows += partial.n_rows;
        for (total, sum) in self.sums.iter_mut().zip(&partial.sums) {
            *total += u64::from(*sum);
        }
        for (total, sum) in self.squares.iter_mut().zip(&partial.squares) {
            *total += u64::from(*sum);
        }
        *partial = PartialSums::zero(partial.sums.len());
    }
}

/// Sums of at most [`MAX_PARTIAL_ROWS`] rows, in 32 bits.
#[derive(Clone)]
struct PartialSums {
    n_rows: u64,
    sums: Vec<u32>,
    squares: Vec<u32>,
}

impl PartialSums {
    fn zero(n_features: usize) -> PartialSums {
        PartialSums {
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
    fn sums_beyond_32_bits_are_exact() {
        let n = 2 * MAX_PARTIAL_ROWS as usize + 5;
        let sums = class_sums(&vec![255; n], &vec![0; n], 1);
        assert_eq!(
            (sums[0].sums[0], sums[0].squares[0]),
            (255 * n as u64, 65025 * n as u64)
        );
    }
}
