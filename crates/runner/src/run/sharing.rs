//! Cells that one fit can serve: they differ only in parameters that the engine shares, and the largest contains the others.

use std::collections::HashMap;

use crate::estimator::part::Part;
use crate::families::family::Configuration;
use crate::grid::identity::CellId;
use crate::grid::plan::Cell;
use crate::grid::trainer::Trainer;
use crate::params::column::params_column;

/// A cell that is trained, and the cells whose results its fit holds too.
pub(crate) struct SharedFit {
    /// The cell that is trained, the largest one.
    pub(crate) cell: Cell,
    /// The other cells.
    pub(crate) others: Vec<Cell>,
}

impl SharedFit {
    /// A fit for one cell alone.
    pub(crate) fn alone(cell: Cell) -> SharedFit {
        SharedFit {
            cell,
            others: Vec::new(),
        }
    }

    /// All its cells, the one that is trained first.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &Cell> {
        std::iter::once(&self.cell).chain(&self.others)
    }
}

/// For each cell that another one's fit serves, the one that is trained.
pub(crate) fn trained_for(fits: &[SharedFit]) -> HashMap<&CellId, &CellId> {
    let others = fits
        .iter()
        .flat_map(|fit| fit.others.iter().map(|other| (&other.id, &fit.cell.id)));
    others.collect()
}

/// As few fits as serve all these cells, in the order of their first cells.
pub(crate) fn shared_fits(cells: Vec<Cell>) -> Vec<SharedFit> {
    let mut fits: Vec<SharedFit> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for cell in cells {
        let Some((family, part)) = family_and_part(&cell) else {
            fits.push(SharedFit::alone(cell));
            continue;
        };
        let Some(position) = positions.get(&family) else {
            positions.insert(family, fits.len());
            fits.push(SharedFit::alone(cell));
            continue;
        };
        let fit = &mut fits[*position];
        let largest = family_and_part(&fit.cell).map_or(0, |(_, part)| part.size());
        let other = if part.size() > largest {
            std::mem::replace(&mut fit.cell, cell)
        } else {
            cell
        };
        fit.others.push(other);
    }
    fits
}

/// What all cells of a shared fit have in common, and what this cell is of it; `None` for a cell that shares nothing.
fn family_and_part(cell: &Cell) -> Option<(String, Part)> {
    let point = &cell.point;
    let Trainer::BuiltIn(engine) = &point.engine else {
        return None;
    };
    if engine.shared_params.is_empty() || point.refused.is_some() {
        return None;
    }
    let configuration = Configuration {
        settings: &point.settings,
        preprocessing: point.preprocessing,
    };
    let part = (engine.build)(&configuration).ok()?.part()?;
    let mut settings = point.family.effective_settings(&point.settings);
    for name in engine.shared_params {
        settings.remove(*name);
    }
    let family = serde_json::json!([
        point.data.name,
        point.data.sha256,
        point.input(),
        point.family.name(),
        point.engine.name(),
        params_column(&settings),
        point.n_train,
        point.n_test,
        cell.repeat,
        cell.seed,
        point.memory,
        point.timeout.map(|timeout| timeout.as_nanos().to_string()),
    ]);
    Some((family.to_string(), part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::keys::RunKeys;
    use crate::grid::plan::tests::plan;

    fn shared(text: &str) -> Vec<(String, Vec<String>)> {
        let name = |cell: &Cell| format!("{} {}", cell.point.names[0], cell.repeat);
        let fits = shared_fits(plan(text, &RunKeys::default()).cells);
        let fits = fits
            .iter()
            .map(|fit| (name(&fit.cell), fit.others.iter().map(name).collect()));
        fits.collect()
    }

    #[test]
    fn the_largest_cell_is_trained_for_all_that_differ_in_shared_parameters() {
        let forests = "[run]\nrepeats = 1\n[[grid]]\nclassifier = \"RandomForestClassifier\"\nengine = \"native\"\n\
                       n_estimators = [10, 100, 50]\nmax_depth = [3, 4]\n";
        let names = |depth: usize| {
            let name = |n: usize| format!("max_depth={depth};n_estimators={n} 0");
            (name(100), vec![name(10), name(50)])
        };
        assert_eq!(shared(forests), [names(3), names(4)]);
        let neighbors = "[run]\nrepeats = 2\n[[grid]]\nclassifier = \"KNeighborsClassifier\"\nengine = \"native\"\n\
                         n_neighbors = [1, 5]\nweights = [\"uniform\", \"distance\"]\np = 1\n";
        let fits = shared(neighbors);
        assert_eq!(fits.len(), 2, "each repeat has its own order of rows: {fits:?}");
        assert!(fits.iter().all(|(_, others)| others.len() == 3), "{fits:?}");
        assert_eq!(fits[0].0, "n_neighbors=5;p=1;weights=uniform 0");
    }

    #[test]
    fn what_differs_elsewhere_is_trained_alone() {
        let linear =
            "[run]\nrepeats = 1\n[[grid]]\nclassifier = \"SVC\"\nengine = \"native\"\nC = [1.0, 10.0]\n";
        assert_eq!(shared(linear).len(), 2);
        let linfa = "[run]\nrepeats = 1\n[[grid]]\nclassifier = \"RandomForestClassifier\"\nengine = \"linfa\"\n\
                     n_estimators = [10, 50]\n";
        assert_eq!(shared(linfa).len(), 2);
    }
}
