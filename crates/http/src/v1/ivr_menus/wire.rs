//! IVR menus as the API says them: one source of what is said, and options whose extensions are named by number.

use crate::api::{Errors, Paging, Patch, Problem};
use crate::v1::destinations::DestinationView;
use crate::v1::words::{Status, TargetKind, instant, record_id};
use opbx_app::menus::{Aim, Audio, Content, Ivr, NewKey};
use opbx_app::models::{PbxMenuDraft, PbxMenuKey, PbxPromptKind};
use opbx_app::resources::Stored;
use opbx_app::targets::Targets;
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::DestinationRef;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Filters {
    #[serde(flatten)]
    pub(super) paging: Paging,
    pub(super) status: Option<Status>,
    /// Part of the name or the description.
    pub(super) search: Option<String>,
}

/// A record's id, or an extension's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Key {
    Id(i64),
    Text(String),
}

impl Key {
    fn text(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Text(text) => text.trim().to_owned(),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewMenu {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    #[schemars(length(min = 1, max = 20))]
    options: Vec<OptionInput>,
    #[serde(flatten)]
    rest: MenuPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ChangedMenu {
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    /// Replaces all options; left out, they stay.
    #[schemars(length(min = 1, max = 20))]
    options: Option<Vec<OptionInput>>,
    #[serde(flatten)]
    rest: MenuPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct MenuPatch {
    description: Patch<String>,
    /// A prompt of the library. Of this, `audio_file_path` and `tts_text`, exactly one says what is heard.
    recording_id: Patch<i64>,
    /// The address of a sound file; the id of a recording is taken, too.
    audio_file_path: Patch<Key>,
    /// Read to the caller.
    tts_text: Patch<String>,
    /// As `/ivr-menus/voices` names it.
    #[schemars(length(max = 50))]
    tts_voice: Patch<String>,
    /// Seconds for the whole choice; 3 where a new menu says nothing.
    #[schemars(range(min = 1, max = 30))]
    max_timeout: Option<i64>,
    /// Seconds from one key to the next; 2 where a new menu says nothing.
    #[schemars(range(min = 1, max = 30))]
    inter_digit_timeout: Option<i64>,
    /// How often it is played.
    #[schemars(range(min = 1, max = 9))]
    max_turns: Option<i64>,
    /// Whether callers may dial an extension's number.
    direct_dial: Option<bool>,
    /// A prompt of the library, heard before the menu comes again because no key was pressed.
    no_input_recording_id: Patch<i64>,
    /// A prompt of the library, heard before the menu comes again because of a wrong key.
    wrong_key_recording_id: Patch<i64>,
    /// What follows the last turn; its id must come with it, with `ai_assistant` that of the extension that stands for it.
    failover_destination_type: Option<TargetKind>,
    #[schemars(extend("x-may-be-empty" = true))]
    failover_destination_id: Option<Key>,
    /// Of a forward: a number or a SIP address.
    #[schemars(length(max = 255))]
    #[schemars(extend("x-may-be-empty" = true))]
    failover_forward_to: Option<String>,
    status: Option<Status>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OptionInput {
    /// Without `#`, which ends what a caller enters.
    #[schemars(regex(pattern = r"^[0-9*#]{1,10}$"))]
    input_digits: String,
    #[serde(default)]
    #[schemars(length(max = 255))]
    description: Option<String>,
    destination_type: TargetKind,
    /// Of an extension its number, or its id, with `ai_assistant` of the extension that stands for it; of all others the id.
    #[serde(default)]
    destination_id: Option<Key>,
    /// Of a forward: a number or a SIP address.
    #[serde(default)]
    #[schemars(length(max = 255))]
    destination_forward_to: Option<String>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 20))]
    priority: Option<i64>,
}

/// What the API's clients have always meant by saying nothing; a menu of a configuration file waits longer.
const TIMEOUT_S: i64 = 3;
const INTER_DIGIT_TIMEOUT_S: i64 = 2;

impl NewMenu {
    pub(super) fn into_parts(self) -> Result<(PbxMenuDraft, Content), Problem> {
        let audio = self.rest.audio(None)?.ok_or_else(no_audio)?;
        let (draft, content) = self.rest.into_parts()?;
        let draft = PbxMenuDraft {
            name: Some(self.name),
            timeout_s: draft.timeout_s.or(Some(TIMEOUT_S)),
            inter_digit_timeout_s: draft.inter_digit_timeout_s.or(Some(INTER_DIGIT_TIMEOUT_S)),
            ..draft
        };
        Ok((draft, Content { audio: Some(audio), keys: Some(keys(self.options)?), ..content }))
    }
}

impl ChangedMenu {
    pub(super) fn into_parts(self, held: &Ivr) -> Result<(PbxMenuDraft, Content), Problem> {
        let audio = self.rest.audio(Some(held))?;
        let (draft, content) = self.rest.into_parts()?;
        let draft = PbxMenuDraft { name: self.name, ..draft };
        Ok((draft, Content { audio, keys: self.options.map(keys).transpose()?, ..content }))
    }
}

fn no_audio() -> Problem {
    let sentence =
        "An IVR menu must have either a recording, a direct audio URL, or a text to be read to the caller.";
    Problem::field("audio_configuration", sentence)
}

impl MenuPatch {
    fn into_parts(self) -> Result<(PbxMenuDraft, Content), Problem> {
        let failover = match self.failover_destination_type {
            None => None,
            Some(kind) => {
                let (id, to) = (self.failover_destination_id.as_ref(), self.failover_forward_to.as_deref());
                Some(aim(kind, id, to, ["failover_destination_id", "failover_forward_to"], false)?)
            }
        };
        let prompt = |patch: Patch<i64>, field: &str| match patch {
            Patch::Set(id) => record_id(id, field).map(|id| Some(Some(id))),
            other => Ok(other.into_draft().map(|_| None)),
        };
        let draft = PbxMenuDraft {
            description: self.description.into_draft(),
            timeout_s: self.max_timeout,
            inter_digit_timeout_s: self.inter_digit_timeout,
            turns: self.max_turns,
            direct_dial: self.direct_dial,
            no_input_prompt: prompt(self.no_input_recording_id, "no_input_recording_id")?,
            wrong_key_prompt: prompt(self.wrong_key_recording_id, "wrong_key_recording_id")?,
            active: self.status.map(Status::is_active),
            ..PbxMenuDraft::default()
        };
        Ok((draft, Content { failover, ..Content::default() }))
    }

    /// What is to be said; none where nothing was said of it.
    fn audio(&self, held: Option<&Ivr>) -> Result<Option<Audio>, Problem> {
        let recording = self.recording_id.as_set().filter(|id| **id != 0);
        let path = self.audio_file_path.as_set().map(Key::text).filter(|path| !path.is_empty());
        let text = self.tts_text.as_set().filter(|text| !text.trim().is_empty());
        let mut errors = Errors::default();
        let one = "Only one of a recording, a direct audio URL and a text can say what is heard.";
        if recording.is_some() && (path.is_some() || text.is_some()) {
            errors.add("recording_id", one);
        }
        if path.is_some() && text.is_some() {
            errors.add("audio_file_path", one);
        }
        errors.into_result()?;
        let voice = self.tts_voice.clone().into_draft();
        if let Some(id) = recording {
            return record_id(*id, "recording_id").map(|id| Some(Audio::Library(id)));
        }
        if let Some(path) = path {
            return Ok(Some(match path.parse::<i64>() {
                Ok(id) => Audio::Library(record_id(id, "audio_file_path")?),
                Err(_) => Audio::Url(path),
            }));
        }
        if let Some(text) = text {
            return Ok(Some(Audio::Text { text: text.clone(), voice }));
        }
        let cleared = [&self.recording_id.clone().map(drop), &self.audio_file_path.clone().map(drop)];
        if cleared.iter().all(|patch| **patch == Patch::Clear) && self.tts_text == Patch::Clear {
            return Err(no_audio());
        }
        let own = held.filter(|held| held.has_own_prompt()).and_then(|held| held.prompt.as_ref());
        let said = own.and_then(|prompt| prompt.text.clone());
        // Another voice alone reads the same text.
        Ok(said.filter(|_| voice.is_some()).map(|text| Audio::Text { text, voice }))
    }
}

/// Where one way leads; `fields` are those of its id and of a forward.
fn aim(
    kind: TargetKind,
    id: Option<&Key>,
    to: Option<&str>,
    fields: [&str; 2],
    number_first: bool,
) -> Result<Aim, Problem> {
    let required = |field: &str| {
        let word = field.rsplit('.').next().unwrap_or(field).replace('_', " ");
        Problem::field(field, format!("The {word} field is required."))
    };
    let text = id.map(Key::text).filter(|text| !text.is_empty());
    match kind {
        TargetKind::Hangup => Ok(Aim::To(DestinationRef::Hangup)),
        TargetKind::Forward => {
            let to = to.map(str::trim).filter(|to| !to.is_empty()).map(str::to_owned).or(text);
            to.map(|to| Aim::To(DestinationRef::Forward(to))).ok_or_else(|| required(fields[1]))
        }
        TargetKind::Extension | TargetKind::AiAssistant => {
            let of_assistant = kind == TargetKind::AiAssistant;
            let name = text.ok_or_else(|| required(fields[0]))?;
            Ok(Aim::Extension { name, number_first, of_assistant })
        }
        kind => {
            let text = text.ok_or_else(|| required(fields[0]))?;
            let found = text.parse().ok().and_then(|id| kind.to(id));
            let absent = || Problem::field(fields[0], "The selected destination does not exist.");
            found.map(Aim::To).ok_or_else(absent)
        }
    }
}

fn keys(options: Vec<OptionInput>) -> Result<Vec<NewKey>, Problem> {
    let (mut seen, mut errors) = (HashSet::new(), Errors::default());
    for (place, option) in options.iter().enumerate() {
        if !seen.insert(option.input_digits.as_str()) {
            errors.add(
                &format!("options.{place}.input_digits"),
                "The input digits field holds digits that another option has.",
            );
        }
        if option.input_digits.contains('#') {
            errors.add(&format!("options.{place}.input_digits"), "# ends the entry, so no key may hold it.");
        }
        if option.destination_type == TargetKind::Hangup {
            errors.add(
                &format!("options.{place}.destination_type"),
                "The destination type field cannot be hangup: a key leads somewhere.",
            );
        }
    }
    errors.into_result()?;
    let key = |(place, option): (usize, OptionInput)| {
        let [id, to] =
            ["destination_id", "destination_forward_to"].map(|name| format!("options.{place}.{name}"));
        let (named, forward) = (option.destination_id.as_ref(), option.destination_forward_to.as_deref());
        Ok(NewKey {
            aim: aim(option.destination_type, named, forward, [&id, &to], true)?,
            keys: option.input_digits,
            description: option.description,
            sequence: option.priority.unwrap_or_else(|| i64::try_from(place + 1).unwrap_or(1)),
        })
    };
    options.into_iter().enumerate().map(key).collect()
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    pub(super) data: MenuView,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Written {
    pub(super) message: &'static str,
    pub(super) data: MenuView,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MenuView {
    id: i64,
    organization_id: i64,
    name: String,
    description: Option<String>,
    recording_id: Option<i64>,
    recording_name: Option<String>,
    audio_file_path: Option<String>,
    tts_text: Option<String>,
    tts_voice: Option<String>,
    max_timeout: i64,
    inter_digit_timeout: i64,
    max_turns: i64,
    direct_dial: bool,
    no_input_recording_id: Option<i64>,
    wrong_key_recording_id: Option<i64>,
    failover_destination_type: TargetKind,
    failover_destination_id: Option<i64>,
    failover_forward_to: Option<String>,
    failover_destination: DestinationView,
    status: Status,
    options: Vec<OptionView>,
    options_count: usize,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OptionView {
    id: i64,
    ivr_menu_id: i64,
    input_digits: String,
    description: Option<String>,
    destination_type: TargetKind,
    /// Of an extension its number, also where it stands for an AI assistant.
    destination_id: Option<Key>,
    destination_forward_to: Option<String>,
    destination: DestinationView,
    priority: i64,
}

impl OptionView {
    fn of(key: PbxMenuKey, targets: &Targets) -> Self {
        let (kind, id) = said(&key.destination, targets);
        let number = targets.get(&key.destination).and_then(|target| target.number.clone());
        Self {
            id: key.id.get(),
            ivr_menu_id: key.menu.get(),
            input_digits: key.keys,
            description: key.description,
            destination_type: kind,
            destination_id: number.map(Key::Text).or(id.map(|id| Key::Id(id.get()))),
            destination_forward_to: forward(&key.destination),
            destination: DestinationView::of(&key.destination, targets),
            priority: key.sequence,
        }
    }
}

/// What a destination is, and which record; an extension that stands for an AI assistant is one.
fn said(destination: &DestinationRef, targets: &Targets) -> (TargetKind, Option<RecordId>) {
    let (kind, id) = TargetKind::of(destination);
    (TargetKind::said(destination, targets).unwrap_or(kind), id)
}

fn forward(destination: &DestinationRef) -> Option<String> {
    if let DestinationRef::Forward(to) = destination { Some(to.clone()) } else { None }
}

impl MenuView {
    pub(super) fn of(tenant: TenantId, stored: Stored<Ivr>, targets: &Targets) -> Self {
        let Stored { record, created_at, updated_at } = stored;
        let is_own = record.has_own_prompt();
        let Ivr { menu, keys, prompt } = record;
        let failover = menu.failover.unwrap_or(DestinationRef::Hangup);
        let (failover_kind, failover_id) = said(&failover, targets);
        let (own, library) = if is_own { (prompt, None) } else { (None, prompt) };
        let of_kind = |kind| own.as_ref().filter(|prompt| prompt.kind == kind);
        let text = of_kind(PbxPromptKind::Text);
        Self {
            id: menu.id.get(),
            organization_id: tenant.get(),
            name: menu.name,
            description: menu.description,
            recording_id: library.as_ref().map(|prompt| prompt.id.get()),
            recording_name: library.map(|prompt| prompt.name),
            audio_file_path: of_kind(PbxPromptKind::Url).and_then(|prompt| prompt.url.clone()),
            tts_text: text.and_then(|prompt| prompt.text.clone()),
            tts_voice: text.and_then(|prompt| prompt.voice.clone()),
            max_timeout: menu.timeout_s,
            inter_digit_timeout: menu.inter_digit_timeout_s,
            max_turns: menu.turns,
            direct_dial: menu.direct_dial,
            no_input_recording_id: menu.no_input_prompt.map(|id| id.get()),
            wrong_key_recording_id: menu.wrong_key_prompt.map(|id| id.get()),
            failover_destination_type: failover_kind,
            failover_destination_id: failover_id.map(|id| id.get()),
            failover_forward_to: forward(&failover),
            failover_destination: DestinationView::of(&failover, targets),
            status: Status::of(menu.active),
            options_count: keys.len(),
            options: keys.into_iter().map(|key| OptionView::of(key, targets)).collect(),
            created_at: instant(created_at),
            updated_at: instant(updated_at),
        }
    }
}
