//! Products of many rows with few planes, and of the rows' transpose with a residual for each row and plane: a pass of logistic regression, in
//! f32.
//!
//! Products lie side by side over features, so that no register is filled in vain however many planes there are. A fused multiply-add is used
//! where there is one, so that levels differ in rounding.

#![expect(
    unsafe_code,
    reason = "loops compiled for vector instructions that were looked for before they are used"
)]

use crate::native::kernels::simd::Simd;

/// Planes whose sums are in registers together.
const PLANES: usize = 5;

/// Features of a transposed product that are summed at once: a line of the cache.
const WIDTH: usize = 16;

/// Rows that a transposed product takes before it goes on to the next features: their lines stay in the first-level cache.
const TOGETHER: usize = 16;

/// With which instructions products are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SkinnyGemm {
    simd: Simd,
}

/// Compiles a loop once more for each level that has fused multiply-adds, each with numbers of its own for what its registers hold.
macro_rules! at_every_level {
    ($(#[$doc:meta])* $name:ident, $body:ident [$($plain:literal)*] [$($avx2:literal)*] [$($avx512:literal)*]) => {
        $(#[$doc])*
        pub(crate) fn $name(self, rows: &[f32], with: &[f32], to: &mut [f32], n_features: usize) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn avx2(rows: &[f32], with: &[f32], to: &mut [f32], n_features: usize) {
                    $body::<true, $($avx2),*>(rows, with, to, n_features)
                }
                #[target_feature(enable = "avx512f,avx512bw,fma")]
                fn avx512(rows: &[f32], with: &[f32], to: &mut [f32], n_features: usize) {
                    $body::<true, $($avx512),*>(rows, with, to, n_features)
                }
                if is_x86_feature_detected!("fma") {
                    match self.simd {
                        Simd::Plain => {}
                        // SAFETY: `Simd` names only what the processor has, and fused multiply-adds were looked for.
                        Simd::Avx2 => return unsafe { avx2(rows, with, to, n_features) },
                        // SAFETY: as above; what has AVX-512 on bytes has its foundation.
                        Simd::Avx512 | Simd::Vnni => return unsafe { avx512(rows, with, to, n_features) },
                    }
                }
            }
            $body::<false, $($plain),*>(rows, with, to, n_features)
        }
    };
}

impl SkinnyGemm {
    /// With the widest instructions there are.
    pub(crate) fn here() -> SkinnyGemm {
        SkinnyGemm { simd: Simd::here() }
    }

    at_every_level! {
        /// Makes the product of every row with each of any number of planes: `with` has a line of weights for each plane, and `to` gets a line
        /// of as many products as there are rows.
        products, products_body [4 1] [8 2] [16 4]
    }

    at_every_level! {
        /// Adds `residuals · rows`: for each of any number of planes, `with` has a line of as many residuals as there are rows, and `to` one
        /// of as many sums as there are features.
        add_transposed, add_transposed_body [5] [5] [10]
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

/// The sum of all lanes, of which there are at most sixteen, by halves.
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
    planes: &[f32],
    products: &mut [f32],
    n_features: usize,
) {
    let n_rows = rows.len() / n_features;
    let n_planes = planes.len() / n_features;
    assert!(
        rows.len() == n_rows * n_features && planes.len() == n_planes * n_features,
        "whole rows and planes"
    );
    assert_eq!(
        products.len(),
        n_rows * n_planes,
        "a product for every row and plane"
    );
    let done = n_planes - n_planes % PLANES;
    for plane in (0..done).step_by(PLANES) {
        let planes = &planes[plane * n_features..][..PLANES * n_features];
        let products = &mut products[plane * n_rows..][..PLANES * n_rows];
        products_of_planes::<FUSED, LANES, ROWS>(rows, planes, products, n_features);
    }
    if done < n_planes {
        // The last few together with planes of zeros.
        let mut last = vec![0.0; PLANES * n_features];
        let mut made = vec![0.0; PLANES * n_rows];
        last[..planes.len() - done * n_features].copy_from_slice(&planes[done * n_features..]);
        products_of_planes::<FUSED, LANES, ROWS>(rows, &last, &mut made, n_features);
        let to = &mut products[done * n_rows..];
        to.copy_from_slice(&made[..to.len()]);
    }
}

#[inline(always)]
fn products_of_planes<const FUSED: bool, const LANES: usize, const ROWS: usize>(
    rows: &[f32],
    planes: &[f32],
    products: &mut [f32],
    n_features: usize,
) {
    let n_rows = rows.len() / n_features;
    let done = n_rows - n_rows % ROWS;
    for row in (0..done).step_by(ROWS) {
        some_products::<FUSED, LANES, ROWS>(rows, planes, products, n_features, row);
    }
    for row in done..n_rows {
        some_products::<FUSED, LANES, 1>(rows, planes, products, n_features, row);
    }
}

/// Products of some rows from the first on. Loops, not closures, which would be compiled without the vector instructions.
#[inline(always)]
fn some_products<const FUSED: bool, const LANES: usize, const ROWS: usize>(
    rows: &[f32],
    planes: &[f32],
    products: &mut [f32],
    n_features: usize,
    first: usize,
) {
    let n_vectors = n_features / LANES;
    let n_rows = rows.len() / n_features;
    let mut row: [&[[f32; LANES]]; ROWS] = [&[]; ROWS];
    let mut plane: [&[[f32; LANES]]; PLANES] = [&[]; PLANES];
    for (i, row) in row.iter_mut().enumerate() {
        *row = &rows[(first + i) * n_features..][..n_features].as_chunks().0[..n_vectors];
    }
    for (i, plane) in plane.iter_mut().enumerate() {
        *plane = &planes[i * n_features..][..n_features].as_chunks().0[..n_vectors];
    }
    let mut sums = [[[0.0; LANES]; PLANES]; ROWS];
    for vector in 0..n_vectors {
        for j in 0..ROWS {
            let values = row[j][vector];
            for i in 0..PLANES {
                multiply_add::<FUSED, LANES>(&mut sums[j][i], &plane[i][vector], &values);
            }
        }
    }
    // Apart from what follows, so that sums stay in registers.
    let mut totals = [[0.0; PLANES]; ROWS];
    for j in 0..ROWS {
        for i in 0..PLANES {
            totals[j][i] = total(sums[j][i]);
        }
    }
    for j in 0..ROWS {
        for i in 0..PLANES {
            let mut sum = totals[j][i];
            for feature in n_vectors * LANES..n_features {
                sum += rows[(first + j) * n_features + feature] * planes[i * n_features + feature];
            }
            products[i * n_rows + first + j] = sum;
        }
    }
}

#[inline(always)]
fn add_transposed_body<const FUSED: bool, const MOST: usize>(
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
    let n_planes = sums.len() / n_features;
    let mut plane = 0;
    while plane < n_planes {
        let n = match n_planes - plane {
            left if left >= MOST => MOST,
            left => left.min(PLANES),
        };
        let residuals = &residuals[plane * n_rows..][..n * n_rows];
        let to = &mut sums[plane * n_features..][..n * n_features];
        if n == MOST {
            add_to_planes::<FUSED, MOST>(rows, residuals, to, n_features);
        } else {
            // The last few together with planes of zeros.
            let mut last = vec![0.0; PLANES * n_rows];
            let mut made = vec![0.0; PLANES * n_features];
            last[..residuals.len()].copy_from_slice(residuals);
            made[..to.len()].copy_from_slice(to);
            add_to_planes::<FUSED, PLANES>(rows, &last, &mut made, n_features);
            to.copy_from_slice(&made[..to.len()]);
        }
        plane += n;
    }
}

#[inline(always)]
fn add_to_planes<const FUSED: bool, const N: usize>(
    rows: &[f32],
    residuals: &[f32],
    sums: &mut [f32],
    n_features: usize,
) {
    let n_rows = rows.len() / n_features;
    let whole = n_features - n_features % WIDTH;
    for first in (0..n_rows).step_by(TOGETHER) {
        let end = n_rows.min(first + TOGETHER);
        for at in (0..whole).step_by(WIDTH) {
            add_rows::<FUSED, N>(rows, residuals, sums, n_features, (first, end, at));
        }
        let lines = residuals
            .chunks_exact(n_rows)
            .zip(sums.chunks_exact_mut(n_features));
        for (residuals, sums) in lines {
            for row in first..end {
                for feature in whole..n_features {
                    sums[feature] += rows[row * n_features + feature] * residuals[row];
                }
            }
        }
    }
}

/// Adds some features, from `at` on, of the rows from `first` to `end`.
#[inline(always)]
fn add_rows<const FUSED: bool, const N: usize>(
    rows: &[f32],
    residuals: &[f32],
    sums: &mut [f32],
    n_features: usize,
    (first, end, at): (usize, usize, usize),
) {
    let n_rows = rows.len() / n_features;
    let mut own: [&[f32]; N] = [&[]; N];
    let mut sum = [[0.0; WIDTH]; N];
    for i in 0..N {
        own[i] = &residuals[i * n_rows + first..i * n_rows + end];
        sum[i].copy_from_slice(&sums[i * n_features + at..][..WIDTH]);
    }
    for row in 0..end - first {
        let mut values = [0.0; WIDTH];
        values.copy_from_slice(&rows[(first + row) * n_features + at..][..WIDTH]);
        for i in 0..N {
            multiply_add::<FUSED, WIDTH>(&mut sum[i], &[own[i][row]; WIDTH], &values);
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
        fn every_level_gives_what_the_plain_loop_gives(
            n_rows in 1usize..70, n_features in 1usize..70, n_planes in 1usize..18
        ) {
            let value = |i: usize, j: usize| ((i * 31 + j * 17) % 23) as f32 - 11.0;
            let rows: Vec<f32> = (0..n_rows * n_features).map(|i| value(i, 1)).collect();
            let planes: Vec<f32> = (0..n_planes * n_features).map(|i| value(i, 3)).collect();
            let residuals: Vec<f32> = (0..n_planes * n_rows).map(|i| value(i, 5)).collect();
            for simd in Simd::available() {
                let by = SkinnyGemm { simd };
                let mut products = vec![7.0; n_planes * n_rows];
                by.products(&rows, &planes, &mut products, n_features);
                let mut sums = vec![7.0; n_planes * n_features];
                by.add_transposed(&rows, &residuals, &mut sums, n_features);
                // Whole numbers of this size are exact in f32.
                for plane in 0..n_planes {
                    for row in 0..n_rows {
                        let plain =
                            (0..n_features).map(|i| rows[row * n_features + i] * planes[plane * n_features + i]);
                        prop_assert_eq!(products[plane * n_rows + row], plain.sum::<f32>());
                    }
                }
                for plane in 0..n_planes {
                    for feature in 0..n_features {
                        let plain =
                            (0..n_rows).map(|i| rows[i * n_features + feature] * residuals[plane * n_rows + i]);
                        prop_assert_eq!(sums[plane * n_features + feature], 7.0 + plain.sum::<f32>());
                    }
                }
            }
        }
    }
}
