//! BinMapper of bytes for sums by value: one for each value of a feature, or where there are too many, one for each quantile.
//!
//! As scikit-learn bins features for HistGradientBoosting (`_BinMapper`), less the bins in which no row falls.

/// What stands for the bytes of a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BinMapper {
    /// The code of each byte, 0, 1, … in the order of the bytes.
    pub(crate) of_bytes: [u8; 256],
    /// Of each code the largest byte that is on its side of the threshold to the next.
    pub(crate) upper: Vec<u8>,
}

impl BinMapper {
    /// For a feature in which each byte occurs so often; `max_bins` is 2 to 255.
    pub(crate) fn new(counts: &[u32; 256], max_bins: usize) -> BinMapper {
        let distinct: Vec<u8> = (0..=u8::MAX)
            .filter(|&byte| counts[usize::from(byte)] > 0)
            .collect();
        let thresholds = if distinct.len() <= max_bins {
            let between = |pair: &[u8]| u16::from(pair[0]) + u16::from(pair[1]);
            distinct.windows(2).map(between).collect()
        } else {
            quantiles(counts, max_bins)
        };
        let bin = |byte: u8| thresholds.partition_point(|&threshold| threshold < 2 * u16::from(byte));
        let mut upper: Vec<u8> = Vec::new();
        let mut last_bin = None;
        for &byte in &distinct {
            let bin = bin(byte);
            if last_bin.replace(bin) != Some(bin) {
                upper.push(
                    thresholds
                        .get(bin)
                        .map_or(u8::MAX, |threshold| (threshold / 2) as u8),
                );
            }
        }
        let mut of_bytes = [0; 256];
        for (byte, code) in (0..=u8::MAX).zip(&mut of_bytes) {
            let below = upper.partition_point(|&upper| upper < byte);
            *code = below.min(upper.len().saturating_sub(1)) as u8;
        }
        BinMapper { of_bytes, upper }
    }
}

/// Twice the `i / max_bins` quantiles; between two values their middle (numpy's method `midpoint`).
#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn quantiles(counts: &[u32; 256], max_bins: usize) -> Vec<u16> {
    let mut ends = [0u32; 256];
    let mut n = 0;
    for (end, count) in ends.iter_mut().zip(counts) {
        n += count;
        *end = n;
    }
    let value = |place: f64| ends.partition_point(|&end| f64::from(end) <= place) as u16;
    (1..max_bins)
        .map(|i| {
            let place = i as f64 / max_bins as f64 * f64::from(n - 1);
            value(place.floor()) + value(place.ceil())
        })
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
    fn few_values_have_a_code_each() {
        let codes = BinMapper::new(&counts([7, 0, 200, 7, 8]), 4);
        assert_eq!(codes.upper, [3, 7, 104, 255]);
        assert_eq!(
            [0, 3, 4, 7, 8, 104, 105, 255].map(|byte| codes.of_bytes[byte]),
            [0, 0, 1, 1, 2, 2, 3, 3]
        );
    }

    /// `_BinMapper(n_bins=5).fit(x).bin_thresholds_` of scikit-learn 1.9 gives 0, 2.5, 6 for these values.
    #[test]
    fn many_values_share_the_codes_of_their_quantiles() {
        let codes = BinMapper::new(&counts([0, 0, 0, 0, 2, 3, 5, 7, 9]), 4);
        assert_eq!(codes.upper, [0, 2, 5, 255]);
        let all = BinMapper::new(&counts(0..=255), 255);
        assert_eq!(all.upper.len(), 255);
        assert!(all.upper.is_sorted());
    }

    #[test]
    fn a_constant_feature_has_one_code() {
        let codes = BinMapper::new(&counts([9, 9]), 255);
        assert_eq!((codes.upper.as_slice(), codes.of_bytes), (&[255][..], [0; 256]));
    }
}
