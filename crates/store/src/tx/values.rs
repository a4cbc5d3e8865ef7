//! Values on their way between fields and columns: defaults, checks, folding, and the stamps of each write.

use crate::dialect::{ColumnType, DECIMAL_MAX, DECIMAL_PLACES_MAX, Dialect};
use crate::error::SaveError;
use crate::tx::PLAN_VERSION;
use crate::tx::outbox::OUTBOX_SEQUENCE;
use opbx_kernel::fold::fold;
use opbx_kernel::{Scope, Timestamp};
use opbx_platform::field::{Field, FieldError, FieldKind, Translations, round_money};
use opbx_platform::{Model, Tenancy, Value, Values};
use std::collections::BTreeMap;

/// Completes the values of a new record by defaults, and judges every field.
pub(crate) fn complete(model: &Model, mut given: Values) -> Result<Values, SaveError> {
    known(model, &given)?;
    let fields = model.fields.iter().filter(|field| !matches!(field.kind, FieldKind::One2many { .. }));
    let values: Values = fields
        .map(|field| {
            let value = given.remove(&field.name).or_else(|| field.default.clone()).unwrap_or(Value::Null);
            (field.name.clone(), field.normal(value))
        })
        .collect();
    checked(model, values)
}

/// Judges the values of a change.
pub(crate) fn partial(model: &Model, given: Values) -> Result<Values, SaveError> {
    known(model, &given)?;
    let normalized = given.into_iter().filter_map(|(name, value)| {
        let value = model.field(&name)?.normal(value);
        Some((name, value))
    });
    checked(model, normalized.collect())
}

fn known(model: &Model, given: &Values) -> Result<(), SaveError> {
    for name in given.keys() {
        let unknown = || SaveError::UnknownField { model: model.name.to_string(), field: name.clone() };
        let field = model.field(name).ok_or_else(unknown)?;
        let is_counted_here = model.tenancy == Tenancy::TenantItself
            && [PLAN_VERSION, OUTBOX_SEQUENCE].contains(&name.as_str());
        if is_counted_here || matches!(field.kind, FieldKind::One2many { .. }) {
            return Err(SaveError::NotWritable { model: model.name.to_string(), field: name.clone() });
        }
    }
    Ok(())
}

fn checked(model: &Model, values: Values) -> Result<Values, SaveError> {
    let mut faults = BTreeMap::new();
    for (name, value) in &values {
        let Some(field) = model.field(name) else { continue };
        let judged = field.check(value).and_then(|()| match value {
            // PostgreSQL holds no NUL in a text, not even inside JSON.
            Value::Json(json) if json.to_string().contains("\\u0000") => Err(FieldError::ControlCharacter),
            _ => Ok(()),
        });
        if let Err(fault) = judged {
            faults.insert(name.clone(), fault);
        }
    }
    if faults.is_empty() {
        Ok(values)
    } else {
        Err(SaveError::Invalid { model: model.name.to_string(), faults })
    }
}

/// Binds a value to its column, and its folded form to the column beside it.
pub(crate) fn columns_of(
    dialect: Dialect,
    model: &Model,
    field: &Field,
    value: &Value,
) -> Result<Vec<(String, sea_query::Value)>, SaveError> {
    let Some(column) = ColumnType::of(&field.kind) else { return Ok(Vec::new()) };
    let unfit = || {
        let fault = match value {
            Value::Decimal(number) if number.is_sign_negative() => FieldError::TooSmall { min: -DECIMAL_MAX },
            Value::Decimal(_) => FieldError::TooBig { max: DECIMAL_MAX },
            _ => FieldError::WrongType { expected: field.kind.shape(), found: value.shape() },
        };
        SaveError::Invalid {
            model: model.name.to_string(),
            faults: BTreeMap::from([(field.name.clone(), fault)]),
        }
    };
    let mut columns = vec![(field.name.clone(), dialect.bind(column, value).ok_or_else(unfit)?)];
    if let Some(name) = field.folded_column() {
        let folded = match value {
            Value::Text(text) => Value::Text(fold(text)),
            _ => Value::Null,
        };
        columns.push((name, dialect.bind(ColumnType::Text, &folded).ok_or_else(unfit)?));
    }
    Ok(columns)
}

/// Rounds amounts of money; `digits_of` tells what the currency in a field says, where it says anything.
pub(crate) fn round_amounts(model: &Model, values: &mut Values, digits_of: impl Fn(&str) -> Option<u8>) {
    for field in &model.fields {
        let FieldKind::Monetary { digits, currency, .. } = &field.kind else { continue };
        if let Some(Value::Decimal(amount)) = values.get_mut(&field.name) {
            let digits = digits_of(currency).unwrap_or(*digits).min(DECIMAL_PLACES_MAX);
            *amount = round_money(*amount, digits);
        }
    }
}

/// The translations of a new record's text: in another language than the base, the text given is one of them.
pub(crate) fn new_translations(
    dialect: Dialect,
    field: &Field,
    value: &Value,
    language: Option<&str>,
) -> Option<(String, sea_query::Value)> {
    let column = field.translations_column()?;
    let mut translations = Translations::default();
    if let (Some(language), Value::Text(text)) = (language, value) {
        translations.set(language, Some(text));
    }
    Some((column, bound_translations(dialect, translations)))
}

pub(crate) fn bound_translations(dialect: Dialect, translations: Translations) -> sea_query::Value {
    let json = translations.into_json().map_or(Value::Null, Value::Json);
    dialect.bind(ColumnType::Json, &json).expect("both databases hold every JSON object")
}

/// Who wrote, and when: the columns `created_*` or `updated_*`.
pub(crate) fn stamp(
    dialect: Dialect,
    deed: &str,
    scope: Option<&Scope>,
    now: Timestamp,
) -> Vec<(String, sea_query::Value)> {
    let user = scope.and_then(Scope::user_id).map(|user| user.get());
    let at = dialect
        .bind(ColumnType::Instant, &Value::Instant(now))
        .expect("both databases hold every instant that a clock tells");
    vec![(format!("{deed}_at"), at), (format!("{deed}_by"), sea_query::Value::BigInt(user))]
}

/// Gives what a column holds the shape that its field has; `None` where it does not fit.
pub(crate) fn from_column(field: Option<&Field>, value: Value) -> Option<Value> {
    match (field.map(|field| &field.kind), value) {
        // A secret leaves by `reveal` only.
        (Some(FieldKind::Secret), _) => Some(Value::Null),
        (Some(FieldKind::Many2one { .. }), value @ Value::Int(_)) => {
            crate::statement::records::record_id(&value).map(Value::Record)
        }
        (Some(FieldKind::Destination), Value::Text(text)) => text.parse().ok().map(Value::Destination),
        (Some(FieldKind::Reference { .. }), Value::Text(text)) => text.parse().ok().map(Value::Reference),
        (_, value) => Some(value),
    }
}
