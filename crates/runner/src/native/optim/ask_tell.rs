//! What searches for a minimum have in common: they ask where to go and are told rather than call, so that those of all classes share one
//! pass over the rows.

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Converged,
    /// It found no step that makes progress.
    LineSearchFailed,
}

/// A search for the minimum of a function.
pub(crate) trait AskTell {
    /// Where the search wants to know the function.
    fn trial(&self) -> &[f64];

    /// What leads there from the best point so far.
    fn moved(&self) -> Vec<f64>;

    /// The best point so far.
    fn point(&self) -> &[f64];

    /// Steps made.
    fn steps(&self) -> usize;

    fn state(&self) -> Status;

    /// Takes the function, without its l1, and its gradient at the trial.
    fn tell(&mut self, value: f64, gradient: Vec<f64>);
}
