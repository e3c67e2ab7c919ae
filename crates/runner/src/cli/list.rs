//! `--list`: families, engines and parameters, as the registry has them.

use std::fmt::Write;

use crate::families::FAMILIES;

/// The whole list, a paragraph a family.
pub(crate) fn list() -> String {
    let mut text = String::new();
    for family in FAMILIES {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}: {}", family.name, family.summary);
        if family.implementations.is_empty() {
            let _ = writeln!(text, "  no engine is built in; one by command trains it");
        }
        for engine in family.implementations {
            let note = if engine.note.is_empty() {
                String::new()
            } else {
                format!(": {}", engine.note)
            };
            let _ = writeln!(text, "  engine {}{note}", engine.engine.name);
            if let Some(reason) = engine.nondeterminism {
                let _ = writeln!(text, "    two fits with one seed may differ: {reason}");
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
