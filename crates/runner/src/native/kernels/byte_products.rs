//! Dot products of byte rows, 32 queries with 32 rows at a time, exact in integers: in AMX tiles, by the 8-bit products of AVX-512, or in a
//! plain loop.

#![expect(
    unsafe_code,
    reason = "AMX has no stable intrinsics, and AVX-512 loads take pointers"
)]

use crate::native::kernels::aligned::Aligned;
use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::packed_bytes::{HALF, LINE, Packed, SIDE, SIGN, check_width, n_whole_rows};
use crate::native::kernels::simd::Simd;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use crate::native::kernels::simd::is_amx_permitted;

/// Dot products `[query][row]`.
pub(crate) type Tile = [[u32; SIDE]; SIDE];

/// How this process multiplies bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByteProducts {
    simd: Simd,
    /// Proof that AMX may be used. Only [`ByteProducts::detect`] sets it.
    is_amx: bool,
}

/// Queries in the form that [`ByteProducts::tile`] takes.
pub(crate) struct PackedQueries {
    /// `[query][byte]`: the bytes themselves for AMX, otherwise each byte minus 128.
    bytes: Aligned<u8>,
    width: usize,
}

impl ByteProducts {
    /// AMX where the processor has it and Linux permits its use, or else the widest level of this processor.
    pub(crate) fn detect() -> ByteProducts {
        let simd = Simd::detect();
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        let is_amx = is_amx_permitted();
        #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
        let is_amx = false;
        ByteProducts { simd, is_amx }
    }

    /// All ways that this processor has.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<ByteProducts> {
        let levels = Simd::available().into_iter();
        let mut all: Vec<ByteProducts> = levels.map(|simd| ByteProducts { simd, is_amx: false }).collect();
        all.extend(Some(ByteProducts::detect()).filter(|products| products.is_amx));
        all
    }

    /// Whether this is faster than a plain loop.
    pub(crate) fn is_fast(self) -> bool {
        self.is_amx || dispatch!(self.simd, () -> bool, plain: no, vnni("avx512vnni"): yes)
    }

    /// The form of queries for [`ByteProducts::tile`]; they have `width` bytes.
    ///
    /// # Panics
    /// Unless `width` is a positive multiple of 64 below 2^59, and the queries are a multiple of 32.
    pub(crate) fn queries(self, mut bytes: Aligned<u8>, width: usize) -> PackedQueries {
        check_width(width);
        let n_queries = n_whole_rows(&bytes, width);
        assert!(n_queries.is_multiple_of(SIDE), "queries are not a multiple of 32");
        if !self.is_amx {
            bytes.iter_mut().for_each(|byte| *byte ^= SIGN);
        }
        PackedQueries { bytes, width }
    }

    /// `Σ a·b` between each of the 32 queries of a group and each row of a tile, modulo 2^32. The queries are from
    /// [`ByteProducts::queries`] of the same value.
    ///
    /// # Panics
    /// Unless both have the same width, and there are such a group and such a tile.
    pub(crate) fn tile(
        self,
        queries: &PackedQueries,
        group: usize,
        rows: &Packed,
        tile: usize,
        products: &mut Tile,
    ) {
        let width = rows.width;
        assert_eq!(queries.width, width, "queries and rows differ in width");
        let queries = &queries.bytes[group * SIDE * width..][..SIDE * width];
        let (sums, n_used) = (&rows.sums[tile], rows.n_used);
        let rows = &rows.bytes[tile * SIDE * width..][..SIDE * width];
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if self.is_amx {
            // SAFETY: `detect` has set this where AMX may be used. `check_width` has asserted that `width` is a positive multiple of 64
            // and that `32 · width` does not overflow; both slices have that length.
            unsafe {
                amx::tile(queries, rows, width, products);
            }
            return;
        }
        let from = &Operands {
            queries,
            rows,
            sums,
            width,
            n_used,
        };
        dispatch!(
            self.simd, (from: &Operands<'_>, products: &mut Tile) -> (),
            plain: tile_plain, vnni("avx512f,avx512bw,avx512vnni"): avx512::tile,
        );
    }

    /// For each query the set of rows, one bit each, with `squares[row] - 2 · products[query][row]` at most the query's limit. The
    /// differences are between -2^31 and 2^31.
    pub(crate) fn within(self, products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE] {
        within(self.simd, products, squares, limits)
    }
}

fn no() -> bool {
    false
}

fn yes() -> bool {
    true
}

/// What the products of a tile are computed from.
struct Operands<'a> {
    /// Bytes less 128; `32 · width`.
    queries: &'a [u8],
    /// Packed bytes; `32 · width`.
    rows: &'a [u8],
    /// `128 Σ b` of each row.
    sums: &'a [u32; SIDE],
    /// A multiple of 64.
    width: usize,
    /// A multiple of 4, at most `width`.
    n_used: usize,
}

/// `Σ a b = Σ (a - 128) b + 128 Σ b`.
fn tile_plain(from: &Operands<'_>, products: &mut Tile) {
    let halves = from.rows.chunks_exact(HALF * from.width);
    for (query, products) in from.queries.chunks_exact(from.width).zip(products) {
        *products = *from.sums;
        for (half, products) in halves.clone().zip(products.chunks_exact_mut(HALF)) {
            let groups = half.as_chunks::<LINE>().0;
            for (query, rows) in query.as_chunks::<4>().0.iter().zip(groups) {
                for (row, product) in rows.as_chunks::<4>().0.iter().zip(&mut *products) {
                    let terms = query.iter().zip(row);
                    let sum: i32 = terms
                        .map(|(&a, &b)| i32::from(a.cast_signed()) * i32::from(b))
                        .sum();
                    *product = product.wrapping_add_signed(sum);
                }
            }
        }
    }
}

/// `square - 2 · product`, the part of `Σ (a - b)²` that depends on the row.
pub(crate) fn row_part(square: i32, product: u32) -> i32 {
    square.wrapping_sub(product.wrapping_mul(2).cast_signed())
}

fn within(simd: Simd, products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE] {
    dispatch!(
        simd, (products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE],
        plain: within_plain, avx512("avx512f,avx512bw"): avx512::within,
    )
}

fn within_plain(products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE] {
    let mut bits = [0; SIDE];
    for ((bits, products), limit) in bits.iter_mut().zip(products).zip(limits) {
        for (row, (product, square)) in products.iter().zip(squares).enumerate() {
            *bits |= u32::from(row_part(*square, *product) <= *limit) << row;
        }
    }
    bits
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx {
    use std::arch::asm;

    use crate::native::kernels::byte_products::Tile;
    use crate::native::kernels::packed_bytes::HALF;
    use crate::native::kernels::packed_bytes::LINE;
    use crate::native::kernels::packed_bytes::SIDE;

    /// The operand of `ldtilecfg`.
    #[repr(C, align(64))]
    struct TileConfig {
        palette: u8,
        start_row: u8,
        reserved: [u8; 14],
        bytes_per_row: [u16; 16],
        rows: [u8; 16],
    }

    /// Palette 1 with eight tile registers of 16 rows of 64 bytes.
    static CONFIG: TileConfig = TileConfig {
        palette: 1,
        start_row: 0,
        reserved: [0; 14],
        bytes_per_row: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
        rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
    };

    /// # Safety
    /// - [`is_amx_permitted`](crate::native::kernels::simd::is_amx_permitted).
    /// - `width` is a positive multiple of 64, and `queries` and `rows` have `32 · width` bytes each.
    pub(crate) unsafe fn tile(queries: &[u8], rows: &[u8], width: usize, products: &mut Tile) {
        // SAFETY: the caller guarantees that AMX may be used. Each of the `width / 64` steps, at least one, reads 64 bytes of each of the
        // 32 queries and 2048 bytes of the rows, which are the whole of both after the last step. The four stores write 16 x 64 bytes each,
        // the whole of `products`. No other code uses tile registers, and `tilerelease` frees them.
        unsafe {
            asm!(
                "ldtilecfg [{config}]",
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "2:",
                "tileloadd tmm4, [{query} + {width}*1]",
                "tileloadd tmm6, [{row} + {line}*1]",
                "tileloadd tmm5, [{lower_query} + {width}*1]",
                "tileloadd tmm7, [{lower_row} + {line}*1]",
                "tdpbuud tmm0, tmm4, tmm6",
                "tdpbuud tmm1, tmm4, tmm7",
                "tdpbuud tmm2, tmm5, tmm6",
                "tdpbuud tmm3, tmm5, tmm7",
                "add {query}, 64",
                "add {lower_query}, 64",
                "add {row}, 1024",
                "add {lower_row}, 1024",
                "dec {steps}",
                "jnz 2b",
                "tilestored [{products} + {stride}*1], tmm0",
                "tilestored [{products} + {stride}*1 + 64], tmm1",
                "tilestored [{products} + {stride}*1 + 2048], tmm2",
                "tilestored [{products} + {stride}*1 + 2112], tmm3",
                "tilerelease",
                config = in(reg) &raw const CONFIG,
                query = inout(reg) queries.as_ptr() => _,
                lower_query = inout(reg) queries.as_ptr().add(HALF * width) => _,
                row = inout(reg) rows.as_ptr() => _,
                lower_row = inout(reg) rows.as_ptr().add(HALF * width) => _,
                steps = inout(reg) width / LINE => _,
                width = in(reg) width,
                line = in(reg) LINE,
                products = in(reg) products.as_mut_ptr(),
                stride = in(reg) size_of::<[u32; SIDE]>(),
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack),
            );
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::needless_range_loop,
    reason = "loops over arrays of registers, which the compiler unrolls"
)]
mod avx512 {
    use std::arch::x86_64::*;

    use crate::native::kernels::byte_products::Operands;
    use crate::native::kernels::byte_products::Tile;
    use crate::native::kernels::packed_bytes::HALF;
    use crate::native::kernels::packed_bytes::SIDE;

    /// Queries whose sums are in registers at once, two for each.
    const GROUP: usize = 8;

    /// [`super::ByteProducts::tile`] with VNNI: a register holds the sums of 16 rows, so that none is added up across a register.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub(crate) fn tile(from: &Operands<'_>, products: &mut Tile) {
        let (width, n_used) = (from.width, from.n_used);
        assert!(
            n_used <= width && n_used.is_multiple_of(4),
            "used bytes do not fit"
        );
        assert!(
            from.rows.len() == SIDE * width && from.queries.len() == SIDE * width,
            "not 32 queries and rows of the width"
        );
        let sums = load(from.sums);
        let groups = products.as_chunks_mut::<GROUP>().0;
        for (products, queries) in groups.iter_mut().zip(from.queries.chunks_exact(GROUP * width)) {
            let mut totals = [sums; GROUP];
            for at in (0..n_used).step_by(4) {
                // SAFETY: four bytes of each row take 64 bytes, so this group of both halves ends at most at `16 · n_used` and
                // `16 · (width + n_used)`, and the rows have `32 · width` bytes.
                let rows = unsafe {
                    let rows = from.rows.as_ptr().add(at * HALF);
                    [
                        _mm512_loadu_si512(rows.cast()),
                        _mm512_loadu_si512(rows.add(width * HALF).cast()),
                    ]
                };
                for query in 0..GROUP {
                    // SAFETY: the eight queries have `width` bytes each, and `at + 4` is at most `n_used`.
                    let four = unsafe {
                        queries
                            .as_ptr()
                            .add(query * width + at)
                            .cast::<i32>()
                            .read_unaligned()
                    };
                    let four = _mm512_set1_epi32(four);
                    for half in 0..2 {
                        totals[query][half] = _mm512_dpbusd_epi32(totals[query][half], rows[half], four);
                    }
                }
            }
            for query in 0..GROUP {
                store(&mut products[query], totals[query]);
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn store(values: &mut [u32; SIDE], [lower, upper]: [__m512i; 2]) {
        // SAFETY: the array has 32 values of 4 bytes, 16 for each of the two stores.
        unsafe {
            _mm512_storeu_si512(values.as_mut_ptr().cast(), lower);
            _mm512_storeu_si512(values.as_mut_ptr().add(HALF).cast(), upper);
        }
    }

    /// [`super::within`] with AVX-512.
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(crate) fn within(products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE] {
        let squares = load(&squares.map(i32::cast_unsigned));
        let mut bits = [0; SIDE];
        for query in 0..SIDE {
            let limit = _mm512_set1_epi32(limits[query]);
            let products = load(&products[query]);
            for half in 0..2 {
                let sums = _mm512_sub_epi32(squares[half], _mm512_slli_epi32::<1>(products[half]));
                bits[query] |= u32::from(_mm512_cmple_epi32_mask(sums, limit)) << (HALF * half);
            }
        }
        bits
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn load(values: &[u32; SIDE]) -> [__m512i; 2] {
        // SAFETY: the array has 32 values of 4 bytes, 16 for each of the two loads.
        unsafe {
            [
                _mm512_loadu_si512(values.as_ptr().cast()),
                _mm512_loadu_si512(values.as_ptr().add(HALF).cast()),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_are_exact_in_every_way_that_this_processor_has(
            n_blocks in 1usize..4, n_groups in 1usize..3, n_rows in 1usize..70, n_unused in 0usize..64, seed: u8
        ) {
            let width = LINE * n_blocks;
            let n_used = width - n_unused;
            let bytes = |n: usize, step: usize| -> Vec<u8> {
                let byte = |i: usize| if i % width < n_used { (i * step % 257) as u8 ^ seed } else { 0 };
                (0..n * width).map(byte).collect()
            };
            let (queries, rows) = (bytes(SIDE * n_groups, 31), bytes(n_rows, 57));
            let packed = Packed::new(&rows, width, n_used);
            prop_assert_eq!(packed.n_tiles(), n_rows.div_ceil(SIDE));
            for byte_products in ByteProducts::available() {
                let mut aligned = Aligned::new(queries.len());
                aligned.copy_from_slice(&queries);
                let packed_queries = byte_products.queries(aligned, width);
                for (tile, group) in (0..packed.n_tiles()).flat_map(|tile| (0..n_groups).map(move |group| (tile, group))) {
                    let mut found = [[9; SIDE]; SIDE];
                    byte_products.tile(&packed_queries, group, &packed, tile, &mut found);
                    for (query, found) in queries[group * SIDE * width..].chunks(width).zip(&found) {
                        for (row, found) in (tile * SIDE..).zip(found) {
                            let row = rows.get(row * width..(row + 1) * width).unwrap_or(&[]);
                            let product: u32 = query.iter().zip(row).map(|(&a, &b)| u32::from(a) * u32::from(b)).sum();
                            prop_assert_eq!(*found, product, "{:?}", byte_products);
                        }
                    }
                }
            }
        }

        #[test]
        fn rows_within_a_limit_match_the_plain_loop_at_every_level(
            values in proptest::collection::vec(0u32..9000, SIDE * SIDE), limit in -9000i32..9000
        ) {
            let mut products = [[0; SIDE]; SIDE];
            products.as_flattened_mut().copy_from_slice(&values);
            let squares = std::array::from_fn(|row| values[row].cast_signed());
            let limits = std::array::from_fn(|query| limit - 100 * query as i32);
            for simd in Simd::available() {
                prop_assert_eq!(within(simd, &products, &squares, &limits), within_plain(&products, &squares, &limits));
            }
        }
    }
}
