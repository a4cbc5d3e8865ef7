//! Reading in a shape: a record's fields, and the fields of the records that it names, in few statements.

use super::checks::require;
use super::{Deed, RecordError};
use opbx_kernel::RecordId;
use opbx_platform::field::{Field, FieldKind, RELATED_MAX};
use opbx_platform::record::Row;
use opbx_platform::value::write_text;
use opbx_platform::{Domain, Model, Registry, Value};
use opbx_store::{ReadError, Search, Tx};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::future::Future;
use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;

/// How deep a shape goes into records that records name.
pub const SHAPE_DEPTH_MAX: usize = 5;
/// Fields of one shape, all levels together.
pub const SHAPE_FIELDS_MAX: usize = 500;
/// The name that stands for whatever field a record is shown by.
const DISPLAY_NAME: &str = "display_name";

/// The fields to read, and what to read of the records that they name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    fields: Vec<Asked>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    name: String,
    inside: Option<Inside>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inside {
    shape: Shape,
    /// Records of each list that are read; those beyond are told by their ids alone.
    limit: usize,
}

/// Why a shape is refused. `path` leads to the place, `members.extension`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    #[error(
        "{path}: a shape is a list of field names, or an object of them with \"fields\" and \"limit\" inside"
    )]
    NotAShape { path: String },
    #[error("a shape has at most {SHAPE_FIELDS_MAX} fields")]
    TooManyFields,
    #[error("{path}: a shape is at most {SHAPE_DEPTH_MAX} levels deep")]
    TooDeep { path: String },
}

impl Shape {
    /// Fields of the record itself.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let asked = |name: &str| Asked { name: name.to_owned(), inside: None };
        Self { fields: names.into_iter().map(asked).collect() }
    }

    /// Adds a field whose records are read too, at most `limit` of each list.
    #[must_use]
    pub fn with(mut self, name: &str, shape: Self, limit: usize) -> Self {
        self.fields.push(Asked { name: name.to_owned(), inside: Some(Inside { shape, limit }) });
        self
    }

    /// Reads `["name", "members"]` or `{"name": {}, "members": {"fields": {"extension": {}}, "limit": 40}}`.
    pub fn parse(json: &Json) -> Result<Self, ShapeError> {
        let mut left = SHAPE_FIELDS_MAX;
        Self::parse_at(json, "", 1, &mut left)
    }

    fn parse_at(json: &Json, path: &str, depth: usize, left: &mut usize) -> Result<Self, ShapeError> {
        let refused = || ShapeError::NotAShape { path: path.to_owned() };
        if depth > SHAPE_DEPTH_MAX {
            return Err(ShapeError::TooDeep { path: path.to_owned() });
        }
        let mut fields: Vec<Asked> = Vec::new();
        match json {
            Json::Array(names) => {
                for name in names {
                    let name = name.as_str().ok_or_else(refused)?.to_owned();
                    fields.push(Asked { name, inside: None });
                }
            }
            Json::Object(map) => {
                for (name, inside) in map {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    let inside = Inside::parse(inside, &path, depth, left)?;
                    fields.push(Asked { name: name.clone(), inside });
                }
            }
            _ => return Err(refused()),
        }
        *left = left.checked_sub(fields.len()).ok_or(ShapeError::TooManyFields)?;
        Ok(Self { fields })
    }
}

impl Inside {
    fn parse(json: &Json, path: &str, depth: usize, left: &mut usize) -> Result<Option<Self>, ShapeError> {
        let refused = || ShapeError::NotAShape { path: path.to_owned() };
        let map = json.as_object().ok_or_else(refused)?;
        if map.keys().any(|key| !matches!(key.as_str(), "fields" | "limit")) {
            return Err(refused());
        }
        let limit = match map.get("limit") {
            Some(limit) => {
                let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
                limit.filter(|limit| *limit <= RELATED_MAX).ok_or_else(refused)?
            }
            None => RELATED_MAX,
        };
        let fields = map.get("fields").map(|fields| Shape::parse_at(fields, path, depth + 1, left));
        Ok(fields.transpose()?.map(|shape| Self { shape, limit }))
    }
}

/// Records as read in a shape: rows of each level, put together only when they are written.
#[derive(Debug)]
pub struct Reading {
    /// Name and declaration of each field; stamps such as `created_at` have none.
    fields: Vec<(String, Option<Field>)>,
    rows: Vec<Row>,
    /// By the place of the field: the records that it names.
    inside: HashMap<usize, Nested>,
}

#[derive(Debug)]
struct Nested {
    records: Reading,
    at: HashMap<RecordId, usize>,
    limit: usize,
}

type Level<'a> = Pin<Box<dyn Future<Output = Result<Reading, RecordError>> + Send + 'a>>;

/// Finds records and reads them in a shape: one statement for the records, one for each list, and one for each field
/// whose records are read too.
pub async fn search_read(
    tx: &mut Tx,
    model: &Model,
    domain: &Domain,
    search: Search<'_>,
    shape: &Shape,
) -> Result<Reading, RecordError> {
    require(tx.scope(), model, Deed::Read)?;
    let models = tx.models();
    let model = seen(&models, model.name.as_str())?;
    let names = names(model, shape);
    let rows = tx.search(model.name.as_str(), domain, Search { fields: &names, ..search }).await?;
    level(tx, &models, model, rows, shape).await
}

/// Reads records by their ids in a shape, in the order of the ids; those out of reach are left out.
pub async fn read(
    tx: &mut Tx,
    model: &Model,
    ids: &[RecordId],
    shape: &Shape,
) -> Result<Reading, RecordError> {
    require(tx.scope(), model, Deed::Read)?;
    let models = tx.models();
    let model = seen(&models, model.name.as_str())?;
    let rows = tx.read(model.name.as_str(), ids, &names(model, shape)).await?;
    level(tx, &models, model, rows, shape).await
}

fn seen<'a>(models: &'a Arc<Registry>, name: &str) -> Result<&'a Model, ReadError> {
    models.model(name).ok_or_else(|| ReadError::UnknownModel(name.to_owned()))
}

/// The columns to ask for: `display_name` stands for another field, or the id.
fn names<'a>(model: &'a Model, shape: &'a Shape) -> Vec<&'a str> {
    let name = |asked: &'a Asked| match asked.name.as_str() {
        DISPLAY_NAME if model.field(DISPLAY_NAME).is_none() => model.display.as_str(),
        name => name,
    };
    shape.fields.iter().map(name).collect()
}

fn level<'a>(
    tx: &'a mut Tx,
    models: &'a Arc<Registry>,
    model: &'a Model,
    rows: Vec<Row>,
    shape: &'a Shape,
) -> Level<'a> {
    Box::pin(async move {
        let mut inside = HashMap::new();
        for (place, asked) in shape.fields.iter().enumerate() {
            let Some(wanted) = &asked.inside else { continue };
            let to = match model.field(&asked.name).map(|field| &field.kind) {
                Some(
                    FieldKind::Many2one { to, .. }
                    | FieldKind::One2many { to, .. }
                    | FieldKind::Many2many { to },
                ) => to,
                _ => {
                    let (model, field) = (model.name.to_string(), asked.name.clone());
                    return Err(ReadError::NoRecordsInside { model, field }.into());
                }
            };
            let target = seen(models, to.as_str())?;
            require(tx.scope(), target, Deed::Read)?;
            let ids = named(&rows, place, wanted.limit);
            let names = names(target, &wanted.shape);
            let mut found = Vec::new();
            for ids in ids.chunks(opbx_store::SEARCH_LIMIT_MAX) {
                found.extend(tx.read(to.as_str(), ids, &names).await?);
            }
            let at = found.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
            let records = level(tx, models, target, found, &wanted.shape).await?;
            inside.insert(place, Nested { records, at, limit: wanted.limit });
        }
        let fields = shape.fields.iter().zip(names(model, shape));
        let fields = fields.map(|(asked, name)| (asked.name.clone(), model.field(name).cloned()));
        Ok(Reading { fields: fields.collect(), rows, inside })
    })
}

/// The records that a field of these rows names, each once.
fn named(rows: &[Row], place: usize, limit: usize) -> Vec<RecordId> {
    let mut ids = Vec::new();
    for row in rows {
        match row.values.get(place) {
            Some(Value::Record(id)) => ids.push(*id),
            Some(Value::Records(list)) => ids.extend(list.iter().take(limit)),
            _ => {}
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl Reading {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Appends the records as a JSON list, `[{"id": 1, "version": 1, "name": "Sales"}]`, without building a tree.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for at in 0..self.rows.len() {
            if at > 0 {
                out.push(b',');
            }
            self.write_record(at, out);
        }
        out.push(b']');
    }

    fn write_record(&self, at: usize, out: &mut Vec<u8>) {
        let row = &self.rows[at];
        write!(out, "{{\"id\":{},\"version\":{}", row.id, row.version).expect("memory can be written to");
        for (place, ((name, field), value)) in self.fields.iter().zip(&row.values).enumerate() {
            if matches!(name.as_str(), "id" | "version") {
                continue;
            }
            out.push(b',');
            write_text(name, out);
            out.push(b':');
            match (self.inside.get(&place), value) {
                (Some(nested), Value::Record(id)) => nested.write_one(*id, out),
                (Some(nested), Value::Records(ids)) => nested.write_list(ids, out),
                // Shown by its id, in words.
                (_, Value::Record(id)) if name == DISPLAY_NAME => write_text(&id.to_string(), out),
                (_, Value::Int(id)) if name == DISPLAY_NAME => write_text(&id.to_string(), out),
                (_, value) => value.write_json(field.as_ref(), out),
            }
        }
        out.push(b'}');
    }
}

impl Nested {
    /// A record out of reach is told by its id alone, as its number stands in the other record anyway.
    fn write_one(&self, id: RecordId, out: &mut Vec<u8>) {
        match self.at.get(&id) {
            Some(at) => self.records.write_record(*at, out),
            None => write!(out, "{{\"id\":{id}}}").expect("memory can be written to"),
        }
    }

    fn write_list(&self, ids: &[RecordId], out: &mut Vec<u8>) {
        out.push(b'[');
        for (at, id) in ids.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            if at < self.limit {
                self.write_one(*id, out);
            } else {
                write!(out, "{{\"id\":{id}}}").expect("memory can be written to");
            }
        }
        out.push(b']');
    }
}
