//! The token opens for its own call and nothing else, and no callback URL outgrows what engines take.

use jiff::{SignedDuration, Timestamp};
use opbx_cloudonix::token::{BASE_LEN_MAX, LIFETIME, URL_LEN_MAX};
use opbx_cloudonix::wire::request::PARTY_LEN_MAX;
use opbx_cloudonix::{CallToken, Callback, TokenError, VoiceRequest};
use opbx_kernel::E164;
use opbx_kernel::TenantId;
use opbx_kernel::seal::{KEY_LEN, Keyring, NONCE_LEN};
use opbx_routing::ring_group::MEMBERS_MAX;
use opbx_routing::{
    Account, Asking, AssistantId, Call, ConferenceId, Dialing, Direction, Ending, ExtensionId, HOPS_MAX,
    Hunt, Listening, MenuId, MessageId, OutboundRuleId, Outside, Place, PlaceKind, RingGroupId, Stage,
    VoicemailId,
};
use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use zeroize::Zeroizing;

const BASE: &str = "https://pbx.example.com";
const ID_MAX: i64 = (1 << 53) - 1;

fn ring(byte: u8) -> Keyring {
    Keyring::new(Zeroizing::new([byte; KEY_LEN]), Vec::new())
}

fn tenant(id: i64) -> TenantId {
    TenantId::new(id).expect("positive")
}

fn now() -> Timestamp {
    "2026-12-24T18:05:00Z".parse().expect("an instant")
}

/// A call that rings a group, as large as `members` and `hops` make it.
fn ringing(members: usize, hops: usize, party: &str) -> Call {
    let mut call = Call::new(Direction::OutboundApi, party, party);
    call.trail = vec![Place { kind: PlaceKind::RingGroup, id: ID_MAX }; hops].into();
    call.steps = u32::MAX;
    call.stage = Stage::Dialing(Dialing::Group(Hunt {
        group: RingGroupId::new(ID_MAX).expect("below 2^53"),
        order: vec![ExtensionId::new(ID_MAX).expect("below 2^53"); members].into(),
        attempts: 999,
        next: u32::MAX,
    }));
    call
}

/// A call as large as can be, at each kind of stage that waits for something, with where it hears of its end.
fn stages() -> Vec<(Callback, Stage)> {
    let asking = |asking| Stage::Asking(asking);
    let dialing = |dialing| Stage::Dialing(dialing);
    let extension = ExtensionId::new(ID_MAX).expect("an id");
    let outside = Outside {
        number: "+999999999999999".into(),
        rule: OutboundRuleId::new(ID_MAX).ok(),
        trunk: u8::MAX,
        account: Account::Forwarded(extension),
    };
    vec![
        (Callback::RingGroup, ringing(MEMBERS_MAX, 0, "").stage),
        (Callback::Dial, dialing(Dialing::Extension(extension))),
        (Callback::Dial, dialing(Dialing::Outside(outside))),
        (Callback::Dial, dialing(Dialing::Sip { owner: Some(extension) })),
        (Callback::Dial, dialing(Dialing::Conference(ConferenceId::new(ID_MAX).expect("an id")))),
        (Callback::Dial, dialing(Dialing::Assistant(AssistantId::new(ID_MAX).expect("an id")))),
        (Callback::Menu, asking(Asking::Menu { menu: MenuId::new(ID_MAX).expect("an id"), turn: u8::MAX })),
        (
            Callback::Pin,
            asking(Asking::Pin { room: ConferenceId::new(ID_MAX).expect("an id"), turn: u8::MAX }),
        ),
        (Callback::Menu, asking(Asking::BoxNumber { turn: u8::MAX })),
        (Callback::Pin, asking(Asking::BoxPin { mailbox: VoicemailId::new(ID_MAX).ok(), turn: u8::MAX })),
        (
            Callback::Menu,
            asking(Asking::Mailbox(Listening {
                mailbox: VoicemailId::new(ID_MAX).expect("an id"),
                message: MessageId::new(ID_MAX).ok(),
                saved: true,
                turns: u8::MAX,
                silent: u8::MAX,
            })),
        ),
        (Callback::Recording, Stage::Recording(VoicemailId::new(ID_MAX).expect("an id"))),
    ]
}

fn standing_at(stage: Stage, hops: usize, party: &str) -> Call {
    Call {
        stage,
        fell_back: true,
        announced: true,
        reached: E164::new("+999999999999999"),
        chosen_at: u8::MAX,
        ..ringing(0, hops, party)
    }
}

fn url_of(call: &Call, base: &str) -> String {
    CallToken::new(call.clone(), i64::MAX, now())
        .callback_url(base, &ring(1), [7; NONCE_LEN], tenant(ID_MAX), "call-1")
        .expect("the call waits for something")
}

fn open(
    url: &str,
    ring: &Keyring,
    tenant: TenantId,
    call_id: &str,
    at: Timestamp,
) -> Result<Call, TokenError> {
    let (path, query) = url.split_once('?').expect("a query");
    let heard_at =
        Callback::ALL.into_iter().find(|callback| path.ends_with(callback.path())).expect("a callback");
    open_at(heard_at, query, ring, tenant, call_id, at)
}

fn open_at(
    heard_at: Callback,
    query: &str,
    ring: &Keyring,
    tenant: TenantId,
    call_id: &str,
    at: Timestamp,
) -> Result<Call, TokenError> {
    let request = VoiceRequest::read(query, None, b"").expect("our own query");
    CallToken::open(ring, tenant, call_id, heard_at, |name| request.in_query(name), at)
        .map(|token| token.call)
}

#[test]
fn a_token_brings_the_call_back_as_it_was() {
    let call = ringing(3, 2, "+442079460018");
    let url = url_of(&call, BASE);
    assert!(
        url.starts_with("https://pbx.example.com/api/callbacks/voice/ring-group-callback?ring_group_id="),
        "{url}"
    );
    assert_eq!(open(&url, &ring(1), tenant(ID_MAX), "call-1", now()), Ok(call));
}

#[test]
fn a_token_is_good_for_its_own_tenant_call_and_parameters_only() {
    let url = url_of(&ringing(3, 2, "1001"), BASE);
    let forged = Err(TokenError::Forged);
    assert_eq!(open(&url, &ring(1), tenant(1), "call-1", now()), forged);
    assert_eq!(open(&url, &ring(1), tenant(ID_MAX), "call-2", now()), forged);
    assert_eq!(open(&url, &ring(2), tenant(ID_MAX), "call-1", now()), forged);
    let other_attempt = url.replace("attempt_number=999", "attempt_number=1");
    assert_eq!(open(&other_attempt, &ring(1), tenant(ID_MAX), "call-1", now()), forged);
    let no_group = url.replace(&format!("ring_group_id={ID_MAX}&"), "");
    assert_eq!(open(&no_group, &ring(1), tenant(ID_MAX), "call-1", now()), forged);
    let bare = url.split("&token=").next().expect("before the token");
    assert_eq!(open(bare, &ring(1), tenant(ID_MAX), "call-1", now()), Err(TokenError::Missing));
}

#[test]
fn a_token_expires_after_a_day() {
    let url = url_of(&ringing(3, 2, "1001"), BASE);
    let second = SignedDuration::from_secs(1);
    assert!(open(&url, &ring(1), tenant(ID_MAX), "call-1", now() + LIFETIME - second).is_ok());
    assert_eq!(open(&url, &ring(1), tenant(ID_MAX), "call-1", now() + LIFETIME), Err(TokenError::Expired));
}

#[test]
fn the_largest_call_there_can_be_still_fits_the_url_at_every_stage() {
    let party = "9".repeat(PARTY_LEN_MAX);
    let base = format!("https://{}", "b".repeat(BASE_LEN_MAX - 8));
    for (callback, stage) in stages() {
        let url = url_of(&standing_at(stage, HOPS_MAX + 1, &party), &base);
        assert!(url.len() <= URL_LEN_MAX, "{callback:?}: {} bytes", url.len());
    }
}

#[test]
fn a_token_opens_where_its_own_stage_is_heard_of_and_nowhere_else() {
    for (own, stage) in stages() {
        let call = standing_at(stage, 2, "1001");
        let url = url_of(&call, BASE);
        let (path, query) = url.split_once('?').expect("a query");
        assert_eq!(path, format!("{BASE}{}", own.path()));
        for at in Callback::ALL {
            let opened = open_at(at, query, &ring(1), tenant(ID_MAX), "call-1", now());
            let expected = if at == own { Ok(call.clone()) } else { Err(TokenError::Forged) };
            assert_eq!(opened, expected, "a token for {own:?} at {at:?}");
        }
        let more = format!("{query}&menu_id=7");
        assert_eq!(open_at(own, &more, &ring(1), tenant(ID_MAX), "call-1", now()), Err(TokenError::Forged));
    }
}

#[test]
fn a_readable_parameter_opens_in_the_one_form_it_was_written_in() {
    let url = url_of(&ringing(3, 2, "1001"), BASE);
    let group = format!("ring_group_id={ID_MAX}&");
    for other in [
        format!("ring_group_id=%2B{ID_MAX}&"),
        format!("ring_group_id=0{ID_MAX}&"),
        format!("menu_id=0&{group}"),
    ] {
        let changed = url.replace(&group, &other);
        assert_ne!(changed, url);
        assert_eq!(
            open(&changed, &ring(1), tenant(ID_MAX), "call-1", now()),
            Err(TokenError::Forged),
            "{other}"
        );
    }
}

#[test]
fn the_originals_readable_words_stand_in_the_url() {
    let menu = stages().into_iter().find(|(callback, _)| *callback == Callback::Menu).expect("a menu").1;
    let url = url_of(&standing_at(menu, 1, "1001"), BASE);
    let start = format!("{BASE}/api/voice/ivr-input?menu_id={ID_MAX}&token=");
    assert!(url.starts_with(&start), "{url}");
}

#[test]
fn a_call_that_waits_for_nothing_has_no_callback() {
    for stage in [Stage::New, Stage::Ended(Ending::Completed)] {
        let token = CallToken::new(standing_at(stage, 1, "1001"), 1, now());
        assert_eq!(token.callback_url(BASE, &ring(1), [7; NONCE_LEN], tenant(1), "call-1"), None);
    }
}

proptest! {
    #[test]
    fn any_call_survives_its_journey(
        stage in prop_oneof![
            (0..=MEMBERS_MAX).prop_map(|members| ringing(members, 0, "").stage),
            select(stages()).prop_map(|(_, stage)| stage),
        ],
        hops in 0..=HOPS_MAX, party in ".{0,32}", call_id in ".{1,255}",
    ) {
        let call = standing_at(stage, hops, &party);
        let url = CallToken::new(call.clone(), 3, now()).callback_url(BASE, &ring(1), [9; NONCE_LEN], tenant(5), &call_id);
        let url = url.expect("the call waits for something");
        prop_assert!(url.len() <= URL_LEN_MAX);
        prop_assert_eq!(open(&url, &ring(1), tenant(5), &call_id, now()), Ok(call));
    }

    #[test]
    fn nothing_that_is_not_a_token_opens(text in prop::string::string_regex("[A-Za-z0-9_-]{0,400}").expect("a pattern")
        .prop_union(prop::string::string_regex(".{0,40}").expect("a pattern"))) {
        let found = |name: &str| (name == "token").then_some(text.as_str());
        for at in Callback::ALL {
            prop_assert!(CallToken::open(&ring(1), tenant(1), "call-1", at, found, now()).is_err());
        }
    }
}

#[test]
fn a_changed_token_never_opens() {
    let url = url_of(&ringing(3, 2, "1001"), BASE);
    let at = url.find("&token=").expect("a token") + "&token=".len();
    for position in at..url.len() {
        let mut changed = url.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("ASCII");
        // The last character carries spare bits; a decoder may take it for the same bytes, and then it is the same token.
        let opened = open(&changed, &ring(1), tenant(ID_MAX), "call-1", now());
        assert!(opened == Err(TokenError::Forged), "position {position}");
    }
}
