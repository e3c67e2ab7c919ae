//! Runs the runner in a fresh folder: synthetic data, no network, one data cache for all tests.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use runner::results::{Row, Status};

/// The dataset `tiny`: 300 training rows and 100 test rows.
pub(crate) const TINY: &str = "[datasets.tiny]\nsynthetic = { train = 300, test = 100, seed = 1 }\n";

/// A point that trains in milliseconds.
pub(crate) const QUICK: &str = "[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\n";

/// A fit that takes hours.
pub(crate) const ENDLESS: &str =
    "[[grid]]\nclassifier = \"RandomForestClassifier\"\nengine = \"native\"\nn_estimators = 1000000\n";

/// A temporary working folder.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// A folder with `grid.toml`: these `[[grid]]`s on the dataset `tiny`, one repeat per point.
    pub(crate) fn with_grid(grids: &str) -> Folder {
        Folder::with_run("repeats = 1", grids)
    }

    /// A folder with `grid.toml`: these keys of `[run]` and these `[[grid]]`s on the dataset `tiny`.
    pub(crate) fn with_run(run: &str, grids: &str) -> Folder {
        let folder = Folder::new();
        folder.write(
            "grid.toml",
            format!("[run]\ndatasets = \"tiny\"\n{run}\n{TINY}{grids}"),
        );
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The runner in this folder, without access to the data of the machine.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
        command.args(arguments);
        self.confine(&mut command);
        command
    }

    /// Makes any program run in this folder as [`Folder::command`] does.
    pub(crate) fn confine(&self, command: &mut Command) {
        command
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env(
                "HEMLINE_CACHE",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("data"),
            )
            .env("HEMLINE_MIRROR", "http://127.0.0.1:1")
            .env("NO_COLOR", "1")
            .env_remove("XDG_CACHE_HOME")
            .env_remove("HEMLINE_DATA");
    }

    /// Starts the runner, one cell at a time.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let arguments = [arguments, &["--jobs", "1"]].concat();
        let mut command = self.command(&arguments);
        command.stderr(Stdio::piped()).stdout(Stdio::null());
        command.spawn().unwrap()
    }

    /// Runs the runner to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }

    /// Checks that the runner rejects `grid.toml`: exit code 2, these texts, and results as before, missing or present.
    #[track_caller]
    pub(crate) fn rejects_grid(&self, arguments: &[&str], texts: &[&str]) {
        let arguments = [&["grid.toml"], arguments].concat();
        self.run(&arguments)
            .code(2)
            .stderr_has(texts)
            .stderr_lacks("panicked");
        assert!(!self.path("results").exists(), "results were created");
        let before = "schema,other,columns\n1,2,3\n";
        self.write("results/grid.csv", before);
        self.run(&arguments).code(2).stderr_has(texts);
        assert_eq!(self.results().unwrap(), before.as_bytes());
    }

    /// The bytes of `results/grid.csv`; `None` if it does not exist.
    pub(crate) fn results(&self) -> Option<Vec<u8>> {
        std::fs::read(self.path("results/grid.csv")).ok()
    }

    /// The rows of `results/grid.csv`.
    pub(crate) fn rows(&self) -> Vec<Row> {
        rows(&self.path("results/grid.csv"))
    }

    /// Waits until `results/grid.csv` has `n` complete lines, header included.
    pub(crate) fn wait_for_lines(&self, n: usize) {
        wait_for(&format!("{n} lines of results"), || {
            let bytes = self.results().unwrap_or_default();
            bytes.iter().filter(|byte| **byte == b'\n').count() >= n
        });
    }
}

/// The rows of a results file.
pub(crate) fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The statuses of the rows, in order.
pub(crate) fn statuses(rows: &[Row]) -> Vec<Status> {
    rows.iter().map(|row| row.status).collect()
}

/// Polls until the condition holds; fails after 60 s.
pub(crate) fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "waited 60 s for {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Exit code and output of a run.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Ended {
        assert_eq!(self.code, Some(expected), "{}\n{}", self.out, self.err);
        self
    }

    /// Checks that standard error contains these texts, ignoring line breaks.
    #[track_caller]
    pub(crate) fn stderr_has(self, texts: &[&str]) -> Ended {
        for text in texts {
            assert!(
                without_layout(&self.err).contains(&without_layout(text)),
                "no `{text}` in\n{}",
                self.err
            );
        }
        self
    }

    /// Checks that standard error does not contain this text.
    #[track_caller]
    pub(crate) fn stderr_lacks(self, text: &str) -> Ended {
        assert!(
            !without_layout(&self.err).contains(&without_layout(text)),
            "`{text}` in\n{}",
            self.err
        );
        self
    }
}

/// The text without white space and frame characters.
fn without_layout(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '│')
        .collect()
}
