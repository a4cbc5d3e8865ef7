//! A history to look at: plausible calls of past days, routed by the real core and ingested as calls are.
//!
//! Nothing of them is news: no webhook, mail or page hears of them. Each carries its stored inputs, so that it can be
//! explained and replayed like any other.

mod play;
mod sounds;
mod when;
mod who;

use crate::attachments::{AttachmentError, ObjectError, Objects};
use crate::hooks::record_row;
use crate::ingest::book::{Name, Piece};
use crate::ingest::calls::{self, Packer, insert_all};
use crate::ingest::{IngestError, keep_snapshot};
use crate::journal::PlanSnapshot;
use crate::models::{PbxCdrDraft, PbxVoicemailMessage, PbxVoicemailMessageDraft};
use crate::plans::{CompileError, compile, stored};
use opbx_kernel::{Code, Kind, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Record as _, Value};
use opbx_routing::{CORE_VERSION, Plan};
use opbx_store::{CommitError, ReadError, SaveError, Store, StoreError, Tx};
use opbx_telephony::News;
use opbx_telephony::simulation::dice::Dice;
use play::{Played, Player};
use sounds::Sounds;

/// Calls that one run writes at most.
pub const CALLS_MAX: u32 = 1_000_000;
/// How far back they go at most.
pub const DAYS_MAX: u16 = 365;
/// Calls of one transaction: nobody else writes to a SQLite file meanwhile.
const BATCH_MAX: usize = 200;
const WHY: &str = "write a history to look at";

#[derive(Debug, thiserror::Error)]
pub enum PastError {
    #[error("there are no numbers and no telephones, so nobody could have called")]
    NobodyToCall,
    #[error("from 1 to {CALLS_MAX} calls of the last 1 to {DAYS_MAX} days can be written")]
    TooMuch,
    #[error("the configuration makes no plan: {0}")]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
}

impl PastError {
    pub fn code(&self) -> Code {
        match self {
            Self::NobodyToCall => Code::new(Kind::Conflict, "nobody_to_call"),
            Self::TooMuch => Code::new(Kind::Invalid, "too_much_history"),
            Self::Compile(error) => error.code(),
            Self::Ingest(error) => Code::new(error.kind(), "history_not_ingested"),
            Self::Save(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
            Self::Object(_) => Code::new(Kind::Unavailable, "object_store_unusable"),
            Self::Attachment(error) => error.code(),
        }
    }
}

/// What is to be written. The same seed at the same moment draws the same calls.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub calls: u32,
    /// How many days they are spread over, back from now.
    pub days: u16,
    pub seed: u64,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    pub calls: u32,
    pub answered: u32,
    pub messages: u32,
    /// Conversations and messages that have a sound to play.
    pub sounds: u32,
}

/// Writes a history for a tenant; `told` hears how many calls are in after each transaction.
pub async fn write(
    store: &Store,
    objects: &Objects,
    tenant: TenantId,
    wanted: Wanted,
    now: Timestamp,
    mut told: impl FnMut(u32),
) -> Result<Written, PastError> {
    if !(1..=CALLS_MAX).contains(&wanted.calls) || !(1..=DAYS_MAX).contains(&wanted.days) {
        return Err(PastError::TooMuch);
    }
    let scope = Scope::system(tenant, WHY);
    let mut tx = store.read(&scope).await?;
    let plan = compile(&mut tx).await?.plan;
    drop(tx);
    let mut player = Player::of(&plan, wanted.seed).ok_or(PastError::NobodyToCall)?;
    let run = format!("{:x}-{:x}", now.as_second(), wanted.seed);
    let mut dice = Dice::new(wanted.seed, 0, "history");
    let instants = when::drawn(&mut dice, wanted, plan.company.zone.time_zone(), now);
    let mut history =
        History { plan: &plan, scope: &scope, now, packer: Packer::new(), written: Written::default() };
    let mut sounds = Sounds::default();
    for (batch, instants) in instants.chunks(BATCH_MAX).enumerate() {
        let first = batch * BATCH_MAX;
        let played: Vec<Played> = instants
            .iter()
            .enumerate()
            .map(|(at, moment)| player.play(&format!("example-{run}-{}", first + at), *moment))
            .collect();
        history.keep(store, &played, &mut sounds, batch == 0).await?;
        told(history.written.calls);
    }
    history.written.sounds = sounds.keep(store, objects, &scope).await?;
    store.learn().await?;
    Ok(history.written)
}

struct History<'p> {
    plan: &'p Plan,
    scope: &'p Scope,
    now: Timestamp,
    packer: Packer,
    written: Written,
}

impl History<'_> {
    async fn keep(
        &mut self,
        store: &Store,
        played: &[Played],
        sounds: &mut Sounds,
        is_first: bool,
    ) -> Result<(), PastError> {
        let mut tx = store.begin(self.scope).await?;
        tx.tell_nobody();
        if is_first {
            keep_snapshot(&mut tx, &snapshot(self.plan)).await?;
        }
        let ids = self.ingest(&mut tx, played).await?;
        let mut records = Vec::with_capacity(played.len());
        for (played, call) in played.iter().zip(&ids) {
            let draft = PbxCdrDraft { waiting: Some(false), call: Some(*call), ..record_row(&played.record) };
            records.push(draft.into_values());
            self.written.calls += 1;
            self.written.answered += u32::from(played.answered_at.is_some());
            if let Some(call) = call {
                sounds.note_call(*call, played);
            }
        }
        insert_all(&mut tx, "pbx.cdr", records).await?;
        self.note_messages(&mut tx, played, &ids, sounds).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Brings the calls into the store by the way that all calls come, and gives their records.
    async fn ingest(&mut self, tx: &mut Tx, played: &[Played]) -> Result<Vec<Option<RecordId>>, IngestError> {
        let mut pieces = Vec::new();
        let mut last_pieces = Vec::with_capacity(played.len());
        for played in played {
            pieces.extend(played.entries.iter().map(Piece::step));
            let name = Name { call: Some(played.record.call_id.clone()), ..Name::default() };
            last_pieces.push(pieces.len());
            pieces.push(Piece::news(name, News::of_record(&played.record)));
        }
        let applied = calls::apply_past(tx, pieces, &mut self.packer).await?;
        Ok(last_pieces.into_iter().map(|at| applied.calls[at]).collect())
    }

    /// Messages that are a few days old were heard; of what has no sound here nobody waits for one.
    async fn note_messages(
        &mut self,
        tx: &mut Tx,
        played: &[Played],
        ids: &[Option<RecordId>],
        sounds: &mut Sounds,
    ) -> Result<(), PastError> {
        let left: Vec<Value> = played
            .iter()
            .zip(ids)
            .filter(|(played, _)| played.leaves_message)
            .filter_map(|(_, id)| id.map(Value::Record))
            .collect();
        if left.is_empty() {
            return Ok(());
        }
        let messages = tx.all_unsorted::<PbxVoicemailMessage>(&Domain::is_in("call", left)).await?;
        let mut heard = Vec::new();
        for message in &messages {
            self.written.messages += 1;
            sounds.note_message(message);
            if self.now.duration_since(message.left_at) > play::HEARD_AFTER {
                heard.push(Value::Record(message.id));
            }
        }
        let silent = sounds::without_sound();
        let all = messages.iter().map(|message| Value::Record(message.id));
        tx.set_where(PbxVoicemailMessage::MODEL, &Domain::is_in("id", all), silent.into_values()).await?;
        if !heard.is_empty() {
            let draft = PbxVoicemailMessageDraft { heard: Some(true), ..PbxVoicemailMessageDraft::default() };
            tx.set_where(PbxVoicemailMessage::MODEL, &Domain::is_in("id", heard), draft.into_values())
                .await?;
        }
        Ok(())
    }
}

fn snapshot(plan: &Plan) -> PlanSnapshot {
    PlanSnapshot {
        tenant: plan.tenant,
        version: plan.version,
        core_version: CORE_VERSION.to_owned(),
        body: stored::packed(plan),
    }
}
