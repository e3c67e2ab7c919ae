//! Byte buffers aligned to a cache line, so that a load of 64 bytes touches one line only.

const LINE: usize = 64;

/// A fixed number of one-byte elements. The first one starts a cache line.
pub(crate) struct Aligned<T> {
    buffer: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// `len` elements with the default value. `T` has a size of one byte.
    pub(crate) fn new(len: usize) -> Aligned<T> {
        const { assert!(size_of::<T>() == 1, "elements of one byte") };
        let buffer = vec![T::default(); len + LINE];
        // `align_offset` may fail; loads are slower then, but correct.
        let start = buffer.as_ptr().align_offset(LINE).min(LINE);
        Aligned { buffer, start, len }
    }
}

impl<T> std::ops::Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.buffer[self.start..][..self.len]
    }
}

impl<T> std::ops::DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.buffer[self.start..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_starts_a_cache_line() {
        for len in [0, 1, 100] {
            let mut bytes = Aligned::<u8>::new(len);
            assert!(bytes.is_empty() || bytes.as_ptr().addr().is_multiple_of(LINE));
            bytes.fill(3);
            assert_eq!(&*bytes, &vec![3; len][..]);
        }
    }
}
