//! The format parquet: refused with a reason where it is not built in, and the values of the CSV form where it is.

use crate::support::Place;

#[test]
#[cfg(not(feature = "parquet"))]
fn it_is_refused_where_it_is_not_built_in() {
    let outcome = Place::with_sample().report(&["--format", "parquet"]);
    outcome.ends(
        2,
        &["parquet is not built into this program", "--features parquet"],
    );
    assert!(outcome.stdout.is_empty());
}

#[test]
#[cfg(feature = "parquet")]
fn it_has_the_values_of_the_csv_form() {
    let file = "results/published/sample.csv";
    for command in [&[][..], &["show", file], &["compare", file, file]] {
        has_the_values_of_the_csv_form(command);
    }
}

#[cfg(feature = "parquet")]
fn has_the_values_of_the_csv_form(command: &[&str]) {
    use std::fs::File;

    use assert_cmd::Command;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let place = Place::with_sample();
    let csv = place.report(&[command, &["--format", "csv"]].concat()).stdout;
    let output = Command::new(env!("CARGO_BIN_EXE_report"))
        .current_dir(place.path(""))
        .args([command, &["--format", "parquet"]].concat())
        .output()
        .unwrap();
    std::fs::write(place.path("board.parquet"), output.stdout).unwrap();

    let text = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Double(number) => number.to_string(),
        Field::Bool(is) => is.to_string(),
        Field::Long(number) => number.to_string(),
        Field::ULong(number) => number.to_string(),
        other => panic!("no column has {other:?}"),
    };
    let reader = SerializedFileReader::new(File::open(place.path("board.parquet")).unwrap()).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let mut expected = csv::Reader::from_reader(csv.as_bytes());
    let names: Vec<&str> = rows[0].get_column_iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, expected.headers().unwrap().iter().collect::<Vec<_>>());
    let mut n_rows = 0;
    for (row, expected) in rows.iter().zip(expected.records()) {
        for ((name, field), expected) in row.get_column_iter().zip(&expected.unwrap()) {
            let found = text(field);
            let same_number = || Some(found.parse::<f64>().ok()? == expected.parse::<f64>().ok()?);
            assert!(
                found == expected || same_number() == Some(true),
                "{name}: {found} instead of {expected}"
            );
        }
        n_rows += 1;
    }
    assert_eq!(n_rows, rows.len());
    assert!(n_rows > 3);
}
