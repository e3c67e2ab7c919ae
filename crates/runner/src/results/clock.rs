//! The time of day for rows: a clock that is set wrong is refused before a run, and one that jumps during the run never stops it.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::results::error::ResultsError;

/// The years of `started_at`, 2000 to 2199, in seconds since 1970.
const YEARS: std::ops::Range<i64> = 946_684_800..7_258_118_400;

/// The time of the first check that the clock passed, in milliseconds since 1970, and the same moment of a clock that nobody sets.
static CHECKED: OnceLock<(i64, Instant)> = OnceLock::new();

/// The time now, to milliseconds, in UTC. If the clock has left the years 2000 to 2199 since it was checked, the time since then is
/// added to the time of the check.
pub(crate) fn now() -> jiff::Timestamp {
    let checked = CHECKED.get().map(|(at, instant)| (*at, instant.elapsed()));
    jiff::Timestamp::from_millisecond(plausible(milliseconds(), checked)).unwrap_or_default()
}

/// The time of a clock, or, if that cannot be, the time of a check and what has passed since. Both are in milliseconds since 1970.
fn plausible(clock: i64, checked: Option<(i64, Duration)>) -> i64 {
    let is_plausible = |time: &i64| YEARS.contains(&time.div_euclid(1000));
    let passed = |since: Duration| i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    let counted = checked.map(|(at, since)| at.saturating_add(passed(since)));
    let time = Some(clock).filter(is_plausible).or(counted).unwrap_or(clock);
    time.clamp(YEARS.start * 1000, YEARS.end * 1000 - 1)
}

/// Checks that the clock is set.
///
/// # Errors
/// [`ResultsError::Clock`] outside of the years 2000 to 2199.
pub(crate) fn check() -> Result<(), ResultsError> {
    let milliseconds = milliseconds();
    let seconds = milliseconds.div_euclid(1000);
    if YEARS.contains(&seconds) {
        CHECKED.get_or_init(|| (milliseconds, Instant::now()));
        Ok(())
    } else {
        Err(ResultsError::Clock { seconds })
    }
}

/// The time that a text states, if this program would write it.
pub(super) fn read(text: &str) -> Option<jiff::Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    YEARS.contains(&time.as_second()).then_some(time)
}

/// Milliseconds since 1970, negative before it.
fn milliseconds() -> i64 {
    let whole = |milliseconds: u128| i64::try_from(milliseconds).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since.as_millis()),
        Err(error) => -whole(error.duration().as_millis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_in_mid_run_does_not_date_rows_to_the_ends_of_the_years() {
        let noon = 1_800_000_000_000;
        let checked = Some((noon, Duration::from_secs(5)));
        assert_eq!(plausible(noon + 7_000, checked), noon + 7_000);
        for wrong in [0, -1, 946_684_799_999, 7_258_118_400_000, i64::MAX] {
            assert_eq!(plausible(wrong, checked), noon + 5_000, "{wrong}");
        }
        // Nothing was checked, as in a process that only logs its machine.
        assert_eq!(plausible(0, None), YEARS.start * 1000);
    }
}
