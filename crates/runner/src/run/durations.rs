//! Durations as text for people.

/// A duration in seconds: three significant digits and a unit below one minute, whole seconds or whole minutes above.
///
/// `report` has a formatter of its own; both pass the cases of `crates/report/tests/fixtures/durations.csv`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round();
    if seconds < 0.5e-9 {
        "0 s".to_owned()
    } else if seconds < 999.5e-9 {
        format!("{} ns", three_digits(seconds * 1e9))
    } else if seconds < 999.5e-6 {
        format!("{} µs", three_digits(seconds * 1e6))
    } else if seconds < 0.9995 {
        format!("{} ms", three_digits(seconds * 1e3))
    } else if seconds < 59.95 {
        format!("{} s", three_digits(seconds))
    } else if whole < 3600.0 {
        format!("{} min {} s", (whole / 60.0).floor(), whole % 60.0)
    } else {
        let minutes = (seconds / 60.0).round();
        format!("{} h {} min", (minutes / 60.0).floor(), minutes % 60.0)
    }
}

/// A number below 1,000 with three significant digits.
fn three_digits(number: f64) -> String {
    let decimals = if number < 9.995 {
        2
    } else if number < 99.95 {
        1
    } else {
        0
    };
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_report_writes_them() {
        let cases = include_str!("../../../report/tests/fixtures/durations.csv");
        let mut n_cases = 0;
        for line in cases.lines().skip(1) {
            let (seconds, text) = line.split_once(',').unwrap();
            assert_eq!(duration(seconds.parse().unwrap()), text, "{seconds} s");
            n_cases += 1;
        }
        assert!(n_cases >= 25, "only {n_cases} cases");
    }
}
