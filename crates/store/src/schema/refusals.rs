//! What following the models would lose, counted, and the step that would say what becomes of it.

use crate::connection::Connection;
use crate::error::StoreError;
use crate::statement::machinery;
use opbx_platform::Value;

/// One thing that stands in the way. Some of them only do where records are concerned.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A column or a list of records that no model declares.
    Undeclared {
        model: String,
        field: String,
        table: String,
        is_fenced: bool,
        holds: String,
    },
    UndeclaredModel {
        model: String,
        table: String,
        module: String,
    },
    /// A column of another type, to which no step leads.
    Retyped {
        what: String,
        from: String,
        to: String,
    },
    Unreferred {
        what: String,
        to: String,
    },
    /// A narrowed field; with a step that says `refuse`, only where values do not fit.
    Unfit {
        model: String,
        field: String,
        table: String,
        is_fenced: bool,
        condition: String,
        has_step: bool,
    },
    /// A field that is required from now on; refused only where records hold nothing in it.
    Required {
        model: String,
        field: String,
        table: String,
        condition: String,
    },
}

impl Refusal {
    pub(crate) fn is_about(&self, of: &str, named: &str) -> bool {
        match self {
            Self::Undeclared { model, field, .. } | Self::Unfit { model, field, .. } => {
                model == of && field == named
            }
            Self::Retyped { what, .. } => *what == format!("{of}.{named}"),
            _ => false,
        }
    }

    /// Says it in a sentence, with how many records it is about; `None` where it is about none and so no obstacle.
    pub(crate) async fn sentence(&self, connection: &mut Connection) -> Result<Option<String>, StoreError> {
        Ok(match self {
            Self::Undeclared { model, field, table, is_fenced, holds } => {
                let count = count(connection, table, *is_fenced, holds).await?;
                let held = held(count, "holds a value", "hold a value");
                Some(format!(
                    "{model}.{field} is in the database, where {held}, but no model declares it: a migration step \
                     must say what becomes of it (rename_field or drop_field)"
                ))
            }
            Self::UndeclaredModel { model, table, module } => {
                let count = count(connection, table, true, "1 = 1").await?;
                Some(format!(
                    "the model {model} is in the database with {}, but the module {module} no longer declares it: a \
                     migration step must say what becomes of it (rename_model or drop_model)",
                    records(count)
                ))
            }
            Self::Retyped { what, from, to } => Some(format!(
                "{what} is {from} in the database, and would become {to}, to which no step leads: give the new field \
                 another name"
            )),
            Self::Unreferred { what, to } => {
                Some(format!("{what} refers to {to} in the database, but no longer by the models"))
            }
            Self::Unfit { model, field, table, is_fenced, condition, has_step } => {
                let count = count(connection, table, *is_fenced, condition).await?;
                let held = held(count, "holds a value that does not fit", "hold a value that does not fit");
                match (has_step, count) {
                    (true, 0) => None,
                    (true, _) => Some(format!("{model}.{field} takes less than before, and {held}")),
                    (false, _) => Some(format!(
                        "{model}.{field} takes less than before, and {held}: a migration step must say what becomes \
                         of what does not (narrow)"
                    )),
                }
            }
            Self::Required { model, field, table, condition } => {
                let count = count(connection, table, true, condition).await?;
                (count > 0).then(|| {
                    let held = held(count, "holds nothing in it", "hold nothing in it");
                    format!(
                        "{model}.{field} is required from now on, but {held}: a migration step must say what they get \
                         (fill)"
                    )
                })
            }
        })
    }
}

fn records(count: i64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}

fn held(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", records(count), if count == 1 { one } else { many })
}

/// Counts every tenant's rows, with the table's fence down for as long as that takes.
async fn count(
    connection: &mut Connection,
    table: &str,
    is_fenced: bool,
    condition: &str,
) -> Result<i64, StoreError> {
    let [down, up] = match is_fenced {
        true => connection.dialect().fence_down_and_up(table),
        false => [None, None],
    };
    connection.define(down.map(machinery::definition).into_iter().collect()).await?;
    let rows = connection.fetch(machinery::counted(table, condition)).await?;
    connection.define(up.map(machinery::definition).into_iter().collect()).await?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(count)) => Ok(*count),
        _ => Err(StoreError::Damaged { column: "count".to_owned() }),
    }
}
