//! The check of the times that a command engine claims against the wall time of its run.

/// Runs of up to this many seconds are not checked: starting and reading the data may take most of them.
const MIN_WALL_S: f64 = 10.0;

/// Share of the run that fit and prediction must take.
const MIN_SHARE: f64 = 0.5;

/// A warning if the claimed seconds come to less than half of a run of over ten seconds.
pub(crate) fn claimed_times_warning(fit_s: f64, predict_s: f64, wall_s: f64) -> Option<String> {
    let claimed = fit_s + predict_s;
    (wall_s > MIN_WALL_S && claimed < MIN_SHARE * wall_s).then(|| {
        format!("the engine claims {claimed:.1} s for fit and prediction, but its run took {wall_s:.1} s")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_long_run_must_be_claimed() {
        assert_eq!(
            claimed_times_warning(1.0, 0.24, 30.04).unwrap(),
            "the engine claims 1.2 s for fit and prediction, but its run took 30.0 s"
        );
        assert_eq!(claimed_times_warning(14.0, 1.1, 30.0), None);
        assert_eq!(claimed_times_warning(14.0, 1.0, 30.0), None);
        assert!(claimed_times_warning(14.0, 0.9, 30.0).is_some());
    }

    #[test]
    fn a_short_run_may_spend_its_time_elsewhere() {
        assert_eq!(claimed_times_warning(0.0, 0.0, 10.0), None);
        assert!(claimed_times_warning(0.0, 0.0, 10.1).is_some());
    }
}
