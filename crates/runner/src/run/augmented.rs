//! Training rows with the copies that a request asks for.

use loader::{Augment, Split};

use crate::run::outcome::Ended;
use crate::run::protocol::Request;

/// The training rows with their copies, the rows themselves first.
///
/// # Errors
/// A text that is no augmentation.
pub(super) fn augmented(train: Split, request: &Request) -> Result<Split, Ended> {
    let augment: Augment = request
        .augment
        .parse()
        .map_err(|error| Ended::failed(format!("{error}")))?;
    Ok(match augment {
        Augment::NONE => train,
        augment => augment.apply(&train),
    })
}
