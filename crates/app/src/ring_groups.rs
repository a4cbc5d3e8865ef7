//! Ring groups with their members, as those who configure them see them.

use crate::App;
use crate::models::{PbxExtension, PbxRingGroup, PbxRingGroupDraft, PbxRingGroupMember, ResUsers};
use crate::records::{Broken, Deed, require};
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use crate::targets::{self, Unfit};
use opbx_kernel::{Code, Kind, RecordId, Scope};
use opbx_platform::{Command, DestinationRef, Domain, Value, Values};
use opbx_store::{ReadError, Tx};
use std::collections::HashMap;

/// A group with its members in the order in which they ring.
#[derive(Debug, Clone)]
pub struct Ring {
    pub group: PbxRingGroup,
    pub members: Vec<Member>,
    /// The number of the extension that a call falls back to, where it is one.
    pub fallback_number: Option<String>,
    /// The AI assistant that this extension stands for, if it does.
    pub fallback_assistant: Option<RecordId>,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub id: RecordId,
    pub extension: RecordId,
    pub number: String,
    /// The extension's user, where it has one.
    pub user_name: Option<String>,
    pub priority: i64,
    /// Whether a call rings it: a person's extension in service.
    pub active: bool,
}

/// A member as it is written.
#[derive(Debug, Clone, Copy)]
pub struct NewMember {
    pub extension: RecordId,
    pub priority: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// A member that is new to the group, by its place in what was given.
    #[error("the member {place} {broken}")]
    Member { place: usize, broken: Broken },
    #[error("there is no extension {id}")]
    NoMember { place: usize, id: RecordId },
    #[error("where calls go when nobody answers {0}")]
    Fallback(Unfit),
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

impl RingError {
    pub fn code(&self) -> Code {
        match self {
            Self::Member { broken, .. } => Code::new(Kind::Invalid, broken.name()),
            Self::NoMember { .. } => Code::new(Kind::Invalid, "no_such_record"),
            Self::Fallback(_) => Code::new(Kind::Invalid, "target_unfit"),
            Self::Resource(error) => error.code(),
        }
    }
}

pub async fn list(app: &App, scope: &Scope, listing: &Listing) -> Result<Listed<Ring>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxRingGroup>(&mut tx, listing).await?;
    let rows = with_members(&mut tx, listed.rows).await?;
    Ok(Listed { rows, total: listed.total })
}

pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<Stored<Ring>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let group = resources::get_in::<PbxRingGroup>(&mut tx, id).await?;
    let mut rings = with_members(&mut tx, vec![group]).await?;
    rings.pop().ok_or(ResourceError::Absent { model: "pbx.ring_group" })
}

pub async fn create(
    app: &App,
    scope: &Scope,
    draft: PbxRingGroupDraft,
    members: &[NewMember],
) -> Result<RecordId, RingError> {
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    require(scope, resources::model::<PbxRingGroup>(&tx), Deed::Create).map_err(ResourceError::from)?;
    require_ringing(&mut tx, &[], members).await?;
    require_fallback(&mut tx, None, &draft).await?;
    let id = resources::create_in(&mut tx, draft, Values::from([added(members)])).await?;
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(id)
}

/// Changes a group; its members are replaced where some are given. Only what is new to it is judged: a member that was
/// switched off since keeps nobody from changing the group.
pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    draft: PbxRingGroupDraft,
    members: Option<&[NewMember]>,
    expected: Option<i64>,
) -> Result<(), RingError> {
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    let group = resources::get_in::<PbxRingGroup>(&mut tx, id).await?.record;
    let mut more = Values::new();
    if let Some(members) = members {
        let of_group = Domain::eq("ring_group", id);
        let held = tx.all::<PbxRingGroupMember>(&of_group).await.map_err(ResourceError::from)?;
        require_ringing(&mut tx, &held, members).await?;
        more.extend([replaced(&held, members)]);
    }
    require_fallback(&mut tx, group.fallback.as_ref(), &draft).await?;
    resources::update_in(&mut tx, id, draft, more, expected).await?;
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(())
}

/// Refuses members that are new and would never ring.
async fn require_ringing(
    tx: &mut Tx,
    held: &[PbxRingGroupMember],
    members: &[NewMember],
) -> Result<(), RingError> {
    let is_new = |member: &NewMember| held.iter().all(|old| old.extension != member.extension);
    let ids = members.iter().map(|member| Value::Record(member.extension));
    let given = Domain::is_in("id", ids).and(resources::archived_or_not());
    let found = tx.all::<PbxExtension>(&given).await.map_err(ResourceError::from)?;
    for (place, member) in members.iter().enumerate().filter(|(_, member)| is_new(member)) {
        let id = member.extension;
        let extension = found.iter().find(|extension| extension.id == id);
        let extension = extension.ok_or(RingError::NoMember { place, id })?;
        if let Some(broken) = never_rings(extension) {
            return Err(RingError::Member { place, broken });
        }
    }
    Ok(())
}

/// Why a call to a group would never ring an extension.
fn never_rings(extension: &PbxExtension) -> Option<Broken> {
    match (&extension.destination, extension.active) {
        (Some(_), _) => Some(Broken::NotAPerson),
        (None, false) => Some(Broken::NotInService),
        (None, true) => None,
    }
}

/// Refuses a fallback that is new and takes no calls.
async fn require_fallback(
    tx: &mut Tx,
    held: Option<&DestinationRef>,
    draft: &PbxRingGroupDraft,
) -> Result<(), RingError> {
    match &draft.fallback {
        Some(Some(fallback)) if held != Some(fallback) => {
            targets::require_active(tx, fallback).await?.map_err(RingError::Fallback)
        }
        _ => Ok(()),
    }
}

fn added(members: &[NewMember]) -> (String, Value) {
    (
        "members".to_owned(),
        Value::Commands(members.iter().map(|member| Command::Create(values(member))).collect()),
    )
}

/// A member that stays keeps its record, so that its history does.
fn replaced(held: &[PbxRingGroupMember], members: &[NewMember]) -> (String, Value) {
    let mut commands = Vec::new();
    for old in held {
        if !members.iter().any(|member| member.extension == old.extension) {
            commands.push(Command::Delete(old.id));
        }
    }
    for member in members {
        match held.iter().find(|old| old.extension == member.extension) {
            Some(old) if old.priority == member.priority => {}
            Some(old) => commands.push(Command::Update(old.id, values(member))),
            None => commands.push(Command::Create(values(member))),
        }
    }
    ("members".to_owned(), Value::Commands(commands))
}

fn values(member: &NewMember) -> Values {
    Values::from([
        ("extension".to_owned(), Value::Record(member.extension)),
        ("priority".to_owned(), Value::Int(member.priority)),
    ])
}

async fn with_members(
    tx: &mut Tx,
    groups: Vec<Stored<PbxRingGroup>>,
) -> Result<Vec<Stored<Ring>>, ReadError> {
    let ids = groups.iter().map(|group| Value::Record(group.record.id));
    let members = tx.all::<PbxRingGroupMember>(&Domain::is_in("ring_group", ids)).await?;
    let fallbacks = groups.iter().filter_map(|group| fallback_extension(&group.record));
    let extensions = members.iter().map(|member| member.extension).chain(fallbacks).collect();
    let people = people(tx, extensions).await?;
    let mut of_group: HashMap<RecordId, Vec<Member>> = HashMap::new();
    for member in members {
        let Some((extension, user_name)) = people.get(&member.extension) else { continue };
        of_group.entry(member.ring_group).or_default().push(Member {
            id: member.id,
            extension: member.extension,
            number: extension.number.clone(),
            user_name: user_name.clone(),
            priority: member.priority,
            active: extension.active && extension.destination.is_none(),
        });
    }
    let with = |Stored { record: group, created_at, updated_at }: Stored<PbxRingGroup>| {
        let fallback = fallback_extension(&group).and_then(|extension| people.get(&extension));
        let fallback_number = fallback.map(|(extension, _)| extension.number.clone());
        let rung = fallback.and_then(|(extension, _)| extension.destination.as_ref());
        let fallback_assistant = rung.and_then(targets::assistant_of);
        let members = of_group.remove(&group.id).unwrap_or_default();
        let record = Ring { group, members, fallback_number, fallback_assistant };
        Stored { record, created_at, updated_at }
    };
    Ok(groups.into_iter().map(with).collect())
}

fn fallback_extension(group: &PbxRingGroup) -> Option<RecordId> {
    match &group.fallback {
        Some(DestinationRef::Record { kind, id }) if kind == "extension" => Some(*id),
        _ => None,
    }
}

/// Extensions with the names of their users.
async fn people(
    tx: &mut Tx,
    ids: Vec<RecordId>,
) -> Result<HashMap<RecordId, (PbxExtension, Option<String>)>, ReadError> {
    let ids = ids.into_iter().map(Value::Record);
    let whatever = |domain: Domain| domain.and(Domain::is_in("active", [true, false]));
    let extensions = tx.all::<PbxExtension>(&whatever(Domain::is_in("id", ids))).await?;
    let users = extensions.iter().filter_map(|extension| extension.user.map(Value::Record));
    let users = whatever(Domain::is_in("id", users));
    // Whose phone it is, everybody in the company may know; the rest of the users' records they may not.
    let mut system = tx.as_system("name whose extensions the members are");
    let names: HashMap<RecordId, String> =
        system.all::<ResUsers>(&users).await?.into_iter().map(|user| (user.id, user.name)).collect();
    let person = |extension: PbxExtension| {
        let name = extension.user.and_then(|user| names.get(&user).cloned());
        (extension.id, (extension, name))
    };
    Ok(extensions.into_iter().map(person).collect())
}
