//! `Row`: one row of the results file.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::results::status::Status;

/// Version of the columns, the schema.
pub(crate) const SCHEMA: u32 = 3;

/// Foreign cores, seconds of foreign work, and stolen share above which a time is marked.
const MAX_FOREIGN_CORES: f64 = 0.1;
const MAX_FOREIGN_SECONDS: f64 = 0.05;
const MAX_STEAL: f64 = 0.02;

/// The columns in order; `docs/results-format.md` describes each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "docs/results-format.md describes each column")]
pub struct Row {
    pub schema: u32,
    pub cell_id: String,
    pub dataset: String,
    pub data_sha256: String,
    pub preprocessing: String,
    pub augment: String,
    pub classifier: String,
    pub kind: String,
    pub engine: String,
    pub engine_version: String,
    pub params: String,
    #[serde(deserialize_with = "count")]
    pub repeat: usize,
    pub seed: u64,
    pub n_train: usize,
    pub n_test: usize,
    pub n_features: Option<usize>,
    pub status: Status,
    #[serde(serialize_with = "six_decimals")]
    pub accuracy: Option<f64>,
    #[serde(serialize_with = "six_decimals")]
    pub macro_f1: Option<f64>,
    #[serde(serialize_with = "nine_decimals")]
    pub transform_s: Option<f64>,
    #[serde(serialize_with = "nine_decimals")]
    pub transform_cpu_s: Option<f64>,
    #[serde(serialize_with = "nine_decimals")]
    pub fit_s: Option<f64>,
    #[serde(serialize_with = "nine_decimals")]
    pub fit_cpu_s: Option<f64>,
    #[serde(serialize_with = "nine_decimals")]
    pub predict_s: Option<f64>,
    #[serde(serialize_with = "nine_decimals")]
    pub predict_cpu_s: Option<f64>,
    #[serde(serialize_with = "nine_decimals")]
    pub wall_s: Option<f64>,
    #[serde(serialize_with = "one_decimal")]
    pub peak_rss_mib: Option<f64>,
    #[serde(deserialize_with = "count")]
    pub threads: usize,
    #[serde(deserialize_with = "count")]
    pub concurrent: usize,
    #[serde(serialize_with = "two_decimals")]
    pub foreign_cores: Option<f64>,
    #[serde(serialize_with = "four_decimals")]
    pub steal: Option<f64>,
    pub shared_with: String,
    pub machine: String,
    pub version: String,
    pub revision: String,
    pub started_at: String,
    pub warning: String,
    pub error: String,
}

impl Row {
    /// Names of the columns, in order.
    pub const COLUMNS: [&str; 38] = [
        "schema",
        "cell_id",
        "dataset",
        "data_sha256",
        "preprocessing",
        "augment",
        "classifier",
        "kind",
        "engine",
        "engine_version",
        "params",
        "repeat",
        "seed",
        "n_train",
        "n_test",
        "n_features",
        "status",
        "accuracy",
        "macro_f1",
        "transform_s",
        "transform_cpu_s",
        "fit_s",
        "fit_cpu_s",
        "predict_s",
        "predict_cpu_s",
        "wall_s",
        "peak_rss_mib",
        "threads",
        "concurrent",
        "foreign_cores",
        "steal",
        "shared_with",
        "machine",
        "version",
        "revision",
        "started_at",
        "warning",
        "error",
    ];

    /// Whether the times are those of a shared machine, by the rule of `docs/results-format.md`.
    pub(crate) fn is_of_shared_machine(&self) -> bool {
        let timed_s = self.fit_s.unwrap_or_default() + self.predict_s.unwrap_or_default();
        let foreign = self.foreign_cores.unwrap_or_default();
        self.concurrent > 1
            || (foreign > MAX_FOREIGN_CORES && foreign * timed_s > MAX_FOREIGN_SECONDS)
            || self.steal.unwrap_or_default() > MAX_STEAL
    }

    /// The row as one line of CSV, line end included.
    ///
    /// # Errors
    /// None in practice: every field can be serialized.
    pub(crate) fn to_line(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new()
            .has_headers(false)
            .from_writer(Vec::new());
        writer.serialize(Row {
            warning: one_line(&self.warning),
            error: one_line(&self.error),
            ..self.clone()
        })?;
        writer.into_inner().map_err(|error| error.into_error().into())
    }
}

/// The text on one line, without control characters. A row is then one line, and an incomplete row is a line without an end. A
/// text that a spreadsheet would take for a formula gets an apostrophe.
fn one_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']);
    format!("{}{}", if formula { "'" } else { "" }, words.join(" "))
}

fn fixed_point<S: Serializer>(number: Option<f64>, decimals: usize, to: S) -> Result<S::Ok, S::Error> {
    let text = number.map(|number| format!("{number:.decimals$}"));
    let text = text.as_deref().unwrap_or_default();
    // Zero has no sign.
    let is_zero = !text.contains(|letter: char| matches!(letter, '1'..='9'));
    to.serialize_str(text.strip_prefix('-').filter(|_| is_zero).unwrap_or(text))
}

fn nine_decimals<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    fixed_point(*number, 9, to)
}

fn six_decimals<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    fixed_point(*number, 6, to)
}

fn four_decimals<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    fixed_point(*number, 4, to)
}

fn two_decimals<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    fixed_point(*number, 2, to)
}

fn one_decimal<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    fixed_point(*number, 1, to)
}

/// A count that `report` reads too.
fn count<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let count = u32::deserialize(from)?;
    usize::try_from(count).map_err(serde::de::Error::custom)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn row() -> Row {
        Row {
            schema: SCHEMA,
            cell_id: "0123456789abcdef".into(),
            dataset: "synthetic".into(),
            data_sha256: "0".repeat(64),
            preprocessing: "standard".into(),
            augment: "none".into(),
            classifier: "SVC".into(),
            kind: "kernel".into(),
            engine: "linfa".into(),
            engine_version: "0.8.1".into(),
            params: "C=10;kernel=rbf".into(),
            repeat: 0,
            seed: 0,
            n_train: 300,
            n_test: 100,
            n_features: Some(784),
            status: Status::Ok,
            accuracy: Some(0.9),
            macro_f1: Some(0.89),
            transform_s: Some(0.25),
            transform_cpu_s: Some(0.25),
            fit_s: Some(1.5),
            fit_cpu_s: Some(1.25),
            predict_s: Some(0.5),
            predict_cpu_s: Some(0.5),
            wall_s: None,
            peak_rss_mib: Some(120.0),
            threads: 1,
            concurrent: 2,
            foreign_cores: Some(0.25),
            steal: Some(0.0125),
            shared_with: String::new(),
            machine: "01234567".into(),
            version: "0.1.0".into(),
            revision: "unknown".into(),
            started_at: "2026-01-01T00:00:00Z".into(),
            warning: String::new(),
            error: String::new(),
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Vec<Row> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.deserialize().map(|row| row.unwrap()).collect()
    }

    #[test]
    fn columns_match_the_fields() {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(row()).unwrap();
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        assert_eq!(text.lines().next().unwrap(), Row::COLUMNS.join(","));
    }

    #[test]
    fn missing_measurement_is_an_empty_field() {
        let line = Row {
            accuracy: None,
            ..row()
        }
        .to_line()
        .unwrap();
        assert!(String::from_utf8(line).unwrap().contains(",ok,,0.890000,"));
    }

    #[test]
    fn zero_is_written_without_a_sign() {
        let line = Row {
            fit_s: Some(-0.0),
            fit_cpu_s: Some(-1e-12),
            ..row()
        }
        .to_line()
        .unwrap();
        let text = String::from_utf8(line).unwrap();
        assert!(text.contains(",0.000000000,0.000000000,"), "{text}");
    }

    #[test]
    fn every_status_parses_from_its_text() {
        for status in Status::ALL {
            assert_eq!(status.to_string().parse(), Ok(status));
        }
    }

    proptest! {
        #[test]
        fn row_is_one_line_and_survives_a_round_trip(
            params in "[a-z=;,\\[\\] \"]{0,40}",
            error in "\\PC{0,80}",
            accuracy in proptest::option::of(0u32..=1_000_000),
        ) {
            let row = Row {
                params,
                error: one_line(&error),
                accuracy: accuracy.map(|millionths| f64::from(millionths) / 1e6),
                ..row()
            };
            let line = row.to_line().unwrap();
            prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            prop_assert_eq!(read(&line), vec![row]);
        }
    }
}
