//! Uniform random indices.

use rand::RngCore;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Draws an index uniformly from `0..n`.
pub(crate) fn uniform_index(random: &mut Xoshiro256PlusPlus, n: usize) -> usize {
    // The high half of the product with 64 random bits. The bias is at most n / 2^64.
    ((u128::from(random.next_u64()) * n as u128) >> 64) as usize
}
