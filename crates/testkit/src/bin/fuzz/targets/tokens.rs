//! Sealed tokens: a genuine query opens at its own callback; with anything in it changed, it opens nowhere.

use crate::target::{Judged, Seen, Target};
use opbx_cloudonix::{CallToken, Callback, VoiceRequest};
use opbx_kernel::TenantId;
use opbx_kernel::seal::{KEY_LEN, Keyring, NONCE_LEN};
use opbx_routing::{
    Asking, Call, ConferenceId, Dialing, Direction, ExtensionId, Hunt, MenuId, RingGroupId, Stage,
    VoicemailId,
};

const CALL_ID: &str = "call-1";
const BASE: &str = "https://pbx.example.com";
/// What of a query is ours.
const OURS: &[&str] =
    &["token", "ring_group_id", "attempt_number", "menu_id", "conference_room_id", "voicemail_id"];
const WORDS: &[&str] = &[
    "token=",
    "ring_group_id=",
    "attempt_number=",
    "menu_id=",
    "conference_room_id=",
    "voicemail_id=",
    "&",
    "=",
    "A",
    "B",
    "_",
    "-",
    "%2B",
    "%3D",
    "==",
    "1",
    "0",
    "TOKEN=",
    "%00",
    "ring_group_id=3&",
    "menu_id=0&",
];

/// A query that was given away, with where it opens.
type Genuine = (Callback, Vec<Option<String>>);

pub(crate) fn target() -> Target {
    let ring = Keyring::new([7; KEY_LEN].into(), vec![[9; KEY_LEN].into()]);
    let (mut examples, mut genuine) = (Vec::new(), Vec::new());
    for (at, stage) in stages().into_iter().enumerate() {
        let call = Call { stage, ..Call::new(Direction::Inbound, "+442079460018", "+12125550100") };
        let url = CallToken::new(call, 5, now()).callback_url(
            BASE,
            &ring,
            [at as u8; NONCE_LEN],
            tenant(),
            CALL_ID,
        );
        let url = url.expect("the call waits for something");
        let (path, query) = url.split_once('?').expect("a URL with a query");
        let callback = Callback::ALL.into_iter().find(|callback| path.ends_with(callback.path()));
        let request = VoiceRequest::read(query, None, b"").expect("our own query");
        genuine.push((callback.expect("one of ours"), ours(&request)));
        examples.push(query.as_bytes().to_vec());
    }
    let judge = move |input: &[u8]| judge(&ring, &genuine, &String::from_utf8_lossy(input));
    Target { name: "tokens", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(ring: &Keyring, genuine: &[Genuine], query: &str) -> Judged {
    let Ok(request) = VoiceRequest::read(query, None, b"") else { return Ok(Seen::taken("no query")) };
    let given = ours(&request);
    let mut said = Vec::new();
    for callback in Callback::ALL {
        let opened = CallToken::open(ring, tenant(), CALL_ID, callback, |name| request.in_query(name), now());
        let is_genuine = genuine.iter().any(|(at, known)| *at == callback && *known == given);
        match opened {
            Ok(_) if !is_genuine => return Err(format!("opens, and was never given away: {query}")),
            Err(error) if is_genuine => {
                return Err(format!("does not open, though it was given away: {error}"));
            }
            Ok(_) => said.push("opens".to_owned()),
            Err(error) => {
                Seen::refused(&error.to_string())?;
                said.push(error.to_string());
            }
        }
    }
    Ok(Seen::taken((said, given.iter().map(Option::is_some).collect::<Vec<_>>())))
}

fn ours(request: &VoiceRequest) -> Vec<Option<String>> {
    OURS.iter().map(|name| request.in_query(name).map(str::to_owned)).collect()
}

fn tenant() -> TenantId {
    TenantId::new(1).expect("positive")
}

fn now() -> jiff::Timestamp {
    "2026-12-24T18:05:00Z".parse().expect("an instant")
}

/// One stage for every callback.
fn stages() -> Vec<Stage> {
    let id = "3 is an id";
    let extension = ExtensionId::new(3).expect(id);
    let group = RingGroupId::new(3).expect(id);
    let hunt = Hunt { group, order: vec![extension; 3].into(), attempts: 1, next: 1 };
    vec![
        Stage::Dialing(Dialing::Group(hunt)),
        Stage::Dialing(Dialing::Extension(extension)),
        Stage::Asking(Asking::Menu { menu: MenuId::new(3).expect(id), turn: 1 }),
        Stage::Asking(Asking::Pin { room: ConferenceId::new(3).expect(id), turn: 1 }),
        Stage::Recording(VoicemailId::new(3).expect(id)),
    ]
}
