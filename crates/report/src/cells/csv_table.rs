//! Tables in CSV whose texts no spreadsheet takes for formulas.

use command_line::is_unprintable;
use csv::{ReaderBuilder, Writer};
use serde::Serialize;

/// A CSV table with a header; no text at all without records. A text that a spreadsheet would take for a formula gets a quote
/// before it.
pub(crate) fn csv_table(records: impl IntoIterator<Item = impl Serialize>) -> String {
    let mut plain = Writer::from_writer(Vec::new());
    for record in records {
        plain.serialize(record).expect("a Vec accepts every flat record");
    }
    let plain = plain.into_inner().expect("a Vec can be flushed");
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .from_reader(plain.as_slice());
    let mut writer = Writer::from_writer(Vec::new());
    for record in reader.records() {
        let record = record.expect("these records were written above");
        let fields = record.iter().map(no_formula);
        writer.write_record(fields).expect("a Vec accepts every record");
    }
    let bytes = writer.into_inner().expect("a Vec can be flushed");
    String::from_utf8(bytes).expect("all fields are text")
}

/// The field without control characters, and with a quote before it if a spreadsheet would take it for a formula.
fn no_formula(field: &str) -> String {
    let field: String = field
        .chars()
        .map(|c| if is_unprintable(c) { ' ' } else { c })
        .collect();
    let is_number = || {
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
        field.chars().all(is_part) && field.parse::<f64>().is_ok()
    };
    if field.trim_start().starts_with(['=', '+', '-', '@']) && !is_number() {
        format!("'{field}")
    } else {
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_of_a_csv_table_is_a_formula() {
        for (field, written) in [
            ("=1+1", "'=1+1"),
            ("+SUM(A1)", "'+SUM(A1)"),
            ("-2+3", "'-2+3"),
            ("@x", "'@x"),
            ("\t=1", "' =1"),
            ("-inf", "'-inf"),
            ("-0.5", "-0.5"),
            ("+1e-9", "+1e-9"),
            ("a=1", "a=1"),
            ("a\u{1b}[2J", "a [2J"),
        ] {
            assert_eq!(no_formula(field), written, "{field:?}");
            #[derive(Serialize)]
            struct Record<'a> {
                text: &'a str,
            }
            let table = csv_table([Record { text: field }]);
            assert_eq!(
                table.trim_end_matches('\n'),
                format!("text\n{written}"),
                "{field:?}"
            );
        }
    }
}
