//! The first hour: `try`, lists and plans, data without a declaration, and typing mistakes that each get the right word.

use std::path::Path;

use runner::results::Status;

use crate::support::{Ended, Folder, QUICK, TINY, rows, statuses};

/// Writes a dataset of 8 x 8 images with three classes, 60 training rows and 30 test rows.
fn write_dataset(folder: &Folder, name: &str) {
    let rows = |n: u32| (0..n).map(|row| row % 3);
    for (part, n) in [("train", 60), ("t10k", 30)] {
        let mut images = [0u32, n, 8, 8].map(u32::to_be_bytes).concat();
        images[..4].copy_from_slice(&[0, 0, 8, 3]);
        let noise = |at: u32| (at.wrapping_mul(2_654_435_761) >> 26) as u8;
        let pixel = |row: u32, at: u32| if at % 3 == row % 3 { 190 } else { 0 } + noise(row * 64 + at);
        images.extend((0..n).flat_map(|row| (0..64).map(move |at| pixel(row, at))));
        let mut labels = [0u32, n].map(u32::to_be_bytes).concat();
        labels[..4].copy_from_slice(&[0, 0, 8, 1]);
        labels.extend(rows(n).map(|class| class as u8));
        folder.write(&format!("data/{name}/{part}-images-idx3-ubyte"), images);
        folder.write(&format!("data/{name}/{part}-labels-idx1-ubyte"), labels);
    }
}

fn with_data() -> Folder {
    let folder = Folder::with_grid(QUICK);
    write_dataset(&folder, "mine");
    folder
}

#[test]
fn nothing_to_do_shows_three_examples() {
    let ended = Folder::new()
        .run(&[])
        .code(2)
        .stderr_has(&["runner try SVC C=10"]);
    assert_eq!(ended.err.matches("\n  runner ").count(), 3, "{}", ended.err);
}

#[test]
fn a_point_is_tried_once_and_answered_from_its_row() {
    let folder = with_data();
    let arguments = [
        "try",
        "KNeighborsClassifier",
        "n_neighbors=1",
        "--dataset",
        "mine",
    ];
    let first = folder.run(&arguments).code(0);
    for text in [
        "KNeighborsClassifier with n_neighbors=1 (native) on mine: accuracy 1.0000",
        "95 % interval 0.8865 to 1.0000",
        "all 60 training",
    ] {
        let words = first.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(text), "no `{text}` in {words}");
    }
    let path = folder.path("results/try.csv");
    assert_eq!(statuses(&rows(&path)), [Status::Ok]);
    let second = folder.run(&arguments).code(0);
    assert!(second.out.contains("--again"), "{}", second.out);
    assert_eq!(rows(&path).len(), 1);
    folder.run(&[&arguments[..], &["--again"]].concat()).code(0);
    assert_eq!(rows(&path).len(), 2);
}

#[test]
fn values_are_read_as_in_python() {
    let folder = with_data();
    let tried = |arguments: &[&str]| {
        let arguments = [&["try"], arguments, &["--dataset", "mine", "--quiet"]].concat();
        folder.run(&arguments).code(0).out
    };
    tried(&["DecisionTreeClassifier", "max_depth=None"]);
    tried(&["SVC", "shrinking=False", "gamma=auto", "C=1e1"]);
    tried(&["MLPClassifier", "hidden_layer_sizes=[5,4]", "max_iter=3"]);
    let text = tried(&["KNeighborsClassifier", "n_neighbors=1", "--engine", "linfa"]);
    assert!(text.contains("(linfa)"), "{text}");
    let params: Vec<String> = rows(&folder.path("results/try.csv"))
        .into_iter()
        .map(|row| row.params)
        .collect();
    let expected = [
        "max_depth=none",
        "C=10;gamma=auto;shrinking=false",
        "hidden_layer_sizes=[5, 4];max_iter=3",
        "n_neighbors=1",
    ];
    assert_eq!(params, expected);
}

#[test]
fn a_family_is_tried_with_a_preprocessing_that_it_accepts() {
    let folder = with_data();
    let out = folder
        .run(&["try", "MultinomialNB", "--dataset", "mine", "--quiet"])
        .code(0)
        .out;
    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("with preprocessing none"), "{out}");
}

#[test]
fn a_point_that_fails_says_why_and_exits_with_3() {
    let folder = with_data();
    let arguments = ["try", "SVC", "--dataset", "mine", "--timeout", "1ns", "--quiet"];
    for _ in 0..2 {
        let ended = folder.run(&arguments).code(3);
        assert!(ended.out.contains("no accuracy: timeout"), "{}", ended.out);
    }
    folder
        .run(&["try", "SVC", "--results", "results/published"])
        .code(2)
        .stderr_has(&["published rows come from the grids"]);
}

#[test]
fn every_family_trains_on_data_without_a_declaration() {
    let folder = with_data();
    let baseline = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/baseline.toml");
    let grid = std::fs::read_to_string(baseline).unwrap();
    folder.write("baseline.toml", grid);
    folder.run(&["baseline.toml", "--datasets", "mine"]).code(0);
    let rows = rows(&folder.path("results/baseline.csv"));
    let mut families: Vec<&str> = rows.iter().map(|row| row.classifier.as_str()).collect();
    families.sort_unstable();
    let all: Vec<&str> = runner::families::FAMILIES
        .iter()
        .map(|family| family.name)
        .collect();
    let mut sorted = all.clone();
    sorted.sort_unstable();
    assert_eq!(families, sorted);
    assert!(
        rows.iter()
            .all(|row| row.status == Status::Ok && row.dataset == "mine")
    );
}

#[test]
fn a_list_of_classifiers_is_an_axis() {
    let folder =
        Folder::with_grid("[[grid]]\nclassifier = [\"GaussianNB\", \"BernoulliNB\"]\nengine = \"native\"\n");
    folder.run(&["grid.toml"]).code(0);
    assert_eq!(statuses(&folder.rows()), [Status::Ok; 2]);
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = [\"SVC\", \"GaussianNB\", \"Nothing\"]\nengine = \"native\"\nC = 1.0\n",
    );
    folder.rejects_grid(&[], &["unknown classifier `Nothing`"]);
    let folder =
        Folder::with_grid("[[grid]]\nclassifier = [\"SVC\", \"GaussianNB\"]\nengine = \"native\"\nC = 1.0\n");
    folder.rejects_grid(&[], &["GaussianNB has no parameter `C`"]);
}

#[test]
fn a_plan_says_how_many_cells_are_due() {
    let folder =
        Folder::with_grid("[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\nalpha = [1, 2, 3]\n");
    let plan = |text: &str| {
        let out = folder.run(&["grid.toml", "--plan"]).code(0).out;
        assert!(out.contains(text), "no `{text}` in {out}");
    };
    plan("3 cells; all are due");
    assert!(!folder.path("results").exists());
    folder.run(&["grid.toml", "--only", "alpha=2"]).code(0);
    plan("2 due, results/grid.csv has the others");
    folder.run(&["grid.toml"]).code(0);
    plan("none is due");
}

#[test]
fn the_grid_of_2017_is_read_from_its_own_file_too() {
    let folder = with_data();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let plan = |grid: &str| {
        let grid = root.join(grid);
        let ended = folder
            .run(&[grid.to_str().unwrap(), "--datasets", "mine", "--plan"])
            .code(0);
        let is_line_of_cell = |line: &&str| !line.contains(grid.to_str().unwrap());
        let mut lines: Vec<String> = ended
            .out
            .lines()
            .filter(is_line_of_cell)
            .map(str::to_owned)
            .collect();
        lines.sort();
        (lines, ended)
    };
    let (of_toml, ended) = plan("configs/seed.toml");
    assert!(
        ended.out.contains("143 points of 14 families, 3 refused"),
        "{}",
        ended.out
    );
    let (of_json, ended) = plan("reference/baselines.json");
    ended.stderr_has(&["gamma = \"auto\" for SVC", "max_iter = 5 for Perceptron"]);
    assert_eq!(of_json, of_toml);
    folder.write("other.json", "{\"classifiers\": {\"SVC\": 3}}");
    folder
        .run(&["other.json", "--plan"])
        .code(2)
        .stderr_has(&["expected a sequence", "a grid is a TOML file"]);
}

#[test]
fn a_plan_counts_what_the_same_command_would_train() {
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = [\"KNeighborsClassifier\", \"GaussianNB\"]\nengine = \"native\"\n",
    );
    folder
        .run(&["grid.toml", "--plan", "--retry", "failed"])
        .code(2)
        .stderr_has(&["results/grid.csv does not exist"]);
    folder.run(&["grid.toml", "--quiet"]).code(0);
    let plan = |arguments: &[&str], text: &str| {
        let out = folder
            .run(&[&["grid.toml", "--plan"], arguments].concat())
            .code(0)
            .out;
        assert!(out.contains(text), "no `{text}` in {out}");
    };
    plan(&["--fresh"], "2 cells; all are due");
    plan(&["--rerun", "GaussianNB"], "1 cell; it is due");
    plan(
        &["--rerun", "KNeighborsClassifier native defaults · standard"],
        "1 cell; it is due",
    );
    folder
        .run(&["grid.toml", "--plan", "--retry", "timeout"])
        .code(2)
        .stderr_has(&["no cell has the status of --retry"]);
    let timed_out = ["grid.toml", "--rerun", "GaussianNB", "--timeout", "1ns"];
    let ended = folder.run(&timed_out).code(3);
    ended.stderr_has(&["--retry timeout and with a longer --timeout"]);
    plan(
        &["--retry", "timeout"],
        "2 cells; 1 due, those with the status of --retry",
    );
}

#[test]
fn a_failed_try_is_no_answer() {
    let folder = with_data();
    let tried = ["try", "GaussianNB", "--dataset", "mine", "--quiet"];
    folder.run(&[&tried[..], &["--timeout", "1ns"]].concat()).code(3);
    let out = folder.run(&tried).code(0).out;
    assert!(out.contains("accuracy") && !out.contains("--again"), "{out}");
    let out = folder.run(&[&tried[..], &["--train-limit", "1"]].concat()).out;
    assert!(!out.contains("rows, 30 test"), "{out}");
}

#[test]
fn limits_beyond_the_data_are_noted() {
    let folder = Folder::with_grid(QUICK);
    folder
        .run(&["grid.toml", "--train-limit", "301", "--test-limit", "100"])
        .code(0)
        .stderr_has(&["tiny: train_limit = 301, but there are 300 rows; all are used"])
        .stderr_lacks("test_limit");
}

#[test]
fn the_end_of_a_run_names_the_best_and_what_comes_next() {
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = \"native\"\nn_neighbors = [1, 3]\n\
         [[grid]]\nclassifier = \"DummyClassifier\"\nengine = \"native\"\n\
         [[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nkernel = \"sigmoid\"\n",
    );
    let out = folder.run(&["grid.toml", "--jobs", "1"]).code(0).out;
    for text in [
        "dataset tiny, preprocessing standard, 300 training rows",
        "best          KNeighborsClassifier native n_neighbors=",
        "within noise  KNeighborsClassifier native n_neighbors=",
        "less than two standard errors of the difference",
        "slowest       ",
        "refused       1 cell: engine linfa does not support kernel=sigmoid",
        "rows          results/grid.csv",
        "show results/grid.csv",
    ] {
        assert!(out.contains(text), "no `{text}` in {out}");
    }
    assert!(!out.contains('†') && !out.contains("\u{1b}"), "{out}");
}

#[test]
fn completions_and_manual_pages_are_generated() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.run(&["completions", shell]).code(0).out;
        assert!(
            script.contains("train-limit") && script.contains("try"),
            "{shell}"
        );
    }
    folder.run(&["man", "pages"]).code(0);
    let page = std::fs::read_to_string(folder.path("pages/runner.1")).unwrap();
    assert!(page.contains("Exit codes"), "{page}");
    assert!(folder.path("pages/runner-try.1").exists());
}

/// What somebody mistypes, and the word or remedy that the message must have.
const MISTAKES: [(&str, &[&str]); 50] = [
    ("try SVC kernel=rfb", &["did you mean `rbf`?"]),
    (
        "try SVC C=[1,10]",
        &["`try` trains one point", "an axis of a grid"],
    ),
    ("try SVC --preprocessing std", &["did you mean `standard`?"]),
    (
        "try SVC --engine sklearn",
        &["unknown engine `sklearn`", "[engines.NAME]", "docs/engines.md"],
    ),
    ("try SVC --dataset cifar10", &["loader import PATH NAME"]),
    (
        "key.toml",
        &["unknown key `clasifier`", "did you mean `classifier`?"],
    ),
    ("list", &["did you mean `--list`?"]),
    ("try SVM", &["unknown classifier `SVM`", "did you mean `SVC`?"]),
    ("try SVCC", &["did you mean `SVC`?"]),
    ("try RandomForest", &["did you mean `RandomForestClassifier`?"]),
    ("try KNN", &["unknown classifier `KNN`", "KNeighborsClassifier"]),
    ("try SVC c=10", &["SVC has no parameter `c`", "did you mean `C`?"]),
    ("try SVC gama=auto", &["did you mean `gamma`?"]),
    (
        "try SVC C=ten",
        &["`C`: expected a number above 0, found \"ten\""],
    ),
    ("try SVC C=0", &["expected a number above 0, found 0"]),
    ("try SVC kernel=rbg", &["found \"rbg\"", "\"rbf\""]),
    ("try SVC C=1 C=2", &["`C` is given twice"]),
    ("svm.toml", &["did you mean `configs/svm.toml`?"]),
    ("configs", &["the folder has configs/svm.toml"]),
    ("comma.toml", &["a decimal number has a point: C = 1.5"]),
    ("none.toml", &["write class_weight = \"none\""]),
    ("bare.toml", &["quote the word: kernel = \"rbf\""]),
    ("curly.toml", &["write straight quotes"]),
    ("many.toml", &["describes 4,000,000 cells; the limit is 200,000"]),
    ("try SVC 10", &["`10` is no KEY=VALUE", "such as C=10"]),
    ("try SVC C=", &["is no KEY=VALUE"]),
    ("try SVC engine=linfa", &["--engine NAME"]),
    (
        "try SVC --engine lina",
        &["unknown engine `lina` for SVC", "did you mean `linfa`?"],
    ),
    (
        "try RidgeClassifier --engine linfa",
        &["engine `linfa` does not train RidgeClassifier", "native"],
    ),
    (
        "try AdaBoostClassifier --engine native",
        &["does not train AdaBoostClassifier", "linfa"],
    ),
    (
        "try SVC --dataset mien",
        &["unknown dataset `mien`", "did you mean `mine`?"],
    ),
    (
        "try SVC --dataset fashon-mnist",
        &["did you mean `fashion-mnist`?"],
    ),
    (
        "try SVC --preprocessing standart",
        &["unknown preprocessing `standart`", "did you mean `standard`?"],
    ),
    ("try SVC --preprocessing pca", &["pca(50)"]),
    ("try", &["<FAMILY>"]),
    ("grid.toml --memory 8", &["with its unit, such as 8GiB"]),
    ("grid.toml --timeout 30", &["expected a time such as 30m"]),
    ("grid.toml --jobs 0", &["at least 1"]),
    (
        "grid.toml --data-dir nowhere",
        &[
            "the folder of --data-dir, `nowhere`, does not exist",
            "leave it out",
        ],
    ),
    ("grid.toml --train-limt 5", &["--train-limit"]),
    ("grid.toml --datset mine", &["--datasets"]),
    ("unclosed.toml", &["this is not TOML", "is not closed"]),
    ("grid.toml --retry fail", &["failed"]),
    (
        "grid.toml --only nothing",
        &["no line of --plan contains `nothing`"],
    ),
    (
        "grid.tml",
        &["cannot read the grid grid.tml", "did you mean `grid.toml`?"],
    ),
    ("--list SVCC", &["did you mean `SVC`?"]),
    ("merg a.csv b.csv", &["merge"]),
    ("memory.toml", &["with its unit, such as \"8GiB\""]),
    (
        "engine.toml",
        &[
            "engine `own` does not train SVC",
            "add \"SVC\" to `classifiers` of [engines.own]",
        ],
    ),
    (
        "both.toml",
        &[
            "did you mean `SVC`?",
            "unknown engine `nativ`",
            "did you mean `native`?",
        ],
    ),
];

#[test]
fn every_typing_mistake_gets_the_right_word() {
    let folder = with_data();
    let grid = |rest: &str| format!("[run]\ndatasets = \"tiny\"\n{TINY}{rest}");
    folder.write(
        "memory.toml",
        grid("[[grid]]\nclassifier = \"SVC\"\nmemory = \"8\"\n"),
    );
    folder.write(
        "engine.toml",
        grid("[engines.own]\ncommand = [\"sh\"]\nclassifiers = [\"Own\"]\n[[grid]]\nclassifier = \"SVC\"\nengine = \"own\"\n"),
    );
    folder.write("key.toml", grid("[[grid]]\nclasifier = \"SVC\"\n"));
    folder.write(
        "unclosed.toml",
        "[[grid]]\nclassifier = \"SVC\"\nC = [1.0, 10.0\n",
    );
    folder.write(
        "both.toml",
        grid("[[grid]]\nclassifier = \"SVM\"\nengine = \"nativ\"\n"),
    );
    folder.write("configs/svm.toml", grid("[[grid]]\nclassifier = \"SVC\"\n"));
    for (name, rest) in [
        ("comma", "C = 1,5"),
        ("none", "class_weight = None"),
        ("bare", "kernel = rbf"),
        ("curly", "kernel = “rbf”"),
        ("many", "repeats = 4000000"),
    ] {
        let rest = format!("[[grid]]\nclassifier = \"SGDClassifier\"\n{rest}\n");
        folder.write(&format!("{name}.toml"), grid(&rest));
    }
    for (line, texts) in MISTAKES {
        let arguments: Vec<&str> = line.split(' ').collect();
        let ended: Ended = folder.run(&arguments).code(2);
        let words = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
        for text in texts {
            assert!(
                words.contains(text),
                "runner {line}\nno `{text}` in\n{}",
                ended.err
            );
        }
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }
    assert!(!folder.path("results").exists());
}

#[test]
fn a_data_folder_of_the_environment_that_does_not_exist_is_an_error() {
    let folder = Folder::with_grid(QUICK);
    let mut command = folder.command(&["grid.toml"]);
    command.env("HEMLINE_DATA", "nowhere");
    Ended::from(command.output().unwrap())
        .code(2)
        .stderr_has(&["the folder of HEMLINE_DATA, `nowhere`, does not exist"]);
}
