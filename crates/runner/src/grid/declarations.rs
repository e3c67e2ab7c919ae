//! `Declarations`: reads the named tables of `[datasets]` and `[engines]`.

use std::collections::BTreeMap;

use crate::grid::diagnostic::ErrorCollector;
use crate::grid::toml::{Node, table};

/// What distinguishes the two tables.
pub(super) struct Declarations<'a> {
    /// The table's name in messages, such as `[datasets]`.
    pub(super) table: &'a str,
    /// What one entry is, such as `dataset`.
    pub(super) noun: &'a str,
    /// Whether the name is already in use outside the grid.
    pub(super) is_taken: fn(&str) -> bool,
    /// Help for a name that is taken.
    pub(super) taken_help: &'a str,
}

impl Declarations<'_> {
    /// Reads every entry with a valid name. `read` gets the name and the entry's table.
    pub(super) fn read<T>(
        &self,
        node: &Node<'_>,
        errors: &mut ErrorCollector,
        read: impl Fn(&str, &Node<'_>, &mut ErrorCollector) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let mut entries = BTreeMap::new();
        for (key, node) in table(node, self.table, errors).into_iter().flatten() {
            let name = key.get_ref().as_ref();
            if (self.is_taken)(name) {
                let message = format!("the {} `{name}` already exists", self.noun);
                errors.add(key.span(), message, Some(self.taken_help.into()));
            } else if !is_valid_name(name) {
                let message = format!("invalid {} name `{name}`", self.noun);
                let help = "use ASCII letters, digits, `-` and `_`, at most 64, and no `-` at the start";
                errors.add(key.span(), message, Some(help.into()));
            } else if let Some(entry) = read(name, node, errors) {
                entries.insert(name.to_owned(), entry);
            }
        }
        entries
    }
}

/// Whether a grid may declare a dataset or an engine of this name.
fn is_valid_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with('-')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}
