//! `--list`: the families of the registry, with their engines and parameters.

use std::fmt::Write;

use crate::families::FAMILIES;

/// The text of `--list`: one paragraph per family.
pub(crate) fn list() -> String {
    let mut text = String::new();
    for family in FAMILIES {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{}: {}", family.name, family.summary);
        if family.implementations.is_empty() {
            let _ = writeln!(text, "  no built-in engine; the grid may declare one");
        }
        for implementation in family.implementations {
            let note = if implementation.note.is_empty() {
                String::new()
            } else {
                format!(": {}", implementation.note)
            };
            let _ = writeln!(text, "  engine {}{note}", implementation.engine.name);
            if let Some(reason) = implementation.nondeterminism {
                let _ = writeln!(text, "    fits with the same seed may differ: {reason}");
            }
        }
        let width = family
            .params
            .iter()
            .map(|spec| spec.name.len())
            .max()
            .unwrap_or(0);
        for spec in family.params {
            let (default, expects, range) = ((spec.default)(), (spec.expects)(), spec.range.suffix());
            let _ = writeln!(
                text,
                "  {:<width$} = {default}  {}; {expects}{range}",
                spec.name, spec.meaning
            );
        }
        text.push('\n');
    }
    text
}
