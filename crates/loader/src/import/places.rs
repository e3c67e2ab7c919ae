//! Where a value was read, for messages.

use std::path::PathBuf;

/// The places of the values of some rows.
#[derive(Clone, Debug)]
pub(super) enum Places {
    /// Rows of an array.
    Array {
        /// The file.
        path: PathBuf,
        /// The array's name.
        name: String,
    },
    /// Lines of a table.
    Table {
        /// The file.
        path: PathBuf,
        /// The line of each row.
        lines: Vec<u64>,
        /// The name of each feature's column.
        columns: Vec<String>,
    },
    /// The file of each row.
    Images(Vec<PathBuf>),
}

impl Places {
    /// The place of a feature of a row, both counted from 0.
    pub(super) fn of(&self, row: usize, feature: usize) -> String {
        match self {
            Places::Array { path, name } => {
                format!("row {row}, feature {feature} of `{name}` in `{}`", path.display())
            }
            Places::Table { path, lines, columns } => format!(
                "line {}, column `{}` of `{}`",
                lines.get(row).copied().unwrap_or_default(),
                columns.get(feature).map_or("", String::as_str),
                path.display()
            ),
            Places::Images(paths) => {
                let path = paths.get(row).cloned().unwrap_or_default();
                format!("pixel {feature} of `{}`", path.display())
            }
        }
    }
}
