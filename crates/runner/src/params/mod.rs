//! Parameters of a family: declared once, checked while the grid is planned, read as a typed struct by the family.

pub(crate) mod choice;
pub mod column;
pub(crate) mod declare;
pub(crate) mod kind;
pub(crate) mod range;
pub(crate) mod spec;
pub(crate) mod value;

pub use range::Range;
pub use spec::{Settings, Spec};
pub use value::Value;
