//! TOML values with their places in the text, as parameter values.

use ::toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::grid::diagnostic::Collector;
use crate::params::value::Value;

/// A spanned TOML value.
pub(super) type Node<'t> = Spanned<DeValue<'t>>;

/// The value as a parameter can have it; dates, tables and numbers too large have none.
pub(super) fn value(node: &DeValue<'_>) -> Option<Value> {
    match node {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix())
            .ok()
            .map(Value::Int),
        DeValue::Float(number) => number.as_str().parse().ok().map(Value::Float),
        DeValue::Boolean(flag) => Some(Value::Bool(*flag)),
        DeValue::Array(nodes) => nodes
            .iter()
            .map(|node| value(node.get_ref()))
            .collect::<Option<_>>()
            .map(Value::List),
        DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

/// The elements of a list, or the one value by itself: a list is an axis.
pub(super) fn axis<'n, 't>(node: &'n Node<'t>) -> Vec<&'n Node<'t>> {
    match node.get_ref() {
        DeValue::Array(nodes) => nodes.iter().collect(),
        _ => vec![node],
    }
}

/// The table that a node must be; `what` is how it is written in the grid.
pub(super) fn table<'n, 't>(
    node: &'n Node<'t>,
    what: &str,
    mistakes: &mut Collector,
) -> Option<&'n DeTable<'t>> {
    let table = node.get_ref().as_table();
    if table.is_none() {
        mistakes.add(
            node.span(),
            format!("expected the table {what}, found {}", node.get_ref().type_str()),
            None,
        );
    }
    table
}

/// Whether a grid may give something this name.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}
