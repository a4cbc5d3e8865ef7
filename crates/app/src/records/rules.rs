//! Rules of the built-in models that a field's own limits cannot say; each refusal names the field at fault.

mod boxes;
mod circles;
mod destinations;
mod forwards;
mod hours;
mod mailboxes;
mod members;
mod rooms;
mod users;
mod ways;
mod webhooks;

pub(crate) use members::never_rung;
pub use users::{may_delete_user, may_manage};

use super::RecordError;
use crate::models::IrCron;
use crate::{crons, partners, sequences};
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::field::FieldError;
use opbx_platform::{Model, Value, Values};
use opbx_store::{ReadError, Tx};
use std::collections::BTreeMap;

/// A rule that a record would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{model}: `{field}` {broken}")]
pub struct RuleError {
    pub model: String,
    pub field: String,
    pub broken: Broken,
}

/// What is wrong with the field. The sentence follows the field's name and never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("is required where `{by}` is `{word}`")]
    Needed { by: &'static str, word: String },
    #[error("does not belong where `{by}` is `{word}`")]
    OutOfPlace { by: &'static str, word: String },
    #[error(transparent)]
    Unfit(FieldError),
    #[error("points at the record itself: a call would go round in a circle")]
    PointsAtItself,
    #[error("names a {0}, and this version has none yet")]
    NoSuchKind(String),
    #[error("forwards to what is neither an extension nor a number nor a SIP address")]
    NotDialable,
    #[error("must be 1 to {max} digits")]
    NotDigits { max: u8 },
    #[error("must be {min} to {max} digits")]
    NotPin { min: u8, max: u8 },
    #[error("leads outside, and the extension may not call outside")]
    MayNotDialOut,
    #[error("must differ from `pin`, for whoever enters it is the host")]
    SamePins,
    #[error("is required: nobody could enter a room that asks for a PIN and has none")]
    NoPin,
    #[error("must differ from `start`; a whole day is 00:00 to 24:00")]
    NoLength,
    #[error("belongs to a day that is closed: make it one of special hours first")]
    OfClosedDay,
    #[error("is closed, and the day has opening times: one of the two must go")]
    ClosedWithHours,
    #[error("are missing: a day of special hours has at least one opening time")]
    NoHours,
    #[error("is required where no country is given: a rule must say what it allows")]
    NeitherCountryNorPrefix,
    #[error(
        "must be at most {max} names, each of letters, digits, `_` and `-`, with a text, a number, true or false"
    )]
    NotParameters { max: usize },
    #[error("leads back to the record itself")]
    Circle,
    #[error("goes through more than {} levels", circles::DEPTH_MAX)]
    TooDeep,
    #[error("holds {{{0}}}, which stands for nothing; known are {known}", known = sequences::KNOWN)]
    UnknownPlaceholder(String),
    #[error("is that of another sequence of the same company")]
    SequenceTaken,
    #[error("names an extension that is no person's telephone: a group would never ring it")]
    NotAPerson,
    #[error("names an extension that is inactive: a group would not ring it")]
    NotInService,
    #[error("must stay empty: a ring group rings the extension, and rings people's telephones alone")]
    RungByGroup,
    #[error("names a box that is not yours")]
    NotYours,
    #[error("cannot be used, for it is in use already: draw another")]
    KeyInUse,
    #[error(transparent)]
    Webhook(#[from] crate::webhooks::Unfit),
}

impl RuleError {
    pub(crate) fn of(model: &Model, field: &str, broken: Broken) -> Self {
        Self { model: model.name.to_string(), field: field.to_owned(), broken }
    }

    pub fn code(&self) -> Code {
        let kind = if self.broken == Broken::SequenceTaken { Kind::Conflict } else { Kind::Invalid };
        Code::new(kind, self.broken.name())
    }
}

impl Broken {
    /// The stable name by which texts for people are looked up.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Needed { .. } => "needed_here",
            Self::OutOfPlace { .. } => "out_of_place",
            Self::Unfit(error) => error.name(),
            Self::PointsAtItself => "points_at_itself",
            Self::NoSuchKind(_) => "no_such_kind",
            Self::NotDialable => "not_dialable",
            Self::NotDigits { .. } => "not_digits",
            Self::NotPin { .. } => "not_pin",
            Self::MayNotDialOut => "may_not_dial_out",
            Self::SamePins => "same_pins",
            Self::NoPin => "no_pin",
            Self::NoLength => "no_length",
            Self::OfClosedDay => "of_closed_day",
            Self::ClosedWithHours => "closed_with_hours",
            Self::NoHours => "no_hours",
            Self::NeitherCountryNorPrefix => "neither_country_nor_prefix",
            Self::NotParameters { .. } => "not_parameters",
            Self::Circle => "circle",
            Self::TooDeep => "too_deep",
            Self::UnknownPlaceholder(_) => "unknown_placeholder",
            Self::SequenceTaken => "taken",
            Self::NotAPerson => "not_a_person",
            Self::NotInService => "not_in_service",
            Self::RungByGroup => "rung_by_group",
            Self::NotYours => "not_yours",
            Self::KeyInUse => "key_in_use",
            Self::Webhook(unfit) => unfit.name(),
        }
    }
}

/// A record as it would be after a write.
pub(super) struct Candidate<'a> {
    model: &'a Model,
    /// None while it is created.
    id: Option<RecordId>,
    given: &'a mut Values,
    held: BTreeMap<String, Value>,
}

/// Judges a write, and takes back what a changed kind leaves without meaning.
pub(super) async fn check(
    tx: &mut Tx,
    model: &Model,
    id: Option<RecordId>,
    given: &mut Values,
) -> Result<(), RecordError> {
    if given.is_empty() && id.is_some() {
        return Ok(());
    }
    match model.name.as_str() {
        "res.partner" => {
            partners::normalise(tx, id, given).await?;
            circles::refuse(tx, model, id, "parent", given).await?;
        }
        "res.groups" => circles::refuse(tx, model, id, "implied", given).await?,
        "ir.sequence" => sequences::check(tx, model, id, given).await?,
        "ir.cron" => {
            let current = match id {
                Some(id) => tx.get::<IrCron>(id).await?,
                None => None,
            };
            crons::check(current.as_ref(), given)?;
        }
        "ir.retention" => check_retention(tx, given)?,
        _ => {}
    }
    let mut candidate = Candidate { model, id, given, held: BTreeMap::new() };
    destinations::check(tx, &candidate).await?;
    match model.name.as_str() {
        "ir.webhook" => webhooks::check(tx, &mut candidate).await,
        "pbx.prompt" => ways::prompt(tx, &mut candidate).await,
        "pbx.assistant" => ways::assistant(tx, &mut candidate).await,
        "pbx.outbound_rule" => ways::outbound_rule(tx, &mut candidate).await,
        "pbx.conference" => rooms::check(tx, &mut candidate).await,
        "pbx.extension" => {
            mailboxes::check(tx, &candidate).await?;
            forwards::check(tx, &mut candidate).await
        }
        "pbx.ring_group.member" => members::check(tx, &mut candidate).await,
        "pbx.voicemail" => boxes::check(&candidate),
        "res.users" => users::check(tx, &mut candidate).await,
        "pbx.hours.range" => hours::range(tx, &mut candidate).await,
        "pbx.hours.exception.range" => hours::special_range(tx, &mut candidate).await,
        _ => Ok(()),
    }
}

/// Only records that are deleted by age at all can be kept for longer or shorter.
fn check_retention(tx: &Tx, given: &Values) -> Result<(), RecordError> {
    let Some(Value::Text(named)) = given.get("model") else { return Ok(()) };
    let known = tx.registry().model(named).is_some_and(|model| model.retention.is_some());
    if known { Ok(()) } else { Err(RecordError::NoRetention { model: named.clone() }) }
}

/// Judges a record together with the lists inside it, once they are as they are to be.
pub async fn check_whole(tx: &mut Tx, model: &Model, id: RecordId) -> Result<(), RecordError> {
    match model.name.as_str() {
        "pbx.hours.exception" => hours::exception(tx, model, id).await,
        "res.users" => users::check_whole(tx, id).await,
        _ => Ok(()),
    }
}

impl Candidate<'_> {
    /// Reads what the record holds already of these fields.
    async fn learn(&mut self, tx: &mut Tx, fields: &[&str]) -> Result<(), ReadError> {
        let Some(id) = self.id else { return Ok(()) };
        let rows = tx.read(self.model.name.as_str(), &[id], fields).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(()) };
        self.held = fields.iter().map(|field| (*field).to_owned()).zip(row.values).collect();
        Ok(())
    }

    /// What the field would hold: what is given, else what it holds, else its default.
    fn value(&self, field: &str) -> &Value {
        let default = || match self.id {
            None => self.model.field(field).and_then(|field| field.default.as_ref()),
            Some(_) => None,
        };
        self.given.get(field).or_else(|| self.held.get(field)).or_else(default).unwrap_or(&Value::Null)
    }

    fn text(&self, field: &str) -> &str {
        match self.value(field) {
            Value::Text(text) => text,
            _ => "",
        }
    }

    fn flag(&self, field: &str) -> bool {
        matches!(self.value(field), Value::Bool(true))
    }

    /// Whether the field would hold something.
    fn is_set(&self, field: &str) -> bool {
        is_something(self.value(field))
    }

    fn refuse(&self, field: &str, broken: Broken) -> RecordError {
        RuleError::of(self.model, field, broken).into()
    }

    /// Requires what a word of a selection needs, and keeps out what belongs to its other words.
    ///
    /// What a record held for the word it had before is taken back: nobody need know that it was there.
    fn keep_to(&mut self, by: &'static str, ways: &[(&str, &[&str], &[&str])]) -> Result<(), RecordError> {
        let word = self.text(by).to_owned();
        let Some((_, needed, possible)) = ways.iter().find(|(known, ..)| *known == word) else {
            return Ok(());
        };
        if let Some(field) = needed.iter().find(|field| !self.is_set(field)) {
            return Err(self.refuse(field, Broken::Needed { by, word }));
        }
        let others = ways.iter().flat_map(|(_, needed, possible)| needed.iter().chain(*possible));
        for field in others.filter(|field| !needed.contains(field) && !possible.contains(field)) {
            if self.given.get(*field).is_some_and(is_something) {
                return Err(self.refuse(field, Broken::OutOfPlace { by, word }));
            }
            if self.id.is_some() && self.given.contains_key(by) {
                self.given.insert((*field).to_owned(), Value::Null);
            }
        }
        Ok(())
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Text(text) => !text.trim().is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        _ => true,
    }
}
