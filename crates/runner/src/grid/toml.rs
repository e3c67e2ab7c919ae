//! TOML nodes with their positions in the text, and their conversion to parameter values.

use ::toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::grid::diagnostic::ErrorCollector;
use crate::params::value::Value;

/// A TOML value and its position.
pub(super) type Node<'t> = Spanned<DeValue<'t>>;

/// The parameter value of a node; `None` for dates, tables and numbers out of range.
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

/// The node as a table; `what` is its name in messages.
pub(super) fn table<'n, 't>(
    node: &'n Node<'t>,
    what: &str,
    errors: &mut ErrorCollector,
) -> Option<&'n DeTable<'t>> {
    let table = node.get_ref().as_table();
    if table.is_none() {
        errors.add(
            node.span(),
            format!("expected the table {what}, found {}", node.get_ref().type_str()),
            None,
        );
    }
    table
}

/// Reads every element of an axis; `None` if one is wrong.
pub(super) fn read_list<'t, T>(
    node: &Node<'t>,
    errors: &mut ErrorCollector,
    mut read: impl FnMut(&Node<'t>, &mut ErrorCollector) -> Option<T>,
) -> Option<Vec<T>> {
    let nodes = elements(node);
    if nodes.is_empty() {
        errors.add(
            node.span(),
            "the list is empty",
            Some("leave the key out to use its default".into()),
        );
        return None;
    }
    let values: Vec<Option<T>> = nodes.into_iter().map(|node| read(node, errors)).collect();
    values.into_iter().collect()
}

/// The elements of a list, or a single value as its only element.
fn elements<'n, 't>(node: &'n Node<'t>) -> Vec<&'n Node<'t>> {
    match node.get_ref() {
        DeValue::Array(nodes) => nodes.iter().collect(),
        _ => vec![node],
    }
}
