//! Describes machines by `machines.csv`, the file beside the results.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::findings::Findings;
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

/// The machines of a results folder by name, each by its last line. A missing or empty file describes nothing, and neither does a last
/// line that is incomplete: a run may be writing it. Other damage is a finding.
pub(super) fn of_folder(folder: &Path, findings: &mut Findings) -> HashMap<String, Machine> {
    let mut machines = HashMap::new();
    let path = folder.join(FILE);
    let bytes = match regular_file::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return machines,
        Err(error) => {
            findings.problem_in(&path, &format!("cannot be read: {error}"));
            return machines;
        }
    };
    let n_complete = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..n_complete]);
    let header = reader.headers().cloned().unwrap_or_default();
    let column = |name| header.iter().position(|title| title == name);
    let Some(name) = column("machine") else {
        let is_begun = n_complete == 0 && bytes.starts_with(b"machine,");
        if !bytes.is_empty() && !is_begun {
            findings.problem_in(&path, "it does not describe machines: it has no column `machine`");
        }
        return machines;
    };
    let columns = [column("cpu"), column("cores"), column("simd")];
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                findings.problem_in(&path, &format!("a line is left out: {error}"));
                continue;
            }
        };
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().to_owned();
        let [cpu, cores, simd] = columns.map(field);
        let name = field(Some(name));
        // Empty where it is not known.
        if !cores.is_empty() && cores.parse::<u32>().is_err() {
            let line = record.position().map_or(0, csv::Position::line);
            let fault = format!("line {line} is left out: `cores` is not a whole number: {cores}");
            findings.problem_in(&path, &fault);
            continue;
        }
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
