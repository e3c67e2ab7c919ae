//! Engines by command: requests, answers, and errors of programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use runner::results::{Row, Status};

use crate::support::{Ended, Folder, TINY};

/// A script that answers label 0 for the 100 test rows of the dataset `tiny`.
pub(crate) const GOOD: &str = r#"printf '{"labels":[%s0],"fit_s":0.0001,"predict_s":0.0002,"libraries":{"sh":"1"}}' "$(yes 0, | head -n 99 | tr -d '\n')" > answer.json"#;

/// A folder with a shell script as engine, and a parent folder for the scratch folders of its cells.
pub(crate) struct Programs {
    pub(crate) folder: Folder,
}

impl Programs {
    pub(crate) fn new(script: &str) -> Programs {
        Programs::with(script, "")
    }

    /// The same with further lines in `[run]`.
    pub(crate) fn with(script: &str, run: &str) -> Programs {
        let folder = Folder::new();
        folder.write("engine.sh", script);
        folder.write("scratch/.keep", "");
        folder.write(
            "grid.toml",
            format!(
                "[run]\ndatasets = \"tiny\"\nrepeats = 1\n{run}\n{TINY}\
                 [engines.own]\ncommand = [\"sh\", \"engine.sh\"]\n\
                 [[grid]]\nclassifier = \"SVC\"\nengine = \"own\"\nC = [1.0, 2.5]\nclass_weight = \"none\"\n"
            ),
        );
        Programs { folder }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(&[&["grid.toml"], arguments].concat());
        command.env("TMPDIR", self.folder.path("scratch"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }

    /// Runs only the first point and returns its row. Checks that nothing remains of the cell.
    #[track_caller]
    pub(crate) fn run_first_point(&self, arguments: &[&str]) -> Row {
        self.run(&[&["--only", "C=1;"], arguments].concat());
        self.assert_nothing_remains();
        let rows = self.folder.rows();
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.into_iter().next().unwrap()
    }

    /// Checks that no scratch folder and no process in one remains.
    #[track_caller]
    pub(crate) fn assert_nothing_remains(&self) {
        let folders: Vec<PathBuf> = std::fs::read_dir(self.folder.path("scratch"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.ends_with(".keep"))
            .collect();
        assert_eq!(folders, [] as [PathBuf; 0]);
        assert_eq!(self.processes(), [] as [String; 0]);
    }

    /// The command lines of the processes whose working folder is a scratch folder.
    pub(crate) fn processes(&self) -> Vec<String> {
        let scratch = self.folder.path("scratch").canonicalize().unwrap();
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let works_there =
            |path: &Path| std::fs::read_link(path.join("cwd")).is_ok_and(|at| at.starts_with(&scratch));
        entries
            .map(|entry| entry.path())
            .filter(|path| works_there(path))
            .map(|path| {
                String::from_utf8_lossy(&std::fs::read(path.join("cmdline")).unwrap_or_default()).into_owned()
            })
            .collect()
    }
}

/// Checks the status, the reason, and that nothing was measured.
#[track_caller]
pub(crate) fn assert_ended(row: &Row, status: Status, texts: &[&str]) {
    assert_eq!(row.status, status, "{}", row.error);
    for text in texts {
        assert!(row.error.contains(text), "no `{text}` in {}", row.error);
    }
    assert_eq!((row.accuracy, row.fit_s), (None, None));
}

/// Checks that a script fails with these texts.
#[track_caller]
fn fails(script: &str, texts: &[&str]) {
    assert_ended(&Programs::new(script).run_first_point(&[]), Status::Failed, texts);
}

#[test]
fn valid_answer_is_scored_and_its_libraries_are_recorded() {
    let programs = Programs::new(GOOD);
    programs.run(&[]).code(0);
    programs.assert_nothing_remains();
    let rows = programs.folder.rows();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!((row.status, row.engine.as_str()), (Status::Ok, "own"));
        assert_eq!(
            (row.fit_s, row.predict_s, row.fit_cpu_s),
            (Some(0.0001), Some(0.0002), None)
        );
        assert!(
            row.accuracy.unwrap() < 0.3 && row.warning.starts_with("chance: ") && row.error.is_empty(),
            "{row:?}"
        );
        assert!(row.peak_rss_mib.unwrap() > 0.1);
    }
    let machines = std::fs::read_to_string(programs.folder.path("results/machines.csv")).unwrap();
    assert!(machines.lines().nth(1).unwrap().ends_with(",sh 1"), "{machines}");
    assert!(
        machines.contains(&format!("{},own,", rows[0].machine)),
        "{machines}"
    );
}

#[test]
fn request_has_the_documented_keys() {
    let programs = Programs::new(&format!(
        "cat > ../../request.json; pwd > ../../at; echo $OMP_NUM_THREADS > ../../threads\n{GOOD}"
    ));
    let row = programs.run_first_point(&["--threads", "3", "--seed", "7", "--train-limit", "30"]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
    let text = std::fs::read_to_string(programs.folder.path("request.json")).unwrap();
    let request: serde_json::Value = serde_json::from_str(&text).unwrap();
    let page = include_str!("../../../../docs/engine-protocol.md");
    let (_, after) = page.split_once("## The request").unwrap();
    let (table, _) = after.split_once("## The answer").unwrap();
    for key in request.as_object().unwrap().keys() {
        assert!(table.contains(&format!("`{key}`")), "the page lacks `{key}`");
    }
    assert_eq!(
        request["parameters"],
        serde_json::json!({"C": 1, "class_weight": null})
    );
    assert_eq!(request["protocol"], 2);
    assert_eq!(request["preprocessing"], "standard");
    assert_eq!((&request["seed"], &request["threads"]), (&7.into(), &3.into()));
    assert_eq!(
        (&request["n_train"], &request["n_test"]),
        (&30.into(), &100.into())
    );
    let mut order: Vec<u64> = serde_json::from_value(request["order"].clone()).unwrap();
    assert!(!order.is_sorted());
    order.sort_unstable();
    assert_eq!(order, (0..30).collect::<Vec<u64>>());
    for (key, bytes) in [
        ("train_images", 16 + 300 * 784),
        ("train_labels", 8 + 300),
        ("test_images", 16 + 100 * 784),
    ] {
        assert_eq!(
            std::fs::metadata(request[key].as_str().unwrap()).unwrap().len(),
            bytes,
            "{key}"
        );
    }
    let at = std::fs::read_to_string(programs.folder.path("at")).unwrap();
    assert_eq!(
        Path::new(request["answer"].as_str().unwrap()).parent(),
        Some(Path::new(at.trim_end()))
    );
    assert_eq!(
        std::fs::read_to_string(programs.folder.path("threads")).unwrap(),
        "3\n"
    );
}

#[test]
fn refusal_is_a_row_with_the_reason_and_exit_code_0() {
    let programs = Programs::new(r#"echo '{"refused": "no such point here"}' > answer.json"#);
    programs.run(&[]).code(0);
    programs.assert_nothing_remains();
    programs
        .folder
        .rows()
        .iter()
        .for_each(|row| assert_ended(row, Status::Refused, &["no such point here"]));
}

#[test]
fn failure_that_the_engine_reports_is_recorded() {
    fails(
        r#"echo '{"failed": "it did not work out"}' > answer.json"#,
        &["it did not work out"],
    );
}

#[test]
fn invalid_or_missing_answer_is_a_failure() {
    fails("echo oh no >&2", &["no answer", "oh no"]);
    fails(
        r#"printf '{"labels": [0, 1' > answer.json"#,
        &["does not follow docs/engine-protocol.md", "EOF"],
    );
    fails(
        r#"echo '{"lables": []}' > answer.json"#,
        &["unknown field `lables`"],
    );
    fails(
        r#"echo '{"labels": [0.5], "fit_s": 0, "predict_s": 0}' > answer.json"#,
        &["0.5"],
    );
    fails(
        r#"echo '{"fit_s": 0, "predict_s": 0}' > answer.json"#,
        &["no `labels`"],
    );
    fails(
        "head -c 70000000 /dev/zero | tr '\\0' ' ' > answer.json",
        &["longer than 64 MiB"],
    );
}

#[test]
fn labels_out_of_range_or_of_wrong_number_are_a_failure() {
    let with = |labels: &str| {
        format!(r#"echo '{{"labels": [{labels}], "fit_s": 0, "predict_s": 0}}' > answer.json"#)
    };
    fails(
        &with("0, 10"),
        &["label 10 of test row 1 is out of range", "10 classes"],
    );
    fails(&with("-1"), &["label -1 of test row 0"]);
    fails(&with("1, 2, 3"), &["3 labels for 100 test rows"]);
}

#[test]
fn impossible_times_are_a_failure() {
    fails(&GOOD.replace("0.0001", "-1"), &["`fit_s`"]);
    fails(&GOOD.replace(r#""fit_s":0.0001,"#, ""), &["`fit_s`"]);
    fails(
        &GOOD.replace("0.0002", "1e4"),
        &["predict_s=10000", "both must be in seconds"],
    );
}

#[test]
fn nonzero_exit_code_is_a_failure_with_the_last_lines_of_stderr() {
    fails(
        &format!("{GOOD}; echo first >&2; echo last words >&2; exit 3"),
        &["exit status: 3", "first | last words"],
    );
}

#[test]
fn program_ended_by_a_signal_is_crashed() {
    let row = Programs::new("kill -SEGV $$").run_first_point(&[]);
    assert_ended(&row, Status::Crashed, &["SIGSEGV"]);
}

#[test]
fn gigabyte_on_stderr_or_stdout_does_no_harm() {
    fails(
        "head -c 1000000000 /dev/zero >&2; echo the end >&2; exit 1",
        &["exit status: 1", "the end"],
    );
    let row = Programs::new(&format!("head -c 1000000000 /dev/zero; {GOOD}")).run_first_point(&[]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
}

#[test]
fn unread_request_does_no_harm() {
    let row = Programs::new(&format!("exec <&-; {GOOD}")).run_first_point(&[]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
}

#[test]
fn family_outside_the_registry_has_unchecked_parameters() {
    let folder = Folder::new();
    folder.write("engine.sh", format!("cat > ../../request.json\n{GOOD}"));
    folder.write("scratch/.keep", "");
    folder.write(
        "grid.toml",
        format!(
            "run.datasets = \"tiny\"\nrun.repeats = 1\n{TINY}\
             [engines.own]\ncommand = [\"sh\", \"engine.sh\"]\nclassifiers = [\"MyThing\"]\n\
             [[grid]]\nclassifier = \"MyThing\"\ndepth = 1.0\nshape = [[1, 2]]\nword = \"x\"\n"
        ),
    );
    let mut command = folder.command(&["grid.toml"]);
    command.env("TMPDIR", folder.path("scratch"));
    Ended::from(command.output().unwrap()).code(0);
    let row = &folder.rows()[0];
    assert_eq!(
        (row.classifier.as_str(), row.params.as_str()),
        ("MyThing", "depth=1.0;shape=[1, 2];word=x")
    );
    let request = std::fs::read_to_string(folder.path("request.json")).unwrap();
    assert!(
        request.contains(r#""parameters":{"depth":1.0,"shape":[1,2],"word":"x"}"#),
        "{request}"
    );
}

#[test]
fn attributes_of_a_program_are_kept_on_request() {
    let attributes = r#""attributes":{"coef":[[1.5]]},"libraries""#;
    let answer = GOOD.replace(r#""libraries""#, attributes);
    let programs = Programs::new(&format!("cat > ../../request.json\n{answer}"));
    let row = programs.run_first_point(&["--keep", "kept"]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(programs.folder.path(name)).unwrap()).unwrap()
    };
    assert_eq!(read("request.json")["attributes"], true);
    let kept = read(&format!("kept/{}.json", row.cell_id));
    assert_eq!(kept["attributes"], serde_json::json!({"coef": [[1.5]]}));
    assert_eq!(kept["labels"].as_array().unwrap().len(), 100);
}

#[test]
fn documented_example_engine_trains() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    let page = include_str!("../../../../docs/engine-protocol.md");
    let block = |language: &str| {
        let (_, after) = page.split_once(&format!("```{language}\n")).unwrap();
        after.split_once("```").unwrap().0
    };
    let folder = Folder::new();
    folder.write("my_centroids.py", block("python"));
    let grid = block("toml");
    folder.write(
        "grid.toml",
        format!("run.datasets = \"tiny\"\nrun.repeats = 1\n{TINY}{grid}"),
    );
    folder.run(&["grid.toml"]).code(0);
    let row = &folder.rows()[0];
    assert!(row.accuracy.unwrap() > 0.5, "{row:?}");
}

#[test]
fn supplied_support_file_reports_a_solver_that_did_not_converge() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3");
        return;
    }
    let engine = r#"
import sys
import warnings

sys.path.insert(0, SCRIPTS)
import hemline_engine


class ConvergenceWarning(UserWarning):
    pass


class Model:
    def fit(self, x, y):
        warnings.warn("stopped after 10 steps\nof 20", ConvergenceWarning)

    def predict(self, x):
        return [0] * len(x)


# The rows need numpy, which may be missing.
hemline_engine.arrays = lambda request: ([], [], range(request["n_test"]))
hemline_engine.serve(lambda request: Model(), {"own": "1.2"})
"#;
    let scripts = crate::source::root().join("scripts/engines");
    let programs = Programs::new("exec python3 -B ../../engine.py");
    let quoted = format!("{:?}", scripts.to_str().unwrap());
    programs
        .folder
        .write("engine.py", engine.replace("SCRIPTS", &quoted));
    let row = programs.run_first_point(&[]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
    assert!(
        row.warning
            .starts_with("not-converged: stopped after 10 steps; chance: "),
        "{}",
        row.warning
    );
    assert!(row.fit_cpu_s.is_some() && row.predict_cpu_s.is_some());
}
