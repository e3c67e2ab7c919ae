//! No row is lost: to a closed or full stream, to another program's hands on the files, to a full disk, to limits.

use std::fs::File;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use runner::results::{Row, Status};

use crate::programs::{GOOD, Programs};
use crate::support::{Ended, Folder, QUICK, TINY, rows, statuses, wait_for};

/// Six points of about half a second each.
const SLOW: &str = "[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = \"linfa\"\np = 3.5\nn_neighbors = [1, 2, 3, 4, 5, 6]\n";

/// Twelve points that train in milliseconds.
const TWELVE: &str = "[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\nalpha = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]\n";

/// Runs a shell script in which `$0` is the runner.
fn shell(folder: &Folder, script: &str) -> Ended {
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_runner")]);
    folder.confine(&mut command);
    Ended::from(command.output().unwrap())
}

/// Checks that all twelve points have one row each, and that all are `ok`.
#[track_caller]
fn assert_twelve(rows: &[Row]) {
    assert_eq!(statuses(rows), [Status::Ok; 12]);
    let mut ids: Vec<&str> = rows.iter().map(|row| row.cell_id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 12);
}

#[test]
fn a_reader_that_closes_standard_error_costs_no_row() {
    for script in [
        "(\"$0\" grid.toml --jobs 1; echo $? > code) 2>&1 | head -n 3",
        "\"$0\" grid.toml --jobs 2 2>/dev/full; echo $? > code",
        "\"$0\" grid.toml 2>&-; echo $? > code",
        "\"$0\" grid.toml >&- 2>&-; echo $? > code",
    ] {
        let folder = Folder::with_grid(TWELVE);
        shell(&folder, script).stderr_lacks("panicked");
        assert_twelve(&folder.rows());
        let code = std::fs::read_to_string(folder.path("code")).unwrap();
        assert_eq!(code, "0\n", "{script}");
    }
}

#[test]
fn full_standard_output_is_an_error_after_all_rows() {
    let folder = Folder::with_grid(TWELVE);
    shell(&folder, "\"$0\" grid.toml >/dev/full")
        .code(1)
        .stderr_has(&["cannot write to standard output"]);
    assert_twelve(&folder.rows());
    for arguments in ["--list", "grid.toml --plan"] {
        shell(&folder, &format!("\"$0\" {arguments} >/dev/full"))
            .code(1)
            .stderr_lacks("panicked");
        shell(&folder, &format!("\"$0\" {arguments} | head -n 1"))
            .code(0)
            .stderr_lacks("panicked");
    }
}

#[test]
fn a_file_that_a_kill_left_blank_is_a_new_file() {
    for content in [
        " ".repeat(16 * 1024),
        "\0".repeat(4096),
        "schema,cell".into(),
        String::new(),
    ] {
        let folder = Folder::with_grid(QUICK);
        folder.write("results/grid.csv", content);
        folder.run(&["grid.toml"]).code(0);
        assert_eq!(statuses(&folder.rows()), [Status::Ok]);
    }
}

#[test]
fn a_results_file_that_is_removed_is_written_again_with_all_rows() {
    let folder = Folder::with_grid(SLOW);
    let child = folder.start(&["grid.toml"]);
    folder.wait_for_lines(3);
    std::fs::remove_dir_all(folder.path("results")).unwrap();
    Ended::from(child.wait_with_output().unwrap())
        .code(0)
        .stderr_has(&["results/grid.csv was removed during the run; all rows are in results/grid.csv"]);
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 6]);
    let labels = std::fs::read(folder.path("results/grid.labels")).unwrap();
    for row in folder.rows() {
        let id = row.cell_id.as_bytes();
        assert!(labels.windows(id.len()).any(|window| window == id));
    }
}

#[test]
fn rows_go_to_another_file_if_the_results_file_is_replaced_or_changed() {
    for replace in [true, false] {
        let folder = Folder::with_grid(SLOW);
        let child = folder.start(&["grid.toml"]);
        folder.wait_for_lines(3);
        if replace {
            folder.write("new", "mine");
            std::fs::rename(folder.path("new"), folder.path("results/grid.csv")).unwrap();
        } else {
            folder.write("results/grid.csv", "mine");
        }
        Ended::from(child.wait_with_output().unwrap())
            .code(1)
            .stderr_has(&["all rows are in results/grid.1.rescued.csv"]);
        assert_eq!(folder.results().unwrap(), b"mine");
        let rescued = rows(&folder.path("results/grid.1.rescued.csv"));
        assert_eq!(statuses(&rescued), [Status::Ok; 6]);
    }
}

#[test]
fn the_file_of_an_ended_grid_is_written_again_too() {
    let folder = Folder::with_grid(SLOW);
    let quick = std::fs::read_to_string(folder.path("grid.toml"))
        .unwrap()
        .replace(SLOW, QUICK);
    folder.write("first.toml", quick);
    let child = folder.start(&["first.toml", "grid.toml"]);
    folder.wait_for_lines(2);
    std::fs::remove_file(folder.path("results/first.csv")).unwrap();
    std::fs::remove_file(folder.path("results/first.labels")).unwrap();
    Ended::from(child.wait_with_output().unwrap())
        .code(0)
        .stderr_has(&["results/first.csv was removed during the run"]);
    assert_eq!(statuses(&rows(&folder.path("results/first.csv"))), [Status::Ok]);
    assert!(folder.path("results/first.labels").exists());
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 6]);
}

#[test]
fn a_change_that_keeps_the_length_is_noticed() {
    for name in ["grid.csv", "grid.labels"] {
        let folder = Folder::with_grid(SLOW);
        let child = folder.start(&["grid.toml"]);
        folder.wait_for_lines(3);
        let path = folder.path("results").join(name);
        let file = File::options().write(true).open(&path).unwrap();
        // In the first row, or in the payload of the first record.
        let at = if name == "grid.csv" { 600 } else { 120 };
        file.write_all_at(b"#######", at).unwrap();
        let ended = Ended::from(child.wait_with_output().unwrap()).code(1);
        if name == "grid.csv" {
            ended.stderr_has(&["all rows are in results/grid.1.rescued.csv"]);
            let rescued = rows(&folder.path("results/grid.1.rescued.csv"));
            assert_eq!(statuses(&rescued), [Status::Ok; 6]);
        } else {
            ended.stderr_has(&["labels"]);
        }
    }
}

#[test]
fn other_permissions_are_no_other_content() {
    let folder = Folder::with_grid(SLOW);
    let child = folder.start(&["grid.toml"]);
    folder.wait_for_lines(3);
    for name in ["grid.csv", "grid.labels"] {
        let path = folder.path("results").join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    Ended::from(child.wait_with_output().unwrap()).code(0);
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 6]);
}

/// A disk that fills while cells run, imitated by a limit on the file size that is set in mid-run.
#[test]
fn a_row_that_cannot_be_written_is_shown_and_nothing_else_is_lost() {
    let folder = Folder::with_grid(SLOW);
    let child = folder.start(&["grid.toml"]);
    folder.wait_for_lines(3);
    let limit = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--fsize=600"])
        .status();
    if !limit.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this machine has no prlimit");
        drop(child.wait_with_output());
        return;
    }
    let ended = Ended::from(child.wait_with_output().unwrap())
        .code(1)
        .stderr_has(&[
            "cannot write to results/grid.csv",
            "no further cell starts",
            "append them to the results file by hand",
        ]);
    let kept = folder.rows();
    assert!((2..6).contains(&kept.len()), "{} rows", kept.len());
    let shown = ended
        .err
        .lines()
        .filter(|line| line.starts_with("3,") && line.contains(",ok,"));
    assert_eq!(shown.count(), 1, "{}", ended.err);
    folder.run(&["grid.toml"]).code(0).stderr_lacks("incomplete row");
    assert_eq!(folder.rows()[..kept.len()], kept);
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 6]);
}

/// As above, but the disk has room again while another cell still runs.
#[test]
fn cells_that_did_not_start_are_no_success() {
    let programs = Programs::with(
        &format!("if mkdir ../../first 2>/dev/null; then sleep 4; else sleep 0.5; fi; {GOOD}"),
        "",
    );
    let mut command = programs.command(&["--jobs", "2", "--repeats", "3"]);
    let child = command
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for("the first cell", || programs.folder.path("first").exists());
    let set_limit = |bytes: &str| {
        let limit = [
            "--pid",
            &child.id().to_string(),
            &format!("--fsize={bytes}:unlimited"),
        ]
        .map(str::to_owned);
        Command::new("prlimit").args(limit).status()
    };
    if !set_limit("600").is_ok_and(|status| status.success()) {
        eprintln!("skipped: this machine has no prlimit");
        drop(child.wait_with_output());
        return;
    }
    std::thread::sleep(Duration::from_millis(2000));
    set_limit("unlimited").unwrap();
    Ended::from(child.wait_with_output().unwrap())
        .code(1)
        .stderr_has(&[
            "all rows of finished cells are written now",
            "no further cell started",
        ]);
    assert_eq!(statuses(&programs.folder.rows()), [Status::Ok; 2]);
    programs.run(&["--repeats", "3"]).code(0);
    assert_eq!(statuses(&programs.folder.rows()), [Status::Ok; 6]);
}

#[test]
fn rows_that_are_in_no_file_are_shown() {
    let programs = Programs::new(&format!(
        "{GOOD}; cd ../..; test -e once && rm -rf results && touch results; touch once"
    ));
    let ended = programs
        .run(&["--jobs", "1"])
        .code(1)
        .stderr_has(&["these rows are in no file"]);
    let shown = ended
        .err
        .lines()
        .filter(|line| line.starts_with("3,") && line.contains(",ok,"));
    assert_eq!(shown.count(), 2, "{}", ended.err);
}

#[test]
fn a_run_under_nohup_outlives_its_terminal() {
    let folder = Folder::with_grid(SLOW);
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "trap '' HUP; exec \"$0\" grid.toml --jobs 1",
        env!("CARGO_BIN_EXE_runner"),
    ]);
    folder.confine(&mut command);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    folder.wait_for_lines(3);
    let sent = Command::new("kill")
        .args(["-HUP", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 6]);
}

#[test]
fn a_limit_on_the_file_size_leaves_only_complete_rows() {
    let folder = Folder::with_grid(TWELVE);
    shell(&folder, "ulimit -f 2; exec \"$0\" grid.toml")
        .code(1)
        .stderr_has(&[
            "cannot write to results/grid.csv",
            "File too large",
            "rows already written are kept",
        ]);
    let kept = folder.rows();
    assert!(kept.len() < 12, "{} rows", kept.len());
    assert!(folder.results().is_none_or(|bytes| bytes.ends_with(b"\n")));
    folder.run(&["grid.toml"]).code(0).stderr_lacks("incomplete row");
    assert_eq!(folder.rows()[..kept.len()], kept);
    assert_twelve(&folder.rows());
}

#[test]
fn a_lack_of_open_files_stops_the_run_and_fails_no_cell() {
    let mut has_stopped = false;
    // How many files the program has open before a cell starts is its own business.
    for limit in 8..24 {
        let folder = Folder::with_grid(TWELVE);
        let ended = shell(
            &folder,
            &format!("ulimit -n {limit}; exec \"$0\" grid.toml --jobs 1"),
        );
        if folder.results().is_none() {
            continue;
        }
        let rows = folder.rows();
        let may_be = [Status::Ok, Status::Interrupted];
        assert!(
            rows.iter().all(|row| may_be.contains(&row.status)),
            "{limit}: {rows:?}"
        );
        if rows.iter().any(|row| row.status == Status::Interrupted) {
            has_stopped = true;
            ended
                .code(1)
                .stderr_has(&["cannot start a", "no further cell started", "ulimit -n"]);
            folder.run(&["grid.toml"]).code(0);
            let mut rows = folder.rows();
            rows.retain(|row| row.status != Status::Interrupted);
            assert_twelve(&rows);
        }
    }
    assert!(has_stopped);
}

#[test]
fn a_file_that_is_not_regular_is_refused_without_waiting() {
    for name in ["grid.csv", "grid.labels"] {
        let folder = Folder::with_grid(QUICK);
        folder.write("results/.keep", "");
        let path = folder.path("results").join(name);
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        folder
            .run(&["grid.toml"])
            .code(2)
            .stderr_has(&[&format!("cannot open results/{name}"), "not a regular file"]);
        std::fs::remove_file(&path).unwrap();
        symlink("/dev/full", &path).unwrap();
        folder
            .run(&["grid.toml"])
            .code(2)
            .stderr_has(&["not a regular file"]);
        std::fs::remove_file(&path).unwrap();
        folder.run(&["grid.toml"]).code(0);
    }
}

#[test]
fn a_log_of_machines_that_cannot_be_written_is_told_and_loses_no_row() {
    let folder = Folder::with_grid(QUICK);
    let grid = std::fs::read(folder.path("grid.toml")).unwrap();
    folder.write("machines.toml", grid);
    folder
        .run(&["machines.toml"])
        .code(2)
        .stderr_has(&["a grid must not be named machines", "rename the grid file"]);
    // A file that is no log of machines is refused before anything is trained.
    folder.write("results/machines.csv", "notes\n");
    folder.run(&["grid.toml"]).code(2).stderr_has(&[
        "cannot write results/machines.csv",
        "not a log of machines",
        "nothing was trained",
    ]);
    folder.write("results/machines.csv", "");
    let file = File::open(folder.path("results/machines.csv")).unwrap();
    file.lock().unwrap();
    folder.run(&["grid.toml"]).code(1).stderr_has(&[
        "cannot write results/machines.csv",
        "lock",
        "all rows are kept",
    ]);
    assert_eq!(statuses(&folder.rows()), [Status::Ok]);
}

#[test]
fn a_results_folder_that_is_removed_comes_back_with_the_log_of_machines() {
    let folder = Folder::with_grid(SLOW);
    let mut child = folder
        .command(&["grid.toml", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    folder.wait_for_lines(3);
    std::fs::remove_dir_all(folder.path("results")).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 6]);
    assert!(folder.path("results/machines.csv").exists());
}

#[test]
fn more_jobs_than_cells_start_no_more_threads() {
    let folder = Folder::with_grid(QUICK);
    folder
        .run(&["grid.toml", "--jobs", "20000"])
        .code(0)
        .stderr_has(&["1 cell to run, 1 in parallel"]);
}

#[test]
fn a_grid_with_more_cells_than_anybody_can_run_is_counted_and_refused() {
    let folder = Folder::with_run("repeats = 1000000000000", &QUICK.replace("BernoulliNB", "SVC"));
    folder.write(
        "many.toml",
        format!(
            "[run]\ndatasets = \"tiny\"\nrepeats = 1000000000000\n{TINY}[[grid]]\nclassifier = \"ExtraTreeClassifier\"\nengine = \"native\"\n"
        ),
    );
    folder
        .run(&["many.toml", "--plan"])
        .code(2)
        .stderr_has(&["many.toml describes 1,000,000,000,000 cells; the limit is 200,000"]);
    let values: Vec<String> = (1..=1000).map(|value| format!("0.{value:04}")).collect();
    let axes: String = ["C", "tol", "coef0", "gamma"]
        .iter()
        .map(|name| format!("{name} = [{}]\n", values.join(", ")))
        .collect();
    folder.write(
        "axes.toml",
        format!("[run]\ndatasets = \"tiny\"\nrepeats = 1\n{TINY}[[grid]]\nclassifier = \"SVC\"\nengine = \"native\"\n{axes}"),
    );
    folder
        .run(&["axes.toml"])
        .code(2)
        .stderr_has(&["describes 1,000,000,000,000 cells", "shorten a list"]);
}

/// A rerun looks at every cell once. With 20,000 cells, anything quadratic takes minutes; the limit is no measurement.
#[test]
fn a_rerun_over_many_finished_cells_ends() {
    let folder = Folder::with_run("repeats = 20000", QUICK_STOCHASTIC);
    let plan = folder.run(&["grid.toml", "--plan"]).code(0).out;
    let ids: Vec<&str> = plan
        .lines()
        .filter_map(|line| line.split_once(' ').map(|(id, _)| id))
        .filter(|id| id.len() == 16)
        .collect();
    assert_eq!(ids.len(), 20_000);
    folder.run(&["grid.toml", "--repeats", "1"]).code(0);
    let [first] = &folder.rows()[..] else {
        panic!("one row");
    };
    let mut all = csv::Writer::from_path(folder.path("results/grid.csv")).unwrap();
    for (repeat, id) in ids.iter().enumerate() {
        let row = Row {
            cell_id: (*id).to_owned(),
            repeat,
            seed: repeat as u64,
            ..first.clone()
        };
        all.serialize(row).unwrap();
    }
    drop(all);
    let started = Instant::now();
    folder
        .run(&["grid.toml"])
        .code(0)
        .stderr_has(&["every cell is in results/grid.csv"]);
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
}

const QUICK_STOCHASTIC: &str =
    "[[grid]]\nclassifier = \"ExtraTreeClassifier\"\nengine = \"native\"\nmax_depth = 1\n";

#[test]
fn many_names_of_one_cell_and_many_mistakes_end() {
    let started = Instant::now();
    let values: Vec<String> = (1..=20_000).map(|value| format!("0.{value:06}")).collect();
    // gamma has no effect on a linear kernel, so that all values are names of one cell.
    let folder = Folder::with_grid(&format!(
        "[[grid]]\nclassifier = \"SVC\"\nengine = \"native\"\nkernel = \"linear\"\ngamma = [{}]\n",
        values.join(", ")
    ));
    folder.run(&["grid.toml"]).code(0);
    assert_eq!(folder.rows().len(), 20_000);
    folder
        .run(&["grid.toml"])
        .code(0)
        .stderr_has(&["every cell is in results/grid.csv"]);
    let wrong: String = (0..20_000)
        .map(|i| format!("[[grid]]\nclassifier = \"SVX{i}\"\n"))
        .collect();
    folder.write("wrong.toml", wrong);
    folder
        .run(&["wrong.toml"])
        .code(2)
        .stderr_has(&["20000 errors in the grid, the first 50 of them below"]);
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_killed_runner_leaves_a_file_that_the_next_run_accepts() {
    let folder = Folder::with_grid(TWELVE);
    for delay_ms in 0..30 {
        let mut child = folder
            .command(&["grid.toml", "--jobs", "1"])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay_ms));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    wait_for("the cells of killed runners", || {
        folder.run(&["grid.toml"]).code == Some(0)
    });
    assert_twelve(&folder.rows());
}

#[test]
fn without_proc_the_run_stops_and_fails_no_cell() {
    let hide = "mount -t tmpfs none /proc";
    let probe = Command::new("unshare").args(["-m", "sh", "-c", hide]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        println!("skipped: this user cannot hide /proc");
        return;
    }
    let folder = Folder::with_grid(TWELVE);
    let script = format!(r#"exec unshare -m sh -c '{hide} && exec "$0" grid.toml --jobs 1' "$0""#);
    shell(&folder, &script).code(1).stderr_has(&[
        "no further cell started",
        "and /proc",
        "the same command runs what is missing",
    ]);
    let is_left = |row: &Row| row.status == Status::Interrupted;
    assert!(folder.rows().iter().all(is_left));
    folder.run(&["grid.toml"]).code(0);
    let mut rows = folder.rows();
    rows.retain(|row| !is_left(row));
    assert_twelve(&rows);
}
