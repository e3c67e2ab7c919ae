//! `loader import` of tables.

use std::fs;

use crate::sandbox::Sandbox;
use crate::sources::*;

/// A sandbox with `t.csv`.
fn with_table(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("t.csv"), text).unwrap();
    sandbox
}

#[track_caller]
fn check_refused(text: &str, options: &str, texts: &[&str]) {
    refused(&with_table(text), &format!("t.csv mine {options}"), texts);
}

const FOUR: &str = "a,label,b\n1,cat,2\n3,dog,4\n5,cat,6\n7,dog,255\n";

#[test]
fn a_table_becomes_a_dataset_with_class_names() {
    let sandbox = with_table(FOUR);
    let says = import(&sandbox, "t.csv mine --test-share 0.5");
    assert!(
        says.contains("mine: 2 train, 2 test, 1x2 pixels, 2 classes"),
        "{says}"
    );
    assert!(says.contains("labels are those of column `label`"), "{says}");
    assert!(says.contains("sprite mine\n"), "{says}");
    assert!(says.contains("configs/baseline.toml --datasets mine\n"), "{says}");
    let dataset = mine(&sandbox);
    assert_eq!(dataset.label_names, ["cat", "dog"]);
    let mut all = [sorted(&dataset.train), sorted(&dataset.test)].concat();
    all.sort();
    let expected = [(0, [1, 2]), (0, [5, 6]), (1, [3, 4]), (1, [7, 255])];
    assert_eq!(all, expected.map(|(label, row)| (label, row.to_vec())));
    assert_eq!(dataset.test.labels.iter().filter(|label| label.0 == 0).count(), 1);
}

#[test]
fn tabs_separate_the_fields_of_a_tsv_file() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("t.TSV"), FOUR.replace(',', "\t")).unwrap();
    import(&sandbox, "t.TSV mine");
    assert_eq!(mine(&sandbox).train.n_rows(), 2);
}

#[test]
fn line_ends_and_the_mark_of_windows_are_read() {
    let sandbox = with_table(&format!(
        "\u{feff}{}",
        FOUR.replace('\n', "\r\n").replace("a,label", "label,a")
    ));
    refused(&sandbox, "t.csv mine", &["line 2, column `a` is `cat`"]);
    let sandbox = with_table("\u{feff}label,a\r\nx,1\r\ny,2\r\nx,3\r\ny,4\r\n");
    import(&sandbox, "t.csv mine");
    assert_eq!(mine(&sandbox).label_names, ["x", "y"]);
}

#[test]
fn the_label_column_is_named_or_has_a_usual_name() {
    let text = "y,class,kind\n1,p,5\n2,q,6\n1,p,5\n2,q,6\n";
    let sandbox = with_table(text);
    refused(
        &sandbox,
        "t.csv mine --label kind",
        &["line 2, column `class`", "`p`, not a number"],
    );
    let says = import(&sandbox, "t.csv mine");
    assert!(says.contains("labels are those of column `class`"), "{says}");
    check_refused(
        "p,q\n1,2\n",
        "",
        &["no column is called `label`", "--label", "columns: p, q"],
    );
    check_refused(
        "p,q\n1,2\n",
        "--label r",
        &["no column is called `r`", "columns: p, q"],
    );
    check_refused(
        "kind,q\n1,2\n",
        "--label kid",
        &[
            "no column is called `kid`",
            "did you mean `kind`?",
            "columns: kind, q",
        ],
    );
    for options in ["", "--label kind"] {
        let says = [
            "no column",
            "if the file has no header, say --no-header --label NUMBER",
        ];
        check_refused("51,35,setosa\n70,32,versicolor\n", options, &says);
    }
    check_refused("p,p\n1,2\n", "--label p", &["several columns `p`"]);
    check_refused("p;y\n1;2\n", "", &["separated by commas"]);
}

#[test]
fn a_table_without_a_header_needs_the_option() {
    let text = "1,2,0\n3,4,1\n5,6,0\n7,8,1\n";
    check_refused(text, "--label 3", &["first line is all numbers", "--no-header"]);
    check_refused(text, "--no-header", &["--label, from 1 to 3"]);
    let sandbox = with_table(text);
    import(&sandbox, "t.csv mine --no-header --label 3");
    let dataset = mine(&sandbox);
    assert_eq!(dataset.train.n_rows() + dataset.test.n_rows(), 4);
}

#[test]
fn bad_lines_are_named() {
    check_refused("", "", &["the file is empty"]);
    check_refused("a,y\n", "", &["has no rows"]);
    check_refused("y\n1\n", "", &["the labels are the only column"]);
    check_refused("a,y\n1,0\n2\n", "", &["line 3 has 1 field, the first line 2"]);
    check_refused("a,y\n1,0\n,1\n", "", &["line 3, column `a` is empty"]);
    check_refused("a,y\n1,0\n2,\n", "", &["line 3, column `y` is empty"]);
    check_refused(
        "a,y\n1,0\nred,1\n",
        "",
        &["line 3, column `a` is `red`, not a number"],
    );
    check_refused("a,y\n1,0\nNaN,1\n", "", &["line 3, column `a` of `t.csv` is NaN"]);
    check_refused("a,y\n1,0\n-inf,1\n", "--scale auto", &["is -inf", "finite"]);
    check_refused(
        "a,y\n\n\n\"\n1\",\"p\nq\"\n\nred,1",
        "",
        &["line 8, column `a` is `red`"],
    );
    check_refused(",y\n1,0\n2,1\n", "", &["column 1 has no name", "index=False"]);
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("t.csv"), b"a,y\n1,\xff\n").unwrap();
    refused(&sandbox, "t.csv mine", &["line 2 is not UTF-8"]);
}

#[test]
fn one_class_and_too_many_classes_are_refused() {
    check_refused("a,y\n1,0\n2,0\n", "", &["only the class `0`", "at least two"]);
    let many: String = (0..300).map(|i| format!("1,{i}\n")).collect();
    check_refused(
        &format!("a,y\n{many}"),
        "",
        &["more than 256 classes", "column of the labels"],
    );
    check_refused("a,y\n1,0\n2,1\n", "", &["every class", "only one row"]);
    check_refused(
        "a,y\n1,\"x\x07\"\n2,1\n2,1\n",
        "",
        &[r"`x\u{7}`", "control character"],
    );
}

#[test]
fn values_that_are_no_bytes_need_a_scale() {
    let text = "a,y\n-0.5,0\n0,1\n0.25,0\n0.5,1\n";
    check_refused(
        text,
        "",
        &[
            "from -0.5 to 0.5 are not all whole numbers",
            "--scale -0.5,0.5",
            "--scale auto",
        ],
    );
    check_refused("a,y\n0,0\n256,1\n0,0\n1,1\n", "", &["from 0 to 256"]);
    check_refused(
        text,
        "--scale 0,1",
        &[
            "line 2, column `a` of `t.csv` is -0.5, outside --scale 0,1",
            "--scale -0.5,0.5",
        ],
    );
    check_refused(text, "--scale 1,0", &["smaller than the second"]);
    check_refused(
        "a,y\n0.5,0\n0.5,1\n0.5,0\n0.5,1\n",
        "--scale auto",
        &["all training values are 0.5"],
    );
    let sandbox = with_table(text);
    let says = import(&sandbox, "t.csv mine --scale -0.5,0.5");
    assert!(says.contains("values from -0.5 to 0.5 became 0 to 255"), "{says}");
    let dataset = mine(&sandbox);
    let mut all = [sorted(&dataset.train), sorted(&dataset.test)].concat();
    all.sort();
    assert_eq!(
        all,
        [(0, vec![0]), (0, vec![191]), (1, vec![128]), (1, vec![255])]
    );
}

#[test]
fn an_automatic_scale_is_that_of_the_training_rows_and_clips_test_rows() {
    let rows: String = (0..40).map(|i| format!("{}.5,{}\n", i * i, i % 2)).collect();
    let mut clipped = 0;
    for seed in 0..10 {
        let sandbox = with_table(&format!("a,y\n{rows}"));
        let says = import(
            &sandbox,
            &format!("t.csv mine --scale auto --seed {seed} --test-share 0.4"),
        );
        clipped += usize::from(says.contains("of the test rows outside the range of the training rows"));
        let train = mine(&sandbox).train;
        let pixels = train.images.view().pixels().to_vec();
        assert_eq!(pixels.iter().min(), Some(&0));
        assert_eq!(pixels.iter().max(), Some(&255));
    }
    assert!(
        (1..10).contains(&clipped),
        "{clipped} of 10 seeds have clipped values"
    );
}

#[test]
fn small_whole_numbers_stay_with_a_note() {
    let sandbox = with_table("a,y\n0,0\n16,1\n3,0\n4,1\n");
    let says = import(&sandbox, "t.csv mine");
    assert!(says.contains("the largest value is 16; --scale 0,16"), "{says}");
}

#[test]
fn a_shape_makes_images_of_rows() {
    let text = "a,b,c,d,y\n1,2,3,4,0\n5,6,7,8,1\n1,2,3,4,0\n5,6,7,8,1\n";
    let sandbox = with_table(text);
    let says = import(&sandbox, "t.csv mine");
    assert!(says.contains("--shape 2x2"), "{says}");
    let says = import(&sandbox, "t.csv mine --shape 2x2 --force");
    assert!(says.contains("2x2 pixels") && !says.contains("--shape"), "{says}");
    check_refused(
        text,
        "--shape 2x3",
        &["`--shape 2x3` has 6, but a row has 4 features"],
    );
    check_refused(text, "--shape 4", &["ROWSxCOLUMNS"]);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_every_class_is_tested() {
    let rows: String = (0..60).map(|i| format!("{i},{}\n", i / 20)).collect();
    let text = format!("a,y\n{rows}");
    let files = |options: &str| {
        let sandbox = with_table(&text);
        import(&sandbox, &format!("t.csv mine {options}"));
        crate::sandbox::FILES.map(|name| fs::read(sandbox.path("data/mine").join(name)).unwrap())
    };
    assert_eq!(files(""), files("--seed 0 --test-share 0.2"));
    assert_ne!(files(""), files("--seed 1"));
    let sandbox = with_table(&text);
    import(&sandbox, "t.csv mine");
    let dataset = mine(&sandbox);
    for class in 0..3 {
        let n = dataset
            .test
            .labels
            .iter()
            .filter(|label| label.0 == class)
            .count();
        assert_eq!(n, 4);
    }
    let labels: Vec<u8> = dataset.train.labels.iter().map(|label| label.0).collect();
    assert!(!labels.is_sorted(), "rows are shuffled: {labels:?}");
    for wrong in ["0", "1", "-0.5", "NaN"] {
        check_refused(&text, &format!("--test-share={wrong}"), &["not between 0 and 1"]);
    }
}

#[test]
fn a_line_without_end_and_a_million_columns_are_refused() {
    let sandbox = Sandbox::new();
    let file = fs::File::create(sandbox.path("t.csv")).unwrap();
    file.set_len(1 << 30).unwrap();
    refused(&sandbox, "t.csv mine", &["a line is longer than 16 MiB"]);
    let wide = ",x".repeat((1 << 20) + 1);
    check_refused(
        &format!("y{wide}\n"),
        "",
        &["has 1,048,578 columns", "at most 1,048,577"],
    );
}
