//! `CellLabel`: names a cell by what differs between the cells of a run, for lines on a terminal.

use crate::grid::plan::Cell;
use crate::grid::point::spaced;

/// Which parts of a cell's name differ within a run.
pub(crate) struct CellLabel {
    dataset: bool,
    engine: bool,
    preprocessing: bool,
}

impl CellLabel {
    /// For the cells of a run.
    pub(crate) fn new(cells: &[&Cell]) -> CellLabel {
        let differs = |part: fn(&Cell) -> String| {
            let mut parts = cells.iter().map(|cell| part(cell));
            let first = parts.next();
            parts.any(|part| Some(part) != first)
        };
        CellLabel {
            dataset: differs(|cell| cell.point.data.name.clone()),
            engine: differs(|cell| cell.point.engine.name().to_owned()),
            preprocessing: differs(|cell| cell.point.input()),
        }
    }

    /// The name of a cell: classifier and parameters, and the other parts where they differ.
    pub(crate) fn of(&self, cell: &Cell) -> String {
        let point = &cell.point;
        let mut words = Vec::new();
        if self.dataset {
            words.push(point.data.name.as_str());
        }
        words.push(point.family.name());
        if self.engine {
            words.push(point.engine.name());
        }
        let params = spaced(&point.names[0]);
        if !params.is_empty() {
            words.push(&params);
        }
        let mut label = words.join(" ");
        if self.preprocessing {
            label += &format!(" · {}", point.input());
        }
        if point.repeats > 1 {
            label += &format!(" · repeat {}", cell.repeat);
        }
        label
    }
}
