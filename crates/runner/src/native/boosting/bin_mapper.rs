//! Bins the values of a feature: one bin per value, or one per quantile range if there are too many values.
//!
//! The bins are those of scikit-learn's `_BinMapper` (1.9), without empty bins.

use crate::native::data::quantiles::quantiles;

/// The bins of one feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BinMapper {
    /// The bin of each byte. Bins are numbered from 0 in the order of the bytes.
    pub(crate) bin_of_byte: [u8; 256],
    /// The largest byte of each bin. It is the threshold of a split between this bin and the next.
    pub(crate) max_byte: Vec<u8>,
}

impl BinMapper {
    /// `counts`: how often each byte occurs in the feature. `max_bins` is 2 to 255.
    pub(crate) fn new(counts: &[u32; 256], max_bins: usize) -> BinMapper {
        let distinct: Vec<u8> = (0..=u8::MAX)
            .filter(|&byte| counts[usize::from(byte)] > 0)
            .collect();
        // Doubled, so that they are whole numbers.
        let thresholds = if distinct.len() <= max_bins {
            let midpoint = |pair: &[u8]| u16::from(pair[0]) + u16::from(pair[1]);
            distinct.windows(2).map(midpoint).collect()
        } else {
            doubled_quantiles(counts, max_bins)
        };
        let bin = |byte: u8| thresholds.partition_point(|&threshold| threshold < 2 * u16::from(byte));
        let mut max_byte: Vec<u8> = Vec::new();
        let mut last_bin = None;
        for &byte in &distinct {
            let bin = bin(byte);
            if last_bin.replace(bin) != Some(bin) {
                max_byte.push(
                    thresholds
                        .get(bin)
                        .map_or(u8::MAX, |threshold| (threshold / 2) as u8),
                );
            }
        }
        let mut bin_of_byte = [0; 256];
        for (byte, bin) in (0..=u8::MAX).zip(&mut bin_of_byte) {
            let n_below = max_byte.partition_point(|&max_byte| max_byte < byte);
            *bin = n_below.min(max_byte.len().saturating_sub(1)) as u8;
        }
        BinMapper {
            bin_of_byte,
            max_byte,
        }
    }
}

/// Twice the quantiles between the bins.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "quantiles are halves of whole numbers up to 510"
)]
fn doubled_quantiles(counts: &[u32; 256], max_bins: usize) -> Vec<u16> {
    let mut cumulative = [0usize; 256];
    let mut n = 0;
    for (sum, &count) in cumulative.iter_mut().zip(counts) {
        n += count as usize;
        *sum = n;
    }
    let value = |rank: usize| cumulative.partition_point(|&sum| sum <= rank) as f64;
    quantiles(n, max_bins, value)
        .map(|quantile| (2.0 * quantile) as u16)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(bytes: impl IntoIterator<Item = u8>) -> [u32; 256] {
        let mut counts = [0; 256];
        bytes.into_iter().for_each(|byte| counts[usize::from(byte)] += 1);
        counts
    }

    #[test]
    fn few_values_have_one_bin_each() {
        let bins = BinMapper::new(&counts([7, 0, 200, 7, 8]), 4);
        assert_eq!(bins.max_byte, [3, 7, 104, 255]);
        assert_eq!(
            [0, 3, 4, 7, 8, 104, 105, 255].map(|byte| bins.bin_of_byte[byte]),
            [0, 0, 1, 1, 2, 2, 3, 3]
        );
    }

    /// `_BinMapper(n_bins=5).fit(x).bin_thresholds_` of scikit-learn 1.9 gives 0, 2, 5 for these values.
    #[test]
    fn many_values_share_the_bins_of_their_quantiles() {
        let bins = BinMapper::new(&counts([0, 0, 0, 0, 2, 3, 5, 7, 9]), 4);
        assert_eq!(bins.max_byte, [0, 2, 5, 255]);
        let all = BinMapper::new(&counts(0..=255), 255);
        assert_eq!(all.max_byte.len(), 255);
        assert!(all.max_byte.is_sorted());
    }

    /// The thresholds are those of `_BinMapper(n_bins=18).fit(x)` of scikit-learn 1.9, rounded down to bytes.
    #[test]
    fn quantiles_are_scikit_learns() {
        let values = (0..510u32).map(|i| ((i * i * 7 + i / 3) % 256) as u8);
        let bins = BinMapper::new(&counts(values), 17);
        let expected = [
            13, 26, 41, 56, 69, 85, 100, 114, 130, 143, 159, 175, 195, 210, 226, 242, 255,
        ];
        assert_eq!(bins.max_byte, expected);
    }

    #[test]
    fn a_constant_feature_has_one_bin() {
        let bins = BinMapper::new(&counts([9, 9]), 255);
        assert_eq!(
            (bins.max_byte.as_slice(), bins.bin_of_byte),
            (&[255][..], [0; 256])
        );
    }
}
