//! Families that other libraries have under another name: the same kind of model with as many rounds, on the same data.

use std::collections::BTreeMap;

use super::rounds::{Key, Rounds, alone, by_point, mean};
use crate::board::Point;
use crate::input::engines::NATIVE;
use crate::input::families::{COUNTERPARTS, Counterparts};
use crate::input::{ResultsFile, Row};

/// A point of the native engine against one of another library with as many rounds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counterpart {
    pub(crate) dataset: String,
    /// The point of the native engine.
    pub(crate) point: Point,
    /// The other library's engine.
    pub(crate) engine: String,
    /// Time of the other engine divided by that of native, fit and predict together.
    pub(crate) times_as_fast: f64,
}

/// The fits of one engine on one point.
type Fits<'a> = (&'a Key, &'a str, &'a Rounds<'a>);

/// Every pair of points with equal data, machine, threads and number of rounds, of one results file.
pub(crate) fn counterparts(files: &[&ResultsFile]) -> Vec<Counterpart> {
    let of_file = |file: &&ResultsFile| {
        let points = by_point(&file.rows, |row| !row.is_unconverged());
        COUNTERPARTS
            .iter()
            .flat_map(|families| pairs(families, &points))
            .collect::<Vec<Counterpart>>()
    };
    files.iter().flat_map(of_file).collect()
}

fn pairs(families: &Counterparts, points: &BTreeMap<Key, BTreeMap<&str, Rounds<'_>>>) -> Vec<Counterpart> {
    let mut pairs = Vec::new();
    let fits: Vec<Fits<'_>> = points
        .iter()
        .flat_map(|(key, engines)| engines.iter().map(move |(engine, rounds)| (key, *engine, rounds)))
        .collect();
    let own = |fit: &&Fits<'_>| fit.0.point.classifier == families.family && fit.1 == NATIVE;
    for (key, _, rounds) in fits.iter().filter(own) {
        for (other, engine, others) in &fits {
            let name = families
                .others
                .iter()
                .find(|(name, _)| *name == other.point.classifier);
            let Some((_, parameter)) = name else { continue };
            let n_rounds = key.point.params.get(families.rounds);
            if n_rounds.is_none() || n_rounds != other.point.params.get(parameter) || data(key) != data(other)
            {
                continue;
            }
            if let (Some(own), Some(seconds)) = (seconds(rounds), seconds(others))
                && own > 0.0
            {
                pairs.push(Counterpart {
                    dataset: key.dataset.clone(),
                    point: key.point.on(NATIVE),
                    engine: (*engine).to_owned(),
                    times_as_fast: seconds / own,
                });
            }
        }
    }
    pairs
}

/// What two fits must have in common, so that their times compare.
fn data(key: &Key) -> (&str, &str, u64, u64, Option<u32>, &str) {
    let Key {
        data_sha256,
        point,
        threads,
        machine,
        ..
    } = key;
    (
        data_sha256,
        &point.preprocessing,
        point.n_train,
        point.n_test,
        *threads,
        machine,
    )
}

/// Mean time of fit and predictions over the rounds that ran alone, in seconds.
fn seconds(rounds: &Rounds<'_>) -> Option<f64> {
    let both = |row: &&Row| Some(row.fit_s? + row.predict_s?);
    mean(alone(rounds).iter().filter_map(both))
}
