//! The wall time of cells that run several at once.

/// Wall seconds until the last of these cells has ended, if they start in this order, at most `jobs` at once.
pub(crate) fn wall_seconds(seconds: impl IntoIterator<Item = f64>, jobs: usize) -> f64 {
    let mut ends = vec![0.0_f64; jobs.max(1)];
    for seconds in seconds {
        // The next cell starts where one ends first.
        let first = ends
            .iter()
            .copied()
            .enumerate()
            .min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, end)) = first {
            ends[at] = end + seconds;
        }
    }
    ends.into_iter().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_start_where_one_ends_first() {
        assert_eq!(wall_seconds([3.0, 1.0, 1.0, 1.0], 2), 3.0);
        assert_eq!(wall_seconds([1.0, 1.0, 1.0, 3.0], 2), 4.0);
        assert_eq!(wall_seconds([1.0, 2.0], 1), 3.0);
        assert_eq!(wall_seconds([], 4), 0.0);
        assert_eq!(wall_seconds([2.0], 0), 2.0);
    }
}
