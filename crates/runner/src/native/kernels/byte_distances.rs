//! Sums over differences of bytes between four queries and many rows at once, in integers: of absolute differences, and of squared ones.

#![expect(
    unsafe_code,
    reason = "vector instructions that were looked for before they are used"
)]

use crate::native::kernels::distance::Distance;
use crate::native::kernels::simd::Simd;

impl Distance {
    /// `Σ |a - b|` between each of four queries and each row: `sums[row][query]`. Rows and queries are `width` bytes, a multiple of 64.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub(crate) fn absolute(self, queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) {
        assert!(
            width.is_multiple_of(64) && queries.len() == 4 * width && rows.len() == sums.len() * width,
            "four queries, and a row for every sum"
        );
        match self.simd {
            Simd::Plain => absolute_plain(queries, rows, width, sums),
            // SAFETY: the level names only what the processor has; the lengths were checked.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => unsafe { x86::absolute_avx2(queries, rows, width, sums) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 | Simd::Vnni => unsafe { x86::absolute_avx512(queries, rows, width, sums) },
        }
    }

    /// Whether [`Distance::squares`] has instructions of its own.
    pub(crate) fn has_fast_squares(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            self.simd == Simd::Vnni
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            false
        }
    }

    /// `Σ (a - b)²` between each of four queries and each row: `sums[row][query]`. Queries are `width` bytes, a multiple of 64, of which up
    /// to 33,000 are not 0, with what [`alone`] says of each; rows too, each of their bytes [`shifted`], with `Σ b²` before that.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub(crate) fn squares(
        self,
        queries: &[u8],
        of_query: [u32; 4],
        rows: &[i8],
        squares: &[u32],
        sums: &mut [[u32; 4]],
    ) {
        let width = queries.len() / 4;
        assert!(
            width.is_multiple_of(64)
                && queries.len() == 4 * width
                && rows.len() == sums.len() * width
                && squares.len() == sums.len(),
            "four queries, and a row and its square for every sum"
        );
        match self.simd {
            // SAFETY: the level names only what the processor has; the lengths were checked.
            #[cfg(target_arch = "x86_64")]
            Simd::Vnni => unsafe { x86::squares_vnni(queries, rows, width, of_query, squares, sums) },
            _ => squares_plain(queries, rows, width, of_query, squares, sums),
        }
    }
}

fn absolute_plain(queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) {
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

/// A byte less 128, as [`Distance::squares`] takes rows.
pub(crate) fn shifted(byte: u8) -> i8 {
    (byte ^ 128).cast_signed()
}

/// What is the same for every row in `Σ (a - b)² = Σ a² + Σ b² - 2 (Σ a (b - 128) + 128 Σ a)`, modulo 2^32.
pub(crate) fn alone(query: &[u8]) -> u32 {
    let squares: u32 = query.iter().map(|&a| u32::from(a) * u32::from(a)).sum();
    let sum: u32 = query.iter().copied().map(u32::from).sum();
    squares.wrapping_sub(256 * sum)
}

fn squares_plain(
    queries: &[u8],
    rows: &[i8],
    width: usize,
    of_query: [u32; 4],
    squares: &[u32],
    sums: &mut [[u32; 4]],
) {
    for ((row, &square), sums) in rows.chunks_exact(width).zip(squares).zip(sums) {
        for ((query, of_query), sum) in queries.chunks_exact(width).zip(of_query).zip(sums) {
            let product: i32 = row
                .iter()
                .zip(query)
                .map(|(&b, &a)| i32::from(a) * i32::from(b))
                .sum();
            *sum = squared_of(product, of_query, square);
        }
    }
}

#[inline(always)]
fn squared_of(product: i32, of_query: u32, square: u32) -> u32 {
    of_query
        .wrapping_add(square)
        .wrapping_sub(2 * product.cast_unsigned())
}

#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::needless_range_loop,
    reason = "loops over registers, all of which are unrolled"
)]
mod x86 {
    //! Sums of absolute differences, 32 or 64 bytes an instruction; several rows against four queries keep the loads behind the sums.
    //!
    //! Plain loops over arrays of registers, which stay registers; what is in a closure may be compiled without these instructions.

    use std::arch::x86_64::*;

    /// # Safety
    /// The processor has AVX2, and the lengths are as `Distance::absolute` checks them.
    #[target_feature(enable = "avx2")]
    pub(crate) unsafe fn absolute_avx2(queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) {
        const ROWS: usize = 2;
        let (groups, rest) = sums.as_chunks_mut::<ROWS>();
        let n_done = ROWS * groups.len();
        let mut row = rows.as_ptr();
        for sums in groups {
            let mut totals = [[_mm256_setzero_si256(); 4]; ROWS];
            for at in (0..width).step_by(32) {
                for query in 0..4 {
                    // SAFETY: all queries and the next `ROWS` rows have `width` bytes, of which 32 are left here.
                    let bytes =
                        unsafe { _mm256_loadu_si256(queries.as_ptr().add(query * width + at).cast()) };
                    for i in 0..ROWS {
                        // SAFETY: as above.
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
        crate::native::kernels::byte_distances::absolute_plain(queries, &rows[n_done * width..], width, rest);
    }

    /// The sum of each of four registers of sums, which are below 2^32.
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
        // SAFETY: the array has as many bytes as the register.
        unsafe { _mm_storeu_si128(four.as_mut_ptr().cast(), sums) };
        four
    }

    /// # Safety
    /// The processor has AVX-512 on bytes, and the lengths are as `Distance::absolute` checks them.
    #[target_feature(enable = "avx2,avx512f,avx512bw")]
    pub(crate) unsafe fn absolute_avx512(queries: &[u8], rows: &[u8], width: usize, sums: &mut [[u32; 4]]) {
        const ROWS: usize = 4;
        let (groups, rest) = sums.as_chunks_mut::<ROWS>();
        let n_done = ROWS * groups.len();
        let mut row = rows.as_ptr();
        for sums in groups {
            let mut totals = [[_mm512_setzero_si512(); 4]; ROWS];
            for at in (0..width).step_by(64) {
                for query in 0..4 {
                    // SAFETY: all queries and the next `ROWS` rows have `width` bytes, of which 64 are left here.
                    let bytes =
                        unsafe { _mm512_loadu_si512(queries.as_ptr().add(query * width + at).cast()) };
                    for i in 0..ROWS {
                        // SAFETY: as above.
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
        crate::native::kernels::byte_distances::absolute_plain(queries, &rows[n_done * width..], width, rest);
    }

    /// # Safety
    /// The processor has AVX-512 with 8-bit dot products, and the lengths are as `Distance::squares` checks them.
    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
    pub(crate) unsafe fn squares_vnni(
        queries: &[u8],
        rows: &[i8],
        width: usize,
        of_query: [u32; 4],
        squares: &[u32],
        sums: &mut [[u32; 4]],
    ) {
        const ROWS: usize = 4;
        let (groups, rest) = sums.as_chunks_mut::<ROWS>();
        let n_done = ROWS * groups.len();
        let mut row = rows.as_ptr();
        for (sums, squares) in groups.iter_mut().zip(squares.as_chunks::<ROWS>().0) {
            let mut totals = [[_mm512_setzero_si512(); 4]; ROWS];
            for at in (0..width).step_by(64) {
                for query in 0..4 {
                    // SAFETY: all queries and the next `ROWS` rows have `width` bytes, of which 64 are left here.
                    let bytes =
                        unsafe { _mm512_loadu_si512(queries.as_ptr().add(query * width + at).cast()) };
                    for i in 0..ROWS {
                        // SAFETY: as above.
                        let values = unsafe { _mm512_loadu_si512(row.add(i * width + at).cast()) };
                        totals[i][query] = _mm512_dpbusd_epi32(totals[i][query], bytes, values);
                    }
                }
            }
            for i in 0..ROWS {
                let products = four512_of_16(totals[i]);
                for query in 0..4 {
                    let product = products[query].cast_signed();
                    sums[i][query] = crate::native::kernels::byte_distances::squared_of(
                        product,
                        of_query[query],
                        squares[i],
                    );
                }
            }
            row = row.wrapping_add(ROWS * width);
        }
        crate::native::kernels::byte_distances::squares_plain(
            queries,
            &rows[n_done * width..],
            width,
            of_query,
            &squares[n_done..],
            rest,
        );
    }

    /// The sum of each of four registers of 16 sums.
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

    /// As [`four256`].
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

    /// The sum of the four quarters of a register.
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

    proptest! {
        #[test]
        fn sums_of_absolute_differences_are_those_of_the_plain_loop_at_every_level(n_rows in 0usize..11, blocks in 1usize..4, seed: u8) {
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
        fn sums_of_squares_are_those_of_the_plain_loop_at_every_level(n_rows in 0usize..11, blocks in 1usize..4, seed: u8) {
            let width = 64 * blocks;
            let bytes = |n: usize, step: usize| -> Vec<u8> {
                (0..n * width).map(|i| (i * step % 257) as u8 ^ seed).collect()
            };
            let (queries, rows) = (bytes(4, 31), bytes(n_rows, 57));
            let squares: Vec<u32> = rows.chunks(width).map(|row| row.iter().map(|&b| u32::from(b).pow(2)).sum()).collect();
            let plain = Distance::with(Simd::Plain);
            for simd in Simd::available() {
                let mut sums = vec![[9; 4]; n_rows];
                let shifted: Vec<i8> = rows.iter().copied().map(shifted).collect();
                let of_query = std::array::from_fn(|query| alone(&queries[query * width..][..width]));
                Distance::with(simd).squares(&queries, of_query, &shifted, &squares, &mut sums);
                for (row, sums) in rows.chunks(width).zip(&sums) {
                    for (query, sum) in queries.chunks(width).zip(sums) {
                        prop_assert_eq!(*sum, plain.squared(query, row));
                    }
                }
            }
        }
    }
}
