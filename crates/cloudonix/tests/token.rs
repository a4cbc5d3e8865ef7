//! The token opens for its own call and nothing else, and no callback URL outgrows what engines take.

use jiff::{SignedDuration, Timestamp};
use opbx_cloudonix::token::{BASE_LEN_MAX, LIFETIME, URL_LEN_MAX};
use opbx_cloudonix::wire::request::PARTY_LEN_MAX;
use opbx_cloudonix::{CallToken, TokenError, VoiceRequest};
use opbx_kernel::TenantId;
use opbx_kernel::seal::{KEY_LEN, Keyring, NONCE_LEN};
use opbx_routing::ring_group::MEMBERS_MAX;
use opbx_routing::{
    Call, Dialing, Direction, ExtensionId, HOPS_MAX, Hunt, Place, PlaceKind, RingGroupId, Stage,
};
use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};
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

fn url_of(call: &Call, base: &str) -> String {
    CallToken::new(call.clone(), i64::MAX, now()).callback_url(
        base,
        &ring(1),
        [7; NONCE_LEN],
        tenant(ID_MAX),
        "call-1",
    )
}

fn open(
    url: &str,
    ring: &Keyring,
    tenant: TenantId,
    call_id: &str,
    at: Timestamp,
) -> Result<Call, TokenError> {
    let query = url.split_once('?').expect("a query").1;
    let request = VoiceRequest::read(query, None, b"").expect("our own query");
    CallToken::open(ring, tenant, call_id, |name| request.in_query(name), at).map(|token| token.call)
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
fn the_largest_call_there_can_be_still_fits_the_url() {
    let party = "9".repeat(PARTY_LEN_MAX);
    let base = format!("https://{}", "b".repeat(BASE_LEN_MAX - 8));
    let url = url_of(&ringing(MEMBERS_MAX, HOPS_MAX + 1, &party), &base);
    assert!(url.len() <= URL_LEN_MAX, "{} bytes", url.len());
}

proptest! {
    #[test]
    fn any_call_survives_its_journey(
        members in 0..=MEMBERS_MAX, hops in 0..=HOPS_MAX, party in ".{0,32}", call_id in ".{1,255}",
    ) {
        let call = ringing(members, hops, &party);
        let url = CallToken::new(call.clone(), 3, now()).callback_url(BASE, &ring(1), [9; NONCE_LEN], tenant(5), &call_id);
        prop_assert!(url.len() <= URL_LEN_MAX);
        prop_assert_eq!(open(&url, &ring(1), tenant(5), &call_id, now()), Ok(call));
    }

    #[test]
    fn nothing_that_is_not_a_token_opens(text in prop::string::string_regex("[A-Za-z0-9_-]{0,400}").expect("a pattern")
        .prop_union(prop::string::string_regex(".{0,40}").expect("a pattern"))) {
        let found = |name: &str| (name == "token").then_some(text.as_str());
        prop_assert!(CallToken::open(&ring(1), tenant(1), "call-1", found, now()).is_err());
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
