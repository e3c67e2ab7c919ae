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
        "for what is due, 2 in parallel with 1 thread each",
        "2 more cells without an estimate",
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

#[test]
fn the_plan_as_json_has_every_cell_and_its_cost() {
    let refused = "[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nkernel = \"sigmoid\"\n";
    let folder = Folder::with_run("repeats = 2", &format!("{QUICK}{refused}"));
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
fn a_cell_that_cannot_fit_is_refused_with_its_figure() {
    let folder = with_memory(100 << 20);
    folder.run(&["grid.toml"]).code(0);
    assert_eq!(statuses(&folder.rows()), [Status::Refused; 4]);
    let error = &folder.rows()[0].error;
    assert!(
        error.starts_with("it takes about 102400.0 GiB of memory"),
        "{error}"
    );
    // A limit that the machine has is tried.
    folder
        .run(&["grid.toml", "--fresh", "--memory", "500MiB"])
        .code(0);
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
    if folder.rows().iter().any(|row| row.status == Status::Refused) {
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
        .stderr_lacks("without a cell at the end");
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
    assert!(!ended.out.contains("without a cell at the end"), "{}", ended.out);
    let order: Vec<String> = folder
        .rows()
        .split_off(3)
        .into_iter()
        .map(|row| row.params)
        .collect();
    assert_eq!(order.last().unwrap(), "n_estimators=400", "{order:?}");
    let ended = folder.run(&["grid.toml", "--fresh", "--jobs", "2"]).code(0);
    assert!(ended.out.contains("without a cell at the end"), "{}", ended.out);
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
