//! Number sequences: invoices, quotations and tickets are numbered here, with the year in front if need be.

mod pattern;

pub(crate) use pattern::KNOWN;

use crate::models::{IrSequence, IrSequenceKind, IrSequenceRestart};
use crate::records::{Broken, RecordError, RuleError};
use crate::tenants;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use opbx_kernel::{Code, Kind, RecordId, Timestamp};
use opbx_platform::{Domain, Model, Value, Values};
use opbx_store::{Counter, ReadError, SaveError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum SequenceError {
    #[error("there is no active sequence {code:?} for this company")]
    NoSequence { code: String },
    /// Written past the rules, for they refuse it.
    #[error("the sequence {code:?} holds {{{placeholder}}}, which stands for nothing")]
    UnknownPlaceholder { code: String, placeholder: String },
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl SequenceError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoSequence { .. } => Code::new(Kind::Absent, "no_sequence"),
            Self::UnknownPlaceholder { .. } => Code::new(Kind::Internal, "unknown_placeholder"),
            Self::Save(error) => error.code(),
            Self::Read(error) => error.code(),
        }
    }
}

/// Takes the next number of the sequence `code`: `INV/2026/00042`. Years and months begin in the company's time zone.
///
/// Of a gapless sequence the number belongs to this transaction: who asks for the next one waits until it ends, and gets
/// the same number if it does not commit. Of a standard one it is taken for good; nobody waits.
pub async fn next(tx: &mut Tx, code: &str, at: Timestamp) -> Result<String, SequenceError> {
    next_for(tx, code, at, None).await
}

/// Like `next`, for a company that is not the one chosen.
pub async fn next_for(
    tx: &mut Tx,
    code: &str,
    at: Timestamp,
    company: Option<RecordId>,
) -> Result<String, SequenceError> {
    let company = tenants::company(tx, company).await?;
    let all = tx.all::<IrSequence>(&Domain::eq("code", code)).await?;
    let own = company.as_ref().map(|company| company.id);
    let of = |wanted| all.iter().find(|sequence: &&IrSequence| sequence.company == wanted);
    let sequence = own.and_then(|own| of(Some(own))).or_else(|| of(None));
    let sequence = sequence.ok_or_else(|| SequenceError::NoSequence { code: code.to_owned() })?;
    let zone = company.and_then(|company| TimeZone::get(&company.time_zone).ok()).unwrap_or(TimeZone::UTC);
    let local = zone.to_datetime(at);
    // Before a number is taken that could not be written.
    let filled = |text: &Option<String>| {
        pattern::filled(text.as_deref().unwrap_or_default(), local)
            .map_err(|placeholder| SequenceError::UnknownPlaceholder { code: code.to_owned(), placeholder })
    };
    let (prefix, suffix) = (filled(&sequence.prefix)?, filled(&sequence.suffix)?);
    let number = take(tx, sequence, &period(sequence.restart, local)).await?;
    let width = usize::try_from(sequence.padding).unwrap_or(0);
    Ok(format!("{prefix}{number:0width$}{suffix}"))
}

async fn take(tx: &mut Tx, sequence: &IrSequence, period: &str) -> Result<i64, SaveError> {
    let counter = Counter {
        model: "ir.sequence.period",
        key: Values::from([
            ("sequence".to_owned(), Value::Record(sequence.id)),
            ("period".to_owned(), period.into()),
        ]),
        field: "next",
        first: sequence.first,
        step: sequence.step,
    };
    match sequence.kind {
        IrSequenceKind::Gapless => tx.take_number(&counter).await,
        IrSequenceKind::Standard => tx.take_number_for_good(&counter).await,
    }
}

/// The name of the counter that a moment belongs to.
fn period(restart: IrSequenceRestart, at: DateTime) -> String {
    match restart {
        IrSequenceRestart::Never => "always".to_owned(),
        IrSequenceRestart::Yearly => at.strftime("%Y").to_string(),
        IrSequenceRestart::Monthly => at.strftime("%Y-%m").to_string(),
    }
}

/// Refuses placeholders that stand for nothing, and a second sequence of the same code for all companies: to a database,
/// two unset companies differ.
pub(crate) async fn check(
    tx: &mut Tx,
    model: &Model,
    id: Option<RecordId>,
    values: &Values,
) -> Result<(), RecordError> {
    for field in ["prefix", "suffix"] {
        if let Some(Value::Text(text)) = values.get(field)
            && let Some(unknown) = pattern::unknown(text)
        {
            return Err(RuleError::of(model, field, Broken::UnknownPlaceholder(unknown)).into());
        }
    }
    if !values.contains_key("code") && !values.contains_key("company") {
        return Ok(());
    }
    let known = match id {
        Some(id) => tx.get::<IrSequence>(id).await?,
        None => None,
    };
    let company = match values.get("company") {
        Some(Value::Record(company)) => Some(*company),
        Some(_) => None,
        None => known.as_ref().and_then(|sequence| sequence.company),
    };
    let code = match values.get("code") {
        Some(Value::Text(code)) => Some(code.clone()),
        _ => known.map(|sequence| sequence.code),
    };
    let (None, Some(code)) = (company, code) else { return Ok(()) };
    let same =
        Domain::eq("code", code).and(Domain::is_unset("company")).and(Domain::is_in("active", [true, false]));
    let others = tx.all::<IrSequence>(&same).await?;
    if others.iter().any(|other| Some(other.id) != id) {
        return Err(RuleError::of(model, "code", Broken::SequenceTaken).into());
    }
    Ok(())
}
