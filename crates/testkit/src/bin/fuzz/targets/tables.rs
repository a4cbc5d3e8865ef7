//! Files of comma-separated values: read into rows of bounded number, or refused in a sentence.

use crate::target::{Judged, Seen, Target};
use opbx_app::csv::{COLUMNS_MAX, ROWS_MAX, read};

const WORDS: &[&str] = &[
    "phone_number",
    "friendly_name",
    "routing_type",
    "target",
    "status",
    ",",
    ";",
    "\t",
    "\"",
    "\"\"",
    "\n",
    "\r\n",
    "\r",
    "\u{feff}",
    "+12125550100",
    "extension",
    "1001",
    "active",
];

pub(crate) fn target() -> Target {
    let examples = [
        "phone_number,friendly_name\n+12125550100,Main\n",
        "\u{feff}phone_number;friendly_name\r\n+12125550100;\"Main; \"\"front\"\"\r\ndesk\"\r\n",
    ];
    let examples = examples.into_iter().map(|example| example.as_bytes().to_vec()).collect();
    Target { name: "tables", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(input: &[u8]) -> Judged {
    let table = match read(input) {
        Ok(table) => table,
        Err(error) => return Seen::refused(&error.to_string()),
    };
    if table.rows.len() > ROWS_MAX || table.rows.iter().any(|row| row.cells.len() > COLUMNS_MAX) {
        return Err("more rows or columns than any table has".into());
    }
    let lines = input.iter().filter(|byte| **byte == b'\n').count() + 1;
    let mut before = 0;
    for row in &table.rows {
        if row.line <= before || row.line > lines {
            return Err(format!("line {} of {lines} after line {before}", row.line));
        }
        before = row.line;
    }
    if table
        .columns
        .iter()
        .any(|column| table.rows.iter().any(|row| table.cell(row, column).len() > input.len()))
    {
        return Err("a cell is longer than the file".into());
    }
    Ok(Seen::taken((table.columns.len().min(4), table.rows.len().min(4))))
}
