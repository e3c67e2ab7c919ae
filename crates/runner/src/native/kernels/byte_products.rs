//! Dot products of byte rows in AMX tiles: 32 queries with 32 rows at a time, exact in integers.

#![expect(
    unsafe_code,
    reason = "AMX has no stable intrinsics, and AVX-512 loads take pointers"
)]

use crate::native::kernels::aligned::Aligned;
use crate::native::kernels::dispatch::dispatch;
use crate::native::kernels::simd::Simd;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use crate::native::kernels::simd::is_amx_permitted;

/// Queries and rows of a tile: two registers of 16 each.
pub(crate) const SIDE: usize = 32;

/// Rows of a tile register.
const HALF: usize = 16;

/// Bytes of a row of a tile register.
const LINE: usize = 64;

/// Dot products `[query][row]`.
pub(crate) type Tile = [[u32; SIDE]; SIDE];

/// Proof that this process may use AMX. Only [`AmxGemm::detect`] makes values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AmxGemm {
    simd: Simd,
}

/// Rows in the layout of tile registers.
pub(crate) struct Packed {
    /// `[tile][half][group of 64 bytes][group of 4 bytes][row][4 bytes]`. Rows beyond the last are zeros. The length is a multiple of
    /// `SIDE · width`.
    bytes: Aligned<u8>,
    /// A positive multiple of 64, with `SIDE · width` below 2^64.
    width: usize,
}

impl Packed {
    /// Packs rows of `width` bytes.
    ///
    /// # Panics
    /// Unless `width` is a positive multiple of 64 below 2^59, and `rows` holds whole rows.
    pub(crate) fn new(rows: &[u8], width: usize) -> Packed {
        assert!(
            width > 0 && width.is_multiple_of(LINE),
            "width is not a positive multiple of 64"
        );
        // Keeps the size of a tile from overflowing.
        assert!(width <= usize::MAX / SIDE, "width is too large");
        let n_rows = rows.len() / width;
        assert_eq!(rows.len(), n_rows * width, "rows are not a multiple of the width");
        let mut bytes = Aligned::new(n_rows.next_multiple_of(SIDE) * width);
        for (half, rows) in bytes
            .chunks_exact_mut(HALF * width)
            .zip(rows.chunks(HALF * width))
        {
            for (row, from) in rows.chunks_exact(width).enumerate() {
                for (at, four) in from.as_chunks::<4>().0.iter().enumerate() {
                    half[(at * HALF + row) * 4..][..4].copy_from_slice(four);
                }
            }
        }
        Packed { bytes, width }
    }

    /// Tiles of 32 rows.
    #[cfg(test)]
    fn n_tiles(&self) -> usize {
        self.bytes.len() / (SIDE * self.width)
    }
}

impl AmxGemm {
    /// `Some` where the processor has AMX and AVX-512, and Linux permits the use of AMX.
    pub(crate) fn detect() -> Option<AmxGemm> {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        {
            is_amx_permitted().then(|| AmxGemm { simd: Simd::detect() })
        }
        #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
        {
            None
        }
    }

    /// `Σ a·b` between each of 32 queries and each row of a tile, modulo 2^32.
    ///
    /// # Panics
    /// Unless `queries` holds 32 rows of the packed rows' width, and `rows` has the tile.
    pub(crate) fn tile(self, queries: &[u8], rows: &Packed, tile: usize, products: &mut Tile) {
        let width = rows.width;
        let rows = &rows.bytes[tile * SIDE * width..][..SIDE * width];
        assert_eq!(queries.len(), rows.len(), "not 32 queries of the rows' width");
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        // SAFETY: `self` proves that AMX may be used. `Packed::new` has asserted that `width` is a positive multiple of 64 and that
        // `32 · width` does not overflow; the slice and the assertion above give as many bytes of both.
        unsafe {
            amx::tile(queries, rows, width, products);
        }
        #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
        unreachable!("no AmxGemm without AMX: {width} {products:?}");
    }

    /// For each query the set of rows, one bit each, with `squares[row] - 2 · products[query][row]` at most the query's limit. All
    /// numbers and their doubles are below 2^31.
    pub(crate) fn within(self, products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE] {
        within(self.simd, products, squares, limits)
    }
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
            *bits |= u32::from(square - 2 * product.cast_signed() <= *limit) << row;
        }
    }
    bits
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx {
    use std::arch::asm;

    use crate::native::kernels::amx_gemm::HALF;
    use crate::native::kernels::amx_gemm::LINE;
    use crate::native::kernels::amx_gemm::SIDE;
    use crate::native::kernels::amx_gemm::Tile;

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
mod avx512 {
    use std::arch::x86_64::*;

    use crate::native::kernels::amx_gemm::HALF;
    use crate::native::kernels::amx_gemm::SIDE;
    use crate::native::kernels::amx_gemm::Tile;

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

    #[test]
    #[should_panic(expected = "width is too large")]
    fn a_width_whose_tile_overflows_is_refused() {
        Packed::new(&[], 1 << 59);
    }

    proptest! {
        #[test]
        fn products_match_the_plain_loop_where_amx_is_permitted(n_blocks in 1usize..4, n_rows in 1usize..70, seed: u8, limit in -4000i32..4000) {
            let Some(gemm) = AmxGemm::detect() else {
                return Ok(());
            };
            let width = LINE * n_blocks;
            let bytes = |n: usize, step: usize| -> Vec<u8> {
                (0..n * width).map(|i| (i * step % 257) as u8 ^ seed).collect()
            };
            let (queries, rows) = (bytes(SIDE, 31), bytes(n_rows, 57));
            let packed = Packed::new(&rows, width);
            prop_assert_eq!(packed.n_tiles(), n_rows.div_ceil(SIDE));
            for tile in 0..packed.n_tiles() {
                let mut found = [[9; SIDE]; SIDE];
                gemm.tile(&queries, &packed, tile, &mut found);
                for (query, found) in queries.chunks(width).zip(&found) {
                    for (row, found) in (tile * SIDE..).zip(found) {
                        let row = rows.get(row * width..(row + 1) * width).unwrap_or(&[]);
                        let product: u32 = query.iter().zip(row).map(|(&a, &b)| u32::from(a) * u32::from(b)).sum();
                        prop_assert_eq!(*found, product);
                    }
                }
                let squares = std::array::from_fn(|row| 3_000_000 + 7 * row as i32);
                let limits = std::array::from_fn(|query| limit * 900 + query as i32 * 31);
                prop_assert_eq!(gemm.within(&found, &squares, &limits), within_plain(&found, &squares, &limits));
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
