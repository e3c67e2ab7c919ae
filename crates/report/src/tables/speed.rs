//! Rows → the speed table: the native engine beside scikit-learn, and boosted trees of every library beside each other.

use super::peers::{BASELINE, Key, Peers, Rounds, by_point, mean, peak_rss_mib};
use crate::board::{Point, is_elsewhere_busy};
use crate::input::Row;

/// The families that the libraries of boosted trees call by different names, so that no point of one is a point of another.
const BOOSTED: [&str; 5] = [
    "AdaBoostClassifier",
    "GradientBoostingClassifier",
    "HistGradientBoostingClassifier",
    "LGBMClassifier",
    "XGBClassifier",
];

/// Both tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Speed {
    /// Each point on each engine, against scikit-learn.
    pub peers: Peers,
    /// Boosted trees; by dataset, preprocessing and rows, then by family and engine.
    pub boosted: Vec<BoostedLine>,
}

/// A point of boosted trees on one engine: means over its rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostedLine {
    /// The dataset's name.
    pub dataset: String,
    /// What was trained, and by which engine.
    pub point: Point,
    /// Threads that it could use.
    pub threads: Option<u32>,
    /// Mean accuracy.
    pub accuracy: f64,
    /// Wall seconds of a fit measured alone.
    pub fit_s: Option<f64>,
    /// Processor seconds of a fit measured alone.
    pub fit_cpu_s: Option<f64>,
    /// Wall seconds of predicting all test rows, measured alone.
    pub predict_s: Option<f64>,
    /// Most memory that a round held, in MiB.
    pub peak_rss_mib: Option<f64>,
    /// Whether something else used the machine in one of the rounds.
    pub beside_others: bool,
}

impl Speed {
    /// The tables of some results files: of each the rows in order.
    pub fn new<F: AsRef<[Row]>>(files: &[F]) -> Speed {
        let mut boosted: Vec<BoostedLine> = Vec::new();
        for file in files {
            for (key, engines) in by_point(file.as_ref()) {
                if BOOSTED.contains(&key.point.classifier.as_str()) {
                    boosted.extend(
                        engines
                            .iter()
                            .filter_map(|(engine, rounds)| BoostedLine::of(&key, engine, rounds)),
                    );
                }
            }
        }
        // Lines that may be compared stand together.
        boosted.sort_by(|a, b| {
            a.same_data()
                .cmp(&b.same_data())
                .then_with(|| a.point.cmp(&b.point))
        });
        Speed {
            peers: Peers::new(files, BASELINE),
            boosted,
        }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.peers.lines.is_empty() && self.boosted.is_empty()
    }
}

impl BoostedLine {
    fn of(key: &Key, engine: &str, rounds: &Rounds<'_>) -> Option<BoostedLine> {
        let alone = || rounds.values().filter(|row| row.concurrent == Some(1));
        let time = |of: fn(&Row) -> Option<f64>| mean(alone().filter_map(|row| of(row)));
        let mut point = key.point.clone();
        engine.clone_into(&mut point.engine);
        Some(BoostedLine {
            dataset: key.dataset.clone(),
            point,
            threads: key.threads,
            accuracy: mean(rounds.values().filter_map(|row| row.accuracy))?,
            fit_s: time(|row| row.fit_s),
            fit_cpu_s: time(|row| row.fit_cpu_s),
            predict_s: time(|row| row.predict_s),
            peak_rss_mib: peak_rss_mib(rounds),
            beside_others: alone().any(|row| is_elsewhere_busy(row)),
        })
    }

    fn same_data(&self) -> (&str, &str, u64, u64) {
        let point = &self.point;
        (&self.dataset, &point.preprocessing, point.n_train, point.n_test)
    }
}
