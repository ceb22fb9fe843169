//! Aligned columns. Every cell is made harmless and cut to a width.

use std::fmt;

use super::{
    output::{Ink, paint},
    plain,
};

/// The widest a cell may be: a stranger's subject must not push the other columns away.
const WIDEST: usize = 60;

/// Rows under a heading.
pub(super) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(head: &[&'static str]) -> Self {
        Self {
            head: head.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, with a cell for each column.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.iter().map(|cell| {
            let cell = plain::cut(&plain::line(cell), WIDEST);
            if cell.is_empty() {
                "-".to_owned()
            } else {
                cell
            }
        });
        self.rows.push(cells.collect());
    }

    /// The table, or these words where it has no row.
    pub(super) fn or(&self, empty: &str) -> String {
        match self.rows.is_empty() {
            true => format!("{empty}\n"),
            false => self.to_string(),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths: Vec<usize> = self.head.iter().map(|name| name.chars().count()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let joined = |cells: &mut dyn Iterator<Item = &str>| {
            let padded: Vec<String> = cells
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            padded.join("  ").trim_end().to_owned()
        };
        let head = joined(&mut self.head.iter().copied());
        writeln!(f, "{}", paint(Ink::Head, &head))?;
        for row in &self.rows {
            writeln!(f, "{}", joined(&mut row.iter().map(String::as_str)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_heads_whatever_a_cell_says() {
        let mut table = Table::new(&["id", "subject", "state"]);
        table.row(["1".into(), "Прайс\n\u{1b}[31m".into(), "open".into()]);
        table.row(["20".into(), "x".repeat(200), String::new()]);
        let text = table.to_string();
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        assert_eq!(lines.len(), 3, "{text}");
        let head: String = lines[0].iter().collect();
        let at = head.find("state").unwrap();
        assert_eq!(lines[1][at..].iter().collect::<String>(), "open");
        assert_eq!(lines[2][at..].iter().collect::<String>(), "-");
        assert_eq!(Table::new(&["id"]).or("none"), "none\n");
    }
}
