//! Decision trees and forests on bytes.

pub(crate) mod bootstrap;
pub(crate) mod builder;
pub(crate) mod decision_tree;
pub(crate) mod feature_sampler;
pub(crate) mod forest;
pub(crate) mod nodes;
pub(crate) mod transpose;
