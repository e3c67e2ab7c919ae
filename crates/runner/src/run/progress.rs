//! Progress of a run: on a terminal one bar for the plan and one line per running cell, elsewhere one line per finished cell.

use console::{StyledObject, Term, style as styled, truncate_str};
use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::results::row::Row;
use crate::results::status::Status;
use crate::run::cell_label::CellLabel;
use crate::run::durations::duration;
use crate::run::lock::hold;
use crate::run::sharing::SharedFit;
use crate::run::system::terminal_echo::SilentControls;
use crate::run::tell::tell;

/// How often the bars are drawn again.
const TICK: Duration = Duration::from_millis(200);

/// The work of a run, in any unit.
struct Work {
    of_cells: HashMap<CellId, f64>,
    total: f64,
    done: Mutex<f64>,
}

impl Work {
    /// The seconds that are left, if the rest of the work goes on as fast as what is done; `None` before any is.
    fn left(&self, elapsed: Duration) -> Option<Duration> {
        let done = *hold(&self.done);
        let left = elapsed.as_secs_f64() * (self.total - done).max(0.0) / done;
        Duration::try_from_secs_f64(left).ok()
    }
}

/// Shows progress on standard error.
pub(crate) struct Progress {
    multi: Option<MultiProgress>,
    plan: ProgressBar,
    /// Every bar on the terminal, for the thread that draws them.
    bars: Arc<Mutex<Vec<ProgressBar>>>,
    total: usize,
    n_ended: AtomicUsize,
    work: Arc<Work>,
    lines: bool,
    label: CellLabel,
    _echo: Option<SilentControls>,
}

impl Progress {
    /// For the cells of these fits, of which each is expected to take a share of the time; `quiet` shows nothing.
    pub(crate) fn new(fits: &[SharedFit], shares: &[f64], quiet: bool) -> Progress {
        let cells: Vec<&Cell> = fits.iter().flat_map(SharedFit::cells).collect();
        let total = cells.len();
        let of_cells = fits.iter().map(|fit| fit.cell.id.clone());
        let work = Arc::new(Work {
            of_cells: of_cells.zip(shares.iter().copied()).collect(),
            total: shares.iter().sum(),
            done: Mutex::default(),
        });
        // Without any cell there is no progress to show.
        let terminal = std::io::stderr().is_terminal() && !quiet && total > 0;
        let multi = terminal.then(MultiProgress::new);
        let plan = match &multi {
            Some(multi) => {
                let of_bar = Arc::clone(&work);
                let left = move |state: &ProgressState, to: &mut dyn std::fmt::Write| {
                    if let Some(left) = of_bar.left(state.elapsed()) {
                        // A failure to show progress does not stop the run.
                        let _ = write!(to, " · about {} left", whole_seconds(left));
                    }
                };
                let style = style("{bar:30} {pos} of {len} cells · {time}{left}").with_key("left", left);
                multi.add(ProgressBar::new(total as u64).with_style(style))
            }
            None => ProgressBar::hidden(),
        };
        plan.set_length(total as u64);
        let bars = Arc::new(Mutex::new(vec![plan.clone()]));
        if terminal {
            draw_regularly(&bars);
        }
        Progress {
            multi,
            plan,
            bars,
            total,
            n_ended: AtomicUsize::new(0),
            work,
            lines: !quiet,
            label: CellLabel::new(&cells),
            _echo: terminal.then(SilentControls::begin),
        }
    }

    /// A cell has started.
    pub(super) fn start(&self, cell: &Cell) -> Option<ProgressBar> {
        let bar = self
            .multi
            .as_ref()?
            .insert_before(&self.plan, ProgressBar::new_spinner());
        bar.set_style(style("{spinner} {time} {wide_msg}"));
        bar.set_message(self.label.of(cell));
        hold(&self.bars).push(bar.clone());
        Some(bar)
    }

    /// A cell has ended.
    pub(super) fn end(&self, shown: Option<ProgressBar>, cell: &Cell, row: &Row) {
        *hold(&self.work.done) += self.work.of_cells.get(&cell.id).copied().unwrap_or_default();
        self.plan.inc(1);
        let count = format!(
            "[{:>width$}/{}]",
            self.n_ended.fetch_add(1, Ordering::SeqCst) + 1,
            self.total,
            width = self.total.to_string().len()
        );
        let line = match &self.multi {
            Some(_) => {
                let (_, columns) = Term::stderr().size();
                let parts = outcome(row);
                fitted(
                    &count,
                    &self.label.of(cell),
                    row.status,
                    &parts,
                    usize::from(columns),
                )
            }
            None => {
                let status = row.status;
                format!(
                    "{count} {status:<8} {} · {}",
                    cell.label(),
                    outcome(row).join(" · ")
                )
            }
        };
        match &self.multi {
            Some(multi) => {
                if let Some(bar) = shown {
                    bar.finish_and_clear();
                    multi.remove(&bar);
                    hold(&self.bars).retain(|bar| !bar.is_finished());
                }
                // A closed terminal does not stop the run.
                let _ = multi.println(line);
            }
            None if self.lines => tell(&line),
            None => {}
        }
    }

    /// Shows another message.
    pub(super) fn message(&self, line: &str) {
        match &self.multi {
            Some(multi) => {
                // A closed terminal does not stop the run.
                let _ = multi.println(line);
            }
            None => tell(line),
        }
    }

    /// All cells have ended.
    pub(crate) fn finish(&self) {
        self.plan.finish_and_clear();
    }
}

/// What is said about a row, the most important part first.
fn outcome(row: &Row) -> Vec<String> {
    if row.status != Status::Ok {
        return vec![row.error.clone()];
    }
    let accuracy = row.accuracy.unwrap_or_default();
    let mut parts = vec![format!("accuracy {accuracy:.4}")];
    if row.shared_with.is_empty() {
        parts.push(format!("fit {}", duration(row.fit_s.unwrap_or_default())));
        parts.push(format!("predict {}", duration(row.predict_s.unwrap_or_default())));
    } else {
        parts.push(format!("from the fit of {}", row.shared_with));
    }
    if !row.warning.is_empty() {
        parts.push(row.warning.clone());
    }
    parts
}

/// The line of a row for a terminal of this width: the last parts are left out if they do not fit, and then the label is cut.
fn fitted(count: &str, label: &str, status: Status, parts: &[String], width: usize) -> String {
    let text = |parts: &[String]| format!(" {label} · {}", parts.join(" · "));
    let head = format!("{count} {status:<8}");
    let room = width.saturating_sub(head.chars().count() + 1);
    let n_parts = (1..=parts.len())
        .rev()
        .find(|n| text(&parts[..*n]).chars().count() <= room);
    let line = match n_parts {
        Some(n) => text(&parts[..n]),
        None => {
            let first = parts.first().map_or("", String::as_str);
            // The status says what the number is.
            let first = first.strip_prefix("accuracy ").unwrap_or(first);
            let for_label = room.saturating_sub(first.chars().count() + 4).max(room / 2);
            let label = without_middle(label, for_label);
            without_end(&format!(" {label} · {first}"), room)
        }
    };
    format!("{count} {}{line}", in_color(status))
}

/// The label with its first word and its last words, where it is longer than `width`: its end has the parameters and the repeat.
fn without_middle(label: &str, width: usize) -> String {
    if label.chars().count() <= width {
        return label.to_owned();
    }
    let words: Vec<&str> = label.split(' ').collect();
    let shortened = |n_last: usize| format!("{} … {}", words[0], words[words.len() - n_last..].join(" "));
    let n_last = (1..words.len())
        .rev()
        .find(|n_last| shortened(*n_last).chars().count() <= width);
    match n_last {
        Some(n_last) => shortened(n_last).replace("… · ", "… "),
        None => without_end(label, width),
    }
}

/// As many whole words as fit in `width`, and a sign that some are missing; a part of the first one if it does not fit.
fn without_end(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let ends = text.match_indices(' ').map(|(at, _)| &text[..at]);
    let fitting = ends
        .rev()
        .find(|start| !start.is_empty() && start.chars().count() + 2 <= width);
    match fitting {
        Some(start) => format!("{} …", start.trim_end_matches(" ·")),
        None => truncate_str(text, width, "…").into_owned(),
    }
}

/// The status in its colour, where standard error shows colours; the word says the same.
fn in_color(status: Status) -> StyledObject<String> {
    let word = styled(format!("{status:<8}")).for_stderr();
    match status {
        Status::Ok => word.green(),
        // Yellow is hard to read on a light background.
        Status::Refused | Status::Interrupted => word.magenta(),
        Status::Failed | Status::Timeout | Status::OutOfMemory | Status::Crashed => word.red(),
    }
}

/// Draws the bars until the first of them, the plan's, is finished. indicatif would start a thread for each and panic without it.
fn draw_regularly(bars: &Arc<Mutex<Vec<ProgressBar>>>) {
    let bars = Arc::clone(bars);
    let draw = move || {
        while !hold(&bars).first().is_none_or(ProgressBar::is_finished) {
            hold(&bars).iter().for_each(ProgressBar::tick);
            std::thread::sleep(TICK);
        }
    };
    // Without the thread, bars change only when a cell starts or ends.
    let _ = std::thread::Builder::new().spawn(draw);
}

/// Writes the time since the start.
fn time(state: &ProgressState, to: &mut dyn std::fmt::Write) {
    // A failure to show progress does not stop the run.
    let _ = write!(to, "{}", whole_seconds(state.elapsed()));
}

/// A time that changes while it is read: without fractions of a second.
fn whole_seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        _ => duration(time.as_secs_f64()),
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("time", time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_the_terminal_and_keeps_what_matters() {
        let parts = [
            "accuracy 0.8986",
            "fit 25.1 s",
            "predict 3.10 s",
            "not-converged: 1000 iterations",
        ];
        let parts: Vec<String> = parts.map(str::to_owned).to_vec();
        let label = "SVC C=10; gamma=auto; kernel=rbf · repeat 1";
        for width in 50..160 {
            let line = fitted("[ 3/90]", label, Status::Ok, &parts, width);
            let line = console::strip_ansi_codes(&line).into_owned();
            assert!(line.chars().count() <= width, "{width}: {line}");
            assert!(
                line.contains("0.8986") && line.contains("repeat 1") && line.starts_with("[ 3/90] ok"),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_left_takes_as_long_for_its_work_as_what_is_done() {
        let work = Work {
            of_cells: HashMap::new(),
            total: 40.0,
            done: Mutex::new(0.0),
        };
        assert_eq!(work.left(Duration::from_secs(9)), None);
        *hold(&work.done) += 10.0;
        assert_eq!(work.left(Duration::from_secs(9)), Some(Duration::from_secs(27)));
        *hold(&work.done) += 30.0;
        assert_eq!(work.left(Duration::from_secs(9)), Some(Duration::ZERO));
    }

    #[test]
    fn words_do_not_break() {
        let label =
            "digits LinearDiscriminantAnalysis native shrinkage=auto; solver=lsqr · standard · repeat 1";
        let error = "the run was stopped while the cell ran, and nothing of it was kept".to_owned();
        for (status, part) in [
            (Status::Ok, "accuracy 0.9387".to_owned()),
            (Status::Interrupted, error),
        ] {
            let known: Vec<&str> = label
                .split(' ')
                .chain(part.split(' '))
                .chain(["…", "·"])
                .collect();
            for width in 60..200 {
                let line = fitted("[ 3/90]", label, status, std::slice::from_ref(&part), width);
                let line = console::strip_ansi_codes(&line).into_owned();
                assert!(line.chars().count() <= width, "{width}: {line}");
                let words = line.split(' ').skip(2).filter(|word| !word.is_empty());
                for word in words {
                    assert!(
                        known.contains(&word) || word.contains("90]") || word == status.to_string(),
                        "{line}"
                    );
                }
            }
        }
    }
}
