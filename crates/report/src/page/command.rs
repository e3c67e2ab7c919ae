//! The command line that trains a point again.

use crate::board::{ALL_TEST, ALL_TRAIN, DatasetBoard, OwnLine};
use crate::input::engines::BUILT_IN;

/// `runner try` with every setting of a point and the seed of its first repeat. A program that a grid names as its engine is known only to
/// that grid.
pub(super) fn command(dataset: &DatasetBoard, line: &OwnLine) -> String {
    let point = &line.point;
    if !BUILT_IN.contains(&point.engine.as_str()) {
        let params: Vec<String> =
            (point.params.pairs().map(|(key, value)| format!("{key}={value}"))).collect();
        let names = [&dataset.dataset, &point.classifier, &point.engine].map(String::as_str);
        let text = format!("{} {}", names.join(" "), params.join(";"));
        return format!(
            "cargo run -p runner -- GRID.toml --only {}  # a grid that has [engines.{}]: grep -l {} configs/*.toml",
            quoted(text.trim_end()),
            point.engine,
            quoted(&point.engine)
        );
    }
    let mut words = vec!["cargo run -p runner -- try".to_owned(), quoted(&point.classifier)];
    words.extend(
        point
            .params
            .pairs()
            .map(|(key, value)| quoted(&format!("{key}={value}"))),
    );
    let mut option = |name: &str, value: &str| words.push(format!("--{name} {}", quoted(value)));
    option("engine", &point.engine);
    if let Some(row) = line.score.repeats.first() {
        option("dataset", &row.dataset);
        option("preprocessing", &row.preprocessing);
        if row.augment != "none" {
            option("augment", &row.augment);
        }
        if row.seed != 0 {
            option("seed", &row.seed.to_string());
        }
    }
    // How many rows other data have is not known; a limit that they do not exceed changes nothing.
    let is_benchmark = dataset.is_benchmark();
    if point.n_train != ALL_TRAIN || !is_benchmark {
        option("train-limit", &point.n_train.to_string());
    }
    if point.n_test != ALL_TEST || !is_benchmark {
        option("test-limit", &point.n_test.to_string());
    }
    if let Some(threads) = line.score.threads.filter(|threads| *threads != 1) {
        option("threads", &threads.to_string());
    }
    words.join(" ")
}

/// A word as a shell reads it: in quotes if it holds more than letters, digits and harmless signs.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.,=+/:%@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_other_signs_are_in_quotes() {
        assert_eq!(quoted("C=1.5"), "C=1.5");
        assert_eq!(quoted("sizes=[100,10]"), "'sizes=[100,10]'");
        assert_eq!(quoted("a'; rm"), r"'a'\''; rm'");
        assert_eq!(quoted(""), "''");
    }
}
