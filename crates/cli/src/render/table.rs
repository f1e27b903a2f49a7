//! Tables whose columns align, also where cells are coloured.

use anstyle::Style;

use super::style::{FAINT, HEADING, painted};
use super::voice;

/// The space between two columns.
const GAP: &str = "  ";

/// The fewest characters of a sentence that still say something.
const READABLE: usize = 16;
/// How many columns stay, however narrow the terminal is.
const STAY: usize = 2;

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

    /// The table's lines where it has rows, else nothing; each with its line feed and none with spaces at its end. On a
    /// terminal they fit its width ([`Self::within`]).
    pub(super) fn lines(&self) -> String {
        match voice::width() {
            Some(width) => self.within(width),
            None => self.whole(&self.widths()),
        }
    }

    fn whole(&self, widths: &[usize]) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let heading = self.columns.iter().map(|(name, _)| Cell::styled(*name, HEADING)).collect();
        std::iter::once(&heading).chain(&self.rows).map(|row| self.line(row, widths)).collect()
    }

    /// The lines in at most `width` characters, since a line that wraps can no longer be read down its columns. What is in
    /// the way gives way from the right: the last column's words are cut as far as they stay readable, then the column
    /// leaves. The first two say what a row is about, and stay as they are. What left is named below.
    fn within(&self, width: usize) -> String {
        let mut widths = self.widths();
        let left_out = |widths: &[usize]| self.columns[widths.len()..].iter().map(|(name, _)| *name);
        while let Some(over) = across(&widths).checked_sub(width).filter(|over| *over > 0) {
            let last = widths.len() - 1;
            let (name, align) = self.columns[last];
            let readable = READABLE.max(name.chars().count());
            if align == Align::Left && widths[last] >= over + readable {
                widths[last] -= over;
            } else if last >= STAY {
                widths.truncate(last);
            } else {
                break;
            }
        }
        let names = left_out(&widths).filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ");
        let note = match names.as_str() {
            "" => String::new(),
            names => format!("{}\n", painted(FAINT, format!("(no room for {names}; a pipe shows all)"))),
        };
        self.whole(&widths) + &note
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
        let row = &row[..widths.len().min(row.len())];
        let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or_default();
        let aligned = row.iter().zip(&self.columns).zip(widths).take(last + 1).enumerate();
        let cells = aligned.map(|(index, ((cell, (_, align)), width))| {
            let text = match align {
                Align::Left if index == last => cut(&cell.text, *width),
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

/// How many characters a row of columns so wide has.
fn across(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
}

/// As much of a text as fits, with a sign that there is more.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
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

    fn fitted(width: usize) -> String {
        let mut table = Table::new(&[
            ("CACHE", Align::Left),
            ("HEALTH", Align::Left),
            ("AGE", Align::Right),
            ("NOTE", Align::Left),
        ]);
        table.row(["orders".into(), "late".into(), "3d 4h".into(), "nothing looked at its last slot".into()]);
        table.row(["carts".into(), "ok".into(), "2h 0m".into(), "".into()]);
        anstream::adapter::strip_str(&table.within(width)).to_string()
    }

    #[test]
    fn a_table_that_fits_is_left_as_it_is() {
        let whole = "CACHE   HEALTH    AGE  NOTE\norders  late    3d 4h  nothing looked at its last slot\n\
                     carts   ok      2h 0m\n";
        assert_eq!(fitted(80), whole);
        assert_eq!(fitted(54), whole);
    }

    #[test]
    fn the_last_columns_words_are_cut_first_then_columns_leave_from_the_right_and_are_named() {
        let cut =
            "CACHE   HEALTH    AGE  NOTE\norders  late    3d 4h  nothing looked a…\ncarts   ok      2h 0m\n";
        assert_eq!(fitted(40), cut);
        let left = "CACHE   HEALTH    AGE\norders  late    3d 4h\ncarts   ok      2h 0m\n(no room for NOTE; a pipe shows all)\n";
        assert_eq!(fitted(30), left);
        let two = "CACHE   HEALTH\norders  late\ncarts   ok\n(no room for AGE, NOTE; a pipe shows all)\n";
        assert_eq!(fitted(16), two);
        assert_eq!(fitted(3), two, "what a row is about stays");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_as_long_as_two_columns_fit() {
        for width in 14..60 {
            let lines = fitted(width);
            let rows = lines.lines().filter(|line| !line.starts_with('('));
            assert!(rows.into_iter().all(|line| line.chars().count() <= width), "{width}: {lines}");
        }
    }
}
