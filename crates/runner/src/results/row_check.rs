//! What a row must keep: the forms and ranges of `docs/results-format.md`. `report` holds rows to the same rules.

use std::ops::RangeInclusive;

use crate::results::clock;
use crate::results::row::Row;
use crate::results::status::Status;

/// Prefix of the id of a row whose engine version is unknown.
const UNVERSIONED: &str = "unversioned-";

/// No time of a cell is longer, in seconds: 31 years.
const MAX_SECONDS: f64 = 1e9;

/// No machine has more cores. It limits the CPU time of a cell and the cores that other processes use.
const MAX_CORES: f64 = 4096.0;

/// Seconds by which CPU time may exceed what the cores had: kernels count it in ticks.
pub(crate) const TICKS_S: f64 = 0.1;

/// The most CPU seconds that a row may state for a wall time in seconds.
pub(crate) fn max_cpu_s(wall_s: f64) -> f64 {
    wall_s * MAX_CORES + TICKS_S
}

impl Row {
    /// What is wrong with a row that was read; `None` if nothing is.
    pub(super) fn fault(&self) -> Option<String> {
        self.text_fault()
            .or_else(|| self.number_fault())
            .or_else(|| self.cpu_fault())
            .or_else(|| self.params_fault())
            .or_else(|| self.score_fault())
    }

    /// The same row; a failed one in place of an `ok` row that no program would read back.
    pub(crate) fn or_failed(self) -> Row {
        let fault = match self.read_back() {
            Ok(row) => row.fault(),
            Err(error) => Some(error.to_string()),
        };
        match fault.filter(|_| self.status == Status::Ok) {
            Some(fault) => Row {
                status: Status::Failed,
                accuracy: None,
                macro_f1: None,
                transform_s: None,
                transform_cpu_s: None,
                fit_s: None,
                fit_cpu_s: None,
                predict_s: None,
                predict_cpu_s: None,
                wall_s: None,
                peak_rss_mib: None,
                foreign_cores: None,
                steal: None,
                warning: String::new(),
                error: format!("its measurements cannot be: {fault}"),
                ..self
            },
            None => self,
        }
    }

    /// The row as another program reads it, with its numbers rounded.
    fn read_back(&self) -> Result<Row, csv::Error> {
        let line = self.to_line()?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(line.as_slice());
        let missing = || Err(csv::Error::from(std::io::Error::other("no row was written")));
        reader.deserialize().next().unwrap_or_else(missing)
    }

    fn text_fault(&self) -> Option<String> {
        for (name, text) in [
            ("cell_id", &self.cell_id),
            ("dataset", &self.dataset),
            ("augment", &self.augment),
            ("classifier", &self.classifier),
            ("engine", &self.engine),
        ] {
            if text.is_empty() {
                return Some(format!("`{name}` is empty"));
            }
        }
        let id = self.cell_id.strip_prefix(UNVERSIONED).unwrap_or(&self.cell_id);
        if !is_hex(id, 16) {
            return Some(format!(
                "`cell_id` is `{}`, expected 16 hex digits, or `{UNVERSIONED}` and 16 hex digits",
                self.cell_id
            ));
        }
        if !self.data_sha256.is_empty() && !is_hex(&self.data_sha256, 64) {
            return Some(format!(
                "`data_sha256` is `{}`, expected 64 hex digits",
                self.data_sha256
            ));
        }
        let is_word = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        if self.kind.is_empty() || self.kind.starts_with('-') || !self.kind.chars().all(is_word) {
            return Some(format!(
                "`kind` is `{}`, expected lower-case letters and hyphens",
                self.kind
            ));
        }
        clock::read(&self.started_at).is_none().then(|| {
            format!(
                "`started_at` is `{}`, expected a time of the years 2000 to 2199",
                self.started_at
            )
        })
    }

    fn number_fault(&self) -> Option<String> {
        for (name, value, range) in self.numbers() {
            if let Some(value) = value.filter(|value| !range.contains(value)) {
                let expected = match *range.end() {
                    f64::MAX => "a finite number of at least 0".to_owned(),
                    most => format!("a number from 0 to {most}"),
                };
                return Some(format!("`{name}` is {value}, expected {expected}"));
            }
        }
        let counts = [("threads", self.threads), ("concurrent", self.concurrent)];
        let zero = counts.into_iter().find(|(_, count)| *count == 0);
        zero.map(|(name, _)| format!("`{name}` is 0, expected at least 1"))
    }

    fn numbers(&self) -> [(&'static str, Option<f64>, RangeInclusive<f64>); 12] {
        [
            ("accuracy", self.accuracy, 0.0..=1.0),
            ("macro_f1", self.macro_f1, 0.0..=1.0),
            ("steal", self.steal, 0.0..=1.0),
            ("transform_s", self.transform_s, 0.0..=MAX_SECONDS),
            ("fit_s", self.fit_s, 0.0..=MAX_SECONDS),
            ("predict_s", self.predict_s, 0.0..=MAX_SECONDS),
            ("wall_s", self.wall_s, 0.0..=MAX_SECONDS),
            ("transform_cpu_s", self.transform_cpu_s, 0.0..=f64::MAX),
            ("fit_cpu_s", self.fit_cpu_s, 0.0..=f64::MAX),
            ("predict_cpu_s", self.predict_cpu_s, 0.0..=f64::MAX),
            ("peak_rss_mib", self.peak_rss_mib, 0.0..=f64::MAX),
            ("foreign_cores", self.foreign_cores, 0.0..=MAX_CORES),
        ]
    }

    fn cpu_fault(&self) -> Option<String> {
        let times = [
            ("transform_cpu_s", self.transform_cpu_s, self.transform_s),
            ("fit_cpu_s", self.fit_cpu_s, self.fit_s),
            ("predict_cpu_s", self.predict_cpu_s, self.predict_s),
        ];
        times.into_iter().find_map(|(name, cpu_s, wall_s)| {
            let most = max_cpu_s(wall_s.unwrap_or(MAX_SECONDS));
            let cpu_s = cpu_s.filter(|cpu_s| *cpu_s > most)?;
            Some(format!(
                "`{name}` is {cpu_s}, more than {MAX_CORES} cores give in the wall time"
            ))
        })
    }

    fn params_fault(&self) -> Option<String> {
        let piece = malformed_pair(&self.params)?;
        Some(format!("`params` contains `{piece}`, expected `key=value`"))
    }

    fn score_fault(&self) -> Option<String> {
        let measured = [
            ("accuracy", self.accuracy),
            ("macro_f1", self.macro_f1),
            ("fit_s", self.fit_s),
            ("predict_s", self.predict_s),
        ];
        if self.status != Status::Ok {
            return None;
        }
        for (name, rows) in [("n_train", self.n_train), ("n_test", self.n_test)] {
            if rows == 0 {
                return Some(format!("`status` is `ok`, but `{name}` is 0"));
            }
        }
        let missing = measured.into_iter().find(|(_, value)| value.is_none());
        missing.map(|(name, _)| format!("`status` is `ok`, but `{name}` is empty"))
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The first piece between semicolons that is not a `key=value` pair. A backslash escapes the character behind it.
fn malformed_pair(params: &str) -> Option<&str> {
    if params.is_empty() {
        return None;
    }
    let (mut start, mut equals) = (0, None);
    let mut letters = params.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if letters.next().is_none() => return Some(&params[start..]),
            '=' => equals = equals.or(Some(at)),
            ';' if equals.is_none_or(|equals| equals == start) => return Some(&params[start..at]),
            ';' => (start, equals) = (at + 1, None),
            _ => {}
        }
    }
    equals
        .is_none_or(|equals| equals == start)
        .then(|| &params[start..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::row::tests::row;

    #[test]
    fn a_piece_without_key_or_value_is_malformed() {
        for (params, piece) in [
            ("", None),
            ("C=1;kernel=rbf", None),
            (r"a\;b=1\=2\;3;k=x\\", None),
            ("C=;k=", None),
            ("C=1;kernel", Some("kernel")),
            ("=1", Some("=1")),
            ("C=1;", Some("")),
            (r"a\=1", Some(r"a\=1")),
            (r"a=1\", Some(r"a=1\")),
        ] {
            assert_eq!(malformed_pair(params), piece, "{params}");
        }
    }

    #[test]
    fn an_ok_row_that_no_program_reads_fails_before_it_is_written() {
        assert_eq!(row().or_failed(), row());
        // As written, 4e-10 s are 0 s.
        for wrong in [
            Row {
                fit_s: Some(4e-10),
                fit_cpu_s: Some(0.100_001),
                ..row()
            },
            Row {
                predict_s: Some(f64::NAN),
                ..row()
            },
            Row {
                macro_f1: None,
                ..row()
            },
        ] {
            let failed = wrong.or_failed();
            assert_eq!((failed.status, failed.accuracy), (Status::Failed, None));
            assert!(
                failed.error.starts_with("its measurements cannot be: `"),
                "{}",
                failed.error
            );
            assert_eq!(failed.fault(), None);
        }
        let least = Row {
            fit_s: Some(0.0),
            fit_cpu_s: Some(TICKS_S),
            ..row()
        };
        assert_eq!(least.clone().or_failed(), least);
    }
}
