//! What there is to listen to: of the newest conversations and messages, two voices that hum.

use super::{PastError, Played};
use crate::attachments::{self, NewAttachment, Objects, Stored};
use crate::hooks::hex;
use crate::models::{
    PbxCallDraft, PbxCallRecorded, PbxCallRecordingDraft, PbxCallRecordingState, PbxVoicemailMessage,
    PbxVoicemailMessageDraft, PbxVoicemailMessageRecording,
};
use crate::recordings;
use opbx_kernel::seal::digest;
use opbx_kernel::{RecordId, Scope, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_store::{Store, Tx};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::f64::consts::TAU;

/// Conversations, and messages, that get a sound: the newest.
const SOUNDS_MAX: usize = 60;
/// Longer conversations have none, so that a history stays small.
const LENGTH_S_MAX: i64 = 60;
/// Sounds that one transaction attaches.
const BATCH_MAX: usize = 20;
/// Samples in a second, a byte each.
const RATE: u32 = 8_000;
const WAV_HEAD: u32 = 36;
/// How long one voice goes on before the other takes over, in seconds, and how high they are, in hertz.
const TURN_S: f64 = 1.7;
const VOICES_HZ: [f64; 2] = [196.0, 294.0];
/// Syllables of a second.
const SYLLABLES: f64 = 3.1;

/// A conversation that may be heard.
struct Conversation {
    call: RecordId,
    from: String,
    to: String,
    number: Option<String>,
    started_at: Timestamp,
    length_s: i64,
}

/// The newest of what was said.
#[derive(Default)]
pub(super) struct Sounds {
    conversations: VecDeque<Conversation>,
    messages: VecDeque<(RecordId, i64)>,
    /// Sounds of one length are one.
    stored: HashMap<i64, Stored>,
}

/// Where an engine would keep a recording; nobody answers at such a name (RFC 2606).
pub(super) fn address(lot: u64) -> String {
    format!("https://recordings.example/{lot:016x}.wav")
}

/// What is said of messages until their sound is made.
pub(super) fn without_sound() -> PbxVoicemailMessageDraft {
    PbxVoicemailMessageDraft {
        recording: Some(Some(PbxVoicemailMessageRecording::Failed)),
        recording_error: Some(Some("An example message of this age has no sound.".to_owned())),
        ..PbxVoicemailMessageDraft::default()
    }
}

impl Sounds {
    pub(super) fn note_call(&mut self, call: RecordId, played: &Played) {
        let is_heard = played.is_recorded || played.record.call_id.ends_with(['0', '4', '7']);
        let Some(started_at) = played.answered_at else { return };
        if !is_heard || !(5..=LENGTH_S_MAX).contains(&played.talk_s) {
            return;
        }
        let conversation = Conversation {
            call,
            from: played.record.from.clone(),
            to: played.record.to.clone(),
            number: played.number.clone(),
            started_at,
            length_s: played.talk_s,
        };
        push(&mut self.conversations, conversation);
    }

    pub(super) fn note_message(&mut self, message: &PbxVoicemailMessage) {
        let length_s = message.length_s.unwrap_or(1).clamp(1, LENGTH_S_MAX);
        push(&mut self.messages, (message.id, length_s));
    }

    /// Makes the sounds and attaches them; tells how many there are.
    pub(super) async fn keep(
        mut self,
        store: &Store,
        objects: &Objects,
        scope: &Scope,
    ) -> Result<u32, PastError> {
        let lengths = self.conversations.iter().map(|conversation| conversation.length_s);
        let lengths: Vec<i64> = lengths.chain(self.messages.iter().map(|(_, length_s)| *length_s)).collect();
        for length_s in lengths {
            if let Entry::Vacant(place) = self.stored.entry(length_s) {
                let mut upload = objects.begin(scope.tenant()).await?;
                upload.write(&hum(u32::try_from(length_s).unwrap_or(1))).await?;
                place.insert(upload.keep().await?);
            }
        }
        let mut made = 0;
        let conversations: Vec<Conversation> = self.conversations.drain(..).collect();
        for conversations in conversations.chunks(BATCH_MAX) {
            let mut tx = store.begin(scope).await?;
            tx.tell_nobody();
            for conversation in conversations {
                self.record(&mut tx, store, conversation).await?;
                made += 1;
            }
            tx.commit().await?;
        }
        let messages: Vec<(RecordId, i64)> = self.messages.drain(..).collect();
        for messages in messages.chunks(BATCH_MAX) {
            let mut tx = store.begin(scope).await?;
            tx.tell_nobody();
            for (message, length_s) in messages {
                let attachment =
                    self.attach(&mut tx, store, "pbx.voicemail.message", *message, *length_s).await?;
                let draft = PbxVoicemailMessageDraft {
                    attachment: Some(Some(attachment)),
                    recording: Some(Some(PbxVoicemailMessageRecording::Ready)),
                    recording_error: Some(None),
                    ..PbxVoicemailMessageDraft::default()
                };
                tx.update("pbx.voicemail.message", *message, draft.into_values(), None).await?;
                made += 1;
            }
            tx.commit().await?;
        }
        Ok(made)
    }

    async fn record(&self, tx: &mut Tx, store: &Store, heard: &Conversation) -> Result<(), PastError> {
        let url = address(heard.call.get().unsigned_abs());
        let draft = PbxCallRecordingDraft {
            call: Some(heard.call),
            digest: Some(hex(&digest(&[url.as_bytes()]))),
            number: Some(heard.number.clone()),
            from_number: Some(Some(heard.from.clone())),
            to_number: Some(Some(heard.to.clone())),
            started_at: Some(heard.started_at),
            length_s: Some(Some(heard.length_s)),
            url: Some(url),
            state: Some(PbxCallRecordingState::Ready),
            ..recordings::whose(tx, heard.call).await?
        };
        let recording = tx.create("pbx.call.recording", draft.into_values()).await?;
        let attachment = self.attach(tx, store, "pbx.call.recording", recording, heard.length_s).await?;
        let draft =
            PbxCallRecordingDraft { attachment: Some(Some(attachment)), ..PbxCallRecordingDraft::default() };
        tx.update("pbx.call.recording", recording, draft.into_values(), None).await?;
        let ready = PbxCallDraft { recorded: Some(Some(PbxCallRecorded::Ready)), ..PbxCallDraft::default() };
        tx.update("pbx.call", heard.call, ready.into_values(), None).await?;
        Ok(())
    }

    async fn attach(
        &self,
        tx: &mut Tx,
        store: &Store,
        model: &str,
        record: RecordId,
        length_s: i64,
    ) -> Result<RecordId, PastError> {
        let stored = self.stored.get(&length_s).expect("a sound of each length was made before");
        let new = NewAttachment {
            name: &format!("recording-{record}.wav"),
            mimetype: Some("audio/wav"),
            model,
            record,
            field: Some("attachment"),
        };
        Ok(attachments::attach(tx, store.registry(), stored, &new).await?)
    }
}

/// Keeps the newest.
fn push<T>(kept: &mut VecDeque<T>, new: T) {
    if kept.len() >= SOUNDS_MAX {
        kept.pop_front();
    }
    kept.push_back(new);
}

/// Two voices that take turns, as WAV: 8 bits, one channel.
fn hum(length_s: u32) -> Vec<u8> {
    let samples = RATE * length_s;
    let mut bytes = Vec::with_capacity(samples as usize + 44);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(samples + WAV_HEAD).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    bytes.extend_from_slice(&[1, 0, 1, 0]);
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&RATE.to_le_bytes());
    bytes.extend_from_slice(&[1, 0, 8, 0]);
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&samples.to_le_bytes());
    for sample in 0..samples {
        let at_s = f64::from(sample) / f64::from(RATE);
        let turn = (at_s / TURN_S).floor();
        let voice = VOICES_HZ[usize::from(turn % 2.0 >= 1.0)];
        // Louder and softer, as words are, and quiet for a breath where the other begins.
        let word = (at_s * SYLLABLES * TAU / 2.0).sin().abs();
        let breath = ((at_s / TURN_S - turn) * TAU / 2.0).sin();
        let level = (at_s * voice * TAU).sin() * word * breath * 70.0;
        bytes.push((level + 128.0) as u8);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hum_is_a_wav_of_its_length() {
        let sound = crate::audio::judge(&hum(3)).expect("a sound");
        assert_eq!(sound.length_ms, 3_000);
        assert_eq!(sound.format, crate::audio::Format::Wav);
    }
}
