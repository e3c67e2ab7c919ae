//! Points that are refused instead of trained, and points with two names, which are trained once.

use runner::results::Status;

use crate::support::{Folder, statuses};

#[test]
fn unsupported_kernel_is_a_row_with_a_reason_and_exit_code_0() {
    let folder = Folder::with_run(
        "repeats = 3",
        "[[grid]]\nclassifier = \"SVC\"\nengine = \"linfa\"\nkernel = \"sigmoid\"\n",
    );
    let ended = folder.run(&["grid.toml"]).code(0);
    let rows = folder.rows();
    assert_eq!(statuses(&rows), [Status::Refused]);
    assert!(rows[0].error.contains("kernel=sigmoid"), "{}", rows[0].error);
    assert_eq!(
        (rows[0].accuracy, rows[0].fit_s, rows[0].peak_rss_mib),
        (None, None, None)
    );
    assert!(
        ended.out.contains("refused") && ended.out.contains("kernel=sigmoid"),
        "{}",
        ended.out
    );
    let before = folder.results();
    folder.run(&["grid.toml"]).code(0);
    assert_eq!(folder.results(), before);
}

#[test]
fn numbers_of_hundreds_of_digits_have_an_exponent_in_messages() {
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = [\"native\", \"linfa\"]\np = 1e300\n",
    );
    let ended = folder.run(&["grid.toml", "--jobs", "1"]).code(3);
    for (row, reason) in folder
        .rows()
        .iter()
        .zip(["p=1e300: only 1 and 2", "distances overflow with p=1e300"])
    {
        assert!(row.error.contains(reason), "{}", row.error);
    }
    assert!(!ended.out.contains("000000"), "{}", ended.out);
    Folder::with_grid("[[grid]]\nclassifier = \"SVC\"\ndegree = 1000000000000000000\n")
        .rejects_grid(&[], &["found 1e18; whole numbers must be below 1e15"]);
}

#[test]
fn a_constant_feature_that_hides_all_others_is_refused_with_the_reason() {
    for classifier in ["LinearSVC", "LogisticRegression"] {
        let grid = format!("[[grid]]\nclassifier = \"{classifier}\"\nintercept_scaling = 1e300\n");
        Folder::with_grid(&grid).rejects_grid(
            &[],
            &[
                "`intercept_scaling`: expected a number above 0 and at most 100000, found 1e300",
                "the square of a larger constant hides the features from the solver",
            ],
        );
    }
}

#[test]
fn negative_counts_are_refused_and_other_preprocessing_is_trained() {
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = \"MultinomialNB\"\nengine = \"native\"\npreprocessing = [\"standard\", \"unit\"]\n",
    );
    folder.run(&["grid.toml", "--jobs", "1"]).code(0);
    let rows = folder.rows();
    assert_eq!(statuses(&rows), [Status::Refused, Status::Ok]);
    assert!(rows[0].error.contains("negative"), "{}", rows[0].error);
}

#[test]
fn features_that_do_not_fit_images_or_engine_are_refused_with_a_reason() {
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = \"RidgeClassifier\"\n\
         preprocessing = [\"pca(785)\", \"hog(pixels_per_cell=16)\", \"pca(5)\", \"hog(pixels_per_cell=14)\"]\n\
         [[grid]]\nclassifier = \"DecisionTreeClassifier\"\nengine = \"native\"\npreprocessing = \"pca(5)\"\n",
    );
    folder.run(&["grid.toml", "--jobs", "1"]).code(0);
    let mut rows = folder.rows();
    rows.sort_by_key(|row| (row.classifier.clone(), row.preprocessing.clone()));
    let ended: Vec<(&str, Status)> = rows
        .iter()
        .map(|row| (row.preprocessing.as_str(), row.status))
        .collect();
    assert_eq!(
        ended,
        [
            ("pca(5)", Status::Ok),
            (
                "hog(orientations=9, pixels_per_cell=14, cells_per_block=2)",
                Status::Ok
            ),
            (
                "hog(orientations=9, pixels_per_cell=16, cells_per_block=2)",
                Status::Refused
            ),
            ("pca(5)", Status::Ok),
            ("pca(785)", Status::Refused),
        ]
    );
    for (row, reason) in [(2, "1 × 1 cells"), (4, "at most")] {
        assert!(rows[row].error.contains(reason), "{}", rows[row].error);
    }
}

#[test]
fn problem_with_two_names_is_trained_once_and_has_two_rows() {
    let folder = Folder::with_grid(
        "[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = \"linfa\"\nalgorithm = \"brute\"\nleaf_size = [10, 20]\n",
    );
    let ended = folder.run(&["grid.toml"]).code(0);
    assert!(ended.err.contains("1 cell to run"), "{}", ended.err);
    let rows = folder.rows();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].params, "algorithm=brute;leaf_size=10");
    assert_eq!(rows[1].params, "algorithm=brute;leaf_size=20");
    let other = runner::results::Row {
        params: rows[0].params.clone(),
        ..rows[1].clone()
    };
    assert_eq!(rows[0], other);
}

#[test]
fn name_added_later_copies_the_existing_row() {
    let folder = Folder::with_grid("[[grid]]\nclassifier = \"BernoulliNB\"\nengine = \"native\"\n");
    folder.run(&["grid.toml"]).code(0);
    let first = folder.rows();
    let grid = std::fs::read_to_string(folder.path("grid.toml")).unwrap();
    folder.write("grid.toml", format!("{grid}alpha = 1.0\n"));
    let ended = folder.run(&["grid.toml"]).code(0);
    assert!(
        ended.err.contains("every cell is in results/grid.csv"),
        "{}",
        ended.err
    );
    let rows = folder.rows();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[1],
        runner::results::Row {
            params: "alpha=1".into(),
            ..first[0].clone()
        }
    );
}

#[test]
fn max_samples_without_bootstrap_is_refused() {
    let grid = |classifier: &str| {
        format!(
            "[[grid]]\nclassifier = \"{classifier}\"\nengine = \"native\"\nn_estimators = 2\nbootstrap = [true, false]\n\
             max_samples = 100\n"
        )
    };
    let folder = Folder::with_grid(&(grid("RandomForestClassifier") + &grid("ExtraTreesClassifier")));
    folder.run(&["grid.toml", "--jobs", "1"]).code(0);
    let rows = folder.rows();
    assert_eq!(rows.len(), 4);
    for row in &rows {
        let is_refused = row.params.contains("bootstrap=false");
        assert_eq!(row.status == Status::Refused, is_refused, "{}", row.params);
        assert_eq!(row.error.contains("bootstrap=true"), is_refused, "{}", row.error);
    }
}
