//! Rows of bytes in the layout of registers: four bytes of each of 16 rows beside each other.

use crate::native::kernels::aligned::Aligned;

/// Queries and rows of a tile: two registers of 16 each.
pub(crate) const SIDE: usize = 32;

/// Rows of a register.
pub(super) const HALF: usize = 16;

/// Bytes of a row of a tile register of AMX.
pub(super) const LINE: usize = 64;

/// A byte less 128 has this bit changed.
pub(super) const SIGN: u8 = 128;

/// Rows in the layout of registers.
pub(crate) struct Packed {
    /// `[tile][half][group of 64 bytes][group of 4 bytes][row][4 bytes]`. Rows beyond the last are zeros. The length is a multiple of
    /// `SIDE · width`.
    pub(super) bytes: Aligned<u8>,
    /// `128 Σ b` of each row of a tile, modulo 2^32.
    pub(super) sums: Vec<[u32; SIDE]>,
    /// A positive multiple of 64, with `SIDE · width` below 2^64.
    pub(super) width: usize,
    /// Bytes of a row before its padding: a multiple of 4, at most `width`.
    pub(super) n_used: usize,
}

impl Packed {
    /// Packs rows of `width` bytes, of which those from `n_used` on are zeros.
    ///
    /// # Panics
    /// Unless `width` is a positive multiple of 64 below 2^59, `n_used` at most `width`, and `rows` holds whole rows.
    pub(crate) fn new(rows: &[u8], width: usize, n_used: usize) -> Packed {
        check_width(width);
        assert!(n_used <= width, "more bytes are used than there are");
        let n_rows = n_whole_rows(rows, width);
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
        let mut sums = vec![[0; SIDE]; n_rows.div_ceil(SIDE)];
        for (sum, row) in sums.as_flattened_mut().iter_mut().zip(rows.chunks_exact(width)) {
            let total = row
                .iter()
                .fold(0u32, |total, &byte| total.wrapping_add(u32::from(byte)));
            *sum = total.wrapping_mul(u32::from(SIGN));
        }
        Packed {
            bytes,
            sums,
            width,
            n_used: n_used.next_multiple_of(4),
        }
    }

    /// Tiles of 32 rows.
    #[cfg(test)]
    pub(super) fn n_tiles(&self) -> usize {
        self.bytes.len() / (SIDE * self.width)
    }
}

/// # Panics
/// Unless the width is a positive multiple of 64 and that of a tile does not overflow.
pub(super) fn check_width(width: usize) {
    assert!(
        width > 0 && width.is_multiple_of(LINE),
        "width is not a positive multiple of 64"
    );
    assert!(width <= usize::MAX / SIDE, "width is too large");
}

/// # Panics
/// Unless `rows` holds whole rows.
pub(super) fn n_whole_rows(rows: &[u8], width: usize) -> usize {
    let n_rows = rows.len() / width;
    assert_eq!(rows.len(), n_rows * width, "rows are not a multiple of the width");
    n_rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "width is too large")]
    fn a_width_whose_tile_overflows_is_refused() {
        Packed::new(&[], 1 << 59, 0);
    }

    #[test]
    fn four_bytes_of_sixteen_rows_are_beside_each_other() {
        let row = |row: u8| (0..64).map(move |byte| if byte < 5 { 10 * row + byte } else { 0 });
        let rows: Vec<u8> = (0..18).flat_map(row).collect();
        let packed = Packed::new(&rows, 64, 5);
        assert_eq!(packed.bytes[..8], [0, 1, 2, 3, 10, 11, 12, 13]);
        assert_eq!(packed.bytes[64..72], [4, 0, 0, 0, 14, 0, 0, 0]);
        assert_eq!(
            packed.bytes[16 * 64..][..8],
            [160, 161, 162, 163, 170, 171, 172, 173]
        );
        assert_eq!(packed.sums[0][1], 128 * (10 + 11 + 12 + 13 + 14));
        assert_eq!((packed.n_used, packed.n_tiles()), (8, 1));
    }
}
