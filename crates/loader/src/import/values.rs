//! Values of features as they are read: bytes for as long as all of them are whole numbers from 0 to 255.

use std::collections::TryReserveError;

use crate::source::memory;

/// Rows are in memory as they were read and in their new order.
const COPIES: u128 = 2;

/// Values in a row, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    /// Whole numbers from 0 to 255.
    Bytes(Vec<u8>),
    /// Anything else that is finite.
    Numbers(Vec<f64>),
}

/// Why a value was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is NaN or infinite.
    NotFinite,
    /// The import needs more bytes than this machine has.
    Memory {
        /// Bytes that it needs.
        bytes: u128,
    },
}

impl Values {
    /// Without values; there is memory for `n`, if they are bytes.
    pub(super) fn with_capacity(n: u64) -> Result<Values, Fault> {
        let mut bytes = Vec::new();
        reserve(&mut bytes, n)?;
        Ok(Values::Bytes(bytes))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Values::Bytes(bytes) => bytes.len(),
            Values::Numbers(numbers) => numbers.len(),
        }
    }

    /// The value at a position.
    ///
    /// # Panics
    /// If there is no such position.
    pub(super) fn at(&self, position: usize) -> f64 {
        match self {
            Values::Bytes(bytes) => f64::from(bytes[position]),
            Values::Numbers(numbers) => numbers[position],
        }
    }

    /// Appends a value.
    pub(super) fn push(&mut self, value: f64) -> Result<(), Fault> {
        if !value.is_finite() {
            return Err(Fault::NotFinite);
        }
        if let (Values::Bytes(bytes), false) = (&self, is_byte(value)) {
            let mut numbers = Vec::new();
            reserve(&mut numbers, bytes.capacity().max(bytes.len() + 1) as u64)?;
            numbers.extend(bytes.iter().map(|&byte| f64::from(byte)));
            *self = Values::Numbers(numbers);
        }
        match self {
            Values::Bytes(bytes) => push(bytes, value as u8),
            Values::Numbers(numbers) => push(numbers, value),
        }
    }

    /// Smallest and largest of the values at these positions; `None` if there are none.
    pub(super) fn range(&self, positions: impl Iterator<Item = usize>) -> Option<(f64, f64)> {
        positions
            .map(|position| self.at(position))
            .fold(None, |range, value| {
                let (min, max) = range.unwrap_or((value, value));
                Some((min.min(value), max.max(value)))
            })
    }

    /// Moves the value at each position `i` to `target(i)`, which is a permutation.
    pub(super) fn permuted(self, target: impl Fn(usize) -> usize) -> Result<Values, Fault> {
        Ok(match self {
            Values::Bytes(bytes) => Values::Bytes(permuted(&bytes, target)?),
            Values::Numbers(numbers) => Values::Numbers(permuted(&numbers, target)?),
        })
    }
}

fn is_byte(value: f64) -> bool {
    (0.0..=255.0).contains(&value) && value.fract() == 0.0
}

fn permuted<T: Copy + Default>(values: &[T], target: impl Fn(usize) -> usize) -> Result<Vec<T>, Fault> {
    let mut moved = Vec::new();
    reserve(&mut moved, values.len() as u64)?;
    moved.resize(values.len(), T::default());
    for (i, &value) in values.iter().enumerate() {
        moved[target(i)] = value;
    }
    Ok(moved)
}

fn push<T>(values: &mut Vec<T>, value: T) -> Result<(), Fault> {
    if values.len() == values.capacity() {
        let more = values.len().max(1024);
        reserve(values, more as u64)?;
    }
    values.push(value);
    Ok(())
}

/// Memory for `n` more values, checked before it is taken.
pub(super) fn reserve<T>(values: &mut Vec<T>, n: u64) -> Result<(), Fault> {
    let n_values = values.len() as u128 + u128::from(n);
    let bytes = n_values * size_of::<T>() as u128 * COPIES;
    let fault = Fault::Memory { bytes };
    if bytes > memory::most_bytes().into() {
        return Err(fault);
    }
    let n = usize::try_from(n).map_err(|_| fault)?;
    values.try_reserve_exact(n).map_err(|_: TryReserveError| fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(numbers: &[f64]) -> Values {
        let mut values = Values::with_capacity(0).unwrap();
        for &number in numbers {
            values.push(number).unwrap();
        }
        values
    }

    #[test]
    fn whole_numbers_from_0_to_255_stay_bytes() {
        assert_eq!(
            values(&[0.0, -0.0, 7.0, 255.0]),
            Values::Bytes(vec![0, 0, 7, 255])
        );
        for other in [-1.0, 0.5, 256.0, 1e300] {
            assert_eq!(values(&[3.0, other, 4.0]), Values::Numbers(vec![3.0, other, 4.0]));
        }
    }

    #[test]
    fn values_that_are_not_finite_are_refused() {
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(values(&[1.0]).push(wrong), Err(Fault::NotFinite));
        }
    }

    #[test]
    fn memory_is_refused_before_it_is_taken() {
        for n in [1 << 50, u64::MAX] {
            assert_eq!(
                Values::with_capacity(n),
                Err(Fault::Memory {
                    bytes: 2 * u128::from(n)
                })
            );
        }
    }

    #[test]
    fn a_permutation_moves_every_value() {
        let moved = values(&[1.0, 2.0, 3.0]).permuted(|i| (i + 1) % 3).unwrap();
        assert_eq!(moved, Values::Bytes(vec![3, 1, 2]));
    }
}
