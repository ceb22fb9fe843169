//! Tables: a row of data is one line, and a table that only arranges a page flows.

use super::lines::Lines;

/// A table that is open.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Whether it was made to show data: then an empty cell counts.
    pub is_data: bool,
    row: Option<Row>,
}

#[derive(Debug)]
struct Row {
    /// The line that it starts at.
    first: usize,
    /// The line that each cell starts at.
    cells: Vec<usize>,
    /// Whether it holds more than lines can be: another table, a signature.
    is_page: bool,
    /// Whether a blank line stands above.
    is_apart: bool,
}

/// Rows of more cells than this flow.
const MOST_CELLS: usize = 100;

impl Table {
    /// A cell starts; with the first one a row does.
    pub fn start_cell(&mut self, lines: &mut Lines) {
        lines.end();
        let at = lines.place().0;
        let row = self.row.get_or_insert_with(|| Row {
            first: at,
            cells: Vec::new(),
            is_page: false,
            is_apart: lines.is_apart(),
        });
        if row.cells.len() < MOST_CELLS {
            row.cells.push(at);
        } else {
            row.is_page = true;
        }
    }

    /// The row flows, whatever it has.
    pub fn flow(&mut self) {
        if let Some(row) = self.row.as_mut() {
            row.is_page = true;
        }
    }

    /// The row ends, if there is one.
    pub fn end_row(&mut self, lines: &mut Lines) {
        lines.end();
        let Some(row) = self.row.take().filter(|row| !row.is_page) else {
            return;
        };
        let is_data = self.is_data;
        let join = |cells: &[&str]| join(cells, is_data);
        lines.join(row.first, &row.cells, row.is_apart, join);
    }
}

/// One line of the cells: a label and what it labels, or columns.
fn join(cells: &[&str], is_data: bool) -> String {
    let shown = cells.iter().filter(|cell| is_data || !cell.is_empty());
    let mut row = String::new();
    for (at, cell) in shown.enumerate() {
        if at > 0 {
            let is_label = row.trim_end().ends_with([':', '：']);
            row.push_str(if is_label { " " } else { " | " });
        }
        row.push_str(cell);
    }
    row.truncate(row.trim_end().len());
    row
}
