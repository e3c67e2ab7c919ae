//! Products of rows of bytes in matrix registers (AMX): 32 queries by 32 rows at a time, in integers and exact.

#![expect(
    unsafe_code,
    reason = "instructions that were looked for before they are used"
)]

use crate::native::kernels::aligned::Aligned;

/// Queries, and rows, of a tile: two registers of 16 each.
pub(crate) const SIDE: usize = 32;

/// Rows of a register.
const HALF: usize = 16;

/// Bytes of a register's row.
const LINE: usize = 64;

/// Sums over bytes, `[query][row]`.
pub(crate) type Tile = [[u32; SIDE]; SIDE];

/// Proof that this process may use the registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AmxGemm(());

/// Rows as the registers take them.
pub(crate) struct Packed {
    /// `tile[half][line of 64][four bytes][row]`; rows that are missing are zeros.
    bytes: Aligned<u8>,
    width: usize,
}

impl Packed {
    /// Of rows of `width` bytes, a multiple of 64.
    pub(crate) fn new(rows: &[u8], width: usize) -> Packed {
        assert!(width.is_multiple_of(LINE), "whole lines");
        let n_rows = rows.len() / width;
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
    /// Where the processor has the registers and the system lends them.
    pub(crate) fn here() -> Option<AmxGemm> {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        {
            static HERE: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
            HERE.get_or_init(x86::is_lent).then_some(AmxGemm(()))
        }
        #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
        {
            None
        }
    }

    /// `Σ a·b` between each of 32 queries, of as many bytes as the rows, and each row of a tile; modulo 2^32.
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub(crate) fn tile(self, queries: &[u8], rows: &Packed, tile: usize, products: &mut Tile) {
        let rows = &rows.bytes[tile * SIDE * rows.width..][..SIDE * rows.width];
        assert_eq!(queries.len(), rows.len(), "32 queries as wide as the rows");
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        // SAFETY: `self` says that the registers may be used; both are 32 rows of whole lines.
        unsafe {
            x86::tile(queries, rows, products);
        }
        #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
        unreachable!("{products:?} are asked of registers that are not there");
    }

    /// Of each query the rows, a bit each, for which `squares[row] - 2 · products[query][row]` is at most the query's limit; all of them
    /// and their doubles are below 2^31.
    pub(crate) fn within(self, products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE] {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        // SAFETY: `self` says that there is AVX-512.
        unsafe {
            x86::within(products, squares, limits)
        }
        #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
        within_body(products, squares, limits)
    }
}

#[cfg(any(test, not(all(target_arch = "x86_64", target_os = "linux"))))]
fn within_body(products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE] {
    let mut bits = [0; SIDE];
    for ((bits, products), limit) in bits.iter_mut().zip(products).zip(limits) {
        for (row, (product, square)) in products.iter().zip(squares).enumerate() {
            *bits |= u32::from(square - 2 * product.cast_signed() <= *limit) << row;
        }
    }
    bits
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod x86 {
    use std::arch::asm;
    use std::arch::x86_64::__cpuid_count;
    use std::arch::x86_64::__get_cpuid_max;

    use crate::native::kernels::amx_gemm::HALF;
    use crate::native::kernels::amx_gemm::LINE;
    use crate::native::kernels::amx_gemm::SIDE;
    use crate::native::kernels::amx_gemm::Tile;

    /// What a register is: `ldtilecfg`'s layout, with the first palette and eight registers of 16 rows of 64 bytes.
    #[repr(C, align(64))]
    struct Shapes {
        palette: u8,
        start_row: u8,
        reserved: [u8; 14],
        bytes_per_row: [u16; 16],
        rows: [u8; 16],
    }

    static SHAPES: Shapes = Shapes {
        palette: 1,
        start_row: 0,
        reserved: [0; 14],
        bytes_per_row: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
        rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
    };

    /// Whether there are tiles with 8-bit products, and AVX-512; and whether Linux lets this process use them, which has to be asked for.
    pub(crate) fn is_lent() -> bool {
        const AMX_TILE: u32 = 1 << 24;
        const AMX_INT8: u32 = 1 << 25;
        const ARCH_REQ_XCOMP_PERM: nix::libc::c_long = 0x1023;
        const XFEATURE_XTILEDATA: nix::libc::c_long = 18;
        if !is_x86_feature_detected!("avx512bw") || __get_cpuid_max(0).0 < 7 {
            return false;
        }
        let has = __cpuid_count(7, 0).edx & (AMX_TILE | AMX_INT8) == AMX_TILE | AMX_INT8;
        // SAFETY: the call takes two numbers, and a kernel that does not know it refuses.
        has && unsafe {
            nix::libc::syscall(nix::libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0
        }
    }

    /// # Safety
    /// [`is_lent`], and both are 32 rows of the same number of whole lines, `rows` as [`super::Packed`] has them.
    pub(crate) unsafe fn tile(queries: &[u8], rows: &[u8], products: &mut Tile) {
        let width = queries.len() / SIDE;
        // SAFETY: the caller has looked for the registers; the loop reads 2 · 16 lines a turn of queries and rows, of which there are
        // `width / 64` turns, and then writes 2 · 2 registers, which is the whole of `products`. The compiler knows no other use of the
        // registers, and they are given back.
        unsafe {
            asm!(
                "ldtilecfg [{shapes}]",
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
                "dec {turns}",
                "jnz 2b",
                "tilestored [{products} + {stride}*1], tmm0",
                "tilestored [{products} + {stride}*1 + 64], tmm1",
                "tilestored [{products} + {stride}*1 + 2048], tmm2",
                "tilestored [{products} + {stride}*1 + 2112], tmm3",
                "tilerelease",
                shapes = in(reg) &raw const SHAPES,
                query = inout(reg) queries.as_ptr() => _,
                lower_query = inout(reg) queries.as_ptr().add(HALF * width) => _,
                row = inout(reg) rows.as_ptr() => _,
                lower_row = inout(reg) rows.as_ptr().add(HALF * width) => _,
                turns = inout(reg) width / LINE => _,
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

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(crate) fn within(products: &Tile, squares: &[i32; SIDE], limits: &[i32; SIDE]) -> [u32; SIDE] {
        use std::arch::x86_64::*;
        // SAFETY: loads of 16 numbers each, of arrays of 32.
        let load =
            |from: *const i32, half: usize| unsafe { _mm512_loadu_si512(from.add(HALF * half).cast()) };
        let squares = [load(squares.as_ptr(), 0), load(squares.as_ptr(), 1)];
        let mut bits = [0; SIDE];
        for query in 0..SIDE {
            let limit = _mm512_set1_epi32(limits[query]);
            for (half, &squares) in squares.iter().enumerate() {
                let products = load(products[query].as_ptr().cast(), half);
                let sums = _mm512_sub_epi32(squares, _mm512_slli_epi32::<1>(products));
                bits[query] |= u32::from(_mm512_cmple_epi32_mask(sums, limit)) << (HALF * half);
            }
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_are_those_of_the_plain_loop(lines in 1usize..4, n_rows in 1usize..70, seed: u8, limit in -4000i32..4000) {
            let Some(products) = AmxGemm::here() else {
                return Ok(());
            };
            let width = LINE * lines;
            let bytes = |n: usize, step: usize| -> Vec<u8> {
                (0..n * width).map(|i| (i * step % 257) as u8 ^ seed).collect()
            };
            let (queries, rows) = (bytes(SIDE, 31), bytes(n_rows, 57));
            let packed = Packed::new(&rows, width);
            prop_assert_eq!(packed.n_tiles(), n_rows.div_ceil(SIDE));
            for tile in 0..packed.n_tiles() {
                let mut found = [[9; SIDE]; SIDE];
                products.tile(&queries, &packed, tile, &mut found);
                for (query, found) in queries.chunks(width).zip(&found) {
                    for (row, found) in (tile * SIDE..).zip(found) {
                        let row = rows.get(row * width..(row + 1) * width).unwrap_or(&[]);
                        let product: u32 = query.iter().zip(row).map(|(&a, &b)| u32::from(a) * u32::from(b)).sum();
                        prop_assert_eq!(*found, product);
                    }
                }
                let squares = std::array::from_fn(|row| 3_000_000 + 7 * row as i32);
                let limits = std::array::from_fn(|query| limit * 900 + query as i32 * 31);
                let within = products.within(&found, &squares, &limits);
                prop_assert_eq!(within, within_body(&found, &squares, &limits));
            }
        }
    }
}
