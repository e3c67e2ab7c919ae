//! Why a fit or a prediction fails.

/// Why a fit or a prediction fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// A setting is outside its documented range.
    #[error("{0}")]
    Setting(String),
    /// The rows or labels do not allow this fit or prediction.
    #[error("{0}")]
    Data(String),
    /// The arithmetic fails: a singular matrix, or a number that is not finite.
    #[error("{0}")]
    Numerical(String),
    /// A library reports an error.
    #[error("{doing}: {message}")]
    Library {
        /// What was being done.
        doing: String,
        /// What the library says.
        message: String,
    },
}

impl FitError {
    /// Keeps the text of a library's error, with what was being done.
    pub(crate) fn during(doing: impl Into<String>, error: impl std::fmt::Display) -> FitError {
        FitError::Library {
            doing: doing.into(),
            message: error.to_string(),
        }
    }
}
