//! Bad grids and bad command lines: told with their place and what would be right, exit code 2, results left alone.

use crate::support::{Folder, QUICK, TINY};

/// A results file that was there before: any change to it shows.
const BEFORE: &str = "schema,some,thing\nthat,was,there\n";

/// Runs a grid file that must be refused with `says`, once with no results and once with some.
#[track_caller]
fn refused_with(grid: impl AsRef<[u8]>, arguments: &[&str], says: &[&str]) {
    let folder = Folder::new();
    folder.write("grid.toml", grid);
    let arguments = [&["grid.toml"], arguments].concat();
    folder
        .run(&arguments)
        .code(2)
        .says(says)
        .keeps_quiet_of("panicked");
    assert!(!folder.path("results").exists(), "results were made");
    folder.write("results/grid.csv", BEFORE);
    folder.run(&arguments).code(2).says(says);
    assert_eq!(folder.results().unwrap(), BEFORE.as_bytes());
}

/// The same for one line in a `[[grid]]` of SVC on line 4.
#[track_caller]
fn svc_line(line: &str, says: &[&str]) {
    let grid = format!("{TINY}[[grid]]\nclassifier = \"SVC\"\n{line}\n");
    refused_with(grid, &["--datasets", "tiny"], &[says, &["grid.toml:5:"]].concat());
}

/// The same for one line in `[run]`, line 2.
#[track_caller]
fn run_line(line: &str, says: &[&str]) {
    refused_with(
        format!("[run]\n{line}\n{QUICK}"),
        &[],
        &[says, &["grid.toml:2:"]].concat(),
    );
}

#[test]
fn a_misspelt_classifier_names_the_nearest_and_the_line() {
    refused_with(
        "\n[[grid]]\nclassifier = \"GausianNB\"\n",
        &[],
        &[
            "unknown classifier `GausianNB`",
            "did you mean `GaussianNB`?",
            "grid.toml:3:14",
        ],
    );
}

#[test]
fn a_misspelt_engine_names_the_nearest_and_the_line() {
    svc_line(
        "engine = \"linfah\"",
        &["unknown engine of SVC `linfah`", "did you mean `linfa`?"],
    );
    svc_line("engine = 3", &["engine"]);
}

#[test]
fn a_misspelt_parameter_names_the_nearest_and_the_line() {
    svc_line(
        "kernal = \"rbf\"",
        &["unknown parameter of SVC `kernal`", "did you mean `kernel`?"],
    );
    svc_line("trainlimit = 3", &["did you mean `train_limit`?"]);
    svc_line(
        "n_neighbors = 3",
        &["unknown parameter of SVC `n_neighbors`", "known: C, kernel"],
    );
}

#[test]
fn a_misspelt_choice_names_the_known_ones() {
    svc_line(
        "kernel = \"rfb\"",
        &["expected one of", "\"rbf\"", "found \"rfb\""],
    );
}

#[test]
fn a_misspelt_key_of_run_names_the_nearest_and_the_line() {
    run_line(
        "repeat = 3",
        &["unknown key of [run] `repeat`", "did you mean `repeats`?"],
    );
}

#[test]
fn a_misspelt_table_names_the_nearest_and_the_line() {
    refused_with(
        format!("[runs]\nrepeats = 3\n{QUICK}"),
        &[],
        &["unknown table `runs`", "did you mean `run`?", "grid.toml:1:2"],
    );
}

#[test]
fn a_misspelt_dataset_names_the_nearest_in_the_grid_and_on_the_command_line() {
    run_line(
        "datasets = [\"fashon-mnist\"]",
        &["unknown dataset `fashon-mnist`", "did you mean `fashion-mnist`?"],
    );
    refused_with(
        format!("{TINY}{QUICK}"),
        &["--datasets", "tyni"],
        &["unknown dataset `tyni`", "did you mean `tiny`?"],
    );
}

#[test]
fn a_misspelt_preprocessing_names_the_nearest() {
    run_line(
        "preprocessing = \"standart\"",
        &["unknown preprocessing `standart`", "did you mean `standard`?"],
    );
    svc_line(
        "preprocessing = [\"unit\", \"nune\"]",
        &["unknown preprocessing `nune`", "did you mean `none`?"],
    );
}

#[test]
fn a_preprocessing_with_wrong_parameters_says_what_is_wrong() {
    run_line(
        "preprocessing = \"pca(0)\"",
        &["preprocessing `pca(0)`: expected a number of components of at least 1"],
    );
    svc_line(
        "preprocessing = [\"hog(cells=3)\", \"hgo(orientations=3)\"]",
        &[
            "preprocessing `hog(cells=3)`: hog has no parameter `cells`",
            "unknown preprocessing `hgo`",
            "did you mean `hog`?",
        ],
    );
}

#[test]
fn a_wrong_type_says_what_was_expected() {
    svc_line("C = \"big\"", &["`C`: expected a number above 0, found \"big\""]);
    svc_line("C = [[1.0]]", &["`C`: expected a number above 0, found [1]"]);
    svc_line("C = 2026-01-01", &["`C`: expected a number"]);
    svc_line(
        "degree = 2.5",
        &["`degree`: expected a whole number", "found 2.5"],
    );
    svc_line("shrinking = 1", &["`shrinking`: expected true or false, found 1"]);
    svc_line(
        "gamma = true",
        &["`gamma`: expected \"scale\", \"auto\" or a number"],
    );
    run_line(
        "repeats = \"many\"",
        &["expected a whole number of at least 1, found \"many\""],
    );
    run_line("timeout = 30", &["expected a time such as \"30m\"", "found 30"]);
    run_line(
        "memory = \"much\"",
        &["expected a size such as \"8GiB\"", "found \"much\""],
    );
    run_line("datasets = [1]", &["expected the name of a dataset"]);
}

#[test]
fn a_list_valued_setting_stands_in_a_list_of_its_own() {
    let grid = format!("{TINY}[[grid]]\nclassifier = \"GaussianNB\"\npriors = [0.5, 0.5]\n");
    refused_with(
        grid,
        &["--datasets", "tiny"],
        &["`priors`: expected", "[[0.5, 0.5]]", "found 0.5"],
    );
}

#[test]
fn a_number_out_of_range_says_the_range() {
    for wrong in ["0", "-1", "inf", "nan", "-0.0", "1e999"] {
        svc_line(&format!("C = {wrong}"), &["`C`: expected a number above 0"]);
    }
    svc_line("C = 99999999999999999999", &["`C`: expected a number"]);
    svc_line(
        "degree = -1",
        &["`degree`: expected a whole number of at least 0, found -1"],
    );
    run_line("repeats = 0", &["expected a whole number of at least 1, found 0"]);
    run_line("seed = -1", &["expected a whole number of at least 0, found -1"]);
    run_line(
        "train_limit = 1.5",
        &["expected a whole number of at least 1, found 1.5"],
    );
    run_line("timeout = \"0s\"", &["expected a time"]);
}

#[test]
fn an_empty_list_asks_for_nothing() {
    svc_line("C = []", &["an empty list asks for nothing"]);
    svc_line("engine = []", &["an empty list asks for nothing"]);
    run_line("datasets = []", &["an empty list asks for nothing"]);
    refused_with("grid = []", &[], &["there is nothing to train"]);
}

#[test]
fn a_duplicate_key_shows_the_second() {
    let grid = "[[grid]]\nclassifier = \"SVC\"\nC = 1\nC = 2\n";
    refused_with(grid, &[], &["duplicate key", "grid.toml:4:1"]);
}

#[test]
fn what_is_not_toml_is_told_with_its_place() {
    refused_with(
        "[[grid]]\nclassifier = \"SVC\nC = 1\n",
        &[],
        &["invalid basic string", "grid.toml:2:"],
    );
    refused_with("schema,cell_id\n1,2\n", &[], &["grid.toml:1:"]);
}

#[test]
fn what_is_not_text_is_told_without_guessing_at_other_files() {
    let folder = Folder::new();
    folder.write("grid.toml", b"\xff\xfe[[grid]]");
    folder
        .run(&["grid.toml"])
        .code(2)
        .says(&["cannot read the grid grid.toml", "UTF-8"])
        .keeps_quiet_of("did you mean");
}

#[test]
fn a_grid_that_is_not_there_names_its_neighbours() {
    let folder = Folder::new();
    folder.write("configs/svm.toml", QUICK);
    folder
        .run(&["configs/smv.toml"])
        .code(2)
        .says(&["configs/smv.toml", "did you mean configs/svm.toml?"]);
    folder
        .run(&["nowhere/x.toml"])
        .code(2)
        .says(&["nowhere/x.toml", "there are: configs/svm.toml"]);
    folder
        .run(&["configs"])
        .code(2)
        .says(&["cannot read the grid configs", "directory"]);
    assert!(!folder.path("results").exists());
}

#[test]
fn a_file_with_nothing_to_train_says_so() {
    refused_with("", &[], &["no [[grid]]", "[[grid]]\nclassifier = "]);
    refused_with("[run]\nrepeats = 1\n", &[], &["no [[grid]]"]);
    refused_with(
        "[[grid]]\nengine = \"linfa\"\n",
        &[],
        &["without `classifier`", "GaussianNB"],
    );
}

#[test]
fn a_grid_with_single_brackets_is_told_of_two() {
    refused_with(
        "[grid]\nclassifier = \"SVC\"\n",
        &[],
        &["write [[grid]] with two brackets", "grid.toml:1:"],
    );
}

#[test]
fn a_seed_belongs_to_the_run() {
    svc_line(
        "seed = 3",
        &["`seed` is one for the whole run", "set it under [run]"],
    );
}

#[test]
fn a_known_dataset_is_not_declared_anew() {
    let grid = format!("[datasets.mnist]\npath = \"elsewhere\"\n{QUICK}");
    refused_with(grid, &[], &["`mnist` is already a dataset", "grid.toml:1:"]);
}

#[test]
fn a_declared_dataset_says_where_it_is() {
    refused_with(
        format!("[datasets.mine]\n{QUICK}"),
        &[],
        &["[datasets.mine] says nowhere to find it"],
    );
    refused_with(
        format!("[datasets.mine]\npath = \"x\"\nlabel = [\"a\"]\n{QUICK}"),
        &[],
        &[
            "unknown key of [datasets.mine] `label`",
            "did you mean `labels`?",
            "grid.toml:3:",
        ],
    );
    refused_with(
        format!("[datasets.mine]\nsynthetic = {{ train = 0 }}\n{QUICK}"),
        &[],
        &["`train`: expected a whole number"],
    );
    refused_with(
        format!("[datasets.\"../x\"]\npath = \"x\"\n{QUICK}"),
        &[],
        &["cannot be the name of a dataset"],
    );
}

#[test]
fn all_mistakes_are_told_at_once_from_top_to_bottom() {
    let folder = Folder::new();
    let grid = "[run]\nrepeats = 0\n[[grid]]\nclassifier = \"SVCC\"\n[[grid]]\nclassifier = \"SVC\"\nC = [0, -1]\nkernal = 1\n";
    folder.write("grid.toml", grid);
    let ended = folder
        .run(&["grid.toml"])
        .code(2)
        .says(&["5 mistakes in the grid"]);
    let places: Vec<usize> = ["toml:2:11", "toml:4:14", "toml:7:6", "toml:7:9", "toml:8:1"]
        .iter()
        .map(|place| {
            ended
                .err
                .find(place)
                .unwrap_or_else(|| panic!("no {place} in\n{}", ended.err))
        })
        .collect();
    assert!(places.is_sorted(), "{}", ended.err);
}

#[test]
fn a_mistake_in_the_second_grid_stops_the_first() {
    let folder = Folder::with_grid(QUICK);
    folder.write("other.toml", "[[grid]]\nclassifier = \"SVCC\"\n");
    folder.run(&["grid.toml", "other.toml"]).code(2).says(&["SVCC"]);
    assert!(!folder.path("results").exists());
}

#[test]
fn grids_of_one_name_are_refused() {
    let folder = Folder::with_grid(QUICK);
    folder.write("more/grid.toml", QUICK);
    folder
        .run(&["grid.toml", "more/grid.toml"])
        .code(2)
        .says(&["two grids are named grid", "grid.csv"]);
    assert!(!folder.path("results").exists());
}

#[test]
fn options_that_leave_no_cell_say_so() {
    let grid = format!("[run]\ndatasets = \"tiny\"\nrepeats = 1\n{TINY}{QUICK}");
    refused_with(
        &grid,
        &["--only", "nonsense"],
        &["no cell of grid.toml is left", "`nonsense`"],
    );
    refused_with(
        &grid,
        &["--shard", "2/2"],
        &["no cell of grid.toml is left", "fewer points than 2 shards"],
    );
}

#[test]
fn a_retry_of_nothing_says_so_and_changes_nothing() {
    let folder = Folder::with_grid(QUICK);
    folder
        .run(&["grid.toml", "--retry", "failed"])
        .code(2)
        .says(&["no cell of grid.toml is left", "no results yet"]);
    assert!(
        !folder.path("results/grid.csv").exists(),
        "an empty results file was left"
    );
    folder.run(&["grid.toml"]).code(0);
    let before = folder.results();
    folder
        .run(&["grid.toml", "--retry", "failed"])
        .code(2)
        .says(&["no cell of grid.toml is left", "none ended as --retry says"]);
    assert_eq!(folder.results(), before);
}

#[test]
fn wrong_values_on_the_command_line_are_refused() {
    for (arguments, says) in [
        (&["--jobs", "0"][..], "at least 1"),
        (&["--jobs", "two"], "whole number"),
        (&["--threads", "0"], "--threads"),
        (&["--repeats", "0"], "at least 1"),
        (&["--seed", "none"], "--seed"),
        (&["--train-limit", "0"], "at least 1"),
        (&["--test-limit", "1.5"], "whole number"),
        (&["--timeout", "soon"], "such as 30m"),
        (&["--timeout", "0s"], "such as 30m"),
        (&["--memory", "much"], "such as 8GiB"),
        (&["--retry", "faild"], "known: ok, refused, failed"),
        (&["--retry", "ok"], "--fresh"),
        (&["--shard", "3/2"], "such as 1/4"),
        (&["--fresh", "--retry", "failed"], "cannot be used with"),
        (&["--job", "2"], "--jobs"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let folder = Folder::with_grid(QUICK);
        folder
            .run(&[&["grid.toml"], arguments].concat())
            .code(2)
            .says(&[says]);
        assert!(!folder.path("results").exists(), "{arguments:?}");
    }
    Folder::new().run(&[]).code(2).says(&["CONFIG.toml"]);
}

/// The same for the lines of an `[engines.own]`, from line 4 on.
#[track_caller]
fn engine_lines(lines: &str, says: &[&str]) {
    let grid = format!("{TINY}[engines.own]\n{lines}\n[[grid]]\nclassifier = \"SVC\"\n");
    refused_with(grid, &["--datasets", "tiny"], says);
}

#[test]
fn an_engine_by_command_says_what_to_run_in_a_list() {
    engine_lines("", &["[engines.own] says nowhere what to run", "grid.toml:3:"]);
    engine_lines(
        "command = \"sh engine.sh\"",
        &["expected a list of the program and its arguments", "grid.toml:4:"],
    );
    engine_lines("command = []", &["expected a list of the program"]);
    engine_lines("command = [\"sh\", 3]", &["expected a list of the program"]);
    engine_lines(
        "command = [\"sh\"]\nclassifiers = \"SVC\"",
        &["`classifiers`: expected a list of names"],
    );
    engine_lines(
        "comand = [\"sh\"]",
        &["unknown key of [engines.own] `comand`", "did you mean `command`?"],
    );
}

#[test]
fn an_engine_by_command_cannot_take_the_name_of_a_built_in_one() {
    let grid = |name: &str| format!("[engines.{name}]\ncommand = [\"sh\"]\n{QUICK}");
    refused_with(grid("linfa"), &[], &["`linfa` is an engine that is built in"]);
    refused_with(grid("native"), &[], &["`native` is an engine that is built in"]);
    refused_with(grid("\"my engine\""), &[], &["cannot be the name of an engine"]);
}

#[test]
fn a_program_that_is_not_there_is_told_before_anything_trains() {
    for program in ["no-such-program", "./engine", "/nowhere/engine"] {
        let grid = format!(
            "{TINY}[engines.own]\ncommand = [\"{program}\"]\n[[grid]]\nclassifier = \"SVC\"\nengine = \"own\"\n"
        );
        refused_with(
            grid,
            &["--datasets", "tiny"],
            &["engine `own` is to run", program, "no such program"],
        );
    }
}

#[test]
fn an_engine_is_asked_only_for_families_that_it_has() {
    let grid = |classifier: &str| {
        format!(
            "{TINY}[engines.own]\ncommand = [\"sh\"]\nclassifiers = [\"MyThing\"]\n\
             [[grid]]\nclassifier = \"{classifier}\"\nengine = \"own\"\n"
        )
    };
    refused_with(
        grid("SVC"),
        &["--datasets", "tiny"],
        &["unknown engine of SVC `own`", "known: native, linfa"],
    );
    refused_with(
        grid("MyThign"),
        &["--datasets", "tiny"],
        &["unknown classifier `MyThign`", "did you mean `MyThing`?"],
    );
}
