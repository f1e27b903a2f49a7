//! Tables whose columns align, also where cells are coloured.

use anstyle::Style;

use super::style::{HEADING, painted};

/// The space between two columns.
const GAP: &str = "  ";

/// One cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    style: Style,
}

/// To which side a column's cells are pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table with a heading.
#[derive(Clone, Debug)]
pub(super) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Cell>>,
}

impl Cell {
    /// A cell in a style.
    pub(super) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(text, Style::new())
    }
}

impl Table {
    /// A table without rows.
    pub(super) fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: one cell a column.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table's lines where it has rows, else nothing; each with its line feed and none with spaces at its end.
    pub(super) fn lines(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let heading = self.columns.iter().map(|(name, _)| Cell::styled(*name, HEADING)).collect();
        let widths = self.widths();
        std::iter::once(&heading).chain(&self.rows).map(|row| self.line(row, &widths)).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let width = |(column, (name, _)): (usize, &(&str, Align))| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.text.chars().count())
                .chain([name.chars().count()])
                .max()
                .unwrap_or_default()
        };
        self.columns.iter().enumerate().map(width).collect()
    }

    fn line(&self, row: &[Cell], widths: &[usize]) -> String {
        let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or_default();
        let aligned = row.iter().zip(&self.columns).zip(widths).take(last + 1).enumerate();
        let cells = aligned.map(|(index, ((cell, (_, align)), width))| {
            let text = match align {
                Align::Left if index == last => cell.text.clone(),
                Align::Left => format!("{:<width$}", cell.text),
                Align::Right => format!("{:>width$}", cell.text),
            };
            painted(cell.style, text)
        });
        let mut line = cells.collect::<Vec<_>>().join(GAP);
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::style::GOOD;

    #[test]
    fn a_table_without_rows_has_no_heading_either() {
        assert_eq!(Table::new(&[("NAME", Align::Left)]).lines(), "");
    }

    #[test]
    fn columns_align_whatever_the_colours() {
        let mut table = Table::new(&[("NAME", Align::Left), ("KEYS", Align::Right), ("WHY", Align::Left)]);
        table.row([Cell::styled("a", GOOD), "1234567".into(), "last".into()]);
        table.row(["longer".into(), "1".into(), "".into()]);
        let plain = anstream::adapter::strip_str(&table.lines()).to_string();
        assert_eq!(plain, "NAME       KEYS  WHY\na       1234567  last\nlonger        1\n");
        assert!(table.lines().contains(&painted(GOOD, "a     ")));
    }
}
