//! Why a fit or a prediction failed.

/// Why a fit or a prediction came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FitError(pub String);

impl FitError {
    /// Carries a library's error, with what it was doing.
    pub(crate) fn during(what: &str, error: impl std::fmt::Display) -> FitError {
        FitError(format!("{what}: {error}"))
    }
}
