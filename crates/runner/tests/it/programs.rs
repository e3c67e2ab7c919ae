//! Engines by command: a whole one, every kind of bad one, and that nothing of either is left behind.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use runner::results::{Row, Status};

use crate::support::{Ended, Folder, TINY, wait_for};

/// GradientTolerance for the 100 test rows of the tiny dataset.
const GOOD: &str = r#"printf '{"labels":[%s0],"fit_s":0.0001,"predict_s":0.0002,"libraries":{"sh":"1"}}' "$(yes 0, | head -n 99 | tr -d '\n')" > answer.json"#;

/// A folder with an engine that is a shell script, and a folder for its scratch folders.
struct Programs {
    folder: Folder,
}

impl Programs {
    fn new(script: &str) -> Programs {
        Programs::with(script, "")
    }

    /// With further lines in `[run]`.
    fn with(script: &str, run: &str) -> Programs {
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

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(&[&["grid.toml"], arguments].concat());
        command.env("TMPDIR", self.folder.path("scratch"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        Ended::from(self.command(arguments).output().unwrap())
    }

    /// The row of the only point that is run, and that nothing is left of it.
    #[track_caller]
    fn one(&self, arguments: &[&str]) -> Row {
        self.run(&[&["--only", "C=1;"], arguments].concat());
        self.nothing_is_left();
        let rows = self.folder.rows();
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.into_iter().next().unwrap()
    }

    /// No scratch folder, and no process that was started in one or says that it is of this test.
    #[track_caller]
    fn nothing_is_left(&self) {
        let left: Vec<PathBuf> = std::fs::read_dir(self.folder.path("scratch"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| !path.ends_with(".keep"))
            .collect();
        assert_eq!(left, [] as [PathBuf; 0]);
        assert_eq!(self.processes(), [] as [String; 0]);
    }

    /// The command lines of the living processes that work under the scratch folder.
    fn processes(&self) -> Vec<String> {
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

#[track_caller]
fn ended(row: &Row, status: Status, says: &[&str]) {
    assert_eq!(row.status, status, "{}", row.error);
    for text in says {
        assert!(row.error.contains(text), "no `{text}` in {}", row.error);
    }
    assert_eq!((row.accuracy, row.fit_s), (None, None));
}

/// A script fails with these words.
#[track_caller]
fn fails(script: &str, says: &[&str]) {
    ended(&Programs::new(script).one(&[]), Status::Failed, says);
}

/// A script that does not end is ended within a second of its limit.
#[track_caller]
fn reaches(script: &str, limit: [&str; 2], status: Status, says: &[&str]) {
    let programs = Programs::new(script);
    let started = Instant::now();
    let row = programs.one(&limit);
    let took = started.elapsed();
    ended(&row, status, says);
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn a_good_answer_is_scored_and_its_libraries_noted() {
    let programs = Programs::new(GOOD);
    programs.run(&[]).code(0);
    programs.nothing_is_left();
    let rows = programs.folder.rows();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!((row.status, row.engine.as_str()), (Status::Ok, "own"));
        assert_eq!(
            (row.fit_s, row.predict_s, row.fit_cpu_s),
            (Some(0.0001), Some(0.0002), None)
        );
        assert!(
            row.accuracy.unwrap() < 0.3 && row.error.contains("no better than chance"),
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
fn the_request_has_all_that_the_page_says() {
    let programs = Programs::new(&format!(
        "cat > ../../request.json; pwd > ../../at; echo $OMP_NUM_THREADS > ../../threads\n{GOOD}"
    ));
    let row = programs.one(&["--threads", "3", "--seed", "7", "--train-limit", "30"]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
    let text = std::fs::read_to_string(programs.folder.path("request.json")).unwrap();
    let request: serde_json::Value = serde_json::from_str(&text).unwrap();
    let page = include_str!("../../../../docs/engine-protocol.md");
    let (_, after) = page.split_once("## The request").unwrap();
    let (table, _) = after.split_once("## The answer").unwrap();
    for key in request.as_object().unwrap().keys() {
        assert!(table.contains(&format!("`{key}`")), "{key} is not on the page");
    }
    assert_eq!(
        request["parameters"],
        serde_json::json!({"C": 1, "class_weight": null})
    );
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
        ("test_labels", 8 + 100),
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
fn a_refusal_is_a_row_with_the_engines_reason_and_no_fault_of_the_run() {
    let programs = Programs::new(r#"echo '{"refused": "no such point here"}' > answer.json"#);
    programs.run(&[]).code(0);
    programs.nothing_is_left();
    programs
        .folder
        .rows()
        .iter()
        .for_each(|row| ended(row, Status::Refused, &["no such point here"]));
}

#[test]
fn an_engines_own_failure_is_kept() {
    fails(
        r#"echo '{"failed": "it did not work out"}' > answer.json"#,
        &["it did not work out"],
    );
}

#[test]
fn half_an_answer_and_none_are_told() {
    fails("echo oh no >&2", &["no answer", "oh no"]);
    fails(
        r#"printf '{"labels": [0, 1' > answer.json"#,
        &["not as docs/engine-protocol.md says", "EOF"],
    );
    fails("mkdir answer.json", &["no answer"]);
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
fn labels_out_of_range_or_of_another_number_are_told() {
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
fn times_that_cannot_be_are_told() {
    fails(&GOOD.replace("0.0001", "-1"), &["`fit_s`"]);
    fails(&GOOD.replace(r#""fit_s":0.0001,"#, ""), &["`fit_s`"]);
    fails(
        &GOOD.replace("0.0002", "1e4"),
        &["predict_s=10000", "are they seconds?"],
    );
}

#[test]
fn an_exit_other_than_0_is_told_with_the_last_words_whatever_was_answered() {
    fails(
        &format!("{GOOD}; echo first >&2; echo last words >&2; exit 3"),
        &["exit status: 3", "first | last words"],
    );
}

#[test]
fn a_signal_is_told() {
    let row = Programs::new("kill -SEGV $$").one(&[]);
    ended(&row, Status::Crashed, &["SIGSEGV"]);
}

#[test]
fn a_gigabyte_on_standard_error_or_output_is_no_trouble() {
    fails(
        "head -c 1000000000 /dev/zero >&2; echo the end >&2; exit 1",
        &["exit status: 1", "the end"],
    );
    let row = Programs::new(&format!("head -c 1000000000 /dev/zero; {GOOD}")).one(&[]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
}

#[test]
fn a_request_that_is_not_read_is_no_trouble() {
    let row = Programs::new(&format!("exec <&-; {GOOD}")).one(&[]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
}

#[test]
fn what_hangs_is_ended_at_its_limit() {
    let limit = ["--timeout", "500ms"];
    reaches("sleep 1000", limit, Status::Timeout, &["limit of 500ms"]);
}

#[test]
fn children_that_hang_are_ended_too_even_in_a_session_of_their_own() {
    let limit = ["--timeout", "500ms"];
    reaches("sleep 1000 & wait", limit, Status::Timeout, &["limit of 500ms"]);
    reaches(
        "(setsid sleep 1000 &) ; sleep 1000",
        limit,
        Status::Timeout,
        &["limit of 500ms"],
    );
}

#[test]
fn children_that_outlive_a_good_answer_are_ended() {
    let row = Programs::new(&format!("setsid sleep 1000 & sleep 1000 & {GOOD}")).one(&[]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
}

#[test]
fn what_ignores_sigterm_is_ended() {
    let script = "trap '' TERM INT HUP; while true; do sleep 0.1; done";
    reaches(
        script,
        ["--timeout", "500ms"],
        Status::Timeout,
        &["limit of 500ms"],
    );
}

#[test]
fn what_starts_processes_without_end_is_ended() {
    let script = "while true; do (sleep 1000 &); sleep 0.002; done";
    reaches(
        script,
        ["--timeout", "500ms"],
        Status::Timeout,
        &["limit of 500ms"],
    );
}

#[test]
fn what_allocates_without_end_is_ended_even_in_a_grandchild() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: this system does not say what a process holds");
        return;
    }
    let limit = ["--memory", "300MiB"];
    reaches(
        "exec tail /dev/zero",
        limit,
        Status::OutOfMemory,
        &["held", "limit of 300.0 MiB"],
    );
    reaches(
        "sh -c 'tail /dev/zero; true' & wait",
        limit,
        Status::OutOfMemory,
        &["limit of 300.0 MiB"],
    );
}

#[test]
fn a_cell_that_is_ended_disturbs_no_other_and_retry_runs_it_and_nothing_else() {
    let programs = Programs::with(
        &format!("grep -q '\"C\":2.5' && sleep 1000\n{GOOD}"),
        "timeout = \"1s\"",
    );
    programs.run(&["--jobs", "2"]).code(3).says(&["--retry"]);
    programs.nothing_is_left();
    let rows = programs.folder.rows();
    let status = |row: &Row| (row.params.clone(), row.status);
    let mut ends: Vec<_> = rows.iter().map(status).collect();
    ends.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        ends,
        [
            ("C=1;class_weight=none".to_owned(), Status::Ok),
            ("C=2.5;class_weight=none".to_owned(), Status::Timeout)
        ]
    );
    programs.folder.write("engine.sh", GOOD);
    programs
        .run(&["--retry", "failed,out-of-memory,crashed"])
        .code(2)
        .says(&["none ended as --retry says"]);
    programs
        .run(&["--retry", "timeout"])
        .code(0)
        .says(&["1 cells to run"]);
    assert_eq!(programs.folder.rows().len(), 3);
}

#[test]
fn a_runner_that_is_killed_takes_its_programs_and_their_folders_with_it() {
    let programs = Programs::new("setsid sleep 1000 & sleep 1000");
    let mut runner = programs
        .command(&["--jobs", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("two programs with their children", || {
        programs.processes().len() >= 6
    });
    runner.kill().unwrap();
    runner.wait().unwrap();
    wait_for("their end", || programs.processes().is_empty());
    wait_for("the end of their folders", || {
        std::fs::read_dir(programs.folder.path("scratch"))
            .unwrap()
            .count()
            == 1
    });
}

#[test]
fn an_interrupted_run_ends_its_programs() {
    let programs = Programs::new("trap '' INT TERM; sleep 1000 & sleep 1000");
    let runner = programs
        .command(&["--jobs", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("the program", || programs.processes().len() >= 3);
    let pid = nix::unistd::Pid::from_raw(runner.id().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    Ended::from(runner.wait_with_output().unwrap()).code(130);
    programs.nothing_is_left();
}

#[test]
fn a_family_that_only_the_engine_knows_gets_its_parameters_unchecked() {
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
        ("MyThing", "depth=1;shape=[1, 2];word=x")
    );
    let request = std::fs::read_to_string(folder.path("request.json")).unwrap();
    assert!(
        request.contains(r#""parameters":{"depth":1.0,"shape":[1,2],"word":"x"}"#),
        "{request}"
    );
}

#[test]
fn what_a_program_says_of_its_fit_is_kept_where_it_is_asked_for() {
    let attributes = r#""attributes":{"coef":[[1.5]]},"libraries""#;
    let answer = GOOD.replace(r#""libraries""#, attributes);
    let programs = Programs::new(&format!("cat > ../../request.json\n{answer}"));
    let row = programs.one(&["--keep", "kept"]);
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
fn the_engine_of_the_page_trains() {
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
