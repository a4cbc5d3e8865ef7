//! Tables and rows as JSON: the same text whichever database they come from.
//!
//! A row is a list with a place for each column. Whole numbers and floats are numbers; decimals and dates are texts;
//! an instant is its microseconds since 1970; JSON is its own text, so that `null` is not nothing; bytes are base64.

use super::{BackupColumn, BackupTable};
use crate::dialect::ColumnType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opbx_kernel::Timestamp;
use opbx_platform::Value;
use serde_json::{Value as Json, json};

const WORDS: [(&str, ColumnType); 9] = [
    ("integer", ColumnType::Integer),
    ("boolean", ColumnType::Boolean),
    ("text", ColumnType::Text),
    ("decimal", ColumnType::Decimal),
    ("float", ColumnType::Float),
    ("date", ColumnType::Date),
    ("instant", ColumnType::Instant),
    ("json", ColumnType::Json),
    ("bytes", ColumnType::Bytes),
];

/// What a backup says that is no table, or no row of its table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitLine {
    #[error("it describes no table")]
    NoTable,
    #[error("{0:?} is no name of a table or a column")]
    BadName(String),
    #[error("a row of {table} has {found} values for {wanted} columns")]
    Count { table: String, found: usize, wanted: usize },
    #[error("a value of {table}.{column} does not fit it")]
    Value { table: String, column: String },
}

impl BackupTable {
    pub fn to_json(&self) -> Json {
        let word = |kind| WORDS.iter().find(|(_, own)| *own == kind).map_or("", |(word, _)| word);
        let columns: Vec<Json> = self
            .columns
            .iter()
            .map(|column| json!([column.name, word(column.kind), column.not_null]))
            .collect();
        json!({
            "table": self.name, "columns": columns, "key": self.key, "numbered": self.numbered,
            "last_id": self.last_id,
        })
    }

    pub fn from_json(json: &Json) -> Result<Self, UnfitLine> {
        let text = |key: &str| json.get(key).and_then(Json::as_str);
        let list = |key: &str| json.get(key).and_then(Json::as_array).ok_or(UnfitLine::NoTable);
        let name = checked(text("table").ok_or(UnfitLine::NoTable)?)?;
        let columns = list("columns")?.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        let keys = list("key")?.iter().map(|key| checked(key.as_str().ok_or(UnfitLine::NoTable)?));
        let table = Self {
            name,
            columns,
            key: keys.collect::<Result<_, _>>()?,
            numbered: json.get("numbered").and_then(Json::as_bool).ok_or(UnfitLine::NoTable)?,
            last_id: json.get("last_id").and_then(Json::as_i64).ok_or(UnfitLine::NoTable)?,
        };
        let has_key = !table.key.is_empty() && table.key.iter().all(|key| table.place_of(key).is_some());
        if has_key { Ok(table) } else { Err(UnfitLine::NoTable) }
    }

    pub fn row_to_json(&self, row: &[Value]) -> Json {
        Json::Array(row.iter().map(cell_to_json).collect())
    }

    pub fn row_from_json(&self, row: &[Json]) -> Result<Vec<Value>, UnfitLine> {
        let (found, wanted) = (row.len(), self.columns.len());
        if found != wanted {
            return Err(UnfitLine::Count { table: self.name.clone(), found, wanted });
        }
        let cells = self.columns.iter().zip(row).map(|(column, cell)| {
            let is_missing = column.not_null && cell.is_null();
            let value = cell_from_json(column.kind, cell).filter(|_| !is_missing);
            let (table, column) = (self.name.clone(), column.name.clone());
            value.ok_or(UnfitLine::Value { table, column })
        });
        cells.collect()
    }
}

fn column(json: &Json) -> Result<BackupColumn, UnfitLine> {
    let [Json::String(name), Json::String(kind), Json::Bool(not_null)] =
        json.as_array().map_or(&[][..], Vec::as_slice)
    else {
        return Err(UnfitLine::NoTable);
    };
    let kind = WORDS.iter().find(|(word, _)| word == kind).ok_or(UnfitLine::NoTable)?.1;
    Ok(BackupColumn { name: checked(name)?, kind, not_null: *not_null })
}

/// Lets only such names into statements as mean nothing but themselves.
fn checked(name: &str) -> Result<String, UnfitLine> {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_plain { Ok(name.to_owned()) } else { Err(UnfitLine::BadName(name.to_owned())) }
}

fn cell_to_json(value: &Value) -> Json {
    match value {
        Value::Int(number) => json!(number),
        Value::Record(id) => json!(id.get()),
        Value::Bool(held) => json!(held),
        Value::Text(text) => json!(text),
        Value::Decimal(number) => json!(number.to_string()),
        Value::Float(number) => json!(number),
        Value::Date(date) => json!(date.to_string()),
        Value::Instant(at) => json!(at.as_microsecond()),
        Value::Json(json) => json!(json.to_string()),
        Value::Bytes(bytes) => json!(STANDARD.encode(bytes)),
        // A column holds nothing else.
        _ => Json::Null,
    }
}

fn cell_from_json(kind: ColumnType, cell: &Json) -> Option<Value> {
    if cell.is_null() {
        return Some(Value::Null);
    }
    Some(match kind {
        ColumnType::Integer => Value::Int(cell.as_i64()?),
        ColumnType::Boolean => Value::Bool(cell.as_bool()?),
        ColumnType::Text => Value::Text(cell.as_str()?.to_owned()),
        ColumnType::Decimal => Value::Decimal(cell.as_str()?.parse().ok()?),
        ColumnType::Float => Value::Float(cell.as_f64()?),
        ColumnType::Date => Value::Date(cell.as_str()?.parse().ok()?),
        ColumnType::Instant => Value::Instant(Timestamp::from_microsecond(cell.as_i64()?).ok()?),
        ColumnType::Json => Value::Json(serde_json::from_str(cell.as_str()?).ok()?),
        ColumnType::Bytes => Value::Bytes(STANDARD.decode(cell.as_str()?).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> BackupTable {
        let columns = WORDS.iter().map(|(word, kind)| BackupColumn {
            name: (*word).to_owned(),
            kind: *kind,
            not_null: *word == "integer",
        });
        BackupTable {
            name: "t".into(),
            columns: columns.collect(),
            key: vec!["integer".into()],
            numbered: false,
            last_id: 7,
        }
    }

    #[test]
    fn a_row_of_every_kind_comes_back_as_it_was() {
        let row = vec![
            Value::Int(i64::MIN),
            Value::Bool(true),
            Value::Text("\u{e9}\n\"\\".into()),
            Value::Decimal("-12.345600".parse().expect("a number")),
            Value::Float(0.1),
            Value::Date("2026-02-28".parse().expect("a day")),
            Value::Instant("1969-12-31T23:59:59.000001Z".parse().expect("an instant")),
            Value::Json(Json::Null),
            Value::Bytes(vec![0, 255]),
        ];
        let table = table();
        let told = table.row_to_json(&row);
        let read = table.row_from_json(told.as_array().expect("a list"));
        assert_eq!(read, Ok(row));
        let nothing = [&[json!(1)][..], &vec![Json::Null; 8]].concat();
        assert!(table.row_from_json(&nothing).is_ok(), "nothing is nothing, of every kind");
        assert_eq!(BackupTable::from_json(&table.to_json()), Ok(table));
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let mut cells = vec![Json::Null; 9];
        let refused = table().row_from_json(&cells).expect_err("a key that is missing");
        assert_eq!(refused, UnfitLine::Value { table: "t".into(), column: "integer".into() });
        cells[0] = json!(1.5);
        assert!(table().row_from_json(&cells).is_err());
        assert!(table().row_from_json(&[json!(1)]).is_err());
        let mut told = table().to_json();
        told["columns"][1][0] = json!("x\"; drop");
        assert_eq!(BackupTable::from_json(&told), Err(UnfitLine::BadName("x\"; drop".into())));
    }
}
