//! A fresh folder with the runner in it: no network, generated data, one data cache for all tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use runner::results::{Row, Status};

/// `[datasets.tiny]`, small enough for every test.
pub(crate) const TINY: &str = "[datasets.tiny]\nsynthetic = { train = 300, test = 100, seed = 1 }\n";

/// A point that trains in milliseconds.
pub(crate) const QUICK: &str = "[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\n";

/// A fit that would take hours.
pub(crate) const ENDLESS: &str =
    "[[grid]]\nclassifier = \"RandomForestClassifier\"\nengine = \"native\"\nn_estimators = 1000000\n";

/// A working folder of its own.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// With `grid.toml`: these `[[grid]]`s, one fit each, on the tiny dataset.
    pub(crate) fn with_grid(grids: &str) -> Folder {
        Folder::with_run("repeats = 1", grids)
    }

    /// With `grid.toml`: these keys of `[run]` and these `[[grid]]`s on the tiny dataset.
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

    /// The runner in this folder, with nothing of the machine's data in reach.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
        command.args(arguments);
        self.confine(&mut command);
        command
    }

    /// Has any program run in this folder as [`Folder::command`] does.
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

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }

    /// The bytes of `results/grid.csv`; none if there is no such file.
    pub(crate) fn results(&self) -> Option<Vec<u8>> {
        std::fs::read(self.path("results/grid.csv")).ok()
    }

    /// The rows of `results/grid.csv`.
    pub(crate) fn rows(&self) -> Vec<Row> {
        rows(&self.path("results/grid.csv"))
    }

    /// Waits until `results/grid.csv` has so many whole lines, its header among them.
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

/// The statuses of rows, in their order.
pub(crate) fn statuses(rows: &[Row]) -> Vec<Status> {
    rows.iter().map(|row| row.status).collect()
}

/// Looks until it is so; a minute of a busy machine is enough for everything here.
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "waited in vain for {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How a run ended and what it wrote.
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
    pub(crate) fn code(self, wanted: i32) -> Ended {
        assert_eq!(self.code, Some(wanted), "{}\n{}", self.out, self.err);
        self
    }

    /// Checks that standard error holds these texts, wherever its lines are broken.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Ended {
        for text in texts {
            assert!(
                unbroken(&self.err).contains(&unbroken(text)),
                "no `{text}` in\n{}",
                self.err
            );
        }
        self
    }

    /// Checks that standard error lacks this text.
    #[track_caller]
    pub(crate) fn keeps_quiet_of(self, text: &str) -> Ended {
        assert!(
            !unbroken(&self.err).contains(&unbroken(text)),
            "`{text}` in\n{}",
            self.err
        );
        self
    }
}

/// Without white space and frames.
fn unbroken(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '│')
        .collect()
}
