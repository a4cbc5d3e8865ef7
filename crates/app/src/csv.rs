//! Comma-separated values (RFC 4180) as spreadsheets write them: with quotes, `;` for a comma, and a byte order mark.

/// Rows that are read at most, the headings not among them.
pub const ROWS_MAX: usize = 5_000;
/// Columns of a row at most.
pub const COLUMNS_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    #[error("the file is not UTF-8 text")]
    NotText,
    #[error("the file is empty: its first line names the columns")]
    Empty,
    #[error("the file has more than {ROWS_MAX} rows")]
    TooManyRows,
    #[error("line {line} has more than {COLUMNS_MAX} columns")]
    TooManyColumns { line: usize },
    #[error("a quote that opens in line {line} is never closed")]
    OpenQuote { line: usize },
}

/// A file with its first line as the names of the columns, in small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the file, from 1 on.
    pub line: usize,
    pub cells: Vec<String>,
}

impl Table {
    /// The cell of a column, without space around it; empty where the row is too short.
    pub fn cell<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        let at = self.columns.iter().position(|known| known == column);
        at.and_then(|at| row.cells.get(at)).map_or("", |cell| cell.trim())
    }
}

/// Reads a file. Lines without anything in them are passed over.
///
/// ```
/// # use opbx_app::csv::read;
/// let table = read(b"Number;Name\r\n+12125550100;\"Main; \"\"front\"\" desk\"\r\n").expect("a table");
/// assert_eq!(table.columns, ["number", "name"]);
/// assert_eq!(table.cell(&table.rows[0], "name"), "Main; \"front\" desk");
/// ```
pub fn read(bytes: &[u8]) -> Result<Table, CsvError> {
    let text = std::str::from_utf8(bytes).map_err(|_| CsvError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().find(|line| !line.trim().is_empty()).ok_or(CsvError::Empty)?;
    // Whichever the headings have more of; a name of a column holds neither.
    let count = |mark: char| first.matches(mark).count();
    let comma = [';', '\t'].into_iter().find(|mark| count(*mark) > count(',')).unwrap_or(',');
    let mut reader = Reader { chars: text.chars().peekable(), comma, line: 1 };
    let mut rows = Vec::new();
    while let Some(row) = reader.row()? {
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if rows.len() > ROWS_MAX {
            return Err(CsvError::TooManyRows);
        }
        rows.push(row);
    }
    let mut rows = rows.into_iter();
    let headings = rows.next().ok_or(CsvError::Empty)?;
    let columns = headings.cells.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    Ok(Table { columns, rows: rows.collect() })
}

struct Reader<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    comma: char,
    line: usize,
}

impl Reader<'_> {
    fn row(&mut self) -> Result<Option<Row>, CsvError> {
        if self.chars.peek().is_none() {
            return Ok(None);
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            if cells.len() == COLUMNS_MAX {
                return Err(CsvError::TooManyColumns { line });
            }
            let cell = if self.chars.next_if_eq(&'"').is_some() { self.quoted()? } else { String::new() };
            let (cell, more) = self.rest(cell);
            cells.push(cell);
            if !more {
                return Ok(Some(Row { line, cells }));
            }
        }
    }

    /// What stands between quotes, of which two are one.
    fn quoted(&mut self) -> Result<String, CsvError> {
        let opened = self.line;
        let mut cell = String::new();
        loop {
            match self.chars.next() {
                None => return Err(CsvError::OpenQuote { line: opened }),
                Some('"') if self.chars.next_if_eq(&'"').is_some() => cell.push('"'),
                Some('"') => return Ok(cell),
                Some(letter) => {
                    self.line += usize::from(letter == '\n');
                    cell.push(letter);
                }
            }
        }
    }

    /// What follows up to the end of the cell; whether another cell comes after it.
    fn rest(&mut self, mut cell: String) -> (String, bool) {
        loop {
            match self.chars.next() {
                None => return (cell, false),
                Some('\r') if self.chars.peek() == Some(&'\n') => {}
                Some('\n') => {
                    self.line += 1;
                    return (cell, false);
                }
                Some(letter) if letter == self.comma => return (cell, true),
                Some(letter) => cell.push(letter),
            }
        }
    }
}

/// Writes one row (RFC 4180), with quotes where they are needed.
///
/// What a spreadsheet would take for a formula gets an apostrophe before it; numbers, telephone numbers too, stay as they
/// are.
///
/// ```
/// # use opbx_app::csv::write_row;
/// let mut file = Vec::new();
/// write_row(&mut file, ["+12125550100", "=1+1", "a, b", "\"c\""]);
/// assert_eq!(file, b"+12125550100,'=1+1,\"a, b\",\"\"\"c\"\"\"\r\n");
/// ```
pub fn write_row<'a>(file: &mut Vec<u8>, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            file.push(b',');
        }
        let guard = if is_formula(cell) { "'" } else { "" };
        if cell.contains(['"', ',', '\r', '\n']) {
            file.push(b'"');
            file.extend_from_slice(guard.as_bytes());
            file.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            file.push(b'"');
        } else {
            file.extend_from_slice(guard.as_bytes());
            file.extend_from_slice(cell.as_bytes());
        }
    }
    file.extend_from_slice(b"\r\n");
}

fn is_formula(cell: &str) -> bool {
    let rest = match cell.trim_start_matches(' ').strip_prefix(['+', '-']) {
        Some(rest) => rest,
        None => return cell.trim_start_matches(' ').starts_with(['=', '@', '\t', '\r']),
    };
    !rest.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_no_formula() {
        let cells = ["a\"b", "1,2", "x\ny", "-5.25", "+442079460018", "plain"];
        let mut file = Vec::new();
        write_row(&mut file, ["a", "b", "c", "d", "e", "f"]);
        write_row(&mut file, cells);
        let table = read(&file).expect("a table");
        assert_eq!(table.rows[0].cells, cells);
        for bad in ["=cmd|' /C calc'!A0", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1", " =1"] {
            let mut file = Vec::new();
            write_row(&mut file, [bad]);
            let text = String::from_utf8(file).expect("text");
            assert!(text.trim_start_matches('"').starts_with('\''), "{text}");
        }
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text.as_bytes()).expect("a table").rows.into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn cells_hold_commas_quotes_and_lines_between_quotes() {
        assert_eq!(cells("a,b\n\"1,\"\"2\n3\",x\n"), [["1,\"2\n3", "x"]]);
        assert_eq!(cells("\u{feff}a\tb\r\n1\t2"), [["1", "2"]]);
        assert_eq!(cells("a,b\n\n , \n1,\n"), [["1", ""]], "empty lines are passed over");
    }

    #[test]
    fn lines_are_counted_through_quotes() {
        let table = read(b"a\n\"x\ny\"\nz\n").expect("a table");
        assert_eq!(table.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn what_is_no_table_says_why() {
        assert_eq!(read(b"\xff"), Err(CsvError::NotText));
        assert_eq!(read(b" \n\n"), Err(CsvError::Empty));
        assert_eq!(read(b"a\n\"b"), Err(CsvError::OpenQuote { line: 2 }));
        let wide = vec!["a"; COLUMNS_MAX + 1].join(",");
        assert_eq!(read(wide.as_bytes()), Err(CsvError::TooManyColumns { line: 1 }));
        let long = "a\n".repeat(ROWS_MAX + 1);
        assert_eq!(read(long.as_bytes()).map(|table| table.rows.len()), Ok(ROWS_MAX));
        assert_eq!(read(format!("{long}a\n").as_bytes()), Err(CsvError::TooManyRows));
    }
}
