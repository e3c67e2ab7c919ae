//! The tier of a point: the ranks that it shares with others.

use serde::Serialize;

/// The tier of a point, and the ranks that its points share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// Its number, from 1.
    pub tier: usize,
    /// The best rank of its points, from 1.
    pub first: usize,
    /// The worst rank of its points.
    pub last: usize,
}

impl Tier {
    /// The ranks as text: `3` or `3–8`.
    pub fn ranks(self) -> String {
        match self.last - self.first {
            0 => self.first.to_string(),
            _ => format!("{}–{}", self.first, self.last),
        }
    }
}

/// The ranks that a point shares with others as text; empty without a rank. A point without a tier has its own rank.
pub fn ranks(rank: Option<usize>, tier: Option<Tier>) -> String {
    let text = rank.map(|rank| tier.map_or(rank.to_string(), Tier::ranks));
    text.unwrap_or_default()
}
