//! Extensions: people's telephones, and short numbers for anything else that takes calls.

use crate::models::{
    PbxExtension, PbxExtensionDraft, PbxRingGroup, PbxVoicemail, PbxVoicemailDraft, ResUsers,
};
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use crate::secrets::{self, RevealError};
use crate::targets::{self, Targets, Unfit};
use crate::{App, assistants, records};
use opbx_kernel::{Code, Kind, RecordId, Scope};
use opbx_platform::record::{Draft as _, Record as _};
use opbx_platform::{DestinationRef, Domain, Value, Values, access};
use opbx_store::{ReadError, Tx};
use std::collections::HashMap;
use zeroize::Zeroizing;

/// Names that are tried for a box that somebody's own extension gets.
const BOX_NAMES_MAX: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum ExtensionError {
    #[error("what it shall ring {0}")]
    Target(Unfit),
    #[error("{field} is for extensions of people only")]
    OnlyPeople { field: &'static str },
    #[error("ring group {0:?} rings it, and rings people's telephones alone: take it out of the group first")]
    InGroup(String),
    #[error("only a person's extension has a password")]
    NoPassword,
    #[error(transparent)]
    Reveal(#[from] RevealError),
    #[error(transparent)]
    Resource(ResourceError),
}

impl<E: Into<ResourceError>> From<E> for ExtensionError {
    fn from(error: E) -> Self {
        Self::Resource(error.into())
    }
}

impl ExtensionError {
    pub fn code(&self) -> Code {
        match self {
            Self::Target(_) => Code::new(Kind::Invalid, "target_unfit"),
            Self::OnlyPeople { .. } => Code::new(Kind::Invalid, "only_people"),
            Self::InGroup(_) => Code::new(Kind::Invalid, "in_group"),
            Self::NoPassword => Code::new(Kind::Malformed, "no_password"),
            Self::Reveal(error) => error.code(),
            Self::Resource(error) => error.code(),
        }
    }
}

/// What an extension shall ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rings {
    Person,
    To(DestinationRef),
    /// An AI assistant, by its provider and the number there.
    Provider {
        provider: String,
        number: String,
        /// The assistant that was named beside them: the one that the extension stands for already, or another.
        beside: Option<RecordId>,
    },
}

/// What is to be written to an extension beside its own fields.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub draft: PbxExtensionDraft,
    pub rings: Option<Rings>,
    /// Whether nobody's answer leads to a voicemail box, which is made where there is none.
    pub voicemail: Option<bool>,
    /// More of its own fields.
    pub more: Values,
}

/// Whose an extension is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub id: RecordId,
    pub name: String,
    pub email: String,
}

/// What records of extensions name.
#[derive(Debug, Clone, Default)]
pub struct Named {
    pub targets: Targets,
    pub owners: HashMap<RecordId, Owner>,
}

pub async fn list(
    app: &App,
    scope: &Scope,
    listing: &Listing,
) -> Result<(Listed<PbxExtension>, Named), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxExtension>(&mut tx, listing).await?;
    let all: Vec<&PbxExtension> = listed.rows.iter().map(|row| &row.record).collect();
    let named = named(&mut tx, &all).await?;
    Ok((listed, named))
}

pub async fn get(
    app: &App,
    scope: &Scope,
    id: RecordId,
) -> Result<(Stored<PbxExtension>, Named), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let extension = resources::get_in::<PbxExtension>(&mut tx, id).await?;
    let named = named(&mut tx, &[&extension.record]).await?;
    Ok((extension, named))
}

async fn named(tx: &mut Tx, extensions: &[&PbxExtension]) -> Result<Named, ReadError> {
    let mut destinations = Vec::new();
    for extension in extensions {
        destinations.extend(&extension.destination);
        destinations.extend(&extension.forward_always);
        destinations.extend(&extension.forward_busy);
        destinations.extend(&extension.forward_no_answer);
        destinations.extend(&extension.forward_unreachable);
    }
    let targets = targets::read(tx, &destinations).await?;
    let ids: Vec<RecordId> = extensions.iter().filter_map(|extension| extension.user).collect();
    // Whoever may ring somebody may know who that is; of the rest of a user's record nothing is told.
    let mut tx = tx.as_system("name whose extensions they are");
    let mut owners = HashMap::new();
    for row in tx.read(ResUsers::MODEL, &ids, &["name", "email"]).await? {
        let mut texts = row.values.into_iter().map(|value| match value {
            Value::Text(text) => text,
            _ => String::new(),
        });
        let (name, email) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
        owners.insert(row.id, Owner { id: row.id, name, email });
    }
    Ok(Named { targets, owners })
}

/// Creates an extension; a person's gets a password for its telephone.
pub async fn create(app: &App, scope: &Scope, wish: Wish) -> Result<RecordId, ExtensionError> {
    let Wish { mut draft, rings, voicemail, more } = wish;
    let mut tx = app.store().begin(scope).await?;
    records::require(scope, resources::model::<PbxExtension>(&tx), records::Deed::Create)?;
    let rings = rings.unwrap_or(Rings::Person);
    require_person(&rings, draft.user.flatten().is_some(), voicemail == Some(true))?;
    let number = draft.number.clone().unwrap_or_default();
    if draft.name.is_none() {
        draft.name = Some(name_for(&mut tx, draft.user.flatten(), &number).await?);
    }
    draft.destination = Some(resolved(&mut tx, rings, None).await?);
    if voicemail == Some(true) && draft.voicemail.is_none() {
        draft.voicemail = Some(Some(voicemail_box(&mut tx, &number, draft.user.flatten()).await?));
    }
    let id = resources::create_in(&mut tx, draft, more).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes an extension. What is as it was is not written: a form that sends everything changes what was changed in it.
pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    wish: Wish,
    expected: Option<i64>,
) -> Result<(), ExtensionError> {
    let Wish { mut draft, rings, voicemail, more } = wish;
    let mut tx = app.store().begin(scope).await?;
    let held = resources::get_in::<PbxExtension>(&mut tx, id).await?.record;
    // Asks whether the extension is the asker's to change at all, before any field of it is spoken of.
    resources::update_in(&mut tx, id, PbxExtensionDraft::default(), Values::new(), expected).await?;
    let was_person = held.destination.is_none();
    let is_person = rings.as_ref().map_or(was_person, |rings| *rings == Rings::Person);
    if !is_person {
        let named = draft.user.flatten().filter(|user| Some(*user) != held.user || !was_person);
        require_person(&Rings::To(DestinationRef::Hangup), named.is_some(), voicemail == Some(true))?;
        // Nothing of a person stays with what is a person's no more.
        draft.user = Some(None);
        draft.voicemail = Some(None);
        if was_person {
            require_in_no_group(&mut tx, id).await?;
        }
    }
    if let Some(rings) = rings {
        draft.destination = Some(resolved(&mut tx, rings, Some(&held)).await?);
    }
    match voicemail {
        Some(true) if held.voicemail.is_none() && draft.voicemail.is_none() => {
            let user = draft.user.unwrap_or(held.user);
            draft.voicemail = Some(Some(voicemail_box(&mut tx, &held.number, user).await?));
        }
        Some(false) => draft.voicemail = Some(None),
        _ => {}
    }
    let mut values = draft.into_values();
    values.extend(more);
    only_changes(&mut tx, id, &mut values).await?;
    let nothing = PbxExtensionDraft::default();
    resources::update_in(&mut tx, id, nothing, values, expected).await?;
    tx.commit().await?;
    Ok(())
}

/// Leaves out what the record holds already.
async fn only_changes(tx: &mut Tx, id: RecordId, values: &mut Values) -> Result<(), ReadError> {
    let names: Vec<String> = values.keys().cloned().collect();
    let fields: Vec<&str> = names.iter().map(String::as_str).collect();
    let row = tx.read(PbxExtension::MODEL, &[id], &fields).await?.into_iter().next();
    for (name, held) in names.iter().zip(row.map(|row| row.values).unwrap_or_default()) {
        // A secret reads as unset, and is always a change.
        let is_secret = matches!(values.get(name), Some(Value::Bytes(_)));
        if !is_secret && values.get(name) == Some(&held) {
            values.remove(name);
        }
    }
    Ok(())
}

/// Refuses to make a member of a ring group something that the group would never ring.
async fn require_in_no_group(tx: &mut Tx, id: RecordId) -> Result<(), ExtensionError> {
    let member = Domain::any("members", Domain::eq("extension", id)).and(resources::archived_or_not());
    match tx.all::<PbxRingGroup>(&member).await?.into_iter().next() {
        Some(group) => Err(ExtensionError::InGroup(group.name)),
        None => Ok(()),
    }
}

fn require_person(rings: &Rings, names_user: bool, wants_voicemail: bool) -> Result<(), ExtensionError> {
    match rings {
        Rings::Person => Ok(()),
        _ if names_user => Err(ExtensionError::OnlyPeople { field: "user_id" }),
        _ if wants_voicemail => Err(ExtensionError::OnlyPeople { field: "voicemail_enabled" }),
        _ => Ok(()),
    }
}

async fn resolved(
    tx: &mut Tx,
    rings: Rings,
    held: Option<&PbxExtension>,
) -> Result<Option<DestinationRef>, ExtensionError> {
    let rings = match rings {
        Rings::Person => return Ok(None),
        Rings::Provider { provider, number, beside } => {
            let held = held.and_then(|held| targets::assistant_of(held.destination.as_ref()?));
            match beside.filter(|beside| held != Some(*beside)) {
                // What stands beside another assistant is what the form was shown of the one before.
                Some(other) => Rings::To(targets::assistant(other)),
                None => return Ok(Some(assistants::of_provider(tx, &provider, &number, held).await?)),
            }
        }
        rings => rings,
    };
    match rings {
        Rings::Person | Rings::Provider { .. } => Ok(None),
        Rings::To(destination) => match targets::require_fit(tx, &destination).await? {
            Err(Unfit::Absent) => Err(ExtensionError::Target(Unfit::Absent)),
            // What is switched off now may be switched on before anybody dials the extension.
            _ => Ok(Some(destination)),
        },
    }
}

/// The user's name, or the number where there is none to be named after.
async fn name_for(tx: &mut Tx, user: Option<RecordId>, number: &str) -> Result<String, ReadError> {
    let user = match user {
        Some(user) => tx.as_system("name an extension after its user").get::<ResUsers>(user).await?,
        None => None,
    };
    Ok(user.map_or_else(|| format!("Extension {number}"), |user| user.name))
}

/// The box that takes messages for an extension, made where there is none.
async fn voicemail_box(tx: &mut Tx, number: &str, user: Option<RecordId>) -> Result<RecordId, ResourceError> {
    if !access::may(tx.scope(), resources::model::<PbxVoicemail>(tx), records::Deed::Create) {
        return own_box(tx, number, user).await;
    }
    let name = format!("Voicemail {number}");
    let known = tx.all::<PbxVoicemail>(&Domain::eq("name", name.as_str())).await?.into_iter().next();
    match known {
        Some(known) => Ok(known.id),
        None => new_box(tx, name, user).await,
    }
}

/// The box of an extension's user, for whoever may not make boxes as such: one that is theirs, else a new one.
async fn own_box(tx: &mut Tx, number: &str, user: Option<RecordId>) -> Result<RecordId, ResourceError> {
    let mut tx = tx.as_system("give a user a voicemail box of their own");
    if let Some(user) = user
        && let Some(own) = tx.all::<PbxVoicemail>(&Domain::eq("user", user)).await?.into_iter().next()
    {
        return Ok(own.id);
    }
    for count in 1..=BOX_NAMES_MAX {
        let ending = if count == 1 { String::new() } else { format!(" ({count})") };
        let name = format!("Voicemail {number}{ending}");
        // Another's box may be called so.
        if tx.count(PbxVoicemail::MODEL, &Domain::eq("name", name.as_str())).await? == 0 {
            return new_box(&mut tx, name, user).await;
        }
    }
    let model = PbxVoicemail::MODEL.to_owned();
    Err(ResourceError::Record(records::RecordError::NoFreeName { model }))
}

async fn new_box(tx: &mut Tx, name: String, user: Option<RecordId>) -> Result<RecordId, ResourceError> {
    let draft = PbxVoicemailDraft { name: Some(name), user: Some(user), ..PbxVoicemailDraft::default() };
    resources::create_in(tx, draft, Values::new()).await
}

/// Shows the password of a person's telephone, which is written down with the reason. `None` where none is set.
pub async fn password(
    app: &App,
    scope: &Scope,
    id: RecordId,
    reason: &str,
) -> Result<(PbxExtension, Option<Zeroizing<String>>), ExtensionError> {
    let mut tx = app.store().begin(scope).await?;
    let extension = resources::get_in::<PbxExtension>(&mut tx, id).await?.record;
    if extension.destination.is_some() {
        return Err(ExtensionError::NoPassword);
    }
    let models = tx.models();
    let model = models.model(PbxExtension::MODEL).expect("every struct is written from its model");
    let clear = secrets::reveal(&mut tx, model, id, "sip_password", reason).await?;
    tx.commit().await?;
    let clear = clear.map(|clear| Zeroizing::new(String::from_utf8_lossy(&clear).into_owned()));
    Ok((extension, clear))
}
