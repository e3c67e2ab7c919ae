//! Seconds for people.

/// Three digits or so, with the unit: `85 µs`, `850 ms`, `12.3 s`, `4 min 10 s`.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 0.9995e-3 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 9.995 {
        format!("{seconds:.2} s")
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = seconds.round();
        format!("{} min {} s", (whole / 60.0).floor(), whole % 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_about_three_digits() {
        let shown: Vec<String> = [0.0, 85e-6, 0.85, 1.0, 9.999, 12.34, 250.0]
            .into_iter()
            .map(seconds)
            .collect();
        assert_eq!(
            shown,
            [
                "0 µs",
                "85 µs",
                "850 ms",
                "1.00 s",
                "10.0 s",
                "12.3 s",
                "4 min 10 s"
            ]
        );
    }
}
