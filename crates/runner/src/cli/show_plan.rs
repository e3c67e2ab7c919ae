//! `--plan`: the cells of a grid as text.

use command_line::wrapped;
use std::collections::{BTreeSet, HashSet};

use crate::cli::args::RunArgs;
use crate::cli::costs::{Costs, rough};
use crate::cli::count::{count, thousands};
use crate::cli::error::RunError;
use crate::cli::jobs::Job;
use crate::cli::pending::{Selection, check_retried_file, due_cells};
use crate::cli::run_cells::{fits, parallel};
use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::grid::point::spaced;
use crate::results::parse::read_rows;
use crate::run::admission::Admission;
use crate::run::given_up::not_run;
use crate::run::sharing::trained_for;

/// Below a cell, text begins where its label begins: after the 16 digits of its identity.
const INDENT: &str = "                 ";

/// The text of `--plan`: one line per cell, further names of its point below it, and the numbers of points and cells. `args` say
/// which cells are due, with the rows of the results file. Lines longer than `width` characters are broken, if it is given.
///
/// # Errors
/// A results file that cannot be read, or `--retry` without a matching cell.
pub(crate) fn show_plan(job: &Job, args: &RunArgs, width: Option<u16>) -> Result<String, RunError> {
    let cells = &job.plan.cells;
    let costs = Costs::new(&args.fit);
    let admission = Admission::new(costs.memory(cells));
    let path = job.results_file(&args.fit.results);
    check_retried_file(job, &path, &args.retry)?;
    let rows = if args.fresh { Vec::new() } else { read_rows(&path)? };
    let (due, n_given_up) = due_cells(job, &rows, &Selection::of(args))?;
    // Where all or none are due, the last line says so.
    let is_mixed = !due.is_empty() && due.len() < cells.len();
    let due_ids: HashSet<&CellId> = due.iter().map(|cell| &cell.id).collect();
    let shared = fits(&due, args.share);
    let trained_for = trained_for(&shared);
    let mut lines = Vec::new();
    for cell in cells {
        let point = &cell.point;
        let mut line = format!("{} {} · {}", cell.id.0, cell.label(), count(point.n_train, "row"));
        if let Some(reason) = &point.refused {
            line += &format!(" · refused: {reason}");
        } else if let Some(trained) = trained_for.get(&cell.id) {
            line += &format!(" · from the fit of {}", trained.0);
        } else if let Some(cost) = costs.of(cell) {
            line += &format!(" · about {}", rough(&cost));
        }
        if let Some(reason) = admission.misfit(cell) {
            line += &format!(" · does not run: {reason}");
        }
        if is_mixed && !due_ids.contains(&cell.id) {
            line += " · not due";
        }
        lines.push(line);
        let names = point.names[1..].iter();
        lines.extend(names.map(|name| format!("{INDENT}same problem as {}", spaced(name))));
    }
    let n_refused = cells.iter().filter(|cell| cell.point.refused.is_some()).count();
    let trained: Vec<&Cell> = shared.iter().map(|fit| &fit.cell).collect();
    let total = costs.total(&trained, parallel(args.jobs, trained.len()), args.estimate);
    let n_shared = due.len() - trained.len();
    let is_unknown = due.iter().any(|cell| costs.of(cell).is_none());
    let mut due = match due.len() {
        1 if cells.len() == 1 => "it is due".to_owned(),
        n if n == cells.len() => "all are due".to_owned(),
        0 if n_given_up > 0 => "none is due".to_owned(),
        0 => format!("none is due: {} has them", path.display()),
        n if args.retry.is_empty() => format!("{} due, {} has the others", thousands(n), path.display()),
        n => format!("{} due, those with the status of --retry", thousands(n)),
    };
    if n_shared > 0 {
        due += &format!("; {} for them", count(trained.len(), "fit"));
    }
    if n_given_up > 0 {
        due += &format!("; {}", not_run(n_given_up));
    }
    let refused = match n_refused {
        0 => String::new(),
        n => format!(", {} of them refused", thousands(n)),
    };
    lines.push(format!("{}: {}", job.path.display(), points(cells)));
    lines.push(format!(
        "{}: {}{refused}; {due}",
        job.path.display(),
        count(cells.len(), "cell"),
    ));
    let unknown = || {
        if args.estimate {
            "no estimate of all cells together: some have none, as said above".to_owned()
        } else {
            "no row has the points that are due; --plan --estimate trains them on few rows".to_owned()
        }
    };
    let total = total.or_else(|| is_unknown.then(unknown));
    lines.extend(total.map(|total| format!("{}: {total}", job.path.display())));
    let fitted = |line: String| match width {
        Some(width) => wrapped(&line, usize::from(width), "", INDENT),
        None => line,
    };
    let lines: Vec<String> = lines.into_iter().map(fitted).collect();
    Ok(lines.join("\n") + "\n")
}

/// The number of points, whatever the number of datasets and repeats: all combinations of values, those that are refused, and those
/// that are another name of the same problem.
fn points(cells: &[Cell]) -> String {
    let mut families = BTreeSet::new();
    let mut datasets = BTreeSet::new();
    let mut all = BTreeSet::new();
    let mut on_datasets = BTreeSet::new();
    let mut refused = BTreeSet::new();
    let mut folded = BTreeSet::new();
    for cell in cells {
        let point = &cell.point;
        families.insert(point.family.name());
        datasets.insert(point.data.name.as_str());
        for (i, name) in point.names.iter().enumerate() {
            let point_name = format!(
                "{} {} {} {} {name} {}",
                point.family.name(),
                point.engine.name(),
                point.preprocessing,
                point.augment,
                point.n_train
            );
            if point.refused.is_some() {
                refused.insert(point_name.clone());
            }
            if i > 0 {
                folded.insert(point_name.clone());
            }
            on_datasets.insert((point.data.name.as_str(), point_name.clone()));
            all.insert(point_name);
        }
    }
    let families = match families.len() {
        1 => "1 family".to_owned(),
        n => format!("{} families", thousands(n)),
    };
    let refused = match refused.len() {
        0 => String::new(),
        n => format!(", {} refused", thousands(n)),
    };
    let folded = match folded.len() {
        0 => String::new(),
        n => format!(", {} the same problem as another", thousands(n)),
    };
    let datasets = match datasets.len() {
        1 => String::new(),
        n if on_datasets.len() == n * all.len() => format!(" on each of {n} datasets"),
        n => format!(" on {n} datasets, not all of them on each"),
    };
    format!(
        "{} of {families}{datasets}{refused}{folded}",
        count(all.len(), "point")
    )
}
