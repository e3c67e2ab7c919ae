//! Random numbers in a range, from 64 random bits.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::RngCore;

/// A whole number from 0 up to, but not including, `end`.
pub(super) fn below(end: usize, random: &mut Xoshiro256PlusPlus) -> usize {
    ((u128::from(random.next_u64()) * end as u128) >> 64) as usize
}

/// A number from 0 up to, but not including, 1.
#[expect(clippy::cast_precision_loss, reason = "the 53 bits of a fraction")]
pub(super) fn fraction(random: &mut Xoshiro256PlusPlus) -> f64 {
    (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}
