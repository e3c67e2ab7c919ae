//! The reason of a cell that reached its time limit: written, and read again from its row.

use std::time::Duration;

/// What stands before the limit.
const START: &str = "still running at the time limit of ";

/// The reason of a cell that reached this limit.
pub(super) fn reason(limit: Duration) -> String {
    format!("{START}{}", humantime::format_duration(limit))
}

/// The limit that a reason names.
pub(crate) fn limit_in(reason: &str) -> Option<Duration> {
    humantime::parse_duration(reason.strip_prefix(START)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_from_its_reason() {
        for limit in [Duration::from_nanos(1), Duration::from_secs(5400)] {
            assert_eq!(limit_in(&reason(limit)), Some(limit));
        }
        assert_eq!(limit_in("the program ended"), None);
    }
}
