//! Grid files with errors: every error has its position and help, the exit code is 2, and results stay unchanged.

use crate::support::{Folder, QUICK, TINY};

/// Checks that the runner rejects this grid file with these texts.
#[track_caller]
fn rejects(grid: impl AsRef<[u8]>, arguments: &[&str], texts: &[&str]) {
    let folder = Folder::new();
    folder.write("grid.toml", grid);
    folder.rejects_grid(arguments, texts);
}

/// Checks that the runner rejects this line of a `[[grid]]` of SVC, line 5 of the file.
#[track_caller]
fn rejects_svc_line(line: &str, texts: &[&str]) {
    let grid = format!("{TINY}[[grid]]\nclassifier = \"SVC\"\n{line}\n");
    rejects(
        grid,
        &["--datasets", "tiny"],
        &[texts, &["grid.toml:5:"]].concat(),
    );
}

/// Checks that the runner rejects this line of `[run]`, line 2 of the file.
#[track_caller]
fn rejects_run_line(line: &str, texts: &[&str]) {
    rejects(
        format!("[run]\n{line}\n{QUICK}"),
        &[],
        &[texts, &["grid.toml:2:"]].concat(),
    );
}

#[test]
fn misspelt_classifier_names_the_nearest_and_the_line() {
    rejects(
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
fn misspelt_engine_names_the_nearest_and_the_line() {
    rejects_svc_line(
        "engine = \"linfah\"",
        &["unknown engine `linfah` for SVC", "did you mean `linfa`?"],
    );
    rejects_svc_line("engine = 3", &["engine"]);
}

#[test]
fn misspelt_parameter_names_the_nearest_and_the_line() {
    rejects_svc_line(
        "kernal = \"rbf\"",
        &["SVC has no parameter `kernal`", "did you mean `kernel`?"],
    );
    rejects_svc_line("trainlimit = 3", &["did you mean `train_limit`?"]);
    rejects_svc_line(
        "n_neighbors = 3",
        &["SVC has no parameter `n_neighbors`", "known: C, kernel"],
    );
}

#[test]
fn misspelt_word_names_the_known_ones() {
    rejects_svc_line(
        "kernel = \"rfb\"",
        &["expected one of", "\"rbf\"", "found \"rfb\""],
    );
}

#[test]
fn misspelt_key_of_run_names_the_nearest_and_the_line() {
    rejects_run_line(
        "repeat = 3",
        &["unknown key of [run] `repeat`", "did you mean `repeats`?"],
    );
}

#[test]
fn misspelt_table_names_the_nearest_and_the_line() {
    rejects(
        format!("[runs]\nrepeats = 3\n{QUICK}"),
        &[],
        &["unknown table `runs`", "did you mean `run`?", "grid.toml:1:2"],
    );
}

#[test]
fn misspelt_dataset_names_the_nearest_in_the_grid_and_on_the_command_line() {
    rejects_run_line(
        "datasets = [\"fashon-mnist\"]",
        &["unknown dataset `fashon-mnist`", "did you mean `fashion-mnist`?"],
    );
    rejects(
        format!("{TINY}{QUICK}"),
        &["--datasets", "tyni"],
        &["unknown dataset `tyni`", "did you mean `tiny`?"],
    );
}

#[test]
fn misspelt_preprocessing_names_the_nearest() {
    rejects_run_line(
        "preprocessing = \"standart\"",
        &["unknown preprocessing `standart`", "did you mean `standard`?"],
    );
    rejects_svc_line(
        "preprocessing = [\"unit\", \"nune\"]",
        &["unknown preprocessing `nune`", "did you mean `none`?"],
    );
}

#[test]
fn what_belongs_elsewhere_is_told_its_place() {
    rejects_run_line(
        "preprocessing = \"flip\"",
        &["unknown preprocessing `flip`", "augment = \"flip\""],
    );
    rejects_svc_line(
        "pixels_per_cell = 3",
        &[
            "SVC has no parameter `pixels_per_cell`",
            "preprocessing = \"hog(pixels_per_cell=…)\"",
        ],
    );
}

#[test]
fn preprocessing_with_wrong_parameters_is_rejected() {
    rejects_run_line(
        "preprocessing = \"pca(0)\"",
        &["preprocessing `pca(0)`: expected a number of components of at least 1"],
    );
    rejects_svc_line(
        "preprocessing = [\"hog(cells=3)\", \"hgo(orientations=3)\"]",
        &[
            "preprocessing `hog(cells=3)`: hog has no parameter `cells`",
            "unknown preprocessing `hgo`",
            "did you mean `hog`?",
        ],
    );
}

#[test]
fn wrong_type_names_the_expected_one() {
    rejects_svc_line("C = \"big\"", &["`C`: expected a number above 0, found \"big\""]);
    rejects_svc_line("C = 1e400", &["found inf; numbers above 1.8e308 are infinite"]);
    rejects_svc_line("degree = 2e15", &["found 2e15; whole numbers must be below 1e15"]);
    rejects_svc_line("C = [[1.0]]", &["`C`: expected a number above 0, found [1.0]"]);
    rejects_svc_line("C = 2026-01-01", &["`C`: expected a number"]);
    rejects_svc_line(
        "degree = 2.5",
        &["`degree`: expected a whole number", "found 2.5"],
    );
    rejects_svc_line("shrinking = 1", &["`shrinking`: expected true or false, found 1"]);
    rejects_svc_line(
        "gamma = true",
        &["`gamma`: expected \"scale\", \"auto\" or a number"],
    );
    rejects_run_line(
        "repeats = \"many\"",
        &["expected a whole number of at least 1, found \"many\""],
    );
    rejects_run_line("timeout = 30", &["expected a time such as \"30m\"", "found 30"]);
    rejects_run_line(
        "memory = \"much\"",
        &[
            "expected a size with its unit, such as \"8GiB\"",
            "found \"much\"",
        ],
    );
    rejects_run_line("datasets = [1]", &["expected the name of a dataset"]);
}

#[test]
fn list_valued_parameter_needs_a_list_of_lists() {
    let grid = format!("{TINY}[[grid]]\nclassifier = \"GaussianNB\"\npriors = [0.5, 0.5]\n");
    rejects(
        grid,
        &["--datasets", "tiny"],
        &["`priors`: expected", "[[0.5, 0.5]]", "found 0.5"],
    );
}

#[test]
fn number_out_of_range_names_the_range() {
    for wrong in ["0", "-1", "inf", "nan", "-0.0", "1e999"] {
        rejects_svc_line(&format!("C = {wrong}"), &["`C`: expected a number above 0"]);
    }
    rejects_svc_line(
        "C = 99999999999999999999",
        &["`C`: expected a number; TOML has whole numbers up to 9.2e18"],
    );
    rejects_svc_line(
        "degree = -1",
        &["`degree`: expected a whole number of at least 0, found -1"],
    );
    rejects_run_line("repeats = 0", &["expected a whole number of at least 1, found 0"]);
    rejects_run_line("seed = -1", &["expected a whole number of at least 0, found -1"]);
    rejects_run_line(
        "train_limit = 1.5",
        &["expected a whole number of at least 1, found 1.5"],
    );
    rejects_run_line("timeout = \"0s\"", &["expected a time"]);
}

#[test]
fn empty_list_is_rejected() {
    rejects_svc_line("C = []", &["the list is empty"]);
    rejects_svc_line("engine = []", &["the list is empty"]);
    rejects_run_line("datasets = []", &["the list is empty"]);
    rejects("grid = []", &[], &["there is nothing to train"]);
}

#[test]
fn duplicate_key_points_to_the_second() {
    let grid = "[[grid]]\nclassifier = \"SVC\"\nC = 1\nC = 2\n";
    rejects(grid, &[], &["duplicate key", "grid.toml:4:1"]);
}

#[test]
fn invalid_toml_is_reported_with_its_position() {
    rejects(
        "[[grid]]\nclassifier = \"SVC\nC = 1\n",
        &[],
        &["invalid basic string", "grid.toml:2:"],
    );
    rejects("schema,cell_id\n1,2\n", &[], &["grid.toml:1:"]);
}

#[test]
fn binary_file_is_rejected_without_a_suggestion() {
    let folder = Folder::new();
    folder.write("grid.toml", b"\xff\xfe[[grid]]");
    folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["cannot read the grid grid.toml", "UTF-8"])
        .stderr_lacks("did you mean");
}

#[test]
fn grid_without_entries_is_rejected() {
    rejects("", &[], &["no [[grid]]", "[[grid]]\nclassifier = "]);
    rejects("[run]\nrepeats = 1\n", &[], &["no [[grid]]"]);
    rejects(
        "[[grid]]\nengine = \"linfa\"\n",
        &[],
        &["without `classifier`", "GaussianNB"],
    );
}

#[test]
fn grid_with_single_brackets_is_rejected() {
    rejects(
        "[grid]\nclassifier = \"SVC\"\n",
        &[],
        &["write [[grid]] with two brackets", "grid.toml:1:"],
    );
}

#[test]
fn seed_of_one_entry_is_rejected() {
    rejects_svc_line(
        "seed = 3",
        &["`seed` applies to the whole run", "set it under [run]"],
    );
}

#[test]
fn known_dataset_cannot_be_declared() {
    let grid = format!("[datasets.mnist]\npath = \"elsewhere\"\n{QUICK}");
    rejects(grid, &[], &["the dataset `mnist` already exists", "grid.toml:1:"]);
}

#[test]
fn declared_dataset_needs_a_source() {
    rejects(
        format!("[datasets.mine]\n{QUICK}"),
        &[],
        &["[datasets.mine] has neither `path` nor `synthetic`"],
    );
    rejects(
        format!("[datasets.mine]\npath = \"x\"\nlabel = [\"a\"]\n{QUICK}"),
        &[],
        &[
            "unknown key of [datasets.mine] `label`",
            "did you mean `labels`?",
            "grid.toml:3:",
        ],
    );
    rejects(
        format!("[datasets.mine]\nsynthetic = {{ train = 0 }}\n{QUICK}"),
        &[],
        &["`train`: expected a whole number"],
    );
    rejects(
        format!("[datasets.\"../x\"]\npath = \"x\"\n{QUICK}"),
        &[],
        &["invalid dataset name `../x`"],
    );
}

#[test]
fn all_errors_are_reported_in_the_order_of_the_file() {
    let folder = Folder::new();
    let grid = "[run]\nrepeats = 0\n[[grid]]\nclassifier = \"SVCC\"\n[[grid]]\nclassifier = \"SVC\"\nC = [0, -1]\nkernal = 1\n";
    folder.write("grid.toml", grid);
    let ended = folder
        .run(&["grid.toml"])
        .code(2)
        .stderr_has(&["5 errors in the grid"]);
    let positions: Vec<usize> = ["toml:2:11", "toml:4:14", "toml:7:6", "toml:7:9", "toml:8:1"]
        .iter()
        .map(|position| {
            ended
                .err
                .find(position)
                .unwrap_or_else(|| panic!("no {position} in\n{}", ended.err))
        })
        .collect();
    assert!(positions.is_sorted(), "{}", ended.err);
}

#[test]
fn error_in_the_second_grid_stops_the_first() {
    let folder = Folder::with_grid(QUICK);
    folder.write("other.toml", "[[grid]]\nclassifier = \"SVCC\"\n");
    folder
        .run(&["grid.toml", "other.toml"])
        .code(2)
        .stderr_has(&["SVCC"]);
    assert!(!folder.path("results").exists());
}

/// Checks that the runner rejects these lines of an `[engines.own]`, from line 4 of the file on.
#[track_caller]
fn rejects_engine_lines(lines: &str, texts: &[&str]) {
    let grid = format!("{TINY}[engines.own]\n{lines}\n[[grid]]\nclassifier = \"SVC\"\n");
    rejects(grid, &["--datasets", "tiny"], texts);
}

#[test]
fn engine_needs_a_command_as_a_list() {
    rejects_engine_lines("", &["[engines.own] has no `command`", "grid.toml:3:"]);
    rejects_engine_lines(
        "command = \"sh engine.sh\"",
        &["expected a list of the program and its arguments", "grid.toml:4:"],
    );
    rejects_engine_lines("command = []", &["expected a list of the program"]);
    rejects_engine_lines("command = [\"sh\", 3]", &["expected a list of the program"]);
    rejects_engine_lines(
        "command = [\"sh\"]\nclassifiers = \"SVC\"",
        &["`classifiers`: expected a list of names"],
    );
    rejects_engine_lines(
        "comand = [\"sh\"]",
        &["unknown key of [engines.own] `comand`", "did you mean `command`?"],
    );
}

#[test]
fn declared_engine_cannot_have_the_name_of_a_built_in_one() {
    let grid = |name: &str| format!("[engines.{name}]\ncommand = [\"sh\"]\n{QUICK}");
    rejects(grid("linfa"), &[], &["the engine `linfa` already exists"]);
    rejects(grid("native"), &[], &["the engine `native` already exists"]);
    rejects(grid("\"my engine\""), &[], &["invalid engine name `my engine`"]);
}

#[test]
fn missing_program_is_reported_before_anything_trains() {
    for program in ["no-such-program", "./engine", "/nowhere/engine"] {
        let grid = format!(
            "{TINY}[engines.own]\ncommand = [\"{program}\"]\n[[grid]]\nclassifier = \"SVC\"\nengine = \"own\"\n"
        );
        rejects(
            grid,
            &["--datasets", "tiny"],
            &[&format!("program `{program}` of engine `own` not found")],
        );
    }
}

#[test]
fn engine_trains_only_its_own_families() {
    let grid = |classifier: &str| {
        format!(
            "{TINY}[engines.own]\ncommand = [\"sh\"]\nclassifiers = [\"MyThing\"]\n\
             [[grid]]\nclassifier = \"{classifier}\"\nengine = \"own\"\n"
        )
    };
    rejects(
        grid("SVC"),
        &["--datasets", "tiny"],
        &[
            "engine `own` does not train SVC",
            "these engines do: native, linfa",
        ],
    );
    rejects(
        grid("MyThign"),
        &["--datasets", "tiny"],
        &["unknown classifier `MyThign`", "did you mean `MyThing`?"],
    );
}
