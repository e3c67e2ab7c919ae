//! Counts for people: digits in groups of three, and a noun in singular or plural.

/// `1 cell`, `2 cells`, `60,000 cells`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(n))
}

/// `60,000`.
pub(crate) fn thousands(n: usize) -> String {
    command_line::thousands(n as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        assert_eq!(
            [0, 1, 2].map(|n| count(n, "cell")),
            ["0 cells", "1 cell", "2 cells"]
        );
    }
}
