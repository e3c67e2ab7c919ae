//! Engines by command: answers that are no file, claims that cannot be true, text that is not fit to print, signals from outside.

use std::path::Path;
use std::process::{Command, Stdio};

use runner::results::{Row, Status};

use crate::other_user::wrapped;
use crate::programs::{GOOD, Programs, assert_ended};
use crate::support::{Ended, wait_for};

/// The row of a script.
fn row_of(script: &str) -> Row {
    Programs::new(script).run_first_point(&["--timeout", "60s"])
}

/// Checks that a script fails with these texts.
#[track_caller]
fn fails(script: &str, texts: &[&str]) {
    assert_ended(&row_of(script), Status::Failed, texts);
}

/// The script `GOOD` with other text in front of its key `libraries`.
fn good_with(keys: &str) -> String {
    GOOD.replace(r#""libraries""#, &format!(r#"{keys},"libraries""#))
}

#[test]
fn impossible_processor_time_is_a_failure() {
    fails(&good_with(r#""fit_cpu_s":-5"#), &["fit_cpu_s=-5", "at least 0"]);
    fails(
        &good_with(r#""predict_cpu_s":1e9"#),
        &["1000000000 s of CPU time"],
    );
    fails(&good_with(r#""fit_cpu_s":NaN"#), &["does not follow"]);
    fails(&good_with(r#""fit_cpu_s":1e999"#), &["does not follow"]);
    // `report` would leave the row out.
    fails(
        &format!("sleep 0.5; {}", good_with(r#""fit_cpu_s":0.52"#)),
        &["fit_cpu_s=0.52, but fit_s=0.0001"],
    );
    let row = row_of(&good_with(r#""fit_cpu_s":0.0001,"predict_cpu_s":0"#));
    assert_eq!((row.status, row.fit_cpu_s), (Status::Ok, Some(0.0001)));
}

#[test]
fn negative_zero_is_zero() {
    let programs = Programs::new(&GOOD.replace(r#""fit_s":0.0001"#, r#""fit_s":-0.0"#));
    programs.run_first_point(&[]);
    let text = String::from_utf8(programs.folder.results().unwrap()).unwrap();
    assert!(text.contains(",0.000000000,") && !text.contains("-0.0"), "{text}");
}

#[test]
fn answer_that_is_no_regular_file_is_a_failure() {
    let is_no_file = ["answer.json is not a regular file"];
    fails("mkfifo answer.json", &is_no_file);
    fails("mkdir answer.json", &is_no_file);
    fails("ln -s /dev/zero answer.json", &is_no_file);
    fails("mkfifo pipe; ln -s pipe answer.json", &is_no_file);
    fails("ln -s . answer.json", &is_no_file);
    fails("ln -s nowhere answer.json", &is_no_file);
    fails(
        &format!("{GOOD}; mv answer.json other; ln -s other answer.json"),
        &is_no_file,
    );
    fails(r#"rm -rf "$PWD""#, &["the program wrote no answer"]);
    fails("mknod answer.json c 1 5 || mkfifo answer.json", &is_no_file);
}

#[test]
fn text_of_a_program_is_fit_to_print() {
    // In `printf`, `\\u001b` arrives as the escape of JSON.
    let strange = r"\\u001b[31mred\\u202eder\\nnext\\u0007\\u200b";
    let clean = "[31mred der next";
    let row = row_of(&good_with(&format!(r#""warning":"{strange}""#)));
    assert_eq!(row.status, Status::Ok, "{}", row.error);
    let warnings: Vec<&str> = row.warning.split("; ").collect();
    assert_eq!(warnings[0], format!("engine: {clean}"));

    let programs =
        Programs::new(&GOOD.replace(r#"{"sh":"1"}"#, &format!(r#"{{"sh{strange}":"{strange}1"}}"#)));
    programs.run_first_point(&[]);
    let machines = std::fs::read_to_string(programs.folder.path("results/machines.csv")).unwrap();
    assert!(machines.contains("sh [31mred"), "{machines}");
    assert!(
        !machines.contains(['\u{1b}', '\u{202e}', '\u{7}', '\u{200b}']),
        "{machines:?}"
    );

    for key in ["refused", "failed"] {
        let programs = Programs::new(&format!(
            r#"printf '{{"{key}":"{}{strange}"}}' > answer.json"#,
            "x".repeat(1000)
        ));
        let ended = programs.run(&["--only", "C=1;"]);
        assert!(
            !ended.err.contains(['\u{1b}', '\u{202e}', '\u{7}']),
            "{:?}",
            ended.err
        );
        let error = programs.folder.rows()[0].error.clone();
        assert!(error.starts_with("xxx") && error.ends_with('…'), "{error}");
        assert_eq!(error.chars().count(), 500);
    }
    for key in ["refused", "failed"] {
        fails(
            &format!(r#"printf '{{"{key}":" "}}' > answer.json"#),
            &["without a reason"],
        );
    }
    fails(
        &format!(r#"printf '{{"{strange}":1}}' > answer.json"#),
        &["unknown field `", "red der next"],
    );
    fails(
        r#"printf 'a\033[31mb\342\200\256c' >&2; exit 1"#,
        &["exit status: 1: a [31mb c"],
    );
}

#[test]
fn engine_that_did_not_converge_says_so_by_a_key() {
    let warning = |keys: &str| {
        let row = row_of(&good_with(keys));
        assert_eq!(row.status, Status::Ok, "{}", row.error);
        row.warning.split("; ").next().unwrap().to_owned()
    };
    assert_eq!(
        warning(r#""converged":false,"warning":"100 steps""#),
        "not-converged: 100 steps"
    );
    assert_eq!(
        warning(r#""converged":false"#),
        "not-converged: a solver did not converge"
    );
    assert_eq!(warning(r#""converged":true,"warning":"slow""#), "engine: slow");
    assert!(warning(r#""converged":true"#).starts_with("chance: "));
    fails(&good_with(r#""converged":"no""#), &["does not follow", "boolean"]);
}

#[test]
fn the_whole_run_of_a_program_is_measured() {
    let row = row_of(&format!("sleep 0.2; {GOOD}"));
    let wall_s = row.wall_s.unwrap();
    assert!((0.2..60.0).contains(&wall_s), "{wall_s}");
}

#[test]
fn closed_streams_of_a_program_do_no_harm() {
    for closed in ["exec >&-", "exec 2>&-", "exec <&- >&- 2>&-"] {
        let row = row_of(&format!("{closed}\n{GOOD}"));
        assert_eq!(row.status, Status::Ok, "{closed}: {}", row.error);
    }
}

#[test]
fn request_longer_than_a_pipe_may_stay_unread() {
    let programs = Programs::new(&format!("sleep 0.1; {GOOD}"));
    // The order of 100,000 rows is over half a MiB of text.
    let grid = std::fs::read_to_string(programs.folder.path("grid.toml")).unwrap();
    let large = grid.replace(
        "synthetic = { train = 300, test = 100, seed = 1 }",
        "synthetic = { train = 100000, test = 100, seed = 1 }",
    );
    assert_ne!(grid, large);
    programs.folder.write("grid.toml", large);
    let row = programs.run_first_point(&[]);
    assert_eq!((row.status, row.n_train), (Status::Ok, 100_000), "{}", row.error);
}

#[test]
fn sigkill_from_outside_is_crashed() {
    assert_ended(&row_of("kill -KILL $$"), Status::Crashed, &["SIGKILL"]);
    // The program's parent is the process of the cell.
    assert_ended(
        &row_of("kill -KILL $PPID; sleep 1000"),
        Status::Crashed,
        &["killed by SIGKILL"],
    );
}

#[test]
fn nothing_survives_a_program_that_kills_its_cell() {
    let programs = Programs::new(
        "setsid sh -c 'kill -KILL \"$1\"; while :; do setsid sleep 1000 & sleep 0.001; done' sh $PPID & sleep 1000",
    );
    let row = programs.run_first_point(&[]);
    assert_ended(&row, Status::Crashed, &["killed by SIGKILL"]);
}

/// A stopped cell gets SIGHUP when its runner dies; it must live on to end its program.
#[test]
fn nothing_survives_a_killed_runner_whose_cell_is_stopped() {
    let programs = Programs::new("echo started > ../started; kill -STOP $PPID; exec setsid sleep 1000");
    let mut child = programs.command(&[]).stderr(Stdio::null()).spawn().unwrap();
    wait_for("the program", || programs.folder.path("scratch/started").exists());
    std::thread::sleep(std::time::Duration::from_millis(300));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the end of the program", || programs.processes().is_empty());
}

#[test]
fn a_deep_scratch_folder_costs_no_row() {
    let deep = "mkdir -p deep && cd deep && for i in 1 2 3 4 5 6 7 8 9 10; do \
        d=$(printf 'd/%.0s' $(seq 1500)); mkdir -p \"$d\" && cd \"$d\"; done";
    let row = row_of(&format!("{GOOD}; ({deep}) 2>/dev/null; true"));
    assert_eq!(row.status, Status::Ok, "{}", row.error);
}

#[test]
fn a_relative_cache_is_the_same_for_a_program() {
    let script =
        r#"grep -o '"train_images":"[^"]*"' | cut -d'"' -f4 > image; test -f "$(cat image)" || exit 7"#;
    let programs = Programs::new(&format!("{script}; {GOOD}"));
    let mut command = programs.command(&[]);
    command.env("HEMLINE_CACHE", "mycache");
    Ended::from(command.output().unwrap()).code(0);
}

#[test]
fn shared_pages_count_once() {
    let is_possible = Path::new("/proc/self/smaps_rollup").exists();
    if !is_possible || Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3, or this system does not say what processes share");
        return;
    }
    let script = format!(
        r"cat > share.py <<'END'
import mmap, os, time
block = mmap.mmap(-1, 150 << 20)
for at in range(0, len(block), 4096):
    block[at] = 1
children = []
for _ in range(3):
    child = os.fork()
    if child == 0:
        sum(block[at] for at in range(0, len(block), 4096))
        time.sleep(1.5)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
END
python3 share.py
{GOOD}"
    );
    let row = Programs::new(&script).run_first_point(&["--memory", "400MiB"]);
    assert_eq!(row.status, Status::Ok, "{}", row.error);
    let peak = row.peak_rss_mib.unwrap();
    assert!((150.0..300.0).contains(&peak), "{peak} MiB");
    let row = Programs::new(&script).run_first_point(&["--memory", "120MiB"]);
    assert_ended(&row, Status::OutOfMemory, &["the limit is 120.0 MiB"]);
}

#[test]
fn other_cores_than_the_allowed_ones_do_not_count() {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    if cpus < 2 || !Path::new("/proc/stat").exists() {
        println!("skipped: one core, or no counters of cores");
        return;
    }
    let programs = Programs::new(&format!("sleep 1; {GOOD}"));
    let command = programs.command(&["--only", "C=1;", "--jobs", "1"]);
    let Some(mut command) = wrapped(&command, &["taskset", "-c", "0"]) else {
        return;
    };
    let mut busy = Command::new("taskset")
        .args(["-c", "1", "sh", "-c", "while true; do :; done"])
        .spawn()
        .unwrap();
    let before = busy_seconds_of_core_0();
    let ended = Ended::from(command.output().unwrap());
    let busy_s = busy_seconds_of_core_0() - before;
    busy.kill().unwrap();
    busy.wait().unwrap();
    ended.code(0);
    let row = &programs.folder.rows()[0];
    // Whatever else runs on core 0 may count.
    let foreign_cores = row.foreign_cores.unwrap();
    assert!(
        foreign_cores <= (busy_s + 0.2).min(1.0),
        "{foreign_cores} cores, core 0 was busy for {busy_s} s"
    );
}

fn busy_seconds_of_core_0() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let line = stat.lines().find(|line| line.starts_with("cpu0 ")).unwrap();
    let ticks: Vec<f64> = line
        .split_whitespace()
        .skip(1)
        .map(|word| word.parse().unwrap())
        .collect();
    (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / 100.0
}
