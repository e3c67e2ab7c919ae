//! `loader import` of numpy's `.npz` files.

use std::fs;

use crate::sandbox::Sandbox;
use crate::sources::*;

fn with_arrays(arrays: &[Npy]) -> Sandbox {
    let sandbox = Sandbox::new();
    write_npz(&sandbox.path("a.npz"), arrays);
    sandbox
}

#[track_caller]
fn check_refused(arrays: &[Npy], texts: &[&str]) {
    refused(&with_arrays(arrays), "a.npz mine", texts);
}

fn labels() -> Vec<u8> {
    npy("<i8", false, "(4,)", &le!(i64: 3, 3, 7, 7))
}

/// Rows of two features, whose test rows have the given labels.
fn split(test_labels: [u8; 2]) -> Vec<Npy> {
    vec![
        (
            "x_train",
            npy("|u1", false, "(4, 1, 2)", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ),
        ("y_train", npy("|u1", false, "(4,)", &[0, 1, 0, 1])),
        ("x_test", npy("|u1", false, "(2, 1, 2)", &[9, 10, 11, 12])),
        ("y_test", npy("|u1", false, "(2,)", &test_labels)),
    ]
}

#[test]
fn a_given_split_keeps_its_order() {
    let sandbox = with_arrays(&split([1, 0]));
    let says = import(&sandbox, "a.npz mine");
    assert!(
        says.contains("mine: 4 train, 2 test, 1x2 pixels, 2 classes"),
        "{says}"
    );
    let dataset = mine(&sandbox);
    assert_eq!(dataset.train.images.view().pixels(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(
        dataset
            .train
            .labels
            .iter()
            .map(|label| label.0)
            .collect::<Vec<_>>(),
        [0, 1, 0, 1]
    );
    assert_eq!(in_order(&dataset.test), [(1, vec![9, 10]), (0, vec![11, 12])]);
    refused(
        &with_arrays(&split([1, 0])),
        "a.npz mine --test-share 0.3",
        &["`--test-share` has no effect", "own test rows"],
    );
}

#[test]
fn a_class_without_training_rows_is_refused() {
    check_refused(
        &split([1, 9]),
        &["class 9 is in the test rows", "not in the training rows"],
    );
}

#[test]
fn every_type_of_number_is_read() {
    let whole: [(&str, Vec<u8>); 12] = [
        ("|b1", vec![0, 1, 1, 0]),
        ("|u1", le!(u8: 0, 1, 1, 0)),
        ("<u2", le!(u16: 0, 1, 1, 0)),
        (">u2", vec![0, 0, 0, 1, 0, 1, 0, 0]),
        ("<u4", le!(u32: 0, 1, 1, 0)),
        ("<u8", le!(u64: 0, 1, 1, 0)),
        ("|i1", le!(i8: 0, 1, 1, 0)),
        ("<i2", le!(i16: 0, 1, 1, 0)),
        ("<i4", le!(i32: 0, 1, 1, 0)),
        ("<i8", le!(i64: 0, 1, 1, 0)),
        ("<f4", le!(f32: 0, 1, 1, 0)),
        ("<f8", le!(f64: 0, 1, 1, 0)),
    ];
    for (dtype, elements) in whole {
        let sandbox = with_arrays(&[("x", npy(dtype, false, "(4, 1)", &elements)), ("y", labels())]);
        import(&sandbox, "a.npz mine");
        let dataset = mine(&sandbox);
        let mut all = [sorted(&dataset.train), sorted(&dataset.test)].concat();
        all.sort();
        let expected = [(0, vec![0]), (0, vec![1]), (1, vec![0]), (1, vec![1])];
        assert_eq!(all, expected, "{dtype}");
    }
}

#[test]
fn dimensions_are_rows_then_pixels_in_both_orders() {
    // Element of row r, line h, column w: 100 r + 10 h + w, for (2, 2, 3) rows of which each class has one in train.
    let element = |r: usize, h: usize, w: usize| (100 * r + 10 * h + w) as u8;
    let mut c = Vec::new();
    for r in 0..2 {
        for h in 0..2 {
            for w in 0..3 {
                c.push(element(r, h, w));
            }
        }
    }
    let mut fortran = Vec::new();
    for w in 0..3 {
        for h in 0..2 {
            for r in 0..2 {
                fortran.push(element(r, h, w));
            }
        }
    }
    for (is_fortran, elements) in [(false, &c), (true, &fortran)] {
        for shape in ["(2, 2, 3)", "(2, 2, 3, 1)"] {
            let x = npy("|u1", is_fortran, shape, elements);
            let y = npy("|u1", false, "(2,)", &[0, 1]);
            let arrays = [
                ("x_train", x.clone()),
                ("y_train", y.clone()),
                ("x_test", x),
                ("y_test", y),
            ];
            let sandbox = with_arrays(&arrays);
            let says = import(&sandbox, "a.npz mine");
            assert!(says.contains("2x3 pixels"), "{says}");
            assert_eq!(mine(&sandbox).train.images.view().pixels(), c);
        }
    }
    let flat = npy("<f4", true, "(2, 2)", &le!(f32: 1, 2, 3, f32::NAN));
    check_refused(
        &[("x", flat), ("y", npy("|u1", false, "(2,)", &[0, 1]))],
        &["row 1, feature 1 of `x` in `a.npz` is NaN"],
    );
    let flat = npy("<f4", true, "(2, 2)", &le!(f32: 1, f32::INFINITY, 3, 4));
    check_refused(
        &[("x", flat), ("y", npy("|u1", false, "(2,)", &[0, 1]))],
        &["row 1, feature 0 of `x` in `a.npz` is inf"],
    );
}

#[test]
fn labels_are_integers_of_any_range_or_strings() {
    let x = || npy("|u1", false, "(4, 1)", &[1, 2, 3, 4]);
    let text = |words: [&str; 4]| -> Vec<u8> {
        let letters = words.iter().flat_map(|word| {
            let mut letters: Vec<u32> = word.chars().map(u32::from).collect();
            letters.resize(5, 0);
            letters
        });
        letters.flat_map(u32::to_le_bytes).collect()
    };
    let cases: [(&str, Vec<u8>, [&str; 2]); 6] = [
        (
            "<i8",
            le!(i64: i64::MAX, -5, i64::MAX, -5),
            ["-5", "9223372036854775807"],
        ),
        ("<u8", le!(u64: 10, 9, 10, 9), ["9", "10"]),
        ("<f8", le!(f64: 10, 9, 10, 9), ["9", "10"]),
        ("<U5", text(["zebra", "ant", "ant", "zebra"]), ["ant", "zebra"]),
        ("<U5", text(["Ärger", "10", "10", "Ärger"]), ["10", "Ärger"]),
        ("|S2", b"a\0bba\0bb".to_vec(), ["a", "bb"]),
    ];
    for (dtype, elements, names) in cases {
        let sandbox = with_arrays(&[("x", x()), ("y", npy(dtype, false, "(4,)", &elements))]);
        import(&sandbox, "a.npz mine");
        assert_eq!(mine(&sandbox).label_names, names, "{dtype}");
    }
    let column = npy("<i2", false, "(4, 1)", &le!(i16: 1, 2, 1, 2));
    import(&with_arrays(&[("x", x()), ("y", column)]), "a.npz mine");
    let wrong = npy("<f4", false, "(4,)", &le!(f32: 0, 1, 0.5, 1));
    check_refused(
        &[("x", x()), ("y", wrong)],
        &["label 0.5 at row 2 is not a whole number"],
    );
    let one_hot = npy("|u1", false, "(4, 2)", &[0; 8]);
    check_refused(&[("x", x()), ("y", one_hot)], &["shape (4, 2)", "argmax"]);
    let objects = npy("|O", false, "(4,)", b"pickled");
    check_refused(&[("x", x()), ("y", objects)], &["Python objects", ".astype(str)"]);
}

#[test]
fn floats_need_a_scale() {
    let x = npy("<f4", false, "(4, 1)", &le!(f32: 0, 0.5, 1, 0.25));
    let sandbox = with_arrays(&[("x", x), ("y", labels())]);
    refused(
        &sandbox,
        "a.npz mine",
        &["from 0 to 1 are not all whole", "--scale 0,1"],
    );
    let says = "row 2, feature 0 of `x` in `a.npz` is 1, outside --scale 0,0.9";
    refused(&sandbox, "a.npz mine --scale 0,0.9", &[says]);
    import(&sandbox, "a.npz mine --scale 0,1");
}

#[test]
fn rows_of_features_are_one_line_of_pixels() {
    let x = || npy("|u1", false, "(4, 9)", &[7; 36]);
    let sandbox = with_arrays(&[("X", x()), ("y", labels()), ("ids", labels())]);
    let says = import(&sandbox, "a.npz mine");
    assert!(
        says.contains("1x9 pixels") && says.contains("--shape 3x3"),
        "{says}"
    );
    assert!(says.contains("not imported from `a.npz`: ids"), "{says}");
    let says = import(&sandbox, "a.npz mine --shape 3x3 --force");
    assert!(says.contains("3x3 pixels"), "{says}");
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    let x = || npy("|u1", false, "(4, 1)", &[1, 2, 3, 4]);
    check_refused(&[("a", x())], &["no array `x`; found: a", "x_train"]);
    check_refused(&[], &["found: no arrays"]);
    check_refused(&[("x_train", x()), ("y_train", labels())], &["no array `x_test`"]);
    let two = npy("|u1", false, "(2,)", &[0, 1]);
    check_refused(&[("x", x()), ("y", two)], &["`x` has 4 rows, but `y` has 2"]);
    let mut arrays = split([0, 1]);
    arrays[2].1 = npy("|u1", false, "(2, 2, 1)", &[0; 4]);
    check_refused(&arrays, &["`x_train` and `x_test` differ in shape"]);
    for (shape, says) in [
        ("(4,)", "shape (4,)"),
        ("(4, 1, 1, 3)", "in colour"),
        ("(0, 4)", "no elements"),
        ("()", "shape ()"),
        ("(2, 1, 1, 1, 2)", "shape (2, 1, 1, 1, 2)"),
    ] {
        check_refused(
            &[("x", npy("|u1", false, shape, &[0; 12])), ("y", labels())],
            &[says],
        );
    }
    let wide = npy("<f2", false, "(4, 1)", &[0; 8]);
    check_refused(
        &[("x", wide), ("y", labels())],
        &["type <f2 is not supported", "float32"],
    );
    let text = npy("|S1", false, "(4, 1)", &[b'1'; 4]);
    check_refused(&[("x", text), ("y", labels())], &["strings, not numbers"]);
}

#[test]
fn false_headers_cost_no_memory() {
    for (shape, says) in [
        (
            "(4, 1000000000000)",
            "its header states 4000000000000 bytes, but it has at most",
        ),
        ("(4, 5)", "its header states 20 bytes"),
        ("(4294967296, 4294967296)", "shape is too large"),
        ("(99999999999999999999, 1)", "shape is too large"),
    ] {
        let x = npy("|u1", false, shape, &[0; 4]);
        // The stated size has the header too, so a small excess is seen at the end only.
        let cut = shape == "(4, 5)";
        let says = if cut { "array `x`" } else { says };
        check_refused(&[("x", x), ("y", labels())], &[says]);
    }
    let nested = npy_of_header(&format!("{}{}", "(".repeat(3000), ")".repeat(900)), &[0; 4]);
    check_refused(&[("x", nested), ("y", labels())], &["array `x`: its header"]);
    let long = npy("<U99999999", false, "(4,)", &[0; 4]);
    check_refused(
        &[("x", npy("|u1", false, "(4, 1)", &[0; 4])), ("y", long)],
        &["elements have"],
    );
    let mut length = npy("|u1", false, "(4, 1)", &[0; 4]);
    length[6] = 2;
    check_refused(&[("x", length), ("y", labels())], &["array `x`"]);
    for bytes in [&b""[..], b"\x93NUMPY", b"PNG and more text"] {
        check_refused(
            &[("x", bytes.to_vec()), ("y", labels())],
            &["is not a .npy array"],
        );
    }
}

#[test]
fn damaged_archives_are_refused() {
    let sandbox = with_arrays(&[("x", npy("|u1", false, "(4, 1)", &[9; 4])), ("y", labels())]);
    let bytes = fs::read(sandbox.path("a.npz")).unwrap();
    for length in [0, 1, 10, bytes.len() / 2, bytes.len() - 1] {
        fs::write(sandbox.path("a.npz"), &bytes[..length]).unwrap();
        refused(&sandbox, "a.npz mine", &["`a.npz`"]);
    }
    // Any byte may be wrong: an error or the import, never a panic.
    for position in 0..bytes.len() {
        if position % 7 != 0 {
            continue;
        }
        let mut wrong = bytes.clone();
        wrong[position] ^= 0x55;
        fs::write(sandbox.path("a.npz"), &wrong).unwrap();
        let mut command = crate::program::loader(&sandbox);
        let output = command
            .args(["import", "a.npz", "mine", "--force"])
            .output()
            .unwrap();
        assert!(
            matches!(output.status.code(), Some(0 | 2)),
            "{position}: {output:?}"
        );
    }
}
