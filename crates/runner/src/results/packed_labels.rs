//! Labels as a number in base `n_classes`: several in each `u64`.
//!
//! 10,000 labels of ten classes take 4,216 bytes. `docs/results-format.md` describes the form for other readers.

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

/// The `n_labels` labels of some bytes; `None` if the bytes have another length or describe something else.
pub(super) fn unpack(bytes: &[u8], n_labels: usize, n_classes: usize) -> Option<Vec<u8>> {
    if !(1..=256).contains(&n_classes) {
        return None;
    }
    let Some(k) = labels_per_word(n_classes) else {
        return bytes.is_empty().then(|| vec![0; n_labels]);
    };
    if !bytes.len().is_multiple_of(8) || bytes.len() / 8 != n_labels.div_ceil(k) {
        return None;
    }
    let mut labels = Vec::with_capacity(n_labels);
    for word in bytes.chunks_exact(8) {
        let mut word = u64::from_le_bytes(*word.first_chunk()?);
        for _ in 0..k.min(n_labels - labels.len()) {
            labels.push(u8::try_from(word % n_classes as u64).ok()?);
            word /= n_classes as u64;
        }
        if word != 0 {
            return None;
        }
    }
    Some(labels)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
