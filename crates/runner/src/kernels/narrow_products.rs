//! Products of many rows with few columns, and of their transpose with as many: a pass of logistic regression, in f32.
//!
//! The columns are sixteen, as many as the widest register holds; who has fewer leaves the rest at 0. A fused multiply-add is used where
//! there is one, so that levels differ in rounding.

#![expect(
    unsafe_code,
    reason = "loops compiled for vector instructions that were looked for before they are used"
)]

use super::simd::Simd;

/// Columns, always.
pub(crate) const COLUMNS: usize = 16;

/// Rows, or features, whose sums are kept in registers at once.
const AT_ONCE: usize = 8;

/// One value a column.
type Lane = [f32; COLUMNS];

/// With which instructions products are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NarrowProducts {
    simd: Simd,
}

/// Compiles a loop once more for each level that has fused multiply-adds.
macro_rules! at_every_level {
    ($(#[$doc:meta])* $name:ident, $body:ident, ($($argument:ident: $kind:ty),*)) => {
        $(#[$doc])*
        pub(crate) fn $name(self, $($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $kind),*) {
                    $body::<true>($($argument),*)
                }
                #[target_feature(enable = "avx512f,avx512bw,fma")]
                fn avx512($($argument: $kind),*) {
                    $body::<true>($($argument),*)
                }
                if is_x86_feature_detected!("fma") {
                    match self.simd {
                        Simd::Plain => {}
                        // SAFETY: `Simd` names only what the processor has, and fused multiply-adds were looked for.
                        Simd::Avx2 => return unsafe { avx2($($argument),*) },
                        // SAFETY: as above; what has AVX-512 on bytes has its foundation.
                        Simd::Avx512 | Simd::Vnni => return unsafe { avx512($($argument),*) },
                    }
                }
            }
            $body::<false>($($argument),*)
        }
    };
}

impl NarrowProducts {
    /// With the widest instructions there are.
    pub(crate) fn here() -> NarrowProducts {
        NarrowProducts { simd: Simd::here() }
    }

    at_every_level! {
        /// `products = rows · columns`, where `columns` has a line for each of a row's features.
        products, products_body, (rows: &[f32], columns: &[Lane], products: &mut [Lane])
    }

    at_every_level! {
        /// Adds `rowsᵀ · residuals`, where `residuals` has a line for each row, to `sums`, which has one for each feature.
        add_transposed, add_transposed_body, (rows: &[f32], residuals: &[Lane], sums: &mut [Lane])
    }
}

#[inline(always)]
fn multiply_add<const FUSED: bool>(sum: &mut Lane, factor: f32, values: &Lane) {
    for lane in 0..COLUMNS {
        sum[lane] = if FUSED {
            values[lane].mul_add(factor, sum[lane])
        } else {
            sum[lane] + values[lane] * factor
        };
    }
}

#[inline(always)]
fn products_body<const FUSED: bool>(rows: &[f32], columns: &[Lane], products: &mut [Lane]) {
    let n_features = columns.len();
    assert_eq!(rows.len(), n_features * products.len(), "a product for every row");
    let mut row_blocks = rows.chunks_exact(n_features * AT_ONCE);
    let mut product_blocks = products.chunks_exact_mut(AT_ONCE);
    for (rows, products) in row_blocks.by_ref().zip(product_blocks.by_ref()) {
        let row: [&[f32]; AT_ONCE] = std::array::from_fn(|row| &rows[row * n_features..][..n_features]);
        let mut sums = [[0.0; COLUMNS]; AT_ONCE];
        for (feature, values) in columns.iter().enumerate() {
            for (sum, row) in sums.iter_mut().zip(row) {
                multiply_add::<FUSED>(sum, row[feature], values);
            }
        }
        products.copy_from_slice(&sums);
    }
    let rest = row_blocks.remainder().chunks_exact(n_features);
    for (row, product) in rest.zip(product_blocks.into_remainder()) {
        let mut sum = [0.0; COLUMNS];
        for (factor, values) in row.iter().zip(columns) {
            multiply_add::<FUSED>(&mut sum, *factor, values);
        }
        *product = sum;
    }
}

#[inline(always)]
fn add_transposed_body<const FUSED: bool>(rows: &[f32], residuals: &[Lane], sums: &mut [Lane]) {
    let n_features = sums.len();
    assert_eq!(
        rows.len(),
        n_features * residuals.len(),
        "a residual for every row"
    );
    let mut blocks = sums.chunks_exact_mut(AT_ONCE);
    let mut first = 0;
    for sums in blocks.by_ref() {
        let mut block = [[0.0; COLUMNS]; AT_ONCE];
        block.copy_from_slice(sums);
        for (row, residual) in rows.chunks_exact(n_features).zip(residuals) {
            let factors: &[f32] = &row[first..][..AT_ONCE];
            for (sum, factor) in block.iter_mut().zip(factors) {
                multiply_add::<FUSED>(sum, *factor, residual);
            }
        }
        sums.copy_from_slice(&block);
        first += AT_ONCE;
    }
    for (sum, feature) in blocks.into_remainder().iter_mut().zip(first..) {
        for (row, residual) in rows.chunks_exact(n_features).zip(residuals) {
            multiply_add::<FUSED>(sum, row[feature], residual);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_gives_what_the_plain_loop_gives(n_rows in 1usize..20, n_features in 1usize..30) {
            let value = |i: usize, j: usize| ((i * 31 + j * 17) % 23) as f32 - 11.0;
            let rows: Vec<f32> = (0..n_rows * n_features).map(|i| value(i, 1)).collect();
            let columns: Vec<Lane> = (0..n_features).map(|i| std::array::from_fn(|j| value(i, j + 2))).collect();
            let residuals: Vec<Lane> = (0..n_rows).map(|i| std::array::from_fn(|j| value(i, j + 5))).collect();
            for simd in Simd::available() {
                let by = NarrowProducts { simd };
                let mut products = vec![[7.0; COLUMNS]; n_rows];
                by.products(&rows, &columns, &mut products);
                let mut sums = vec![[7.0; COLUMNS]; n_features];
                by.add_transposed(&rows, &residuals, &mut sums);
                // Whole numbers of this size are exact in f32.
                for column in 0..COLUMNS {
                    for row in 0..n_rows {
                        let plain = (0..n_features).map(|i| rows[row * n_features + i] * columns[i][column]);
                        prop_assert_eq!(products[row][column], plain.sum::<f32>());
                    }
                    for feature in 0..n_features {
                        let plain = (0..n_rows).map(|i| rows[i * n_features + feature] * residuals[i][column]);
                        prop_assert_eq!(sums[feature][column], 7.0 + plain.sum::<f32>());
                    }
                }
            }
        }
    }
}
