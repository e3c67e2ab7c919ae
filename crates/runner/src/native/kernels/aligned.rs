//! Bytes that start where a cache line does: a load of a whole line never touches two.

const LINE: usize = 64;

/// A fixed number of bytes.
pub(crate) struct Aligned<T> {
    room: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// `len` elements of one byte each, all the default.
    pub(crate) fn new(len: usize) -> Aligned<T> {
        let room = vec![T::default(); len + LINE];
        // Where it cannot be told, loads are merely slower.
        let start = room.as_ptr().align_offset(LINE).min(LINE);
        Aligned { room, start, len }
    }
}

impl<T> std::ops::Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.room[self.start..][..self.len]
    }
}

impl<T> std::ops::DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.room[self.start..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_with_a_cache_line() {
        for len in [0, 1, 100] {
            let mut bytes = Aligned::<u8>::new(len);
            assert!(bytes.is_empty() || bytes.as_ptr().addr().is_multiple_of(LINE));
            bytes.fill(3);
            assert_eq!(&*bytes, &vec![3; len][..]);
        }
    }
}
