//! Voicemail boxes with how many messages wait in them, and the messages themselves, as people listen to them.

use crate::App;
use crate::attachments::{self, Content};
use crate::models::{PbxVoicemail, PbxVoicemailMessage};
use crate::recordings::SoundError;
use crate::records::{self, Deed};
use crate::resources::{self, Listed, Listing, ResourceError, Stored, archived_or_not};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{Domain, Record as _, Value};
use opbx_store::{GroupBy, Grouping, Tx};
use std::collections::HashMap;

/// A box, with the messages in it that the asker may hear.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub mailbox: PbxVoicemail,
    pub messages: u64,
    pub unheard: u64,
    /// Whether a PIN is set; it is never told.
    pub has_pin: bool,
    /// The name of whom it is of.
    pub user_name: Option<String>,
}

/// A message, with what its box is called.
#[derive(Debug, Clone)]
pub struct Message {
    pub message: PbxVoicemailMessage,
    pub mailbox: Option<String>,
}

pub async fn list(app: &App, scope: &Scope, listing: &Listing) -> Result<Listed<Mailbox>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxVoicemail>(&mut tx, listing).await?;
    Ok(Listed { rows: counted(&mut tx, listed.rows).await?, total: listed.total })
}

pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<Stored<Mailbox>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let mailbox = resources::get_in::<PbxVoicemail>(&mut tx, id).await?;
    let mut rows = counted(&mut tx, vec![mailbox]).await?;
    rows.pop().ok_or(ResourceError::Absent { model: PbxVoicemail::MODEL })
}

async fn counted(
    tx: &mut Tx,
    boxes: Vec<Stored<PbxVoicemail>>,
) -> Result<Vec<Stored<Mailbox>>, ResourceError> {
    let ids: Vec<RecordId> = boxes.iter().map(|stored| stored.record.id).collect();
    let in_them = Domain::is_in("mailbox", ids.iter().copied());
    let all = messages_in(tx, &in_them).await?;
    let unheard = messages_in(tx, &in_them.and(Domain::eq("heard", false))).await?;
    let mut system = tx.as_system("tell whose boxes they are, and whether they have a PIN");
    let with_pin = system.secrets_set(PbxVoicemail::MODEL, "pin", &ids).await?;
    let users: Vec<RecordId> = boxes.iter().filter_map(|stored| stored.record.user).collect();
    let names = system.names("res.users", &users).await?;
    let names: HashMap<RecordId, String> = names.into_iter().map(|named| (named.id, named.name)).collect();
    let with = |Stored { record: mailbox, created_at, updated_at }: Stored<PbxVoicemail>| {
        let count = |counts: &HashMap<RecordId, u64>| counts.get(&mailbox.id).copied().unwrap_or(0);
        let record = Mailbox {
            messages: count(&all),
            unheard: count(&unheard),
            has_pin: with_pin.contains(&mailbox.id),
            user_name: mailbox.user.and_then(|user| names.get(&user).cloned()),
            mailbox,
        };
        Stored { record, created_at, updated_at }
    };
    Ok(boxes.into_iter().map(with).collect())
}

/// How many messages there are by box; none for whoever hears none at all.
async fn messages_in(tx: &mut Tx, domain: &Domain) -> Result<HashMap<RecordId, u64>, ResourceError> {
    let models = tx.models();
    let model = models.model(PbxVoicemailMessage::MODEL).expect("every struct is written from its model");
    if records::require(tx.scope(), model, Deed::Read).is_err() {
        return Ok(HashMap::new());
    }
    let by = [GroupBy { field: "mailbox", part: None }];
    let rows = records::group(tx, model, domain, Grouping { by: &by, ..Grouping::default() }).await?;
    let counts = rows.iter().filter_map(|row| match (row.keys.first()?, row.aggregates.first()?) {
        (Value::Record(id), Value::Int(count)) => Some((*id, u64::try_from(*count).unwrap_or(0))),
        _ => None,
    });
    Ok(counts.collect())
}

pub async fn messages(app: &App, scope: &Scope, listing: &Listing) -> Result<Listed<Message>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxVoicemailMessage>(&mut tx, listing).await?;
    Ok(Listed { rows: named(&mut tx, listed.rows).await?, total: listed.total })
}

pub async fn message(app: &App, scope: &Scope, id: RecordId) -> Result<Stored<Message>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let message = resources::get_in::<PbxVoicemailMessage>(&mut tx, id).await?;
    let mut rows = named(&mut tx, vec![message]).await?;
    rows.pop().ok_or(ResourceError::Absent { model: PbxVoicemailMessage::MODEL })
}

async fn named(
    tx: &mut Tx,
    messages: Vec<Stored<PbxVoicemailMessage>>,
) -> Result<Vec<Stored<Message>>, ResourceError> {
    let ids = messages.iter().filter_map(|stored| stored.record.mailbox).map(Value::Record);
    let boxes = tx.all::<PbxVoicemail>(&Domain::is_in("id", ids).and(archived_or_not())).await?;
    let names: HashMap<RecordId, String> =
        boxes.into_iter().map(|mailbox| (mailbox.id, mailbox.name)).collect();
    let with = |Stored { record: message, created_at, updated_at }: Stored<PbxVoicemailMessage>| {
        let mailbox = message.mailbox.and_then(|id| names.get(&id).cloned());
        Stored { record: Message { message, mailbox }, created_at, updated_at }
    };
    Ok(messages.into_iter().map(with).collect())
}

/// Opens the sound of a message, for whoever may hear it.
pub async fn sound(app: &App, scope: &Scope, id: RecordId) -> Result<Content, SoundError> {
    let mut tx = app.store().read(scope).await.map_err(ResourceError::from)?;
    let message = resources::get_in::<PbxVoicemailMessage>(&mut tx, id).await?.record;
    let registry = app.store().registry();
    let attached = attachments::of_record(&mut tx, registry, PbxVoicemailMessage::MODEL, message.id).await;
    let attached = attached.map_err(SoundError::Attachment)?;
    let sound = attached.iter().find(|file| file.mimetype.starts_with("audio/"));
    let sound = sound.ok_or(SoundError::NotHere)?;
    let opened = attachments::open(&mut tx, registry, app.objects(), sound.id).await;
    opened.map_err(SoundError::Attachment)
}
