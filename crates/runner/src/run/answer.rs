//! The answer file of a command engine: read with a limit, and every entry checked.

use loader::Label;
use nix::fcntl::OFlag;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::estimator::classifier::Attributes;
use crate::results::row_check::{TICKS_S, max_cpu_s};
use crate::results::status::Status;
use crate::results::warning::{Warning, WarningCode};
use crate::run::claimed_times::claimed_times_warning;
use crate::run::outcome::Ended;
use crate::run::printable::printable;

/// Maximum size of an answer in bytes: a hundred times the labels of a large test set.
const MAX_BYTES: u64 = 64 << 20;

/// Maximum number of libraries that an answer may name.
const MAX_LIBRARIES: usize = 100;

/// The answer file that the program writes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    labels: Option<Vec<i64>>,
    fit_s: Option<f64>,
    predict_s: Option<f64>,
    fit_cpu_s: Option<f64>,
    predict_cpu_s: Option<f64>,
    converged: Option<bool>,
    warning: Option<String>,
    refused: Option<String>,
    failed: Option<String>,
    #[serde(default)]
    libraries: BTreeMap<String, String>,
    #[serde(default)]
    attributes: Attributes,
}

/// An answer whose entries are valid.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) predicted: Vec<Label>,
    pub(super) fit_s: f64,
    pub(super) fit_cpu_s: Option<f64>,
    pub(super) predict_s: f64,
    pub(super) predict_cpu_s: Option<f64>,
    pub(super) warnings: Vec<Warning>,
    pub(super) libraries: BTreeMap<String, String>,
    pub(super) attributes: Attributes,
}

/// Reads an answer; `last` are the last lines of the program's standard error, which may say why there is none.
pub(super) fn read(path: &Path, last: &str) -> Result<Answer, Ended> {
    let failed = |what: String| Ended::failed(format!("{what}{last}"));
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(failed(
                "the program wrote no answer: answer.json does not exist".into(),
            ));
        }
        Err(error) => return Err(failed(format!("cannot read the program's answer: {error}"))),
    };
    let mut text = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut text)
        .map_err(|error| failed(format!("cannot read the program's answer: {error}")))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Ended::failed(format!(
            "the program's answer is longer than {} MiB",
            MAX_BYTES >> 20
        )));
    }
    serde_json::from_slice(&text).map_err(|error| {
        failed(format!(
            "the program's answer does not follow docs/engine-protocol.md: {error}"
        ))
    })
}

/// Opens a regular file; whatever else a program leaves in its place is an error, and nothing waits for it.
fn open(path: &Path) -> io::Result<File> {
    let is_file = |is_file: bool| match is_file {
        true => Ok(()),
        false => Err(io::Error::other("answer.json is not a regular file")),
    };
    is_file(path.symlink_metadata()?.is_file())?;
    let file = File::options()
        .read(true)
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(path)?;
    is_file(file.metadata()?.is_file())?;
    Ok(file)
}

impl Answer {
    /// Checks all entries. `wall_s` is how long the program ran, on a machine with `n_cores` processors.
    pub(super) fn checked(self, n_classes: usize, wall_s: f64, n_cores: f64) -> Result<Checked, Ended> {
        let is_empty =
            |reason: &Option<String>| reason.as_ref().is_some_and(|reason| reason.trim().is_empty());
        if is_empty(&self.refused) || is_empty(&self.failed) {
            return Err(Ended::failed(
                "the answer says `refused` or `failed` without a reason".to_owned(),
            ));
        }
        if let Some(reason) = self.refused {
            return Err(Ended(Status::Refused, reason));
        }
        if let Some(reason) = self.failed {
            return Err(Ended::failed(reason));
        }
        let [fit_s, predict_s] = self.times(wall_s)?;
        self.check_cpu_times([fit_s, predict_s], wall_s, n_cores)?;
        let n_libraries = self.libraries.len();
        if n_libraries > MAX_LIBRARIES {
            return Err(Ended::failed(format!(
                "the program's answer names {n_libraries} libraries; at most {MAX_LIBRARIES} are allowed"
            )));
        }
        let mut warnings = Vec::new();
        warnings.extend(engine_warning(self.converged, self.warning));
        warnings.extend(
            claimed_times_warning(fit_s, predict_s, wall_s)
                .map(|text| Warning::new(WarningCode::ClaimedTimes, text)),
        );
        Ok(Checked {
            predicted: labels(self.labels, n_classes)?,
            fit_s,
            fit_cpu_s: self.fit_cpu_s,
            predict_s,
            predict_cpu_s: self.predict_cpu_s,
            warnings,
            libraries: (self.libraries.iter())
                .map(|(name, version)| (printable(name), printable(version)))
                .collect(),
            attributes: self.attributes,
        })
    }

    /// Seconds of fit and prediction: both present, and together no longer than the program ran.
    fn times(&self, wall_s: f64) -> Result<[f64; 2], Ended> {
        let mut times = [0.0; 2];
        for (time, (name, given)) in times
            .iter_mut()
            .zip([("fit_s", self.fit_s), ("predict_s", self.predict_s)])
        {
            *time = given.filter(|seconds| is_time(*seconds)).ok_or_else(|| {
                Ended::failed(format!(
                    "the program's answer needs `{name}`, in seconds and at least 0"
                ))
            })?;
        }
        if times.iter().sum::<f64>() > wall_s {
            return Err(Ended::failed(format!(
                "the program reports fit_s={} and predict_s={}, but ran for only {wall_s:.3} s; both must be in seconds",
                times[0], times[1]
            )));
        }
        Ok(times)
    }

    /// Processor seconds, where they are given: together no more than all processors had while the program ran, and each no more
    /// than a row may state beside its wall time.
    fn check_cpu_times(&self, times: [f64; 2], wall_s: f64, n_cores: f64) -> Result<(), Ended> {
        let mut sum = 0.0;
        let given = [
            ("fit_cpu_s", self.fit_cpu_s),
            ("predict_cpu_s", self.predict_cpu_s),
        ];
        for (name, given) in given {
            let seconds = given.unwrap_or_default();
            if !is_time(seconds) {
                return Err(Ended::failed(format!(
                    "the program reports {name}={seconds}; it must be in seconds and at least 0"
                )));
            }
            sum += seconds;
        }
        if sum > wall_s * n_cores + TICKS_S {
            return Err(Ended::failed(format!(
                "the program reports {sum} s of CPU time, but ran for only {wall_s:.3} s on {n_cores} cores; fit_cpu_s and predict_cpu_s must be in seconds"
            )));
        }
        for ((name, cpu_s), (wall_name, wall_s)) in given
            .into_iter()
            .zip(["fit_s", "predict_s"].into_iter().zip(times))
        {
            // As the row has them, to nine decimals.
            let cpu_s = cpu_s.filter(|cpu_s| nine_decimals(*cpu_s) > max_cpu_s(nine_decimals(wall_s)));
            if let Some(cpu_s) = cpu_s {
                return Err(Ended::failed(format!(
                    "the program reports {name}={cpu_s}, but {wall_name}={wall_s}; both must be in seconds and of the same work"
                )));
            }
        }
        Ok(())
    }
}

fn nine_decimals(seconds: f64) -> f64 {
    (seconds * 1e9).round() / 1e9
}

fn is_time(seconds: f64) -> bool {
    seconds.is_finite() && seconds >= 0.0
}

/// What the engine says of its fit.
fn engine_warning(converged: Option<bool>, text: Option<String>) -> Option<Warning> {
    let text = text.map(|text| printable(&text)).filter(|text| !text.is_empty());
    if converged == Some(false) {
        let text = text.unwrap_or_else(|| "a solver did not converge".into());
        return Some(Warning::new(WarningCode::NotConverged, text));
    }
    text.map(|text| Warning::new(WarningCode::Engine, text))
}

fn labels(labels: Option<Vec<i64>>, n_classes: usize) -> Result<Vec<Label>, Ended> {
    let labels = labels.ok_or_else(|| Ended::failed("the program's answer has no `labels`"))?;
    let label = |(row, label): (usize, i64)| {
        u8::try_from(label)
            .ok()
            .filter(|label| usize::from(*label) < n_classes)
            .map(Label)
            .ok_or_else(|| {
                Ended::failed(format!(
                    "label {label} of test row {row} is out of range: there are {n_classes} classes"
                ))
            })
    };
    labels.into_iter().enumerate().map(label).collect()
}

/// What holds for an answer of any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn any_bytes(bytes: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Answer>(bytes) else {
        return;
    };
    if let Ok(checked) = answer.checked(2, 30.0, 4.0) {
        assert!(checked.predicted.iter().all(|label| label.0 < 2));
        assert!(checked.fit_s.is_finite() && checked.fit_s >= 0.0);
    }
}

#[cfg(test)]
mod tests {
    use fuzz_inputs::fuzz;

    use super::*;

    fn answer() -> Answer {
        Answer {
            labels: Some(vec![0, 1]),
            fit_s: Some(1.0),
            predict_s: Some(1.0),
            ..Answer::default()
        }
    }

    fn checked(answer: Answer) -> Result<Checked, String> {
        answer.checked(2, 30.0, 4.0).map_err(|ended| ended.1)
    }

    fn column(answer: Answer) -> String {
        Warning::column(&checked(answer).unwrap().warnings)
    }

    #[test]
    fn processor_time_is_at_most_that_of_all_cores() {
        let with = |fit_cpu_s: f64, predict_cpu_s: f64| {
            let given = Answer {
                fit_cpu_s: Some(fit_cpu_s),
                predict_cpu_s: Some(predict_cpu_s),
                ..answer()
            };
            checked(given).err().unwrap_or_default()
        };
        assert_eq!(with(100.0, 20.0), "");
        assert!(with(-5.0, 0.0).contains("fit_cpu_s=-5"));
        assert!(with(0.0, f64::NAN).contains("predict_cpu_s=NaN"));
        assert!(with(f64::INFINITY, 0.0).contains("fit_cpu_s=inf"));
        assert!(with(100.0, 21.0).contains("121 s of CPU time"));
        assert!(with(1e9, 0.0).contains("on 4 cores"));
    }

    #[test]
    fn processor_time_fits_the_time_beside_it() {
        let with = |fit_s: f64, fit_cpu_s: f64| {
            let given = Answer {
                fit_s: Some(fit_s),
                fit_cpu_s: Some(fit_cpu_s),
                ..answer()
            };
            checked(given).err().unwrap_or_default()
        };
        assert_eq!(with(0.0, 0.1), "");
        assert_eq!(with(1e-6, 0.104), "");
        let error = with(1e-6, 0.11);
        assert!(error.contains("fit_cpu_s=0.11, but fit_s=0.000001"), "{error}");
        assert!(with(4e-10, 0.100_001).contains("fit_cpu_s=0.100001"));
    }

    #[test]
    fn an_answer_says_whether_it_converged() {
        let with = |converged: Option<bool>, text: &str| {
            let text = Some(text.to_owned());
            engine_warning(converged, text).map(|warning| warning.to_string())
        };
        assert_eq!(with(None, ""), None);
        assert_eq!(with(Some(true), "odd\ncase").unwrap(), "engine: odd case");
        assert_eq!(
            with(Some(false), "100 steps").unwrap(),
            "not-converged: 100 steps"
        );
        assert_eq!(
            with(Some(false), " ").unwrap(),
            "not-converged: a solver did not converge"
        );
    }

    #[test]
    fn times_far_below_the_run_are_a_warning() {
        assert!(
            column(answer()).starts_with("claimed-times: the engine claims 2.0 s"),
            "{}",
            column(answer())
        );
        let honest = Answer {
            fit_s: Some(20.0),
            ..answer()
        };
        assert_eq!(column(honest), "");
    }

    #[test]
    fn libraries_are_few() {
        let with = |n: usize| Answer {
            libraries: (0..n).map(|i| (format!("l{i}"), "1".to_owned())).collect(),
            ..answer()
        };
        assert!(checked(with(MAX_LIBRARIES)).is_ok());
        assert!(
            checked(with(MAX_LIBRARIES + 1))
                .unwrap_err()
                .contains("101 libraries")
        );
    }

    #[test]
    fn damaged_answers_are_failures_or_valid() {
        let seeds: [&[u8]; 2] = [
            b"{\"labels\": [0, 1, 1, 0], \"fit_s\": 1.5, \"predict_s\": 0.25, \"fit_cpu_s\": 1, \"converged\": false, \
              \"warning\": \"w\", \"libraries\": {\"x\": \"1.0\"}, \"attributes\": {\"n_iter\": [3]}}",
            b"{\"refused\": \"no\"}",
        ];
        let words: [&[u8]; 12] = [
            b"\"",
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b"null",
            b"1e999",
            b"-1",
            b"\"failed\": \"f\"",
            b"\\u0000",
            b"99999999999999999999",
        ];
        fuzz("answers of engines", &seeds, &words, any_bytes);
    }
}
