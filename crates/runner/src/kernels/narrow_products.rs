//! Products of many rows with few columns, and of their transpose with as many: a pass of logistic regression, in f32.
//!
//! The columns of products are sixteen, as many as the widest register holds; who has fewer leaves the rest at 0. A fused multiply-add is
//! used where there is one, so that levels differ in rounding.

#![expect(
    unsafe_code,
    reason = "loops compiled for vector instructions that were looked for before they are used"
)]

use super::simd::Simd;

/// Columns, always.
pub(crate) const COLUMNS: usize = 16;

/// Rows whose products are kept in registers at once.
const AT_ONCE: usize = 8;

/// Rows that are in registers together while each sum gets its share of them. 60,000 rows of 784 with ten columns, on a Zen 5 with AVX-512:
/// 5.5 ms with 16 rows, 10.5 ms with 8, 11 ms with 4 (2026-11-25).
const TOGETHER: usize = 16;

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
        /// Adds `residuals · rows` to `sums`: for each of any number of columns, `residuals` has a line of as many as there are rows, and
        /// `sums` one of as many as there are features.
        add_transposed, add_transposed_body, (rows: &[f32], residuals: &[f32], sums: &mut [f32], n_features: usize)
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
fn add_transposed_body<const FUSED: bool>(
    rows: &[f32],
    residuals: &[f32],
    sums: &mut [f32],
    n_features: usize,
) {
    let n_rows = rows.len() / n_features;
    assert_eq!(rows.len(), n_rows * n_features, "whole rows");
    assert_eq!(
        residuals.len() * n_features,
        n_rows * sums.len(),
        "a line of residuals for every line of sums"
    );
    let done = n_rows - n_rows % TOGETHER;
    for first in (0..done).step_by(TOGETHER) {
        add_rows::<FUSED, TOGETHER>(rows, residuals, sums, n_features, first);
    }
    for first in done..n_rows {
        add_rows::<FUSED, 1>(rows, residuals, sums, n_features, first);
    }
}

/// Adds some rows from the first on, one after the other to each sum, however many there are.
#[inline(always)]
fn add_rows<const FUSED: bool, const N: usize>(
    rows: &[f32],
    residuals: &[f32],
    sums: &mut [f32],
    n_features: usize,
    first: usize,
) {
    let n_rows = rows.len() / n_features;
    let whole = n_features - n_features % COLUMNS;
    // Loops, not closures, which would be compiled without the vector instructions.
    let mut row: [&[f32]; N] = [&[]; N];
    for (i, row) in row.iter_mut().enumerate() {
        *row = &rows[(first + i) * n_features..][..n_features];
    }
    for at in (0..whole).step_by(COLUMNS) {
        let mut values = [[0.0; COLUMNS]; N];
        for (values, row) in values.iter_mut().zip(row) {
            values.copy_from_slice(&row[at..at + COLUMNS]);
        }
        for (residuals, sums) in residuals
            .chunks_exact(n_rows)
            .zip(sums.chunks_exact_mut(n_features))
        {
            let residuals = &residuals[first..][..N];
            let to = &mut sums[at..at + COLUMNS];
            let mut sum = [0.0; COLUMNS];
            sum.copy_from_slice(to);
            for (values, residual) in values.iter().zip(residuals) {
                multiply_add::<FUSED>(&mut sum, *residual, values);
            }
            to.copy_from_slice(&sum);
        }
    }
    for feature in whole..n_features {
        for (residuals, sums) in residuals
            .chunks_exact(n_rows)
            .zip(sums.chunks_exact_mut(n_features))
        {
            for (row, residual) in row.iter().zip(&residuals[first..][..N]) {
                sums[feature] += row[feature] * residual;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_gives_what_the_plain_loop_gives(
            n_rows in 1usize..40, n_features in 1usize..40, n_columns in 1usize..12
        ) {
            let value = |i: usize, j: usize| ((i * 31 + j * 17) % 23) as f32 - 11.0;
            let rows: Vec<f32> = (0..n_rows * n_features).map(|i| value(i, 1)).collect();
            let columns: Vec<Lane> = (0..n_features).map(|i| std::array::from_fn(|j| value(i, j + 2))).collect();
            let residuals: Vec<f32> = (0..n_columns * n_rows).map(|i| value(i, 5)).collect();
            for simd in Simd::available() {
                let by = NarrowProducts { simd };
                let mut products = vec![[7.0; COLUMNS]; n_rows];
                by.products(&rows, &columns, &mut products);
                let mut sums = vec![7.0; n_columns * n_features];
                by.add_transposed(&rows, &residuals, &mut sums, n_features);
                // Whole numbers of this size are exact in f32.
                for column in 0..COLUMNS {
                    for row in 0..n_rows {
                        let plain = (0..n_features).map(|i| rows[row * n_features + i] * columns[i][column]);
                        prop_assert_eq!(products[row][column], plain.sum::<f32>());
                    }
                }
                for column in 0..n_columns {
                    for feature in 0..n_features {
                        let plain =
                            (0..n_rows).map(|i| rows[i * n_features + feature] * residuals[column * n_rows + i]);
                        prop_assert_eq!(sums[column * n_features + feature], 7.0 + plain.sum::<f32>());
                    }
                }
            }
        }
    }
}
