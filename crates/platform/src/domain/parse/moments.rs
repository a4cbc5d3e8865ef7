//! Terms on dates and instants: days against instants, and parts of dates.

use super::{Fault, Parser, WORDS, Word, check_order, is_falsy};
use crate::domain::left::{Class, Left};
use crate::domain::parts::Part;
use crate::domain::relative::{Moment, day_start};
use crate::domain::{DATE_PARTS_MAX, Domain, DomainError, Op, Operand, PartTerm, Term};
use crate::source::unknown_word;
use crate::value::Value;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value as Json;

/// What a moment is compared as.
enum Settled {
    Value(Value),
    /// From the first instant up to, and without, the second.
    Whole(Timestamp, Timestamp),
}

impl Parser<'_> {
    /// A day against an instant means that whole day in the asker's zone.
    pub(super) fn by_moment(&mut self, left: &Left<'_>, op: Op, operand: &Json) -> Result<Domain, Fault> {
        let here = self.reading.here();
        let read = |json: &Json| left.moment(json, &here).map_err(Fault::Operand);
        if matches!(op, Op::In | Op::NotIn) {
            let (mut values, mut days) = (Vec::new(), Domain::none());
            for member in self.members(operand)? {
                match self.settle(left, read(member)?)? {
                    Settled::Value(value) => values.push(value),
                    Settled::Whole(from, to) => days = days.or(within(left.name, from, to)),
                }
            }
            if days == Domain::none() {
                return Ok(Domain::Term(Term {
                    field: left.name.to_owned(),
                    op,
                    operand: Operand::Many(values),
                }));
            }
            let found = match values.is_empty() {
                true => days,
                false => Domain::is_in(left.name, values).or(days),
            };
            return Ok(if op == Op::In { found } else { !found });
        }
        match self.settle(left, read(operand)?)? {
            Settled::Value(value) => {
                let operand = Operand::One(value);
                check_order(op, &operand)?;
                Ok(Domain::Term(Term { field: left.name.to_owned(), op, operand }))
            }
            Settled::Whole(from, to) => Ok(match op {
                Op::Lt => Domain::lt(left.name, from),
                Op::Le => Domain::lt(left.name, to),
                Op::Gt => Domain::ge(left.name, to),
                Op::Ge => Domain::ge(left.name, from),
                Op::Ne => !within(left.name, from, to),
                _ => within(left.name, from, to),
            }),
        }
    }

    fn settle(&self, left: &Left<'_>, moment: Option<Moment>) -> Result<Settled, Fault> {
        let zone = &self.reading.zone;
        Ok(match (moment, left.class == Class::Day) {
            (None, _) => Settled::Value(Value::Null),
            (Some(Moment::Day(day)), true) => Settled::Value(Value::Date(day)),
            (Some(Moment::Instant(at)), true) => Settled::Value(Value::Date(zone.to_datetime(at).date())),
            (Some(Moment::Instant(at)), false) => {
                Settled::Value(Value::Instant(opbx_kernel::clock::to_micros(at)))
            }
            (Some(Moment::Day(day)), false) => {
                let bounds =
                    |day: Date| Some((day_start(day, zone)?, day_start(day.tomorrow().ok()?, zone)?));
                let (from, to) =
                    bounds(day).ok_or_else(|| Fault::Operand("leads out of the calendar".to_owned()))?;
                Settled::Whole(from, to)
            }
        })
    }

    pub(super) fn date_part(
        &mut self,
        left: &Left<'_>,
        word: &str,
        op: Word,
        operand: &Json,
    ) -> Result<Domain, Fault> {
        let part = Part::parse(word).ok_or_else(|| {
            let words = Part::WORDS.iter().map(|(word, _)| *word);
            Fault::Field(unknown_word("part of a date", word, words))
        })?;
        if left.class == Class::Day && part.is_of_time() {
            return Err(Fault::Field(format!("`{}` holds a date, which has no `{word}`", left.name)));
        }
        self.date_parts += 1;
        if self.date_parts > DATE_PARTS_MAX {
            return Err(Fault::Whole(DomainError::TooManyDateParts));
        }
        let op = match op {
            Word::EqIfSet if is_falsy(operand) => return Ok(Domain::All),
            Word::EqIfSet => Op::Eq,
            Word::Op(op @ (Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::In | Op::NotIn)) => op,
            other => {
                let word = WORDS.iter().find(|(_, known)| *known == other).map_or("?", |(word, _)| *word);
                return Err(Fault::OperatorForType(word.to_owned(), "a part of a date"));
            }
        };
        let number = |json: &Json| match json {
            Json::Null | Json::Bool(false) => Ok(Value::Null),
            _ => {
                let number = json.as_i64().filter(|number| i32::try_from(*number).is_ok());
                number.map(Value::Int).ok_or_else(|| Fault::Operand("must be a whole number".to_owned()))
            }
        };
        let operand = match op {
            Op::In | Op::NotIn => {
                Operand::Many(self.members(operand)?.iter().map(number).collect::<Result<_, _>>()?)
            }
            _ => Operand::One(number(operand)?),
        };
        check_order(op, &operand)?;
        let (field, zone) = (left.name.to_owned(), self.reading.zone.clone());
        Ok(Domain::Part(PartTerm { field, part, zone, op, operand }))
    }
}

fn within(field: &str, from: Timestamp, to: Timestamp) -> Domain {
    Domain::ge(field, from).and(Domain::lt(field, to))
}
