//! Tables that compare engines.

pub mod parity;
pub mod parity_table;
pub mod peers;
pub mod peers_table;
pub mod scaling;
pub mod scaling_table;
pub mod speed;
pub mod speed_table;
pub mod tolerances;
