//! Rows → how time and memory grow with the training rows, and what more threads gain.

use std::collections::{BTreeMap, BTreeSet};

use super::peers::{by_point, mean, peak_rss_mib};
use crate::board::{Point, is_elsewhere_busy};
use crate::input::Row;

/// One line a point and number of threads, one column a number of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    /// Numbers of training rows, ascending.
    pub sizes: Vec<u64>,
    /// By dataset, family, parameters, engine and threads.
    pub lines: Vec<ScalingLine>,
}

/// A point at several numbers of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingLine {
    /// The dataset's name.
    pub dataset: String,
    /// What was trained, and by which engine; its own number of rows is 0.
    pub point: Point,
    /// Threads that it could use.
    pub threads: Option<u32>,
    /// What was measured, by number of training rows.
    pub sizes: BTreeMap<u64, Size>,
    /// The power of the rows with which the time of a fit grows: the slope of a straight line through the logarithms, by least squares.
    pub exponent: Option<f64>,
    /// Time of a fit with one thread over this one's, at the largest size that both have; none for one thread.
    pub gain: Option<f64>,
    /// Whether something else used the machine in one of the rounds.
    pub beside_others: bool,
}

/// Means over rounds, each measured alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Wall seconds of a fit.
    pub fit_s: f64,
    /// Most memory that a round held, in MiB.
    pub peak_rss_mib: Option<f64>,
}

/// Of a line what makes it one: the machine's name is last.
type Key = (String, Point, Option<u32>, String);

impl Scaling {
    /// The table of some results files.
    pub fn new<F: AsRef<[Row]>>(files: &[F]) -> Scaling {
        let mut lines: BTreeMap<Key, ScalingLine> = BTreeMap::new();
        for (key, engines) in files.iter().flat_map(|file| by_point(file.as_ref())) {
            for (engine, rounds) in engines {
                let alone = || rounds.values().filter(|row| row.concurrent == Some(1));
                let Some(fit_s) = mean(alone().filter_map(|row| row.fit_s)) else {
                    continue;
                };
                let n_train = key.point.n_train;
                let mut point = key.point.clone();
                engine.clone_into(&mut point.engine);
                point.n_train = 0;
                let machine = alone().next().map_or(String::new(), |row| row.machine.clone());
                let of_line = (key.dataset.clone(), point.clone(), key.threads, machine);
                let line = lines.entry(of_line).or_insert_with(|| ScalingLine {
                    dataset: key.dataset.clone(),
                    point,
                    threads: key.threads,
                    sizes: BTreeMap::new(),
                    exponent: None,
                    gain: None,
                    beside_others: false,
                });
                let peak_rss_mib = peak_rss_mib(&rounds);
                line.sizes.insert(n_train, Size { fit_s, peak_rss_mib });
                line.beside_others |= alone().any(|row| is_elsewhere_busy(row));
            }
        }
        let one_thread = |(dataset, point, _, machine): &Key| {
            let key = (dataset.clone(), point.clone(), Some(1), machine.clone());
            lines.get(&key).map(|line| line.sizes.clone())
        };
        let gains: Vec<Option<f64>> = lines
            .iter()
            .map(|(key, line)| match line.threads {
                Some(2..) => gain(&one_thread(key)?, &line.sizes),
                _ => None,
            })
            .collect();
        let lines: Vec<ScalingLine> = lines
            .into_values()
            .zip(gains)
            .map(|(line, gain)| ScalingLine {
                exponent: exponent(&line.sizes),
                gain,
                ..line
            })
            .collect();
        let sizes: BTreeSet<u64> = lines.iter().flat_map(|line| line.sizes.keys().copied()).collect();
        Scaling {
            sizes: sizes.into_iter().collect(),
            lines,
        }
    }
}

fn gain(one: &BTreeMap<u64, Size>, several: &BTreeMap<u64, Size>) -> Option<f64> {
    let mut both = several
        .iter()
        .filter_map(|(n, size)| Some((one.get(n)?.fit_s, size.fit_s)));
    both.next_back().map(|(one, several)| one / several)
}

#[expect(clippy::cast_precision_loss, reason = "row counts are small")]
fn exponent(sizes: &BTreeMap<u64, Size>) -> Option<f64> {
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .map(|(&n, size)| ((n as f64).ln(), size.fit_s.ln()))
        .collect();
    let n = points.len() as f64;
    let center = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (center(|point| point.0), center(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    (points.len() >= 2 && both.is_finite()).then_some(both / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(times: &[(u64, f64)]) -> BTreeMap<u64, Size> {
        let size = |fit_s| Size {
            fit_s,
            peak_rss_mib: None,
        };
        times.iter().map(|&(n, fit_s)| (n, size(fit_s))).collect()
    }

    #[test]
    fn the_exponent_is_that_of_the_power() {
        let square = exponent(&sizes(&[(10, 3.0), (20, 12.0), (40, 48.0)])).unwrap();
        assert!((square - 2.0).abs() < 1e-12);
        // numpy.polyfit(log([1, 2, 4]), log([1, 3, 4]), 1)[0]
        let other = exponent(&sizes(&[(1, 1.0), (2, 3.0), (4, 4.0)])).unwrap();
        assert!((other - 1.0).abs() < 1e-12);
        assert_eq!(exponent(&sizes(&[(10, 3.0)])), None);
    }

    #[test]
    fn threads_are_compared_at_the_largest_size_that_both_have() {
        let one = sizes(&[(10, 2.0), (20, 6.0), (40, 9.0)]);
        assert_eq!(gain(&one, &sizes(&[(10, 1.0), (20, 4.0)])), Some(1.5));
        assert_eq!(gain(&one, &sizes(&[(80, 1.0)])), None);
    }
}
