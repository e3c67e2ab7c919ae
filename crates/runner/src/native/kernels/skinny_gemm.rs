//! GEMM of many rows with few weight vectors in `f32`: a pass over the rows of a linear model.
//!
//! Partial sums lie side by side over features, so registers are full for any number of weight vectors. The wider levels use fused
//! multiply-adds, so levels differ in rounding.

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;

/// Weight vectors whose sums are in registers together.
const VECTORS: usize = 5;

/// Features of a transposed product that are summed together: one cache line.
const WIDTH: usize = 16;

/// Rows that a transposed product reads before it continues with the next features: their cache lines stay in the L1 cache.
const ROWS_TOGETHER: usize = 16;

/// Products at one SIMD level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SkinnyGemm {
    simd: Simd,
}

impl SkinnyGemm {
    /// Products at the widest level of this processor.
    pub(crate) fn detect() -> SkinnyGemm {
        SkinnyGemm { simd: Simd::detect() }
    }

    /// Dot products of every row with each weight vector. `weights` holds vectors of `n_features` values, and `products` gets for each of
    /// them a vector with one product per row.
    ///
    /// # Panics
    /// If the lengths do not fit `n_features`; so does the function below.
    pub(crate) fn products(self, rows: &[f32], weights: &[f32], products: &mut [f32], n_features: usize) {
        // Registers hold 4, 8 or 16 values, and the sums of 1, 2 or 4 rows.
        dispatch!(
            self.simd, (rows: &[f32], weights: &[f32], products: &mut [f32], n_features: usize) -> (),
            plain: products_body::<false, 4, 1>,
            avx2("avx2,fma"): products_body::<true, 8, 2>,
            avx512("avx512f,avx512bw,fma"): products_body::<true, 16, 4>,
        );
    }

    /// `sums += residuals · rows`. `residuals` holds vectors with one value per row, and `sums` for each of them a vector of `n_features`
    /// values.
    pub(crate) fn add_transposed(self, rows: &[f32], residuals: &[f32], sums: &mut [f32], n_features: usize) {
        // Registers hold the sums of 5 or 10 vectors.
        dispatch!(
            self.simd, (rows: &[f32], residuals: &[f32], sums: &mut [f32], n_features: usize) -> (),
            plain: add_transposed_body::<false, 5>,
            avx2("avx2,fma"): add_transposed_body::<true, 5>,
            avx512("avx512f,avx512bw,fma"): add_transposed_body::<true, 10>,
        );
    }
}

#[inline(always)]
fn multiply_add<const FUSED: bool, const LANES: usize>(
    sum: &mut [f32; LANES],
    factor: &[f32; LANES],
    values: &[f32; LANES],
) {
    for lane in 0..LANES {
        sum[lane] = if FUSED {
            values[lane].mul_add(factor[lane], sum[lane])
        } else {
            sum[lane] + values[lane] * factor[lane]
        };
    }
}

/// The sum of 4, 8 or 16 lanes, by halves.
#[inline(always)]
fn total<const LANES: usize>(mut lanes: [f32; LANES]) -> f32 {
    if LANES > 8 {
        for lane in 0..8 {
            lanes[lane] += lanes[lane + 8];
        }
    }
    if LANES > 4 {
        for lane in 0..4 {
            lanes[lane] += lanes[lane + 4];
        }
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}

#[inline(always)]
fn products_body<const FUSED: bool, const LANES: usize, const ROWS: usize>(
    rows: &[f32],
    weights: &[f32],
    products: &mut [f32],
    n_features: usize,
) {
    let n_rows = rows.len() / n_features;
    let n_vectors = weights.len() / n_features;
    assert!(
        rows.len() == n_rows * n_features && weights.len() == n_vectors * n_features,
        "rows or weights are not a multiple of n_features"
    );
    assert_eq!(
        products.len(),
        n_rows * n_vectors,
        "not one product per row and weight vector"
    );
    let done = n_vectors - n_vectors % VECTORS;
    for vector in (0..done).step_by(VECTORS) {
        let weights = &weights[vector * n_features..][..VECTORS * n_features];
        let products = &mut products[vector * n_rows..][..VECTORS * n_rows];
        products_of_vectors::<FUSED, LANES, ROWS>(rows, weights, products, n_features);
    }
    if done < n_vectors {
        // The last vectors, padded with zeros.
        let mut last = vec![0.0; VECTORS * n_features];
        let mut made = vec![0.0; VECTORS * n_rows];
        last[..weights.len() - done * n_features].copy_from_slice(&weights[done * n_features..]);
        products_of_vectors::<FUSED, LANES, ROWS>(rows, &last, &mut made, n_features);
        let to = &mut products[done * n_rows..];
        to.copy_from_slice(&made[..to.len()]);
    }
}

#[inline(always)]
fn products_of_vectors<const FUSED: bool, const LANES: usize, const ROWS: usize>(
    rows: &[f32],
    weights: &[f32],
    products: &mut [f32],
    n_features: usize,
) {
    let n_rows = rows.len() / n_features;
    let done = n_rows - n_rows % ROWS;
    for row in (0..done).step_by(ROWS) {
        products_of_rows::<FUSED, LANES, ROWS>(rows, weights, products, n_features, row);
    }
    for row in done..n_rows {
        products_of_rows::<FUSED, LANES, 1>(rows, weights, products, n_features, row);
    }
}

/// Products of `ROWS` rows from `first` on. Plain loops over arrays, which the compiler keeps in registers.
#[inline(always)]
fn products_of_rows<const FUSED: bool, const LANES: usize, const ROWS: usize>(
    rows: &[f32],
    weights: &[f32],
    products: &mut [f32],
    n_features: usize,
    first: usize,
) {
    let n_blocks = n_features / LANES;
    let n_rows = rows.len() / n_features;
    let mut row_blocks: [&[[f32; LANES]]; ROWS] = [&[]; ROWS];
    let mut weight_blocks: [&[[f32; LANES]]; VECTORS] = [&[]; VECTORS];
    for (i, blocks) in row_blocks.iter_mut().enumerate() {
        *blocks = &rows[(first + i) * n_features..][..n_features].as_chunks().0[..n_blocks];
    }
    for (i, blocks) in weight_blocks.iter_mut().enumerate() {
        *blocks = &weights[i * n_features..][..n_features].as_chunks().0[..n_blocks];
    }
    let mut sums = [[[0.0; LANES]; VECTORS]; ROWS];
    for block in 0..n_blocks {
        for j in 0..ROWS {
            let values = row_blocks[j][block];
            for i in 0..VECTORS {
                multiply_add::<FUSED, LANES>(&mut sums[j][i], &weight_blocks[i][block], &values);
            }
        }
    }
    // A loop of its own: fused with the next one, the sums would not stay in registers.
    let mut totals = [[0.0; VECTORS]; ROWS];
    for j in 0..ROWS {
        for i in 0..VECTORS {
            totals[j][i] = total(sums[j][i]);
        }
    }
    for j in 0..ROWS {
        for i in 0..VECTORS {
            let mut sum = totals[j][i];
            for feature in n_blocks * LANES..n_features {
                sum += rows[(first + j) * n_features + feature] * weights[i * n_features + feature];
            }
            products[i * n_rows + first + j] = sum;
        }
    }
}

#[inline(always)]
fn add_transposed_body<const FUSED: bool, const WIDE: usize>(
    rows: &[f32],
    residuals: &[f32],
    sums: &mut [f32],
    n_features: usize,
) {
    let n_rows = rows.len() / n_features;
    assert_eq!(
        rows.len(),
        n_rows * n_features,
        "rows are not a multiple of n_features"
    );
    let n_vectors = sums.len() / n_features;
    let is_whole =
        sums.len() == n_vectors * n_features && Some(residuals.len()) == n_rows.checked_mul(n_vectors);
    assert!(is_whole, "residuals and sums differ in their number of vectors");
    let mut vector = 0;
    while vector < n_vectors {
        let n = match n_vectors - vector {
            rest if rest >= WIDE => WIDE,
            rest => rest.min(VECTORS),
        };
        let residuals = &residuals[vector * n_rows..][..n * n_rows];
        let to = &mut sums[vector * n_features..][..n * n_features];
        if n == WIDE {
            add_to_vectors::<FUSED, WIDE>(rows, residuals, to, n_features);
        } else {
            // The last vectors, padded with zeros.
            let mut last = vec![0.0; VECTORS * n_rows];
            let mut made = vec![0.0; VECTORS * n_features];
            last[..residuals.len()].copy_from_slice(residuals);
            made[..to.len()].copy_from_slice(to);
            add_to_vectors::<FUSED, VECTORS>(rows, &last, &mut made, n_features);
            to.copy_from_slice(&made[..to.len()]);
        }
        vector += n;
    }
}

#[inline(always)]
fn add_to_vectors<const FUSED: bool, const N: usize>(
    rows: &[f32],
    residuals: &[f32],
    sums: &mut [f32],
    n_features: usize,
) {
    let n_rows = rows.len() / n_features;
    let whole = n_features - n_features % WIDTH;
    for first in (0..n_rows).step_by(ROWS_TOGETHER) {
        let end = n_rows.min(first + ROWS_TOGETHER);
        for at in (0..whole).step_by(WIDTH) {
            add_rows::<FUSED, N>(rows, residuals, sums, n_features, (first, end, at));
        }
        let vectors = residuals
            .chunks_exact(n_rows)
            .zip(sums.chunks_exact_mut(n_features));
        for (residuals, sums) in vectors {
            for row in first..end {
                for feature in whole..n_features {
                    sums[feature] += rows[row * n_features + feature] * residuals[row];
                }
            }
        }
    }
}

/// Adds [`WIDTH`] features, from `at` on, of the rows from `first` to before `end`.
#[inline(always)]
fn add_rows<const FUSED: bool, const N: usize>(
    rows: &[f32],
    residuals: &[f32],
    sums: &mut [f32],
    n_features: usize,
    (first, end, at): (usize, usize, usize),
) {
    let n_rows = rows.len() / n_features;
    let mut residuals_of_rows: [&[f32]; N] = [&[]; N];
    let mut sum = [[0.0; WIDTH]; N];
    for i in 0..N {
        residuals_of_rows[i] = &residuals[i * n_rows + first..i * n_rows + end];
        sum[i].copy_from_slice(&sums[i * n_features + at..][..WIDTH]);
    }
    for row in 0..end - first {
        let mut values = [0.0; WIDTH];
        values.copy_from_slice(&rows[(first + row) * n_features + at..][..WIDTH]);
        for i in 0..N {
            multiply_add::<FUSED, WIDTH>(&mut sum[i], &[residuals_of_rows[i][row]; WIDTH], &values);
        }
    }
    for i in 0..N {
        sums[i * n_features + at..][..WIDTH].copy_from_slice(&sum[i]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_level_matches_the_plain_loop(
            n_rows in 1usize..70, n_features in 1usize..70, n_vectors in 1usize..18
        ) {
            let value = |i: usize, j: usize| ((i * 31 + j * 17) % 23) as f32 - 11.0;
            let rows: Vec<f32> = (0..n_rows * n_features).map(|i| value(i, 1)).collect();
            let weights: Vec<f32> = (0..n_vectors * n_features).map(|i| value(i, 3)).collect();
            let residuals: Vec<f32> = (0..n_vectors * n_rows).map(|i| value(i, 5)).collect();
            for simd in Simd::available() {
                let gemm = SkinnyGemm { simd };
                let mut products = vec![7.0; n_vectors * n_rows];
                gemm.products(&rows, &weights, &mut products, n_features);
                let mut sums = vec![7.0; n_vectors * n_features];
                gemm.add_transposed(&rows, &residuals, &mut sums, n_features);
                // Integers of this size are exact in f32, in any order of summation.
                for vector in 0..n_vectors {
                    for row in 0..n_rows {
                        let plain =
                            (0..n_features).map(|i| rows[row * n_features + i] * weights[vector * n_features + i]);
                        prop_assert_eq!(products[vector * n_rows + row], plain.sum::<f32>());
                    }
                }
                for vector in 0..n_vectors {
                    for feature in 0..n_features {
                        let plain =
                            (0..n_rows).map(|i| rows[i * n_features + feature] * residuals[vector * n_rows + i]);
                        prop_assert_eq!(sums[vector * n_features + feature], 7.0 + plain.sum::<f32>());
                    }
                }
            }
        }
    }
}
