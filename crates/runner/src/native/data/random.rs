//! Random numbers of one range.

use rand::RngCore;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Uniform in `0..n`.
pub(crate) fn uniform_index(random: &mut Xoshiro256PlusPlus, n: usize) -> usize {
    // The high half of a product with 64 random bits: its bias is n / 2^64.
    ((u128::from(random.next_u64()) * n as u128) >> 64) as usize
}
