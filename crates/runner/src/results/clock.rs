//! The time of day for rows: a clock that is set wrong is refused before a run and never stops one.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::results::error::ResultsError;

/// The years of `started_at`, 2000 to 2199, in seconds since 1970.
const YEARS: std::ops::Range<i64> = 946_684_800..7_258_118_400;

/// The time now, to milliseconds, in UTC. A clock outside of the years 2000 to 2199 counts as their nearest end.
pub(crate) fn now() -> jiff::Timestamp {
    let milliseconds = milliseconds().clamp(YEARS.start * 1000, YEARS.end * 1000 - 1);
    jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

/// Checks that the clock is set.
///
/// # Errors
/// [`ResultsError::Clock`] outside of the years 2000 to 2199.
pub(crate) fn check() -> Result<(), ResultsError> {
    let seconds = milliseconds().div_euclid(1000);
    if YEARS.contains(&seconds) {
        Ok(())
    } else {
        Err(ResultsError::Clock { seconds })
    }
}

/// Whether a text is a time that this program would write.
pub(super) fn is_plausible(text: &str) -> bool {
    let time: Result<jiff::Timestamp, _> = text.parse();
    time.is_ok_and(|time| YEARS.contains(&time.as_second()))
}

/// Milliseconds since 1970, negative before it.
fn milliseconds() -> i64 {
    let whole = |milliseconds: u128| i64::try_from(milliseconds).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since.as_millis()),
        Err(error) => -whole(error.duration().as_millis()),
    }
}
