//! Labels as a number in base `n_classes`: several in each `u64`.
//!
//! 10,000 labels of ten classes take 4,216 bytes. `docs/results-format.md` describes the form for other readers.

/// Largest number of labels of a single class: they take no bytes, so that the size of a file is no bound.
const MAX_OF_ONE_CLASS: usize = 10_000_000;

/// Labels per `u64`: the largest `k` with `n_classes^k <= 2^64`; `None` where a label needs no space.
fn labels_per_word(n_classes: usize) -> Option<usize> {
    if n_classes < 2 {
        return None;
    }
    let mut k = 0;
    let mut states: u128 = 1;
    while states * n_classes as u128 <= 1 << 64 {
        states *= n_classes as u128;
        k += 1;
    }
    Some(k)
}

/// The bytes of some labels, each below `n_classes`.
pub(super) fn pack(labels: &[u8], n_classes: usize) -> Vec<u8> {
    let Some(k) = labels_per_word(n_classes) else {
        return Vec::new();
    };
    let word = |group: &[u8]| {
        let digits = group.iter().rev();
        digits.fold(0u64, |word, label| {
            word.wrapping_mul(n_classes as u64)
                .wrapping_add(u64::from(*label))
        })
    };
    labels
        .chunks(k)
        .flat_map(|group| word(group).to_le_bytes())
        .collect()
}

/// Labels that were packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packed<'a> {
    n_labels: usize,
    n_classes: usize,
    bytes: &'a [u8],
}

impl<'a> Packed<'a> {
    /// Packed labels from bytes; `None` if the bytes have another length or describe something else.
    pub(super) fn new(bytes: &'a [u8], n_labels: usize, n_classes: usize) -> Option<Packed<'a>> {
        let packed = Packed {
            n_labels,
            n_classes,
            bytes,
        };
        let is_sound = match labels_per_word(n_classes) {
            None => n_classes == 1 && bytes.is_empty() && n_labels <= MAX_OF_ONE_CLASS,
            Some(k) => {
                n_classes <= 256
                    && bytes.len().is_multiple_of(8)
                    && bytes.len() / 8 == n_labels.div_ceil(k)
                    && packed.words().all(|(word, n)| is_below_power(word, n_classes, n))
            }
        };
        is_sound.then_some(packed)
    }

    pub(super) fn n_labels(&self) -> usize {
        self.n_labels
    }

    pub(super) fn n_classes(&self) -> usize {
        self.n_classes
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The labels in order.
    pub(super) fn labels(&self) -> impl Iterator<Item = u8> + use<'a> {
        let n_classes = self.n_classes as u64;
        let only = if n_classes == 1 { self.n_labels } else { 0 };
        let packed = self.words().flat_map(move |(mut word, n)| {
            (0..n).map(move |_| {
                let label = word % n_classes;
                word /= n_classes;
                u8::try_from(label).unwrap_or(u8::MAX)
            })
        });
        packed.chain(std::iter::repeat_n(0, only))
    }

    /// How many labels equal those of `other` at the same place; `None` if they are labels of another kind or number.
    pub(super) fn n_equal(&self, other: &Packed<'_>) -> Option<usize> {
        if (self.n_labels, self.n_classes) != (other.n_labels, other.n_classes) {
            return None;
        }
        if self.bytes == other.bytes {
            return Some(self.n_labels);
        }
        let pairs = self.labels().zip(other.labels());
        Some(pairs.filter(|(one, other)| one == other).count())
    }

    /// The groups, each with the number of its labels.
    fn words(&self) -> impl Iterator<Item = (u64, usize)> + use<'a> {
        let k = labels_per_word(self.n_classes).unwrap_or(1);
        let mut left = self.n_labels;
        self.bytes.chunks_exact(8).map(move |bytes| {
            let n = k.min(left);
            left -= n;
            let word = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
            (word, n)
        })
    }
}

/// Whether a word has no more than `n` digits in base `n_classes`.
fn is_below_power(mut word: u64, n_classes: usize, n: usize) -> bool {
    for _ in 0..n {
        word /= n_classes as u64;
    }
    word == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unpack(bytes: &[u8], n_labels: usize, n_classes: usize) -> Option<Vec<u8>> {
        Packed::new(bytes, n_labels, n_classes).map(|packed| packed.labels().collect())
    }

    #[test]
    fn labels_of_ten_classes_take_less_than_half_a_byte() {
        let labels: Vec<u8> = (0..10_000u32).map(|i| (i * 7 % 10) as u8).collect();
        assert_eq!(pack(&labels, 10).len(), 4216);
        assert_eq!(pack(&[3, 1], 10), [13, 0, 0, 0, 0, 0, 0, 0]);
        for (n_classes, k) in [(2, Some(64)), (10, Some(19)), (256, Some(8)), (1, None)] {
            assert_eq!(labels_per_word(n_classes), k);
        }
    }

    #[test]
    fn bytes_of_another_length_or_beyond_the_last_label_are_not_read() {
        let bytes = pack(&[1, 2, 3], 10);
        assert_eq!(unpack(&bytes, 3, 10), Some(vec![1, 2, 3]));
        assert_eq!(unpack(&bytes, 2, 10), None);
        assert_eq!(unpack(&bytes[..7], 3, 10), None);
        assert_eq!(unpack(&bytes, 3, 0), None);
        assert_eq!(unpack(&bytes, 3, 257), None);
        assert_eq!(unpack(&[], usize::MAX, 10), None);
    }

    #[test]
    fn labels_of_one_class_are_bounded() {
        assert_eq!(unpack(&[], 3, 1), Some(vec![0; 3]));
        assert!(Packed::new(&[], MAX_OF_ONE_CLASS, 1).is_some());
        assert_eq!(Packed::new(&[], MAX_OF_ONE_CLASS + 1, 1), None);
        assert_eq!(Packed::new(&[], 1 << 30, 1), None);
    }

    #[test]
    fn equal_labels_are_counted_between_labels_of_one_kind() {
        let (one, other) = (pack(&[1, 2, 3, 4], 10), pack(&[1, 0, 3, 0], 10));
        let packed = |bytes, n, classes| Packed::new(bytes, n, classes).unwrap();
        let one = packed(&one, 4, 10);
        assert_eq!(one.n_equal(&packed(&other, 4, 10)), Some(2));
        assert_eq!(one.n_equal(&one), Some(4));
        assert_eq!(one.n_equal(&packed(&[], 4, 1)), None);
        assert_eq!(one.n_equal(&packed(&pack(&[1, 2, 3], 10), 3, 10)), None);
    }

    proptest! {
        #[test]
        fn labels_survive_a_round_trip(
            (n_classes, labels) in (1usize..=256).prop_flat_map(|n_classes| {
                let label = 0..=u8::try_from(n_classes - 1).unwrap_or(u8::MAX);
                (Just(n_classes), proptest::collection::vec(label, 0..200))
            }),
        ) {
            let bytes = pack(&labels, n_classes);
            prop_assert_eq!(unpack(&bytes, labels.len(), n_classes), Some(labels));
        }

        #[test]
        fn any_bytes_are_labels_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64), n in 0usize..100, c in 0usize..300) {
            let _ = unpack(&bytes, n, c);
        }
    }
}
