//! The description of the results format: the page and the Table Schema agree with the columns and with the sample.

use std::collections::BTreeSet;
use std::path::Path;

use csv::StringRecord;
use report::input::schema::{COLUMNS, SCHEMA};
use serde_json::Value;

use crate::support::sample;

fn docs(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

fn fields() -> Vec<Value> {
    let schema: Value = serde_json::from_str(&docs("results.schema.json")).unwrap();
    assert_eq!(schema["missingValues"], serde_json::json!([""]));
    schema["fields"].as_array().unwrap().clone()
}

#[test]
fn the_format_page_describes_every_column_in_order_and_no_other() {
    let page = docs("results-format.md");
    // The later sections describe other files.
    let (page, _) = page.split_once("\n## Identity").unwrap();
    let names: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, COLUMNS);
}

#[test]
fn the_table_schema_has_every_column_in_order_with_a_description() {
    let fields = fields();
    let names: Vec<&str> = fields
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, COLUMNS);
    for field in &fields {
        assert!(
            field["description"].as_str().is_some_and(|text| text.len() > 10),
            "{field}"
        );
        let kind = field["type"].as_str().unwrap();
        assert!(
            ["integer", "number", "string", "datetime"].contains(&kind),
            "{field}"
        );
        let known = BTreeSet::from(["required", "minimum", "maximum", "enum", "pattern", "maxLength"]);
        for constraint in field["constraints"].as_object().unwrap().keys() {
            assert!(known.contains(constraint.as_str()), "{field}");
        }
    }
    assert_eq!(fields[0]["constraints"]["enum"], serde_json::json!([SCHEMA]));
}

#[test]
fn every_row_of_the_sample_keeps_the_table_schema() {
    let fields = fields();
    let sample = sample();
    let mut reader = csv::Reader::from_reader(sample.as_bytes());
    let mut rows = 0;
    for record in reader.records() {
        assert_eq!(
            problems(&fields, &record.unwrap()),
            Vec::<String>::new(),
            "row {rows}"
        );
        rows += 1;
    }
    assert_eq!(rows, 37);
}

#[test]
fn the_table_schema_refuses_what_the_reader_refuses() {
    let fields = fields();
    let sample = sample();
    let first = csv::Reader::from_reader(sample.as_bytes())
        .records()
        .next()
        .unwrap()
        .unwrap();
    for (column, value) in [
        ("schema", "1"),
        ("cell_id", "x"),
        ("cell_id", ""),
        ("accuracy", "1.5"),
        ("status", "done"),
        ("steal", "-0.1"),
        ("kind", "Kernel"),
        ("n_train", "1.5"),
        ("data_sha256", "00"),
        ("started_at", "yesterday"),
        ("fit_s", "2000000000"),
        ("threads", "0"),
        ("error", "a\u{1b}b"),
    ] {
        let at = COLUMNS.iter().position(|name| *name == column).unwrap();
        let changed: StringRecord = first
            .iter()
            .enumerate()
            .map(|(n, field)| if n == at { value } else { field })
            .collect();
        assert!(!problems(&fields, &changed).is_empty(), "{column}={value}");
    }
    assert_eq!(problems(&fields, &first), Vec::<String>::new());
}

/// What of a record breaks the schema.
fn problems(fields: &[Value], record: &StringRecord) -> Vec<String> {
    let mut found = Vec::new();
    for (field, text) in fields.iter().zip(record) {
        let limits = &field["constraints"];
        let mut check = |holds: bool, what: &str| {
            if !holds {
                found.push(format!("{} is `{text}`: {what}", field["name"]));
            }
        };
        if text.is_empty() {
            check(limits["required"] != Value::Bool(true), "required");
            continue;
        }
        match field["type"].as_str().unwrap() {
            "integer" => check(text.parse::<i128>().is_ok(), "integer"),
            "number" => check(text.parse::<f64>().is_ok_and(f64::is_finite), "number"),
            "datetime" => check(
                text.parse::<jiff::Timestamp>().is_ok() && text.ends_with('Z'),
                "datetime",
            ),
            _ => {}
        }
        if let Ok(number) = text.parse::<f64>() {
            let is_least = limits["minimum"].as_f64().is_none_or(|least| number >= least);
            let is_most = limits["maximum"].as_f64().is_none_or(|most| number <= most);
            check(is_least && is_most, "range");
        }
        if let Some(words) = limits["enum"].as_array() {
            let is_word = words
                .iter()
                .any(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned) == text);
            check(is_word, "enum");
        }
        if let Some(pattern) = limits["pattern"].as_str() {
            check(matches(pattern, text), "pattern");
        }
    }
    found
}

/// Whether a text matches one of the patterns that the schema uses.
fn matches(pattern: &str, text: &str) -> bool {
    let is_hex = |text: &str, n: usize| {
        text.len() == n && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
    };
    match pattern {
        "(unversioned-)?[0-9a-f]{16}" => is_hex(text.strip_prefix("unversioned-").unwrap_or(text), 16),
        "[0-9a-f]{64}" => is_hex(text, 64),
        "[a-z][a-z-]*" => {
            text.starts_with(|c: char| c.is_ascii_lowercase())
                && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        }
        r"[^\u0000-\u001f\u007f-\u009f]*" => !text.contains(char::is_control),
        other => panic!("the schema has a pattern that this test does not know: {other}"),
    }
}
