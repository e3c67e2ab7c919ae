//! Distances between four queries and many rows of bytes at once, exact in integers: sums of absolute differences.

#![expect(
    unsafe_code,
    reason = "loads of vector registers from several rows behind one check of the lengths"
)]

use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::distance::Distance;

impl Distance {
    /// `Σ |a - b|` between each of four queries and each row: `sums[row][query]`. Rows and queries have `width` bytes, a positive multiple
    /// of 64.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub(crate) fn absolute(self, queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) {
        dispatch!(
            self.simd, (queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) -> (),
            plain: absolute_plain, avx2("avx2"): x86::absolute_avx2, avx512("avx512f,avx512bw"): x86::absolute_avx512,
        );
    }
}

/// # Panics
/// Unless there are four queries and one row per sum, all of `width` bytes, a positive multiple of 64.
fn check_lengths(queries: &[u8], rows: &[u8], width: usize, sums: &[[u32; 4]]) {
    assert!(
        width > 0 && width.is_multiple_of(64),
        "width is not a positive multiple of 64"
    );
    // Quotients, since a product with `width` could overflow.
    assert!(
        queries.len().is_multiple_of(width) && queries.len() / width == 4,
        "not four queries of this width"
    );
    assert!(
        rows.len().is_multiple_of(width) && rows.len() / width == sums.len(),
        "not one row of this width per sum"
    );
}

fn absolute_plain(queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) {
    check_lengths(queries, rows, width, sums);
    for (row, sums) in rows.chunks_exact(width).zip(sums) {
        for (query, sum) in queries.chunks_exact(width).zip(sums) {
            *sum = row
                .iter()
                .zip(query)
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum();
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::needless_range_loop,
    reason = "loops over arrays of registers, which the compiler unrolls"
)]
mod x86 {
    //! 32 or 64 bytes per instruction. Several rows against four queries take more time for the sums than for the loads.

    use std::arch::x86_64::*;

    use crate::native::kernels::byte_distances::absolute_plain;
    use crate::native::kernels::byte_distances::check_lengths;

    /// [`super::Distance::absolute`] with AVX2.
    #[target_feature(enable = "avx2")]
    pub(crate) fn absolute_avx2(queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) {
        check_lengths(queries, rows, width, sums);
        const ROWS: usize = 2;
        let (groups, rest) = sums.as_chunks_mut::<ROWS>();
        let n_done = ROWS * groups.len();
        let mut row = rows.as_ptr();
        for sums in groups {
            let mut totals = [[_mm256_setzero_si256(); 4]; ROWS];
            for at in (0..width).step_by(32) {
                for query in 0..4 {
                    // SAFETY: `check_lengths` has asserted that each of the four queries has `width` bytes, a multiple of 32.
                    let bytes =
                        unsafe { _mm256_loadu_si256(queries.as_ptr().add(query * width + at).cast()) };
                    for i in 0..ROWS {
                        // SAFETY: `check_lengths` has asserted one row of `width` bytes per sum, and `row` is the first of a group.
                        let values = unsafe { _mm256_loadu_si256(row.add(i * width + at).cast()) };
                        totals[i][query] = _mm256_add_epi64(totals[i][query], _mm256_sad_epu8(values, bytes));
                    }
                }
            }
            for i in 0..ROWS {
                sums[i] = four256(totals[i]);
            }
            row = row.wrapping_add(ROWS * width);
        }
        absolute_plain(queries, &rows[n_done * width..], width, rest);
    }

    /// The total of each of four registers of 64-bit sums; totals are below 2^32.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn four256([a, b, c, d]: [__m256i; 4]) -> [u32; 4] {
        let ab = _mm256_add_epi64(a, _mm256_slli_epi64::<32>(b));
        let cd = _mm256_add_epi64(c, _mm256_slli_epi64::<32>(d));
        let sums = _mm256_add_epi32(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
        four128(_mm_add_epi32(
            _mm256_castsi256_si128(sums),
            _mm256_extracti128_si256::<1>(sums),
        ))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn four128(sums: __m128i) -> [u32; 4] {
        let mut four = [0; 4];
        // SAFETY: the array has the 16 bytes of a register.
        unsafe { _mm_storeu_si128(four.as_mut_ptr().cast(), sums) };
        four
    }

    /// [`super::Distance::absolute`] with AVX-512.
    #[target_feature(enable = "avx2,avx512f,avx512bw")]
    pub(crate) fn absolute_avx512(queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) {
        check_lengths(queries, rows, width, sums);
        const ROWS: usize = 4;
        let (groups, rest) = sums.as_chunks_mut::<ROWS>();
        let n_done = ROWS * groups.len();
        let mut row = rows.as_ptr();
        for sums in groups {
            let mut totals = [[_mm512_setzero_si512(); 4]; ROWS];
            for at in (0..width).step_by(64) {
                for query in 0..4 {
                    // SAFETY: `check_lengths` has asserted that each of the four queries has `width` bytes, a multiple of 64.
                    let bytes =
                        unsafe { _mm512_loadu_si512(queries.as_ptr().add(query * width + at).cast()) };
                    for i in 0..ROWS {
                        // SAFETY: `check_lengths` has asserted one row of `width` bytes per sum, and `row` is the first of a group.
                        let values = unsafe { _mm512_loadu_si512(row.add(i * width + at).cast()) };
                        totals[i][query] = _mm512_add_epi64(totals[i][query], _mm512_sad_epu8(values, bytes));
                    }
                }
            }
            for i in 0..ROWS {
                sums[i] = four512(totals[i]);
            }
            row = row.wrapping_add(ROWS * width);
        }
        absolute_plain(queries, &rows[n_done * width..], width, rest);
    }

    /// The total of each of four registers of 64-bit sums; totals are below 2^32.
    #[target_feature(enable = "avx2,avx512f")]
    #[inline]
    fn four512([a, b, c, d]: [__m512i; 4]) -> [u32; 4] {
        let ab = _mm512_add_epi64(a, _mm512_slli_epi64::<32>(b));
        let cd = _mm512_add_epi64(c, _mm512_slli_epi64::<32>(d));
        fold512(_mm512_add_epi32(
            _mm512_unpacklo_epi64(ab, cd),
            _mm512_unpackhi_epi64(ab, cd),
        ))
    }

    /// The sum of the four 128-bit lanes of a register.
    #[target_feature(enable = "avx2,avx512f")]
    #[inline]
    fn fold512(sums: __m512i) -> [u32; 4] {
        let halves = _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums));
        four128(_mm_add_epi32(
            _mm256_castsi256_si128(halves),
            _mm256_extracti128_si256::<1>(halves),
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::native::kernels::simd::Simd;

    #[test]
    #[should_panic(expected = "not four queries of this width")]
    fn a_width_whose_products_overflow_is_refused() {
        Distance::detect().absolute(&[], &[], 1 << 62, &mut [[0; 4]; 4]);
    }

    proptest! {
        #[test]
        fn absolute_distances_match_the_plain_loop_at_every_level(n_rows in 0usize..11, blocks in 1usize..4, seed: u8) {
            let width = 64 * blocks;
            let bytes = |n: usize, step: usize| -> Vec<u8> {
                (0..n * width).map(|i| (i * step % 257) as u8 ^ seed).collect()
            };
            let (queries, rows) = (bytes(4, 31), bytes(n_rows, 57));
            let mut expected = vec![[0; 4]; n_rows];
            absolute_plain(&queries, &rows, width, &mut expected);
            for simd in Simd::available() {
                let mut sums = vec![[9; 4]; n_rows];
                Distance::with(simd).absolute(&queries, &rows, width, &mut sums);
                prop_assert_eq!(&sums, &expected);
            }
        }
    }
}
