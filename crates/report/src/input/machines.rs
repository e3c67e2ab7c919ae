//! Describes machines by `machines.csv`, the file beside the results.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use super::regular_file;

/// The file of a results folder that describes its machines.
pub(crate) const FILE: &str = "machines.csv";

/// A machine: its short name, and what `machines.csv` says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The short name in the results.
    pub name: String,
    /// Processor model; empty if unknown.
    pub cpu: String,
    /// Cores that the runner may use; empty if unknown.
    pub cores: String,
    /// The widest vector instructions that the runner may use; empty if unknown.
    pub simd: String,
}

impl Machine {
    /// A machine of which only the name is known.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }
}

/// The machines of a results folder by name, each by its last line. A missing or damaged file, or one without the column of a
/// machine's name, describes nothing: it only adds words to a table.
pub(super) fn of_folder(folder: &Path) -> HashMap<String, Machine> {
    let mut machines = HashMap::new();
    let Ok(text) = regular_file::read(&folder.join(FILE)) else {
        return machines;
    };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_slice());
    let header = reader.headers().cloned().unwrap_or_default();
    let column = |name| header.iter().position(|title| title == name);
    let Some(name) = column("machine") else {
        return machines;
    };
    let columns = [column("cpu"), column("cores"), column("simd")];
    for record in reader.records().flatten() {
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().to_owned();
        let [cpu, cores, simd] = columns.map(field);
        let name = field(Some(name));
        let machine = Machine {
            name: name.clone(),
            cpu,
            cores,
            simd,
        };
        machines.insert(name, machine);
    }
    machines
}
