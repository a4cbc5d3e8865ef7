//! Copying a record: everything that may stand twice, under a name of its own.

use super::checks::require;
use super::{Deed, RecordError, create};
use opbx_kernel::RecordId;
use opbx_kernel::fold::fold;
use opbx_platform::field::{Field, FieldKind};
use opbx_platform::{Domain, Model, Value, Values};
use opbx_store::{SaveError, Search, Tx};
use std::collections::HashSet;

/// Names that are tried for one copy: " (copy)", " (copy 2)" and so on.
pub const COPY_NAMES_MAX: usize = 100;

/// Creates a copy of a record and answers with its id; `changes` take precedence over what is copied.
///
/// Left out are secrets, what may stand only once, and the records that belong to this one. A name that may stand
/// only once gets " (copy)".
pub async fn copy(
    tx: &mut Tx,
    model: &Model,
    id: RecordId,
    changes: Values,
) -> Result<RecordId, RecordError> {
    require(tx.scope(), model, Deed::Read)?;
    require(tx.scope(), model, Deed::Create)?;
    let models = tx.models();
    let name = model.name.as_str();
    let seen = models.model(name).unwrap_or(model);
    let copied: Vec<&Field> = seen.fields.iter().filter(|field| is_copied(seen, field)).collect();
    let names: Vec<&str> = copied.iter().map(|field| field.name.as_str()).collect();
    let mut rows = tx.read(name, &[id], &names).await?;
    let Some(row) = rows.pop() else {
        return Err(SaveError::Absent { model: name.to_owned(), id }.into());
    };
    let mut values = Values::new();
    for (field, value) in copied.into_iter().zip(row.values) {
        if changes.contains_key(&field.name) {
            continue;
        }
        let value = match value {
            Value::Text(text) if field.unique.is_some() => {
                Value::Text(free_name(tx, seen, field, &text).await?)
            }
            other => other,
        };
        values.insert(field.name.clone(), value);
    }
    values.extend(changes);
    create(tx, model, values).await
}

fn is_copied(model: &Model, field: &Field) -> bool {
    match field.kind {
        FieldKind::Secret | FieldKind::One2many { .. } => false,
        // A name can be made another one; a number, an address or a code cannot.
        FieldKind::Char { .. } if field.unique.is_some() => {
            model.display == field.name && field.format.is_none()
        }
        _ => field.copy,
    }
}

/// The first of "Sales (copy)", "Sales (copy 2)" and so on that no record of the tenant has, archived or not.
async fn free_name(tx: &mut Tx, model: &Model, field: &Field, text: &str) -> Result<String, RecordError> {
    let FieldKind::Char { size } = field.kind else { return Ok(text.to_owned()) };
    let candidates: Vec<String> = (1..=COPY_NAMES_MAX).map(|count| candidate(text, count, size)).collect();
    let taken = taken_by(field, &candidates);
    let search = Search { fields: &[&field.name], archived: true, ..Search::default() };
    let mut whole = tx.as_system("names that are taken, whoever may see them");
    let rows = whole.search(model.name.as_str(), &taken, search).await?;
    let taken: HashSet<String> = rows
        .into_iter()
        .filter_map(|row| match row.values.into_iter().next() {
            Some(Value::Text(text)) => Some(fold(&text)),
            _ => None,
        })
        .collect();
    let free = candidates.into_iter().find(|candidate| !taken.contains(&fold(candidate)));
    free.ok_or_else(|| RecordError::NoFreeName { model: model.name.to_string() })
}

/// Who has one of the names; where the field is folded, in whatever case.
fn taken_by(field: &Field, candidates: &[String]) -> Domain {
    if !field.folded {
        return Domain::is_in(&field.name, candidates.iter().map(String::as_str));
    }
    let each = candidates.iter().map(|name| Domain::eq_ilike(&field.name, name));
    each.fold(Domain::none(), Domain::or)
}

/// Cut so that the name still fits its field.
fn candidate(text: &str, count: usize, size: usize) -> String {
    let suffix = if count == 1 { " (copy)".to_owned() } else { format!(" (copy {count})") };
    fitting(text, &suffix, size)
}

/// A name with a suffix, cut before it so that both fit a field of `size` characters.
pub(crate) fn fitting(text: &str, suffix: &str, size: usize) -> String {
    let kept: String = text.chars().take(size.saturating_sub(suffix.chars().count())).collect();
    kept + suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copys_name_says_so_and_fits() {
        assert_eq!(candidate("Sales", 1, 100), "Sales (copy)");
        assert_eq!(candidate("Sales", 12, 100), "Sales (copy 12)");
        assert_eq!(candidate("Support", 2, 12), "Sup (copy 2)");
    }
}
