//! Distances between four queries and many rows of bytes at once, exact in integers: sums of absolute and of squared differences.

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

    /// Whether [`Distance::squares`] has a faster implementation than the plain loop.
    pub(crate) fn has_fast_squares(self) -> bool {
        dispatch!(self.simd, () -> bool, plain: no, vnni("avx512vnni"): yes)
    }

    /// `Σ (a - b)²` between each of four queries and each row: `sums[row][query]`.
    ///
    /// Queries have a positive multiple of 64 bytes, of which up to 33,000 are not 0, and come with their [`query_term`]. The bytes of the
    /// rows are [`shifted`], and `squares` has each row's `Σ b²` of the original bytes.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub(crate) fn squares(
        self,
        queries: &[u8],
        query_terms: [u32; 4],
        rows: &[i8],
        squares: &[u32],
        sums: &mut [[u32; 4]],
    ) {
        dispatch!(
            self.simd,
            (queries: &[u8], query_terms: [u32; 4], rows: &[i8], squares: &[u32], sums: &mut [[u32; 4]]) -> (),
            plain: squares_plain, vnni("avx512f,avx512bw,avx512vnni"): x86::squares_vnni,
        );
    }
}

fn no() -> bool {
    false
}

fn yes() -> bool {
    true
}

/// # Panics
/// Unless there are four queries and one row per sum, all of `width` bytes, a positive multiple of 64.
fn check_lengths<T>(queries: &[u8], rows: &[T], width: usize, sums: &[[u32; 4]]) {
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

/// A byte less 128, the form of the rows that [`Distance::squares`] takes.
pub(crate) fn shifted(byte: u8) -> i8 {
    (byte ^ 128).cast_signed()
}

/// The terms that depend only on the query in `Σ (a - b)² = Σ a² + Σ b² - 2 (Σ a (b - 128) + 128 Σ a)`, modulo 2^32.
pub(crate) fn query_term(query: &[u8]) -> u32 {
    let squares: u32 = query.iter().map(|&a| u32::from(a) * u32::from(a)).sum();
    let sum: u32 = query.iter().copied().map(u32::from).sum();
    squares.wrapping_sub(256 * sum)
}

fn squares_plain(queries: &[u8], query_terms: [u32; 4], rows: &[i8], squares: &[u32], sums: &mut [[u32; 4]]) {
    let width = queries.len() / 4;
    check_lengths(queries, rows, width, sums);
    assert_eq!(squares.len(), sums.len(), "not one square per row");
    for ((row, &square), sums) in rows.chunks_exact(width).zip(squares).zip(sums) {
        for ((query, query_term), sum) in queries.chunks_exact(width).zip(query_terms).zip(sums) {
            let product: i32 = row
                .iter()
                .zip(query)
                .map(|(&b, &a)| i32::from(a) * i32::from(b))
                .sum();
            *sum = squared_distance(product, query_term, square);
        }
    }
}

#[inline(always)]
fn squared_distance(product: i32, query_term: u32, square: u32) -> u32 {
    query_term
        .wrapping_add(square)
        .wrapping_sub(2 * product.cast_unsigned())
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
    use crate::native::kernels::byte_distances::squared_distance;
    use crate::native::kernels::byte_distances::squares_plain;

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

    /// [`super::Distance::squares`] with VNNI.
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
    pub(crate) fn squares_vnni(
        queries: &[u8],
        query_terms: [u32; 4],
        rows: &[i8],
        squares: &[u32],
        sums: &mut [[u32; 4]],
    ) {
        let width = queries.len() / 4;
        check_lengths(queries, rows, width, sums);
        assert_eq!(squares.len(), sums.len(), "not one square per row");
        const ROWS: usize = 4;
        let (groups, rest) = sums.as_chunks_mut::<ROWS>();
        let n_done = ROWS * groups.len();
        let mut row = rows.as_ptr();
        for (sums, squares) in groups.iter_mut().zip(squares.as_chunks::<ROWS>().0) {
            let mut totals = [[_mm512_setzero_si512(); 4]; ROWS];
            for at in (0..width).step_by(64) {
                for query in 0..4 {
                    // SAFETY: `check_lengths` has asserted that each of the four queries has `width` bytes, a multiple of 64.
                    let bytes =
                        unsafe { _mm512_loadu_si512(queries.as_ptr().add(query * width + at).cast()) };
                    for i in 0..ROWS {
                        // SAFETY: `check_lengths` has asserted one row of `width` bytes per sum, and `row` is the first of a group.
                        let values = unsafe { _mm512_loadu_si512(row.add(i * width + at).cast()) };
                        totals[i][query] = _mm512_dpbusd_epi32(totals[i][query], bytes, values);
                    }
                }
            }
            for i in 0..ROWS {
                let products = four512_of_16(totals[i]);
                for query in 0..4 {
                    let product = products[query].cast_signed();
                    sums[i][query] = squared_distance(product, query_terms[query], squares[i]);
                }
            }
            row = row.wrapping_add(ROWS * width);
        }
        squares_plain(
            queries,
            query_terms,
            &rows[n_done * width..],
            &squares[n_done..],
            rest,
        );
    }

    /// The total of each of four registers of 32-bit sums.
    #[target_feature(enable = "avx2,avx512f")]
    #[inline]
    fn four512_of_16([a, b, c, d]: [__m512i; 4]) -> [u32; 4] {
        let ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        let cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
        fold512(_mm512_add_epi32(
            _mm512_unpacklo_epi64(ab, cd),
            _mm512_unpackhi_epi64(ab, cd),
        ))
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

        #[test]
        fn squared_distances_match_the_plain_loop_at_every_level(n_rows in 0usize..11, blocks in 1usize..4, seed: u8) {
            let width = 64 * blocks;
            let bytes = |n: usize, step: usize| -> Vec<u8> {
                (0..n * width).map(|i| (i * step % 257) as u8 ^ seed).collect()
            };
            let (queries, rows) = (bytes(4, 31), bytes(n_rows, 57));
            let squares: Vec<u32> = rows.chunks(width).map(|row| row.iter().map(|&b| u32::from(b).pow(2)).sum()).collect();
            let plain = Distance::with(Simd::PLAIN);
            for simd in Simd::available() {
                let mut sums = vec![[9; 4]; n_rows];
                let shifted: Vec<i8> = rows.iter().copied().map(shifted).collect();
                let query_terms = std::array::from_fn(|query| query_term(&queries[query * width..][..width]));
                Distance::with(simd).squares(&queries, query_terms, &shifted, &squares, &mut sums);
                for (row, sums) in rows.chunks(width).zip(&sums) {
                    for (query, sum) in queries.chunks(width).zip(sums) {
                        prop_assert_eq!(*sum, plain.squared(query, row));
                    }
                }
            }
        }
    }
}
