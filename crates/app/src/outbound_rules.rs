//! Outbound rules: which outside numbers may be called and by which trunks, and why a number may or may not.

use crate::App;
use crate::models::{
    PbxExtension, PbxOutboundRule, PbxOutboundRuleDraft, PbxOutboundRuleTrunk, PbxOutboundRuleTrunkDraft,
    PbxTrunk, PbxTrunkDraft, ResCountry,
};
use crate::plans::{LoadedPlan, PlansError};
use crate::records::Deed;
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use opbx_kernel::{Code, Kind, RecordId, Scope};
use opbx_platform::domain::{Op, Operand, Term};
use opbx_platform::record::Draft as _;
use opbx_platform::{Command, Domain, Value, Values, access};
use opbx_store::{ReadError, Tx};
use std::collections::HashMap;
use std::sync::Arc;

/// Digits of the longest calling code.
const CALLING_CODE_LEN_MAX: usize = 3;

#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    #[error("no country is called, coded or dialled like that")]
    NoCountry,
    #[error("there is no such trunk")]
    NoTrunk,
    #[error("there is no such extension")]
    NoExtension,
    #[error(transparent)]
    Plans(#[from] PlansError),
    #[error(transparent)]
    Resource(ResourceError),
}

impl<E: Into<ResourceError>> From<E> for OutboundError {
    fn from(error: E) -> Self {
        Self::Resource(error.into())
    }
}

impl OutboundError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoCountry => Code::new(Kind::Invalid, "no_country"),
            Self::NoTrunk => Code::new(Kind::Invalid, "no_trunk"),
            Self::NoExtension => Code::new(Kind::Invalid, "no_extension"),
            Self::Plans(error) => error.code(),
            Self::Resource(error) => error.code(),
        }
    }
}

/// The trunks by which calls of a rule leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trunks {
    /// In the order in which they are tried; none leaves the choice to the engine.
    Records(Vec<RecordId>),
    /// One as the engine names it. One that is not known here yet is taken over.
    Named(String),
}

/// What is to be written to a rule beside its own fields.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub draft: PbxOutboundRuleDraft,
    /// A code (`GB`), a name (`United Kingdom`) or a calling code (`44`, `+44`), which becomes the beginning of the
    /// prefix. The inner `None` allows any country.
    pub country: Option<Option<String>>,
    pub trunks: Option<Trunks>,
}

/// What rules name.
#[derive(Debug, Clone, Default)]
pub struct Named {
    pub countries: HashMap<RecordId, ResCountry>,
    /// By rule, in the order in which they are tried. Empty for whoever may not see trunks.
    pub trunks: HashMap<RecordId, Vec<PbxTrunk>>,
}

pub async fn list(
    app: &App,
    scope: &Scope,
    listing: &Listing,
) -> Result<(Listed<PbxOutboundRule>, Named), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxOutboundRule>(&mut tx, listing).await?;
    let rules: Vec<&PbxOutboundRule> = listed.rows.iter().map(|row| &row.record).collect();
    let named = named(&mut tx, &rules).await?;
    Ok((listed, named))
}

pub async fn get(
    app: &App,
    scope: &Scope,
    id: RecordId,
) -> Result<(Stored<PbxOutboundRule>, Named), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let rule = resources::get_in::<PbxOutboundRule>(&mut tx, id).await?;
    let named = named(&mut tx, &[&rule.record]).await?;
    Ok((rule, named))
}

async fn named(tx: &mut Tx, rules: &[&PbxOutboundRule]) -> Result<Named, ReadError> {
    let mut named = Named::default();
    let countries: Vec<Value> = rules.iter().filter_map(|rule| rule.country).map(Value::Record).collect();
    for country in tx.all::<ResCountry>(&Domain::is_in("id", countries)).await? {
        named.countries.insert(country.id, country);
    }
    if !access::may(tx.scope(), resources::model::<PbxTrunk>(tx), Deed::Read) {
        return Ok(named);
    }
    let of_rules = Domain::is_in("rule", rules.iter().map(|rule| Value::Record(rule.id)));
    let lines = tx.all::<PbxOutboundRuleTrunk>(&of_rules).await?;
    let whichever = Domain::is_in("active", [true, false]);
    let wanted = whichever.and(Domain::is_in("id", lines.iter().map(|line| Value::Record(line.trunk))));
    let trunks: HashMap<RecordId, PbxTrunk> =
        tx.all::<PbxTrunk>(&wanted).await?.into_iter().map(|trunk| (trunk.id, trunk)).collect();
    for line in lines {
        let known = trunks.get(&line.trunk).cloned();
        named.trunks.entry(line.rule).or_default().extend(known);
    }
    Ok(named)
}

pub async fn create(app: &App, scope: &Scope, wish: Wish) -> Result<RecordId, OutboundError> {
    let mut tx = app.store().begin(scope).await?;
    let (draft, more) = completed(&mut tx, wish, None).await?;
    let id = resources::create_in(&mut tx, draft, more).await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    wish: Wish,
    expected: Option<i64>,
) -> Result<(), OutboundError> {
    let mut tx = app.store().begin(scope).await?;
    let held = resources::get_in::<PbxOutboundRule>(&mut tx, id).await?.record;
    let (draft, more) = completed(&mut tx, wish, Some(&held)).await?;
    resources::update_in(&mut tx, id, draft, more, expected).await?;
    tx.commit().await?;
    Ok(())
}

/// Finds the country and the trunks that a wish names.
async fn completed(
    tx: &mut Tx,
    wish: Wish,
    held: Option<&PbxOutboundRule>,
) -> Result<(PbxOutboundRuleDraft, Values), OutboundError> {
    let Wish { mut draft, country, trunks } = wish;
    match country {
        None => {}
        Some(None) => draft.country = Some(None),
        Some(Some(text)) => {
            let held = held.and_then(|held| held.prefix.clone());
            let prefix = draft.prefix.clone().unwrap_or(held).unwrap_or_default();
            match calling_code(&text) {
                Some(code) => {
                    draft.country = Some(None);
                    let prefix = if prefix.starts_with('+') { prefix } else { format!("+{code}{prefix}") };
                    draft.prefix = Some(Some(prefix));
                }
                None => draft.country = Some(Some(country_called(tx, &text).await?)),
            }
        }
    }
    let mut more = Values::new();
    let ids = match trunks {
        None => return Ok((draft, more)),
        Some(Trunks::Records(ids)) => ids,
        Some(Trunks::Named(name)) => vec![trunk_named(tx, &name).await?],
    };
    let known = Domain::is_in("active", [true, false])
        .and(Domain::is_in("id", ids.iter().copied().map(Value::Record)));
    if tx.all::<PbxTrunk>(&known).await?.len() != ids.len() {
        return Err(OutboundError::NoTrunk);
    }
    if let Some(held) = held {
        let lines = tx.all::<PbxOutboundRuleTrunk>(&Domain::eq("rule", held.id)).await?;
        if lines.iter().map(|line| line.trunk).eq(ids.iter().copied()) {
            return Ok((draft, more));
        }
    }
    let mut commands = vec![Command::Clear];
    for (sequence, trunk) in (1..).zip(ids) {
        let line = PbxOutboundRuleTrunkDraft {
            trunk: Some(trunk),
            sequence: Some(sequence),
            ..PbxOutboundRuleTrunkDraft::default()
        };
        commands.push(Command::Create(line.into_values()));
    }
    more.insert("trunks".to_owned(), Value::Commands(commands));
    Ok((draft, more))
}

fn calling_code(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits =
        (1..=CALLING_CODE_LEN_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(digits)
}

async fn country_called(tx: &mut Tx, text: &str) -> Result<RecordId, OutboundError> {
    let by_code = Domain::eq("code", text.to_ascii_uppercase());
    let by_name = Domain::Term(Term {
        field: "name".to_owned(),
        op: Op::EqIlike,
        // The pattern's wildcards stand in no country's name.
        operand: Operand::One(Value::Text(text.replace(['%', '_'], " "))),
    });
    let found = tx.all::<ResCountry>(&by_code.or(by_name)).await?.into_iter().next();
    found.map(|country| country.id).ok_or(OutboundError::NoCountry)
}

/// The trunk that the engine knows by this name, taken over where no record stands for it yet.
async fn trunk_named(tx: &mut Tx, name: &str) -> Result<RecordId, ResourceError> {
    let named = Domain::eq("engine_name", name).or(Domain::eq("name", name));
    let known = tx.all::<PbxTrunk>(&Domain::is_in("active", [true, false]).and(named)).await?;
    let best = known.iter().find(|trunk| trunk.active).or(known.first());
    match best {
        Some(trunk) => Ok(trunk.id),
        None => {
            let draft = PbxTrunkDraft {
                name: Some(name.to_owned()),
                engine_name: Some(name.to_owned()),
                ..PbxTrunkDraft::default()
            };
            resources::create_in(tx, draft, Values::new()).await
        }
    }
}

/// The plan by which a call would be routed now, every committed change in it.
///
/// `extension` is one of the asker's tenant, else there is none such.
pub async fn plan_to_explain(
    app: &App,
    scope: &Scope,
    extension: Option<RecordId>,
) -> Result<Arc<LoadedPlan>, OutboundError> {
    let mut tx = app.store().read(scope).await?;
    crate::records::require(scope, resources::model::<PbxOutboundRule>(&tx), Deed::Read)?;
    if let Some(id) = extension
        && tx.get::<PbxExtension>(id).await?.is_none()
    {
        return Err(OutboundError::NoExtension);
    }
    drop(tx);
    app.plans().refresh().await?;
    let directory = app.plans().directory();
    let absent = ResourceError::Absent { model: "res.tenant" };
    let line = directory.line(scope.tenant()).ok_or(absent)?;
    Ok(app.plans().plan(line).await?)
}
