//! `--list`: the families of the registry, with their engines and parameters.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::fmt::Write;

use loader::Preprocessing;

use crate::cli::error::RunError;
use crate::families;
use crate::families::FAMILIES;
use crate::families::engine::ENGINES;
use crate::families::family::Family;
use crate::grid::diagnostic::suggestion;

/// Width of the texts, in characters: that of a small terminal, so that a redirected list is readable too.
const WIDTH: usize = 80;

/// The table of families by engine.
pub(crate) fn list() -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Disabled);
    let engines = ENGINES.iter().map(|engine| engine.name);
    table.set_header(["family"].into_iter().chain(engines).chain(["kind"]));
    for family in FAMILIES {
        let engines = ENGINES
            .iter()
            .map(|engine| match family.implementation(engine.name) {
                Some(_) => "yes".to_owned(),
                None => "–".to_owned(),
            });
        table.add_row(
            [family.name.to_owned()]
                .into_iter()
                .chain(engines)
                .chain([family.kind.word().to_owned()]),
        );
    }
    for column in 1..=ENGINES.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Center);
        }
    }
    format!(
        "{table}\n\nparameters of a family: {} --list SVC\n",
        command_line::invocation("runner")
    )
}

/// One family: summary, engines, and parameters with default, type and range.
///
/// # Errors
/// An unknown name.
pub(crate) fn list_family(name: &str) -> Result<String, RunError> {
    let Some(family) = families::named(name) else {
        let known: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
        return Err(RunError::UnknownFamily {
            name: name.to_owned(),
            help: match Preprocessing::NAMES.iter().find(|known| **known == name) {
                Some(name) => format!(
                    "{name} is a preprocessing: `try FAMILY --preprocessing {name}`; docs/preprocessing.md has its parameters"
                ),
                None => suggestion(name, &known),
            },
        });
    };
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = writeln!(
        text,
        "{}",
        wrapped(&format!("{}: {}", family.name, family.summary), 0)
    );
    describe_engines(family, &mut text);
    let _ = writeln!(text, "parameters:");
    for spec in family.params {
        let (default, expects, range) = ((spec.default)(), (spec.expects)(), spec.range.suffix());
        let _ = writeln!(text, "  {} = {default}", spec.name);
        let _ = writeln!(
            text,
            "{}",
            wrapped(&format!("{}; {expects}{range}", spec.meaning), 6)
        );
    }
    if family.params.is_empty() {
        let _ = writeln!(text, "  none");
    }
    Ok(text)
}

fn describe_engines(family: &Family, text: &mut String) {
    if family.implementations.is_empty() {
        let _ = writeln!(text, "no built-in engine; a grid may declare one");
        return;
    }
    let _ = writeln!(text, "engines:");
    for implementation in family.implementations {
        let name = implementation.engine.name;
        let note = if implementation.note.is_empty() {
            String::new()
        } else {
            format!(": {}", implementation.note)
        };
        let _ = writeln!(text, "{}", wrapped(&format!("{name}{note}"), 2));
        if let Some(reason) = implementation.nondeterminism {
            let note = format!("fits with the same seed may differ: {reason}");
            let _ = writeln!(text, "{}", wrapped(&note, 6));
        }
    }
}

fn wrapped(text: &str, indent: usize) -> String {
    let first = " ".repeat(indent);
    let next = " ".repeat(indent.max(2) + if indent == 2 { 4 } else { 0 });
    command_line::wrapped(text, WIDTH, &first, &next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_fits_a_terminal_of_80_columns() {
        let mut texts = vec![list()];
        texts.extend(FAMILIES.iter().map(|family| list_family(family.name).unwrap()));
        for line in texts.iter().flat_map(|text| text.lines()) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
