//! IVR menus with their keys and what they say, as those who configure them see them.

use crate::App;
use crate::models::{
    PbxExtension, PbxMenu, PbxMenuDraft, PbxMenuKey, PbxPrompt, PbxPromptDraft, PbxPromptKind,
};
use crate::resources::{self, Listed, Listing, ResourceError, Stored, archived_or_not};
use crate::targets::{self, Targets};
use opbx_kernel::{Code, Kind, RecordId, Scope};
use opbx_platform::{Command, DestinationRef, Domain, Record as _, Value, Values};
use opbx_store::{ReadError, Tx};
use std::collections::HashMap;

/// The longest name of a prompt, in characters.
const PROMPT_NAME_LEN_MAX: usize = 100;
/// Names that are tried for a menu's own prompt.
const PROMPT_NAMES_MAX: usize = 100;
/// How long extension numbers are.
const NUMBER_LEN: std::ops::RangeInclusive<usize> = 3..=5;

/// A menu, whole.
#[derive(Debug, Clone)]
pub struct Ivr {
    pub menu: PbxMenu,
    /// In the order in which they are shown.
    pub keys: Vec<PbxMenuKey>,
    pub prompt: Option<PbxPrompt>,
}

impl Ivr {
    /// Whether its prompt was said in its own form, and is no prompt of the library.
    pub fn has_own_prompt(&self) -> bool {
        self.prompt.as_ref().is_some_and(|prompt| prompt.menu == Some(self.menu.id))
    }
}

/// What a menu says: a prompt of the library, or what its own form holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audio {
    Library(RecordId),
    Url(String),
    /// A voice that is none stays as it is.
    Text {
        text: String,
        voice: Option<Option<String>>,
    },
}

/// Where a key leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aim {
    To(DestinationRef),
    /// An extension by its number or its id, which look alike: the one that is looked for first wins.
    Extension {
        name: String,
        number_first: bool,
        /// Whether it must stand for an AI assistant.
        of_assistant: bool,
    },
}

#[derive(Debug, Clone)]
pub struct NewKey {
    pub keys: String,
    pub aim: Aim,
    pub description: Option<String>,
    pub sequence: i64,
}

/// Which of a menu's ways is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By its place in what was given.
    Key(usize),
    Failover,
}

#[derive(Debug, thiserror::Error)]
pub enum MenuError {
    #[error("there is no such destination")]
    NoTarget(Way),
    #[error("the destination stands for no AI assistant")]
    NoAssistant(Way),
    #[error("the menu would lead to itself")]
    ToItself(Way),
    #[error("there is no such recording")]
    NoRecording,
    /// What its own form says of its prompt cannot be kept.
    #[error("{0}")]
    Prompt(ResourceError),
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

impl MenuError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoTarget(_) => Code::new(Kind::Invalid, "no_target"),
            Self::NoAssistant(_) => Code::new(Kind::Invalid, "no_assistant"),
            Self::ToItself(_) => Code::new(Kind::Invalid, "points_at_itself"),
            Self::NoRecording => Code::new(Kind::Invalid, "no_recording"),
            Self::Prompt(error) | Self::Resource(error) => error.code(),
        }
    }
}

impl From<ReadError> for MenuError {
    fn from(error: ReadError) -> Self {
        Self::Resource(error.into())
    }
}

/// What is written to a menu beside its own fields; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Content {
    pub audio: Option<Audio>,
    pub keys: Option<Vec<NewKey>>,
    pub failover: Option<Aim>,
}

pub async fn list(
    app: &App,
    scope: &Scope,
    listing: &Listing,
) -> Result<(Listed<Ivr>, Targets), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxMenu>(&mut tx, listing).await?;
    let (rows, targets) = whole(&mut tx, listed.rows).await?;
    Ok((Listed { rows, total: listed.total }, targets))
}

pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<(Stored<Ivr>, Targets), ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let menu = resources::get_in::<PbxMenu>(&mut tx, id).await?;
    let (mut rows, targets) = whole(&mut tx, vec![menu]).await?;
    let row = rows.pop().ok_or(ResourceError::Absent { model: PbxMenu::MODEL })?;
    Ok((row, targets))
}

pub async fn create(
    app: &App,
    scope: &Scope,
    mut draft: PbxMenuDraft,
    content: Content,
) -> Result<RecordId, MenuError> {
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    if let Some(aim) = &content.failover {
        draft.failover = Some(Some(resolved(&mut tx, aim, Way::Failover, None).await?));
    }
    let keys = resolved_keys(&mut tx, content.keys.unwrap_or_default(), None).await?;
    let commands = keys.into_iter().map(|(key, to)| Command::Create(values(key, to))).collect();
    let more = Values::from([("keys".to_owned(), Value::Commands(commands))]);
    let id = resources::create_in(&mut tx, draft, more).await?;
    if let Some(audio) = content.audio {
        let prompt = spoken(&mut tx, id, None, audio).await?;
        let said = PbxMenuDraft { prompt: Some(Some(prompt)), ..PbxMenuDraft::default() };
        resources::update_in(&mut tx, id, said, Values::new(), None).await?;
    }
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(id)
}

pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    mut draft: PbxMenuDraft,
    content: Content,
    expected: Option<i64>,
) -> Result<(), MenuError> {
    let mut tx = app.store().begin(scope).await.map_err(ResourceError::from)?;
    let held = resources::get_in::<PbxMenu>(&mut tx, id).await?.record;
    if let Some(aim) = &content.failover {
        draft.failover = Some(Some(resolved(&mut tx, aim, Way::Failover, Some(id)).await?));
    }
    let mut more = Values::new();
    if let Some(keys) = content.keys {
        let keys = resolved_keys(&mut tx, keys, Some(id)).await?;
        let old = tx.all::<PbxMenuKey>(&Domain::eq("menu", id)).await?;
        more.insert("keys".to_owned(), replaced(&old, keys));
    }
    if let Some(audio) = content.audio {
        let prompt = match held.prompt {
            Some(prompt) => tx.get::<PbxPrompt>(prompt).await?,
            None => None,
        };
        draft.prompt = Some(Some(spoken(&mut tx, id, prompt, audio).await?));
    }
    resources::update_in(&mut tx, id, draft, more, expected).await?;
    drop_unused(&mut tx, id).await?;
    tx.commit().await.map_err(ResourceError::from)?;
    Ok(())
}

/// Brings what a menu says into a prompt: one of the library, its own one changed, or a new one of its own.
async fn spoken(
    tx: &mut Tx,
    menu: RecordId,
    held: Option<PbxPrompt>,
    audio: Audio,
) -> Result<RecordId, MenuError> {
    let (kind, text, voice, url) = match audio {
        Audio::Library(id) => {
            let prompt = tx.get::<PbxPrompt>(id).await?;
            let fits = prompt.filter(|prompt| prompt.menu.is_none_or(|owner| owner == menu));
            return fits.map(|prompt| prompt.id).ok_or(MenuError::NoRecording);
        }
        Audio::Url(url) => (PbxPromptKind::Url, None, Some(None), Some(url)),
        Audio::Text { text, voice } => (PbxPromptKind::Text, Some(text), voice, None),
    };
    let mut draft = PbxPromptDraft {
        kind: Some(kind),
        text: Some(text),
        voice,
        url: Some(url),
        ..PbxPromptDraft::default()
    };
    if let Some(own) = held.filter(|prompt| prompt.menu == Some(menu)) {
        if kind != PbxPromptKind::Text {
            draft.language = Some(None);
        }
        let changed = resources::update_in(tx, own.id, draft, Values::new(), None).await;
        changed.map_err(MenuError::Prompt)?;
        return Ok(own.id);
    }
    let name = tx.get::<PbxMenu>(menu).await?.map(|menu| menu.name).unwrap_or_default();
    draft.name = Some(free_name(tx, &name).await?);
    draft.menu = Some(Some(menu));
    resources::create_in(tx, draft, Values::new()).await.map_err(MenuError::Prompt)
}

/// Deletes prompts of its own that a menu does not play any more.
async fn drop_unused(tx: &mut Tx, menu: RecordId) -> Result<(), MenuError> {
    let Some(held) = tx.get::<PbxMenu>(menu).await? else { return Ok(()) };
    let played = [held.prompt, held.no_input_prompt, held.wrong_key_prompt];
    for prompt in tx.all::<PbxPrompt>(&Domain::eq("menu", menu).and(archived_or_not())).await? {
        if !played.contains(&Some(prompt.id)) {
            resources::delete_in::<PbxPrompt>(tx, prompt.id, None).await?;
        }
    }
    Ok(())
}

/// A name that no prompt has yet. Nobody looks for such a prompt by its name; it only has to have one.
async fn free_name(tx: &mut Tx, menu: &str) -> Result<String, MenuError> {
    for number in 1..=PROMPT_NAMES_MAX {
        let ending = if number == 1 { " (menu)".to_owned() } else { format!(" (menu {number})") };
        let room = PROMPT_NAME_LEN_MAX - ending.len();
        let name = menu.chars().take(room).chain(ending.chars()).collect::<String>();
        let taken = Domain::eq("name", name.as_str()).and(archived_or_not());
        if tx.count(PbxPrompt::MODEL, &taken).await? == 0 {
            return Ok(name);
        }
    }
    let model = PbxPrompt::MODEL.to_owned();
    Err(MenuError::Prompt(ResourceError::Record(crate::records::RecordError::NoFreeName { model })))
}

async fn resolved_keys(
    tx: &mut Tx,
    keys: Vec<NewKey>,
    menu: Option<RecordId>,
) -> Result<Vec<(NewKey, DestinationRef)>, MenuError> {
    let mut all = Vec::with_capacity(keys.len());
    for (place, key) in keys.into_iter().enumerate() {
        let to = resolved(tx, &key.aim, Way::Key(place), menu).await?;
        all.push((key, to));
    }
    Ok(all)
}

/// What an aim names, which must be there.
async fn resolved(
    tx: &mut Tx,
    aim: &Aim,
    way: Way,
    menu: Option<RecordId>,
) -> Result<DestinationRef, MenuError> {
    let to = match aim {
        Aim::To(to) => to.clone(),
        Aim::Extension { name, number_first, of_assistant } => {
            let id = extension(tx, name.trim(), *number_first).await?.ok_or(MenuError::NoTarget(way))?;
            if *of_assistant && targets::require_assistant_in(tx, id).await?.is_err() {
                return Err(MenuError::NoAssistant(way));
            }
            return Ok(targets::extension(id));
        }
    };
    let DestinationRef::Record { kind, id } = &to else { return Ok(to) };
    if kind == "menu" && menu == Some(*id) {
        return Err(MenuError::ToItself(way));
    }
    let found = targets::read(tx, &[&to]).await?;
    if found.get(&to).is_none() {
        return Err(MenuError::NoTarget(way));
    }
    Ok(to)
}

async fn extension(tx: &mut Tx, name: &str, number_first: bool) -> Result<Option<RecordId>, ReadError> {
    let by_id = name.parse::<i64>().ok().and_then(|id| RecordId::new(id).ok());
    if !number_first
        && let Some(id) = by_id
        && tx.get::<PbxExtension>(id).await?.is_some()
    {
        return Ok(Some(id));
    }
    // Clients that take the number for a whole number lose its leading zeros.
    let padded = NUMBER_LEN.filter(|len| *len > name.len()).map(|len| format!("{name:0>len$}"));
    let numbers: Vec<String> = std::iter::once(name.to_owned()).chain(padded).collect();
    let domain = Domain::is_in("number", numbers.iter().map(String::as_str)).and(archived_or_not());
    let found = tx.all::<PbxExtension>(&domain).await?;
    let exact = found.iter().find(|extension| extension.number == name);
    let id = match (exact, found.as_slice()) {
        (Some(exact), _) => Some(exact.id),
        (None, [only]) => Some(only.id),
        (None, _) => None,
    };
    match (id, by_id) {
        (Some(id), _) => Ok(Some(id)),
        (None, Some(id)) if number_first => Ok(tx.get::<PbxExtension>(id).await?.map(|found| found.id)),
        (None, _) => Ok(None),
    }
}

/// A key that stays keeps its record.
fn replaced(old: &[PbxMenuKey], keys: Vec<(NewKey, DestinationRef)>) -> Value {
    let gone = old.iter().filter(|old| !keys.iter().any(|(key, _)| key.keys == old.keys));
    let mut commands: Vec<Command> = gone.map(|old| Command::Delete(old.id)).collect();
    for (key, to) in keys {
        let held = old.iter().find(|old| old.keys == key.keys);
        commands.push(match held {
            Some(held) => Command::Update(held.id, values(key, to)),
            None => Command::Create(values(key, to)),
        });
    }
    Value::Commands(commands)
}

fn values(key: NewKey, to: DestinationRef) -> Values {
    Values::from([
        ("keys".to_owned(), key.keys.as_str().into()),
        ("destination".to_owned(), Value::Destination(to)),
        ("description".to_owned(), key.description.into()),
        ("sequence".to_owned(), Value::Int(key.sequence)),
    ])
}

async fn whole(
    tx: &mut Tx,
    menus: Vec<Stored<PbxMenu>>,
) -> Result<(Vec<Stored<Ivr>>, Targets), ResourceError> {
    let ids = menus.iter().map(|menu| Value::Record(menu.record.id));
    let keys = tx.all::<PbxMenuKey>(&Domain::is_in("menu", ids)).await?;
    let prompts = menus.iter().filter_map(|menu| menu.record.prompt).map(Value::Record);
    let prompts = tx.all::<PbxPrompt>(&Domain::is_in("id", prompts).and(archived_or_not())).await?;
    let prompts: HashMap<RecordId, PbxPrompt> =
        prompts.into_iter().map(|prompt| (prompt.id, prompt)).collect();
    let failovers = menus.iter().filter_map(|menu| menu.record.failover.as_ref());
    let named: Vec<_> = keys.iter().map(|key| &key.destination).chain(failovers).collect();
    let targets = targets::read(tx, &named).await?;
    let mut keys = crate::plans::grouped(keys, |key| key.menu);
    let mut rows = Vec::with_capacity(menus.len());
    for Stored { record: menu, created_at, updated_at } in menus {
        let keys = keys.remove(&menu.id).unwrap_or_default();
        // Some menus share a prompt of the library.
        let prompt = menu.prompt.and_then(|id| prompts.get(&id)).cloned();
        rows.push(Stored { record: Ivr { menu, keys, prompt }, created_at, updated_at });
    }
    Ok((rows, targets))
}
