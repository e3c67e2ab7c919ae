//! Counts for people: digits in groups of three, and a noun in singular or plural.

/// `1 cell`, `2 cells`, `60,000 cells`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(n))
}

/// `60,000`.
pub(crate) fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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

    #[test]
    fn digits_come_in_groups_of_three() {
        assert_eq!(
            [0, 999, 1_000, 60_000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "60,000", "1,234,567"]
        );
    }
}
