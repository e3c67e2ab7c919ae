//! What a run will cost: from the rows that are there.

use runner::results::{Row, Status};

use crate::support::{Ended, Folder, QUICK, rows, statuses};

#[test]
fn the_plan_has_the_cost_of_cells_whose_point_has_a_row() {
    let other = QUICK.replace("BernoulliNB", "NearestCentroid");
    let folder = Folder::with_grid(&format!("{QUICK}{other}"));
    let plan = ["grid.toml", "--plan", "--repeats", "2", "--jobs", "2", "--fresh"];
    let unknown = folder.run(&plan);
    assert!(!unknown.out.contains("about"), "{}", unknown.out);
    folder.run(&["grid.toml", "--only", "BernoulliNB"]).code(0);
    let known = folder.run(&plan);
    assert_eq!(known.out.matches(" · about ").count(), 2, "{}", known.out);
    for text in [
        "for 2 of 4 cells that are due, 2 in parallel with 1 thread each",
        "; 2 cells without an estimate are left out, because no row has their points: --plan --estimate",
    ] {
        assert!(known.out.contains(text), "no `{text}` in {}", known.out);
    }
    assert!(!known.out.contains("other machines"), "{}", known.out);

    let rows = folder.rows();
    let machine = &rows[0].machine;
    let text = String::from_utf8(folder.results().unwrap()).unwrap();
    folder.write("results/grid.csv", text.replace(machine.as_str(), "00112233"));
    let elsewhere = folder.run(&plan);
    let text = "times of other machines: 00112233, as they are";
    assert!(elsewhere.out.contains(text), "no `{text}` in {}", elsewhere.out);
}

/// A point that is refused.
const REFUSED: &str = "[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nkernel = \"sigmoid\"\n";

#[test]
fn the_total_counts_what_is_refused_and_what_has_no_estimate() {
    let other = QUICK.replace("BernoulliNB", "NearestCentroid");
    let folder = Folder::with_grid(&format!("{QUICK}{other}{REFUSED}"));
    folder.run(&["grid.toml", "--only", "BernoulliNB"]).code(0);
    let plan = folder.run(&["grid.toml", "--plan", "--fresh"]).code(0);
    for text in [
        " for 1 of 3 cells that are due,",
        "; 1 cell without an estimate is left out, because no row has its point: ",
        "; 1 refused cell takes no time",
    ] {
        assert!(plan.out.contains(text), "no `{text}` in {}", plan.out);
    }
    let json = folder.run(&["grid.toml", "--plan", "--fresh", "--json"]).code(0);
    let plan: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(plan[0]["n_without_estimate"], 1);
    assert_eq!(plan[0]["n_refused"], 1);
}

#[test]
fn the_plan_as_json_has_every_cell_and_its_cost() {
    let folder = Folder::with_run("repeats = 2", &format!("{QUICK}{REFUSED}"));
    folder.run(&["grid.toml", "--repeats", "1"]).code(0);
    let ended = folder.run(&["grid.toml", "--plan", "--json"]).code(0);
    let plan: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let cells = plan[0]["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 3);
    assert_eq!(plan[0]["n_due"], 1);
    assert_eq!(plan[0]["threads"], 1);
    for cell in cells {
        let is_refused = cell["classifier"] == "SVC";
        assert_eq!(cell["refused"].is_string(), is_refused, "{cell}");
        assert_eq!(cell["seconds"].is_f64(), !is_refused, "{cell}");
        assert_eq!(cell["mib"].is_f64(), !is_refused, "{cell}");
        assert_eq!(cell["due"], cell["repeat"] == 1 && !is_refused, "{cell}");
    }
    folder
        .run(&["grid.toml", "--json"])
        .code(2)
        .stderr_has(&["--plan"]);
}

/// `grid.toml` with two random forests, whose rows are edited to have taken this much memory, in MiB.
fn with_memory(mib: u64) -> Folder {
    let folder = Folder::with_run(
        "repeats = 2",
        "[[grid]]\nclassifier = \"RandomForestClassifier\"\nengine = \"native\"\nn_estimators = [200, 201]\n",
    );
    folder
        .run(&["grid.toml", "--repeats", "1", "--results", "old"])
        .code(0);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows(&folder.path("old/grid.csv")) {
        let peak_rss_mib = Some(mib as f64);
        writer.serialize(Row { peak_rss_mib, ..row }).unwrap();
    }
    folder.write("results/other.csv", writer.into_inner().unwrap());
    folder
}

#[test]
fn a_cell_that_cannot_fit_does_not_run_and_has_no_row() {
    let folder = with_memory(100 << 20);
    let texts = [
        "does not run: tiny RandomForestClassifier",
        "expected to take 102400.0 GiB of memory",
    ];
    let ended = folder.run(&["grid.toml"]).code(3).stderr_has(&texts);
    assert!(folder.results().is_none(), "another machine can train them");
    for text in ["results/grid.csv", "grid.toml\n"] {
        assert!(!ended.out.contains(text), "`{text}` in {}", ended.out);
    }
    assert!(ended.out.contains("grid.toml --plan\n"), "{}", ended.out);
    let plan = folder.run(&["grid.toml", "--plan"]).code(0);
    assert_eq!(plan.out.matches("does not run: ").count(), 4, "{}", plan.out);
    let json = folder.run(&["grid.toml", "--plan", "--json"]).code(0);
    let plan: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(plan[0]["cells"][0]["misfit"].is_string());
    // A limit that the machine has is tried.
    folder.run(&["grid.toml", "--memory", "500MiB"]).code(0);
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 4]);
}

#[test]
fn cells_that_do_not_fit_together_run_one_after_the_other() {
    let Ok(meminfo) = std::fs::read_to_string("/proc/meminfo") else {
        println!("skipped: this system does not say how much memory is free");
        return;
    };
    let line = meminfo
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    // Two of them are more than what is free.
    let folder = with_memory(kib * 6 / 10 / 1024);
    let ended = folder.run(&["grid.toml", "--jobs", "2"]).code(0);
    if folder.results().is_none() {
        println!("skipped: a control group has less memory than the system");
        return;
    }
    ended.stderr_has(&["fewer cells run in parallel"]);
    let concurrent: Vec<usize> = folder.rows().iter().map(|row| row.concurrent).collect();
    assert_eq!(concurrent, [1; 4]);
}

#[test]
fn the_cheapest_cells_run_first_and_the_end_is_told() {
    let forest = |n: &str| {
        format!(
            "[[grid]]\nclassifier = \"RandomForestClassifier\"\nengine = \"native\"\nn_estimators = {n}\n"
        )
    };
    let folder = Folder::with_grid(&format!("{}{QUICK}", forest("[400, 3]")));
    folder
        .run(&["grid.toml"])
        .code(0)
        .stderr_lacks("of idle time at the end");
    let ended = folder
        .run(&[
            "grid.toml",
            "--rerun",
            "tiny",
            "--jobs",
            "1",
            "--results",
            "results",
        ])
        .code(0);
    assert!(!ended.out.contains("of idle time at the end"), "{}", ended.out);
    let order: Vec<String> = folder
        .rows()
        .split_off(3)
        .into_iter()
        .map(|row| row.params)
        .collect();
    assert_eq!(order.last().unwrap(), "n_estimators=400", "{order:?}");
    let ended = folder.run(&["grid.toml", "--fresh", "--jobs", "2"]).code(0);
    assert!(ended.out.contains("of idle time at the end"), "{}", ended.out);
}

#[test]
fn small_fits_estimate_what_no_row_knows() {
    let folder = Folder::new();
    folder.write(
        "grid.toml",
        format!(
            "[run]\ndatasets = \"large\"\nrepeats = 2\n[datasets.large]\nsynthetic = {{ train = 20000, test = 2000, seed = 1 }}\n\
             {QUICK}[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nkernel = \"sigmoid\"\n"
        ),
    );
    let cache = folder.path("cache");
    let run = |arguments: &[&str]| {
        let mut command = folder.command(arguments);
        command.env("HEMLINE_CACHE", &cache);
        Ended::from(command.output().unwrap())
    };
    let without = run(&["grid.toml", "--plan"]).code(0);
    assert!(!without.out.contains("about"), "{}", without.out);
    let first = run(&["grid.toml", "--plan", "--estimate"])
        .code(0)
        .stderr_has(&["3 fits on few rows, for estimates"]);
    assert_eq!(first.out.matches(" · about ").count(), 2, "{}", first.out);
    // Small fits that were stopped are trained again; a file that is none is renamed.
    let file = std::fs::read_dir(cache.join("estimates")).unwrap();
    let file = file
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "csv") && !path.ends_with("machines.csv"));
    let file = file.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(",ok,", ",interrupted,")).unwrap();
    run(&["grid.toml", "--plan", "--estimate"])
        .code(0)
        .stderr_has(&["3 fits on few rows"]);
    std::fs::write(&file, text.replacen("fit_s", "fut_s", 1)).unwrap();
    run(&["grid.toml", "--plan", "--estimate"])
        .code(0)
        .stderr_has(&["3 fits on few rows", ".bak"]);
    // So are the files beside it.
    for (name, renamed) in [
        ("machines.csv".into(), "machines.1.csv.bak"),
        (
            file.with_extension("labels").file_name().unwrap().to_owned(),
            ".labels.bak",
        ),
    ] {
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(",ok,", ",interrupted,")).unwrap();
        std::fs::write(file.with_file_name(name), "machine,price\n1,2\n").unwrap();
        run(&["grid.toml", "--plan", "--estimate"]).code(0).stderr_has(&[
            "3 fits on few rows",
            renamed,
            "a file of the cache could not be read; what it had is measured again",
        ]);
    }
    // They are remembered.
    let again = run(&["grid.toml", "--plan", "--estimate"])
        .code(0)
        .stderr_lacks("on few rows");
    assert_eq!(again.out.matches(" · about ").count(), 2, "{}", again.out);
    let json = run(&["grid.toml", "--plan", "--json"]).code(0);
    let plan: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(plan[0]["cells"][0]["small_fits"], true);
    assert!(!folder.path("results").exists(), "a plan wrote results");
    run(&["grid.toml", "--estimate"]).code(2).stderr_has(&["--plan"]);
}

#[test]
fn engines_are_measured_in_turn() {
    let both = "[[grid]]\nclassifier = [\"GaussianNB\", \"BernoulliNB\"]\nengine = [\"native\", \"linfa\"]\n";
    let folder = Folder::with_run("repeats = 1", both);
    folder.run(&["grid.toml", "--results", "old"]).code(0);
    // Native is the faster one everywhere, and the first family the slower one.
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows(&folder.path("old/grid.csv")) {
        let seconds = if row.engine == "native" { 1.0 } else { 10.0 };
        let fit_s = Some(if row.classifier == "GaussianNB" {
            seconds * 3.0
        } else {
            seconds
        });
        writer.serialize(Row { fit_s, ..row }).unwrap();
    }
    folder.write("results/other.csv", writer.into_inner().unwrap());
    folder.run(&["grid.toml", "--jobs", "1"]).code(0);
    let order: Vec<(String, String)> = folder
        .rows()
        .into_iter()
        .map(|row| (row.classifier, row.engine))
        .collect();
    let expected = [
        ("BernoulliNB", "native"),
        ("BernoulliNB", "linfa"),
        ("GaussianNB", "native"),
        ("GaussianNB", "linfa"),
    ];
    assert_eq!(
        order,
        expected.map(|(family, engine)| (family.to_owned(), engine.to_owned()))
    );
}

#[test]
fn a_plan_without_any_estimate_says_how_to_get_one() {
    let folder = Folder::with_grid(QUICK);
    let plan = folder.run(&["grid.toml", "--plan"]).code(0);
    assert!(
        plan.out.contains("--plan --estimate trains them on few rows"),
        "{}",
        plan.out
    );
    folder
        .run(&["grid.toml", "--plan", "--keep", "kept"])
        .code(2)
        .stderr_has(&["--keep"]);
    // 300 rows have small fits of 150, 50 and 16.
    let mut command = folder.command(&["grid.toml", "--plan", "--estimate"]);
    let ended = Ended::from(
        command
            .env("HEMLINE_CACHE", folder.path("cache"))
            .output()
            .unwrap(),
    );
    assert_eq!(ended.code(0).out.matches(" · about ").count(), 1);
    let mut command = folder.command(&["grid.toml", "--plan", "--estimate", "--train-limit", "100"]);
    let ended = Ended::from(
        command
            .env("HEMLINE_CACHE", folder.path("cache"))
            .output()
            .unwrap(),
    );
    ended
        .code(0)
        .stderr_has(&["1 cell without an estimate", "fewer than 180 rows have none"]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_cost_no_summary() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::with_grid(QUICK);
    let mut command = folder.command(&["grid.toml", "--results"]);
    let ended = Ended::from(
        command
            .arg(std::ffi::OsStr::from_bytes(b"r\xff"))
            .output()
            .unwrap(),
    );
    ended.code(0).stderr_lacks("panicked");
    let name = "r\u{202e}l.toml";
    folder.write(name, std::fs::read(folder.path("grid.toml")).unwrap());
    let json = folder.run(&[name, "--plan", "--json"]).code(0);
    assert!(json.out.contains("\\u202e"), "{}", json.out);
    assert!(serde_json::from_str::<serde_json::Value>(&json.out).is_ok());
}
