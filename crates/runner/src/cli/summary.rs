//! The table at the end of a run: every point of the plan, best first; points without an accuracy come last.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use command_line::wrapped;
use std::cmp::Ordering;
use std::collections::HashMap;
use textwrap::core::display_width;

use crate::cli::count::{count, thousands};
use crate::cli::summary_line::{Line, mean};
use crate::grid::plan::{Cell, Plan};
use crate::results::row::Row;
use crate::results::sink::Sink;
use crate::results::status::Status;

/// Width of the table outside a terminal, in characters.
const DEFAULT_WIDTH: u16 = 160;

/// The columns of the table.
const COLUMNS: [&str; 9] = [
    "dataset",
    "classifier",
    "engine",
    "parameters",
    "preprocessing",
    "train rows",
    "accuracy",
    "fit",
    "predict",
];

/// The columns that tell points apart: one that has the same text in every line stands above the table instead.
const SHARED: [usize; 4] = [0, 2, 4, 5];

/// In a narrow table, the parameters stand behind the classifier.
const CLASSIFIER: usize = 1;
const PARAMETERS: usize = 3;

/// The columns that are left out of a table that is still too wide, in this order.
const LEFT_OUT: [usize; 6] = [8, 5, 4, 7, 2, 0];

/// The first column of numbers.
const FIRST_NUMBER: usize = 5;

/// The results of a plan, rows of earlier runs included.
pub(crate) struct Summary {
    /// One line per name of a point, best first within each dataset.
    pub(crate) lines: Vec<Line>,
    /// Whether the run was interrupted: points without a finished repeat are then counted and not listed.
    is_interrupted: bool,
}

impl Summary {
    /// Collects the rows of every cell of the plan.
    pub(crate) fn new(plan: &Plan, sink: &Sink, is_interrupted: bool) -> Summary {
        let mut repeats: HashMap<&str, Vec<&Cell>> = HashMap::new();
        for cell in &plan.cells {
            repeats.entry(cell.point.problem()).or_default().push(cell);
        }
        let mut lines = Vec::new();
        for cell in &plan.cells {
            let Some(cells) = repeats.remove(cell.point.problem()) else {
                continue;
            };
            let ids: Vec<&str> = cells.iter().map(|cell| cell.id.0.as_str()).collect();
            for name in &cell.point.names {
                let rows: Vec<Option<&Row>> = ids.iter().map(|id| sink.row(id, name)).collect();
                lines.push(Line::new(&cell.point, name, &rows));
            }
        }
        let first = lines.first().map(|line| line.preprocessing.clone());
        let differs = lines
            .iter()
            .any(|line| Some(&line.preprocessing) != first.as_ref());
        lines
            .iter_mut()
            .for_each(|line| line.has_own_preprocessing = differs);
        // Of equal accuracies in the order of `report show`; without an accuracy in the order of the grid.
        lines.sort_by(|a, b| {
            let name = |line: &Line| {
                [
                    &line.classifier,
                    &line.params_column,
                    &line.engine,
                    &line.preprocessing,
                ]
                .map(String::clone)
            };
            (&a.dataset, a.accuracies.is_empty())
                .cmp(&(&b.dataset, b.accuracies.is_empty()))
                .then(mean(&b.accuracies).total_cmp(&mean(&a.accuracies)))
                .then_with(|| match a.accuracies.is_empty() {
                    true => Ordering::Equal,
                    false => name(a).cmp(&name(b)),
                })
        });
        Summary {
            lines,
            is_interrupted,
        }
    }

    /// Whether every cell that has run is `ok` or `refused`.
    pub(crate) fn is_success(&self) -> bool {
        self.lines
            .iter()
            .flat_map(|line| &line.others)
            .all(|other| matches!(other, None | Some((Status::Refused, _))))
    }

    /// Whether a cell has ended by itself.
    pub(crate) fn has_finished(&self) -> bool {
        self.lines.iter().any(Line::has_finished)
    }

    /// The lines of the table.
    fn listed(&self) -> Vec<&Line> {
        let has_score = self.lines.iter().any(|line| line.accuracy().is_some());
        let is_listed = |line: &&Line| !self.is_interrupted || (has_score && line.has_finished());
        self.lines.iter().filter(is_listed).collect()
    }

    /// How many points of an interrupted run have no finished repeat: `46 points not run, 2 interrupted`.
    fn unlisted(&self) -> Option<String> {
        let unfinished = self.lines.iter().filter(|line| !line.has_finished());
        let (begun, not_run): (Vec<&Line>, Vec<&Line>) = unfinished.partition(|line| line.has_begun());
        match (not_run.len(), begun.len()) {
            _ if !self.is_interrupted => None,
            (0, 0) => None,
            (n, 0) => Some(format!("{} not run", count(n, "point"))),
            (0, n) => Some(format!("{} interrupted", count(n, "point"))),
            (n, begun) => Some(format!(
                "{} not run, {} interrupted",
                count(n, "point"),
                thousands(begun)
            )),
        }
    }

    /// The statuses of failed cells, for `--retry`.
    pub(crate) fn failed(&self) -> Vec<Status> {
        let has = |status: Status| {
            let mut others = self.lines.iter().flat_map(|line| line.others.iter().flatten());
            others.any(|(other, _)| *other == status)
        };
        Status::ALL
            .into_iter()
            .filter(|status| !status.is_success() && *status != Status::Interrupted && has(*status))
            .collect()
    }

    /// The table: what all points share stands above it, the meaning of its marks below. `width` is in characters, 160 by default.
    pub(crate) fn render(&self, width: Option<u16>) -> String {
        let width = width.unwrap_or(DEFAULT_WIDTH);
        let lines = self.listed();
        if lines.is_empty() {
            return self.unlisted().unwrap_or_default();
        }
        let mut rows: Vec<[String; 9]> = lines.iter().map(|line| line.columns()).collect();
        let shared = |column: &usize| {
            let mut texts = rows.iter().map(|row| &row[*column]);
            let first = texts.next();
            rows.len() > 1 && texts.all(|text| Some(text) == first)
        };
        let shared: Vec<usize> = SHARED.into_iter().filter(shared).collect();
        let mut shown: Vec<usize> = (0..COLUMNS.len())
            .filter(|column| !shared.contains(column))
            .collect();
        if least_width(&rows, &shown) > usize::from(width) {
            shown.retain(|column| *column != PARAMETERS);
            for row in &mut rows {
                row[CLASSIFIER] = format!("{} {}", row[CLASSIFIER], row[PARAMETERS]);
            }
        }
        for column in LEFT_OUT {
            if least_width(&rows, &shown) > usize::from(width) {
                shown.retain(|other| *other != column);
            }
        }
        let mut table = Table::new();
        table
            .load_style(presets::UTF8_BORDERS_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
        table.set_header(shown.iter().map(|column| COLUMNS[*column]));
        for row in &rows {
            table.add_row(shown.iter().map(|column| row[*column].as_str()));
        }
        for (position, column) in shown.iter().enumerate() {
            let least = u16::try_from(word_width(&rows, *column)).unwrap_or(width);
            if let Some(shown) = table.column_mut(position) {
                shown.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
                if *column >= FIRST_NUMBER {
                    shown.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        let heading: Vec<String> = shared
            .iter()
            .filter_map(|column| {
                let text = &rows.first()?[*column];
                Some(if COLUMNS[*column] == "train rows" {
                    format!("{text} training rows")
                } else {
                    format!("{} {text}", COLUMNS[*column])
                })
            })
            .collect();
        let mut heading = heading;
        let mut n_test = self.lines.iter().map(|line| line.n_test);
        let first = n_test.next();
        if let Some(first) = first.filter(|first| n_test.all(|other| other == *first)) {
            heading.push(format!("{} test rows", thousands(first)));
        }
        let mut text = String::new();
        if !heading.is_empty() {
            text.push_str(&wrapped(&heading.join(", "), usize::from(width), "", ""));
            text.push('\n');
        }
        text.push_str(&table.to_string());
        let is_left_out =
            |column: &usize| !shown.contains(column) && !shared.contains(column) && *column != PARAMETERS;
        let left_out: Vec<&str> = (0..COLUMNS.len())
            .filter(is_left_out)
            .map(|column| COLUMNS[column])
            .collect();
        if !left_out.is_empty() {
            text.push_str(&format!(
                "\nleft out, because the terminal is narrow: {}",
                left_out.join(", ")
            ));
        }
        if self.lines.iter().any(|line| line.is_unconverged) {
            text.push_str("\n† a solver did not converge");
        }
        if self.lines.iter().any(|line| line.is_shared) && shown.iter().any(|column| *column >= 7) {
            text.push_str("\n* other work used the machine meanwhile; --jobs 1 runs one fit at a time");
        }
        if self.lines.iter().any(|line| line.is_part) {
            text.push_str("\nwithout times: from the fit of a larger point (--share)");
        }
        for note in notes(&lines).into_iter().chain(self.unlisted()) {
            text.push('\n');
            text.push_str(&wrapped(&note, usize::from(width), "", "  "));
        }
        text
    }
}

/// Warnings and missing repeats, the same for several points said once.
fn notes(lines: &[&Line]) -> Vec<String> {
    let mut order = Vec::new();
    let mut points: HashMap<String, Vec<String>> = HashMap::new();
    for line in lines {
        for note in line.warnings.iter().cloned().chain(line.missing()) {
            let known = points.entry(note.clone()).or_default();
            if known.is_empty() {
                order.push(note);
            }
            known.push(line.name());
        }
    }
    let notes = order.into_iter().map(|note| match points[&note].as_slice() {
        [one] => format!("{one}: {note}"),
        [first, rest @ ..] => format!("{first} and {} more: {note}", thousands(rest.len())),
        [] => note,
    });
    notes.collect()
}

/// The width of a table whose words are not broken.
fn least_width(rows: &[[String; 9]], shown: &[usize]) -> usize {
    let widths = shown.iter().map(|column| word_width(rows, *column));
    // Two borders, and a blank between columns.
    widths.sum::<usize>() + shown.len() + 1
}

/// The width of the longest word of a column, and of the blanks around it. A number and its unit are one word.
fn word_width(rows: &[[String; 9]], column: usize) -> usize {
    let longest_word = |text: &str| text.split(' ').map(display_width).max().unwrap_or(0);
    let texts = rows.iter().map(|row| {
        let text = &row[column];
        if column >= FIRST_NUMBER {
            display_width(text)
        } else {
            longest_word(text)
        }
    });
    texts.max().unwrap_or(0).max(longest_word(COLUMNS[column])) + 2
}
