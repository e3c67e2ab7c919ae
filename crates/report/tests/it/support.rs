//! A temporary folder with results and a README, the program run in it, and a builder of rows.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use csv::Writer;
use report::board::FASHION_MNIST_SHA256;
use report::input::Params;
use report::input::results_files::PUBLISHED;
use report::input::schema::SCHEMA;
use report::input::{Row, Status};
use report::tables::TABLES;
use tempfile::TempDir;

pub(crate) const README: &str =
    "# Title\n\nBefore.\n\n<!-- leaderboard:begin -->\nold\n<!-- leaderboard:end -->\n\nAfter, no line end";

pub(crate) fn sample() -> String {
    fs::read_to_string(sample_path()).unwrap()
}

pub(crate) fn sample_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sample.csv")
}

/// A page of the docs folder with the markers of a table and nothing between them.
pub(crate) fn page(table: &str) -> String {
    let table = TABLES.iter().find(|registered| registered.name == table).unwrap();
    format!("# Page\n\n{}\n{}\n", table.block.begin, table.block.end)
}

/// A temporary folder with `README.md`, the pages in `docs` and an empty `results/published`.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::create_dir_all(place.path(PUBLISHED)).unwrap();
        fs::create_dir(place.path("docs")).unwrap();
        let pages = TABLES
            .iter()
            .map(|table| (format!("docs/{}", table.page), page(table.name)));
        pages.fold(place.write("README.md", README), |place, (name, text)| {
            place.write(&name, &text)
        })
    }

    pub(crate) fn with_sample() -> Self {
        Self::new().write("results/published/sample.csv", &sample())
    }

    pub(crate) fn write(self, name: &str, text: &str) -> Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Runs the program in that folder. Messages have no colour; their line breaks become spaces.
    pub(crate) fn report(&self, args: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_report"));
        let output = command
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .env_remove("HEMLINE_DATA")
            .args(args)
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: message
                .replace('│', " ")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        }
    }
}

/// Exit code and output of the program; runs of white space in standard error become one space.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn ends(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        for said in said {
            assert!(self.stderr.contains(said), "no `{said}` in {}", self.stderr);
        }
    }
}

/// What a test does to a row.
pub(crate) type Change = fn(&mut Row);

/// Builds a row; a test changes the fields that matter to it.
#[derive(Clone)]
pub(crate) struct Builder(Row);

pub(crate) fn row() -> Builder {
    Builder(Row {
        schema: SCHEMA,
        cell_id: "0000000000000000".to_owned(),
        dataset: "fashion-mnist".to_owned(),
        data_sha256: FASHION_MNIST_SHA256.to_owned(),
        preprocessing: "standard".to_owned(),
        augment: "none".to_owned(),
        classifier: "SVC".to_owned(),
        kind: "kernel".to_owned(),
        engine: "linfa".to_owned(),
        engine_version: "0.8.1".to_owned(),
        params: Params::new("C=1;kernel=rbf"),
        repeat: 0,
        seed: 0,
        n_train: 60_000,
        n_test: 10_000,
        n_features: Some(784),
        status: Status::Ok,
        accuracy: Some(0.9),
        macro_f1: Some(0.9),
        transform_s: Some(0.5),
        transform_cpu_s: Some(0.5),
        fit_s: Some(1.0),
        fit_cpu_s: Some(1.0),
        predict_s: Some(1.0),
        predict_cpu_s: Some(1.0),
        wall_s: None,
        peak_rss_mib: Some(100.0),
        threads: Some(1),
        concurrent: Some(1),
        foreign_cores: None,
        steal: None,
        shared_with: String::new(),
        machine: "a1b2c3d4".to_owned(),
        version: "0.1.0".to_owned(),
        revision: "0123abc".to_owned(),
        started_at: "2026-01-05T10:00:00Z".parse().unwrap(),
        warning: String::new(),
        error: String::new(),
        zero_is_rounded: false,
        has_labels: false,
    })
}

impl Builder {
    pub(crate) fn set(mut self, change: impl FnOnce(&mut Row)) -> Self {
        change(&mut self.0);
        self
    }

    pub(crate) fn cell(self, id: u64) -> Self {
        self.set(|row| row.cell_id = format!("{id:016x}"))
    }

    pub(crate) fn repeat(self, repeat: u32) -> Self {
        self.set(|row| (row.repeat, row.seed) = (repeat, repeat.into()))
            .cell(repeat.into())
    }

    pub(crate) fn params(self, params: &str) -> Self {
        self.set(|row| row.params = Params::new(params))
    }

    /// A family on an engine. The kind is that of the families that the tests use.
    pub(crate) fn of(self, classifier: &str, engine: &str) -> Self {
        let kind = match classifier {
            "SVC" => "kernel",
            "GaussianNB" => "bayes",
            "NearestCentroid" => "neighbors",
            "DummyClassifier" => "baseline",
            _ => "tree-ensemble",
        };
        self.set(|row| {
            (row.classifier, row.engine) = (classifier.to_owned(), engine.to_owned());
            row.kind = kind.to_owned();
        })
    }

    pub(crate) fn on(self, machine: &str) -> Self {
        self.set(|row| row.machine = machine.to_owned())
    }

    /// Another dataset than Fashion-MNIST.
    pub(crate) fn data(self, dataset: &str, sha256: &str) -> Self {
        self.set(|row| (row.dataset, row.data_sha256) = (dataset.to_owned(), sha256.to_owned()))
    }

    pub(crate) fn accuracy(self, accuracy: f64) -> Self {
        self.set(|row| row.accuracy = Some(accuracy))
    }

    pub(crate) fn rows(self, n_train: u64, n_test: u64) -> Self {
        self.set(|row| (row.n_train, row.n_test) = (n_train, n_test))
    }

    pub(crate) fn started(self, at: &str) -> Self {
        self.set(|row| row.started_at = at.parse().unwrap())
    }

    pub(crate) fn ended(self, status: Status, error: &str) -> Self {
        self.set(|row| (row.status, row.error, row.accuracy) = (status, error.to_owned(), None))
    }

    pub(crate) fn build(self) -> Row {
        self.0
    }
}

/// The bytes of a results file with these rows.
pub(crate) fn csv_of(rows: &[Row]) -> Vec<u8> {
    let mut writer = Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).unwrap();
    }
    writer.into_inner().unwrap()
}

/// The text of a results file with these rows.
pub(crate) fn text_of(rows: &[Row]) -> String {
    String::from_utf8(csv_of(rows)).unwrap()
}

/// An id of 16 hex digits that follows from a text.
pub(crate) fn id(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
