//! Terms on relations that name records: by their names, and by their place in a tree.

use super::{Fault, Parser, check_pattern, pattern};
use crate::domain::left::{Class, Left};
use crate::domain::{Domain, Op, Operand, Term};
use crate::field::FieldKind;
use crate::model::Model;
use crate::value::Value;
use opbx_kernel::RecordId;
use serde_json::Value as Json;

impl Parser<'_> {
    /// Whether texts stand where ids would: the records are named, not numbered.
    pub(super) fn is_by_name(&self, left: &Left<'_>, op: Op, operand: &Json) -> bool {
        let is_text = |json: &Json| json.is_string();
        let has_text = is_text(operand) || operand.as_array().is_some_and(|all| all.iter().any(is_text));
        let goes = !matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::ChildOf | Op::ParentOf);
        matches!(left.class, Class::One(_) | Class::Many(_)) && has_text && goes
    }

    /// A record compared with text is compared by its name; ids and names may stand in one list.
    pub(super) fn by_name(&mut self, left: &Left<'_>, op: Op, operand: &Json) -> Result<Domain, Fault> {
        let (Class::One(to) | Class::Many(to)) = left.class else {
            return Err(Fault::OperatorForType(op.as_str().to_owned(), left.holds()));
        };
        let target = self.model(to)?;
        let name = display(target)?;
        let name = Left::find(target, &name).map_err(Fault::Field)?;
        match op {
            Op::Ne | Op::NotIn => {
                let op = if op == Op::Ne { Op::Eq } else { Op::In };
                Ok(!self.by_name(left, op, operand)?)
            }
            Op::In => {
                let (names, others): (Vec<_>, Vec<_>) =
                    self.members(operand)?.iter().partition(|member| member.is_string());
                let read = |left: &Left<'_>, all: Vec<&Json>| {
                    let values = all.into_iter().map(|value| left.operand(value)).collect::<Result<_, _>>();
                    Ok(Operand::Many(values.map_err(Fault::Operand)?))
                };
                let is_in = |field: &str, operand| {
                    Domain::Term(Term { field: field.to_owned(), op: Op::In, operand })
                };
                let by_name = Domain::any(left.name, is_in(name.name, read(&name, names)?));
                if others.is_empty() {
                    return Ok(by_name);
                }
                Ok(by_name.or(is_in(left.name, read(left, others)?)))
            }
            Op::Eq => {
                let operand = Operand::One(name.operand(operand).map_err(Fault::Operand)?);
                let term = Term { field: name.name.to_owned(), op, operand };
                Ok(Domain::any(left.name, Domain::Term(term)))
            }
            _ if !name.takes(op) => Err(Fault::OperatorForType(op.as_str().to_owned(), name.holds())),
            _ => match pattern(&name, op, operand)? {
                Domain::All => Ok(Domain::All),
                named => Ok(Domain::any(left.name, named)),
            },
        }
    }

    /// `child_of` and `parent_of`: on the model itself by way of a many2one to itself, else on the model led to.
    pub(super) fn tree(
        &mut self,
        model: &Model,
        left: &Left<'_>,
        op: Op,
        operand: &Json,
    ) -> Result<Domain, Fault> {
        let is_own = left.field.is_some_and(|field| model.is_own(field));
        let (target, by, is_led_to) = match left.class {
            Class::One(to) | Class::Many(to) if !is_own => (self.model(to)?, "id", true),
            _ => (model, left.name, false),
        };
        if by == "id" && target.tree().is_none() {
            return Err(Fault::Field(format!(
                "{} forms no tree: expected a many2one `parent` to itself",
                target.name
            )));
        }
        let single = [operand.clone()];
        let members = match operand {
            Json::Array(_) => self.members(operand)?,
            _ => single.as_slice(),
        };
        let mut named = Vec::new();
        for member in members {
            match member {
                Json::Null | Json::Bool(false) => {}
                Json::String(text) => {
                    let name = display(target)?;
                    let name = Left::find(target, &name).map_err(Fault::Field)?;
                    if !name.takes(Op::Ilike) {
                        return Err(Fault::OperatorForType(op.as_str().to_owned(), name.holds()));
                    }
                    check_pattern(text)?;
                    named.push(Value::Text(text.clone()));
                }
                json => {
                    let id = json.as_i64().and_then(|id| RecordId::new(id).ok());
                    let refuse = || Fault::Operand("must be a record's id or its name".to_owned());
                    named.push(Value::Record(id.ok_or_else(refuse)?));
                }
            }
        }
        let term = Term { field: by.to_owned(), op, operand: Operand::Many(named) };
        let in_tree = Domain::Term(term);
        Ok(if is_led_to { Domain::any(left.name, in_tree) } else { in_tree })
    }
}

/// The field that a model's records are named by.
fn display(model: &Model) -> Result<String, Fault> {
    match model.field(&model.display).map(|field| &field.kind) {
        Some(FieldKind::Char { .. }) => Ok(model.display.clone()),
        _ => {
            Err(Fault::Operand(format!("must be a record's id: the records of {} have no name", model.name)))
        }
    }
}
