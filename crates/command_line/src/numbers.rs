//! Numbers as every message and table shows them.

/// A number with commas between thousands.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_stands_between_thousands() {
        let shown = [0, 999, 1_000, 60_000, 1_234_567].map(thousands);
        assert_eq!(shown, ["0", "999", "1,000", "60,000", "1,234,567"]);
    }
}
