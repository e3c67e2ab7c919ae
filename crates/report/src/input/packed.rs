//! Labels packed in groups of eight bytes, each group a number whose digits in base `n_classes` are its labels.

use std::sync::LazyLock;

/// Largest number of labels of a single class: they take no bytes, so that the size of a file is no bound.
pub(super) const MAX_OF_ONE_CLASS: u64 = 10_000_000;

/// Packed labels. The first label of a group is its lowest digit; the last group may hold fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels<'a> {
    n_labels: u64,
    n_classes: u64,
    bytes: &'a [u8],
}

/// Labels per group: the largest k with `n_classes^k <= 2^64`. One class needs no groups.
fn group_size(n_classes: u64) -> Option<u32> {
    let base = u128::from(n_classes);
    let (mut power, mut k) = (base, 1);
    while n_classes > 1 && power * base <= 1 << 64 {
        power *= base;
        k += 1;
    }
    (n_classes > 1).then_some(k)
}

/// The length of packed labels in bytes.
pub(super) fn length(n_labels: u64, n_classes: u64) -> u128 {
    let groups = group_size(n_classes).map_or(0, |k| n_labels.div_ceil(u64::from(k)));
    u128::from(groups) * 8
}

impl<'a> Labels<'a> {
    /// Labels of at least one class; `None` if the bytes are too few or too many, or a group is a number that labels of these
    /// classes do not give.
    pub fn new(n_labels: u64, n_classes: u64, bytes: &'a [u8]) -> Option<Self> {
        let labels = Self {
            n_labels,
            n_classes,
            bytes,
        };
        let has_length = n_classes > 0 && bytes.len() as u128 == length(n_labels, n_classes);
        let base = u128::from(n_classes);
        let size = group_size(n_classes).unwrap_or(1);
        let full = base.pow(size);
        let is_canonical = |(group, n): (u64, u32)| {
            let limit = if n == size { full } else { base.pow(n) };
            u128::from(group) < limit
        };
        (has_length && labels.groups().all(is_canonical)).then_some(labels)
    }

    /// The number of classes.
    pub fn n_classes(&self) -> u64 {
        self.n_classes
    }

    /// The packed labels.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The number of labels.
    pub fn n_labels(&self) -> u64 {
        self.n_labels
    }

    /// The groups, each with the number of its labels.
    fn groups(&self) -> impl Iterator<Item = (u64, u32)> + use<'a> {
        let size = group_size(self.n_classes).unwrap_or(1);
        let mut left = self.n_labels;
        self.bytes.chunks_exact(8).map(move |bytes| {
            let n = size.min(u32::try_from(left).unwrap_or(u32::MAX));
            left -= u64::from(n);
            let group = u64::from_le_bytes(bytes.try_into().expect("a chunk has eight bytes"));
            (group, n)
        })
    }

    /// The labels in order. Labels of one class take no bytes, so the size of a file does not limit their number.
    pub fn iter(&self) -> impl Iterator<Item = u64> + use<'a> {
        let n_classes = self.n_classes;
        let only = if n_classes == 1 { self.n_labels } else { 0 };
        let packed = self.groups().flat_map(move |(mut group, n)| {
            (0..n).map(move |_| {
                let label = group % n_classes;
                group /= n_classes;
                label
            })
        });
        packed.chain((0..only).map(|_| 0))
    }

    /// How many labels equal those of `other` at the same place.
    pub fn matches(&self, other: &Labels<'_>) -> u64 {
        if self.n_classes != other.n_classes {
            let both = self.iter().zip(other.iter());
            return both.map(|(a, b)| u64::from(a == b)).sum();
        }
        let groups = self.groups().zip(other.groups());
        match self.n_classes {
            1 => self.n_labels.min(other.n_labels),
            10 => groups
                .map(|((a, n), (b, m))| equal_decimals(a, b, n.min(m)))
                .sum(),
            base => groups
                .map(|((a, n), (b, m))| equal_digits(a, b, n.min(m), base))
                .sum(),
        }
    }
}

/// How many of the `n` lowest digits of two numbers are equal.
fn equal_digits(mut a: u64, mut b: u64, n: u32, base: u64) -> u64 {
    let mut count = 0;
    for _ in 0..n {
        count += u64::from(a % base == b % base);
        a /= base;
        b /= base;
    }
    count
}

/// The same for decimal digits, four at a time: most datasets have ten classes.
fn equal_decimals(mut a: u64, mut b: u64, n: u32) -> u64 {
    static NIBBLES: LazyLock<Vec<u16>> = LazyLock::new(|| {
        let nibbles = |n: u16| (n % 10) | ((n / 10 % 10) << 4) | ((n / 100 % 10) << 8) | ((n / 1000) << 12);
        (0..10_000).map(nibbles).collect()
    });
    if a == b {
        return u64::from(n);
    }
    if n < 19 {
        (a, b) = (a % 10_u64.pow(n), b % 10_u64.pow(n));
    }
    let mut unequal = 0;
    for _ in 0..n.div_ceil(4) {
        let mut differs = NIBBLES[(a % 10_000) as usize] ^ NIBBLES[(b % 10_000) as usize];
        differs |= differs >> 2;
        differs |= differs >> 1;
        unequal += (differs & 0x1111).count_ones();
        a /= 10_000;
        b /= 10_000;
    }
    u64::from(n) - u64::from(unequal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_as_many_labels_as_fit_into_64_bits() {
        let sizes = [
            (1, None),
            (2, Some(64)),
            (3, Some(40)),
            (10, Some(19)),
            (256, Some(8)),
            (u64::MAX, Some(1)),
        ];
        for (n_classes, size) in sizes {
            assert_eq!(group_size(n_classes), size, "{n_classes}");
        }
        assert_eq!(
            (length(10_000, 10), length(10_000, 1), length(0, 10)),
            (4216, 0, 0)
        );
        assert_eq!(length(u64::MAX, u64::MAX), u128::from(u64::MAX) * 8);
    }

    #[test]
    fn the_first_label_is_the_lowest_digit() {
        let group = 321_u64.to_le_bytes();
        let labels = Labels::new(4, 10, &group).unwrap();
        assert_eq!(labels.iter().collect::<Vec<_>>(), [1, 2, 3, 0]);
        assert_eq!(Labels::new(2, 10, &group), None, "321 has three digits");
        assert_eq!(Labels::new(20, 10, &group), None, "20 labels take two groups");
        let all = u64::MAX.to_le_bytes();
        let labels = Labels::new(64, 2, &all).unwrap();
        assert!(labels.iter().all(|label| label == 1));
        assert_eq!(labels.matches(&labels), 64);
        assert_eq!(Labels::new(0, 0, &[]), None);
    }

    #[test]
    fn four_digits_at_a_time_are_the_same_as_one() {
        let mut state = 1_u64;
        for round in 0..20_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let n = round % 20;
            let a = state % 10_000_000_000_000_000_000;
            let b = a - a % 100_000 + state.rotate_left(17) % 100_000;
            assert_eq!(equal_decimals(a, b, n), equal_digits(a, b, n, 10), "{a} {b} {n}");
        }
    }

    #[test]
    fn labels_of_other_classes_compare_by_value() {
        let (a, b) = (321_u64.to_le_bytes(), (1 + 2 * 4_u64 + 3 * 16).to_le_bytes());
        let (a, b) = (Labels::new(3, 10, &a).unwrap(), Labels::new(3, 4, &b).unwrap());
        assert_eq!(a.matches(&b), 3);
        let endless = Labels::new(u64::MAX, 1, &[]).unwrap();
        assert_eq!((endless.matches(&endless), endless.matches(&a)), (u64::MAX, 0));
    }
}
