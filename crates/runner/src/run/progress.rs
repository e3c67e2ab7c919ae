//! Progress of a run: on a terminal one bar for the plan and one line per running cell, elsewhere one line per finished cell.

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::grid::plan::Cell;
use crate::results::row::Row;
use crate::results::status::Status;
use crate::run::durations::duration;
use crate::run::lock::hold;
use crate::run::tell::tell;

/// How often the bars are drawn again.
const TICK: Duration = Duration::from_millis(200);

/// Shows progress on standard error.
pub(crate) struct Progress {
    multi: Option<MultiProgress>,
    plan: ProgressBar,
    /// Every bar on the terminal, for the thread that draws them.
    bars: Arc<Mutex<Vec<ProgressBar>>>,
    total: usize,
    lines: bool,
}

impl Progress {
    /// For `total` cells; `quiet` shows nothing.
    pub(crate) fn new(total: usize, quiet: bool) -> Progress {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        let multi = terminal.then(MultiProgress::new);
        let plan = match &multi {
            Some(multi) => {
                let style = style("{bar:30} {pos} of {len} cells · {elapsed}{left}").with_key("left", left);
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
            lines: !quiet,
        }
    }

    /// A cell has started.
    pub(super) fn start(&self, cell: &Cell) -> Option<ProgressBar> {
        let bar = self
            .multi
            .as_ref()?
            .insert_before(&self.plan, ProgressBar::new_spinner());
        bar.set_style(style("{spinner} {msg} · {elapsed}"));
        bar.set_message(cell.label());
        hold(&self.bars).push(bar.clone());
        Some(bar)
    }

    /// A cell has ended.
    pub(super) fn end(&self, shown: Option<ProgressBar>, cell: &Cell, row: &Row) {
        self.plan.inc(1);
        let count = format!(
            "[{:>width$}/{}]",
            self.plan.position(),
            self.total,
            width = self.total.to_string().len()
        );
        let outcome = match row.status {
            Status::Ok => {
                let accuracy = row.accuracy.unwrap_or_default();
                let (fit, predict) = (
                    duration(row.fit_s.unwrap_or_default()),
                    duration(row.predict_s.unwrap_or_default()),
                );
                let warning = if row.warning.is_empty() {
                    String::new()
                } else {
                    format!(" · {}", row.warning)
                };
                format!("accuracy {accuracy:.4} · fit {fit} · predict {predict}{warning}")
            }
            _ => row.error.clone(),
        };
        let line = format!("{count} {:<8} {} · {outcome}", row.status, cell.label());
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

/// Writes the estimated time left, once a cell has ended.
fn left(state: &ProgressState, to: &mut dyn std::fmt::Write) {
    if state.pos() > 0 {
        // A failure to show progress does not stop the run.
        let _ = write!(to, " · about {:#} left", HumanDuration(state.eta()));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
