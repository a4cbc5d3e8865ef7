//! Lists inside a record: the records that belong to it are brought to what the file lists, in its order.

use super::file::{Wanted, WantedElement, WantedList};
use super::{ApplyError, Applying};
use crate::records;
use opbx_kernel::RecordId;
use opbx_platform::record::Row;
use opbx_platform::{Domain, FieldKind, Model, Value, Values};
use opbx_store::Search;

/// The fields whose number says an element's place in its list.
const POSITIONS: [&str; 2] = ["priority", "sequence"];

/// Creates, changes and deletes until the list is as wanted. Tells whether anything changed.
pub(super) async fn apply(
    applying: &mut Applying<'_>,
    parent: RecordId,
    list: &WantedList<'_>,
    wanted: &[Wanted<'_>],
) -> Result<bool, ApplyError> {
    let model = list.model;
    let keys = key_fields(list);
    let belonging = Domain::eq(&list.inverse, Value::Record(parent));
    let search = Search { fields: &keys, archived: true, ..Search::default() };
    let mut existing = applying.tx.search(model.name.as_str(), &belonging, search).await?;
    let mut changed = false;
    for (at, element) in list.elements.iter().enumerate() {
        let values = values(applying, parent, list, at, element, wanted).await?;
        let blame = |error: records::RecordError| element.place.refuse(error);
        let id = match taken(&mut existing, &keys, &values) {
            Some(row) => {
                records::update(&mut applying.tx, model, row.id, values, None).await.map_err(blame)?;
                let now = applying.tx.read(model.name.as_str(), &[row.id], &[]).await?;
                changed |= now.first().is_some_and(|now| now.version != row.version);
                row.id
            }
            None => {
                changed = true;
                records::create(&mut applying.tx, model, values).await.map_err(blame)?
            }
        };
        // As deep as the file's tables are nested, which the TOML parser bounds.
        for inner in &element.lists {
            changed |= Box::pin(apply(applying, id, inner, wanted)).await?;
        }
        records::check_whole(&mut applying.tx, model, id).await.map_err(blame)?;
    }
    for row in existing {
        let refused = |error: records::RecordError| list.place.refuse(error);
        records::delete(&mut applying.tx, model, row.id).await.map_err(refused)?;
        applying.deleted += 1;
        changed = true;
    }
    Ok(changed)
}

async fn values(
    applying: &mut Applying<'_>,
    parent: RecordId,
    list: &WantedList<'_>,
    at: usize,
    element: &WantedElement<'_>,
    wanted: &[Wanted<'_>],
) -> Result<Values, ApplyError> {
    let mut values = Values::from([(list.inverse.clone(), Value::Record(parent))]);
    for field in &element.fields {
        let value = applying.resolve(field.field, &field.literal, &field.place, wanted).await?;
        values.insert(field.field.name.clone(), value.expect("every record of the file exists now"));
    }
    if let Some(position) = position(list.model) {
        values.entry(position.to_owned()).or_insert(Value::Int(at as i64 + 1));
    }
    Ok(values)
}

/// Takes the existing record that an element stands for: the one with the same key, or the next where there is no key.
fn taken(existing: &mut Vec<Row>, keys: &[&str], values: &Values) -> Option<Row> {
    let same = |row: &Row| keys.iter().zip(&row.values).all(|(key, held)| values.get(*key) == Some(held));
    let at = existing.iter().position(same)?;
    Some(existing.remove(at))
}

/// The fields that, beside the parent, tell one element from another.
fn key_fields<'a>(list: &WantedList<'a>) -> Vec<&'a str> {
    let with_parent = list.model.unique.iter().find(|group| group.contains(&list.inverse));
    let others = with_parent.into_iter().flatten().filter(|field| **field != list.inverse);
    others.map(String::as_str).collect()
}

fn position(model: &Model) -> Option<&'static str> {
    let is_number =
        |name: &&str| model.field(name).is_some_and(|field| matches!(field.kind, FieldKind::Integer { .. }));
    POSITIONS.into_iter().find(|name| is_number(name))
}
