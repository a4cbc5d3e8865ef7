//! CXML: every action as documented, whatever it says well formed, and no answer that strands a caller.

use insta::assert_snapshot;
use opbx_cloudonix::cxml::{self, Links};
use opbx_routing::{
    Action, AssistantId, Change, ConferenceId, Dial, DialRecording, ExtensionId, Gather, Join, Prompt, Reach,
    Record, RecordingId, Rejection, Target, VoicemailId,
};
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use proptest::test_runner::TestCaseError;
use roxmltree::{Document, Node};
use smallvec::smallvec;
use std::sync::Arc;

const NEXT: &str = "https://pbx.example.com/next?a=1&b=2";

fn rendered(actions: &[Action], next: Option<&str>) -> String {
    let links = Links {
        next,
        recording: &|id| format!("https://pbx.example.com/prompts/{id}?a=1&b=2"),
        message: &|id| format!("https://pbx.example.com/messages/{id}?a=1&b=2"),
        service_token: &|_| Some("s3cret\"&"),
    };
    cxml::render(actions, &links)
}

fn extension(number: &str) -> Target {
    Target::Extension { id: ExtensionId::new(1).expect("an id"), number: number.into() }
}

fn assistant(reach: Reach) -> Target {
    Target::Assistant { id: AssistantId::new(1).expect("an id"), reach }
}

fn dial(targets: impl IntoIterator<Item = Target>) -> Dial {
    Dial { targets: targets.into_iter().collect(), timeout_s: 20, trunk: None, caller_id: None, record: None }
}

fn spoken(text: &str, voice: Option<&str>, language: Option<&str>) -> Prompt {
    Prompt::Text { text: text.into(), voice: voice.map(Into::into), language: language.map(Into::into) }
}

#[test]
fn phones_are_rung_and_the_result_is_reported() {
    let dial = Action::Dial(dial([extension("1001"), extension("1002")]));
    assert_snapshot!(rendered(&[dial], Some(NEXT)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Dial timeout="20" action="https://pbx.example.com/next?a=1&amp;b=2">
        <Number>1001</Number>
        <Number>1002</Number>
      </Dial>
    </Response>
    "#);
}

#[test]
fn an_outside_number_leaves_by_its_trunk_under_its_caller_id() {
    let number = Target::Outside { number: "+442079460018".into() };
    let outside =
        Dial { trunk: Some("carrier-a".into()), caller_id: Some("+12125550100".into()), ..dial([number]) };
    assert_snapshot!(rendered(&[Action::Dial(outside)], Some(NEXT)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Dial timeout="20" action="https://pbx.example.com/next?a=1&amp;b=2" trunks="carrier-a" callerId="+12125550100">
        <Number>+442079460018</Number>
      </Dial>
    </Response>
    "#);
}

#[test]
fn a_sip_address_is_rung_as_one() {
    let dial = Action::Dial(dial([Target::Sip { address: "sip:desk@example.com;transport=tls".into() }]));
    assert_snapshot!(rendered(&[dial], Some(NEXT)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Dial timeout="20" action="https://pbx.example.com/next?a=1&amp;b=2">
        <Sip>sip:desk@example.com;transport=tls</Sip>
      </Dial>
    </Response>
    "#);
}

#[test]
fn a_room_is_joined_with_all_its_rules() {
    let join = Join {
        room: ConferenceId::new(7).expect("an id"),
        participants_max: 25,
        starts: false,
        muted: true,
        announced: true,
        music: true,
        recorded: false,
    };
    assert_snapshot!(rendered(&[Action::Join(join)], Some(NEXT)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Dial action="https://pbx.example.com/next?a=1&amp;b=2">
        <Conference startConferenceOnEnter="false" endConferenceOnExit="false" muted="true" muteOnEntry="true" announceJoinLeave="true" maxParticipants="25" holdMusic="true" record="do-not-record">conf_7</Conference>
      </Dial>
    </Response>
    "#);
}

#[test]
fn an_assistant_is_reached_by_provider_and_number() {
    let reach = Reach::Provider { provider: "VAPI".into(), number: "+12125550188".into() };
    assert_snapshot!(rendered(&[Action::Dial(dial([assistant(reach)]))], Some(NEXT)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Dial timeout="20" action="https://pbx.example.com/next?a=1&amp;b=2">
        <Service provider="VAPI">+12125550188</Service>
      </Dial>
    </Response>
    "#);
}

#[test]
fn an_assistant_s_service_gets_its_token_and_the_parameters_that_can_be_told() {
    let parameters = [
        ("agent", "sales & more"),
        ("not a name", "1"),
        ("1st", "2"),
        ("token", "stolen"),
        ("agent", "twice"),
        ("x:y", "3"),
    ];
    let parameters = parameters.map(|(name, value)| (Arc::from(name), Arc::from(value))).to_vec();
    let reach = Reach::Service { url: "https://ai.example.com/?a=1&b=2".into(), parameters };
    let actions = [Action::Dial(dial([assistant(reach)]))];
    assert_snapshot!(rendered(&actions, Some(NEXT)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Dial timeout="20" action="https://pbx.example.com/next?a=1&amp;b=2">
        <Service token="s3cret&quot;&amp;" agent="sales &amp; more">https://ai.example.com/?a=1&amp;b=2</Service>
      </Dial>
    </Response>
    "#);
    assert_eq!(cxml::left_out(&actions), ["not a name", "1st", "token", "agent", "x:y"]);
}

#[test]
fn a_media_stream_is_connected_and_its_end_is_the_end_of_a_conversation() {
    let reach = Reach::Stream { url: "wss://ai.example.com/audio?a=1&b=2".into() };
    assert_snapshot!(rendered(&[Action::Dial(dial([assistant(reach)]))], Some(NEXT)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Connect>
        <Stream url="wss://ai.example.com/audio?a=1&amp;b=2"/>
      </Connect>
      <Redirect method="POST">https://pbx.example.com/next?a=1&amp;b=2&amp;DialCallStatus=completed</Redirect>
    </Response>
    "#);
}

#[test]
fn a_menu_asks_in_both_dialects_and_goes_on_without_an_answer() {
    let gather = Gather {
        prompts: smallvec![
            spoken("Invalid menu option, please try again.", None, None),
            Prompt::Recording(RecordingId::new(5).expect("an id")),
            Prompt::Audio("https://cdn.example.com/menu.mp3?a=1&b=2".into()),
            spoken("Willkommen", Some("Cloudonix-Neural:Zoe"), Some("de-DE")),
        ],
        timeout_s: 2,
        timeout_max_s: 10,
        digits_max: 4,
        secret: false,
    };
    assert_snapshot!(rendered(&[Action::Gather(gather)], Some(NEXT)), @r##"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Gather action="https://pbx.example.com/next?a=1&amp;b=2" method="POST" input="dtmf" finishOnKey="#" numDigits="4" minDigits="1" maxDigits="4" timeout="2" maxTimeout="10" actionOnEmptyResult="true">
        <Say>Invalid menu option, please try again.</Say>
        <Play>https://pbx.example.com/prompts/5?a=1&amp;b=2</Play>
        <Play>https://cdn.example.com/menu.mp3?a=1&amp;b=2</Play>
        <Say voice="Cloudonix-Neural:Zoe" language="de-DE">Willkommen</Say>
      </Gather>
      <Redirect method="POST">https://pbx.example.com/next?a=1&amp;b=2</Redirect>
    </Response>
    "##);
}

#[test]
fn a_message_is_asked_for_and_recorded() {
    let record = Record { mailbox: VoicemailId::new(3).expect("an id"), length_max_s: 120, beep: true };
    let greeting = spoken("This is Alice.", Some("Polly.Joanna"), None);
    assert_snapshot!(rendered(&[Action::Play(greeting), Action::Record(record)], Some(NEXT)), @r##"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Say voice="Polly.Joanna">This is Alice.</Say>
      <Record action="https://pbx.example.com/next?a=1&amp;b=2" method="POST" maxLength="120" playBeep="true" finishOnKey="#"/>
      <Redirect method="POST">https://pbx.example.com/next?a=1&amp;b=2</Redirect>
    </Response>
    "##);
}

#[test]
fn a_sentence_and_the_end_are_said_and_done() {
    let actions = [Action::Say("Extension not found".into()), Action::Hangup];
    assert_snapshot!(rendered(&actions, None), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Say>Extension not found</Say>
      <Hangup/>
    </Response>
    "#);
}

#[test]
fn words_on_several_lines_do_not_run_together() {
    let menu = spoken("For sales, press 1.\r\nFor support,\tpress 2.\n\nBye.", None, None);
    assert_snapshot!(rendered(&[Action::Play(menu), Action::Hangup], None), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Say>For sales, press 1. For support, press 2. Bye.</Say>
      <Hangup/>
    </Response>
    "#);
}

#[test]
fn an_error_is_a_sentence_and_the_end() {
    assert_snapshot!(cxml::render_error("Nobody <here> & there"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Response>
      <Say>Nobody &lt;here&gt; &amp; there</Say>
      <Hangup/>
    </Response>
    "#);
}

/// What an engine may be told, in the documented case.
const VERBS: [&str; 9] =
    ["Reject", "Say", "Play", "Gather", "Record", "Dial", "Connect", "Redirect", "Hangup"];
const NOUNS: [&str; 5] = ["Number", "Sip", "Conference", "Service", "Stream"];

fn elements<'a>(node: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
    node.children().filter(Node::is_element).collect()
}

/// Decision 2 as rules: whatever the engine makes of an answer, the caller is led on or the call ends.
fn check_rules(text: &str, next: Option<&str>) -> Result<(), TestCaseError> {
    let document = Document::parse(text).map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))?;
    let verbs = elements(document.root_element());
    for (at, verb) in verbs.iter().enumerate() {
        let following = verbs.get(at + 1);
        let name = verb.tag_name().name();
        prop_assert!(VERBS.contains(&name), "{}", text);
        let leads_back = |attribute: &str| verb.attribute(attribute) == next && next.is_some();
        match name {
            "Gather" | "Record" => {
                prop_assert!(leads_back("action") && verb.attribute("method") == Some("POST"), "{}", text);
                prop_assert_eq!(verb.attribute("finishOnKey"), Some("#"));
                let redirect = following.filter(|verb| verb.has_tag_name("Redirect"));
                prop_assert_eq!(redirect.and_then(|verb| verb.text()), next, "{}", text);
            }
            "Dial" => {
                prop_assert!(next.is_none() || leads_back("action"), "a dial reports how it ended: {}", text);
                prop_assert!(verb.attribute("action").is_some() || following.is_some(), "{}", text);
                prop_assert!(elements(*verb).iter().all(|noun| NOUNS.contains(&noun.tag_name().name())));
                prop_assert!(!elements(*verb).is_empty(), "a dial rings somebody: {}", text);
            }
            "Connect" => prop_assert!(following.is_some(), "a stream is followed by something: {}", text),
            "Redirect" => {
                prop_assert!(verb.text().is_some_and(|to| next.is_some_and(|next| to.starts_with(next))));
            }
            _ => {}
        }
        if name == "Gather" {
            prop_assert_eq!(verb.attribute("actionOnEmptyResult"), Some("true"));
            prop_assert!(
                verb.attribute("numDigits").is_some_and(|most| verb.attribute("maxDigits") == Some(most))
            );
            prop_assert!(
                elements(*verb).iter().all(|prompt| ["Say", "Play"].contains(&prompt.tag_name().name()))
            );
        }
    }
    let last = verbs.last().map(|verb| verb.tag_name().name());
    prop_assert!(
        matches!(last, Some("Hangup" | "Reject" | "Redirect" | "Dial")),
        "the answer runs out under a caller: {}",
        text
    );
    Ok(())
}

fn text() -> impl Strategy<Value = Arc<str>> {
    any::<String>().prop_map(Arc::from)
}

fn prompts() -> impl Strategy<Value = Prompt> {
    prop_oneof![
        (1..1_000_i64).prop_map(|id| Prompt::Recording(RecordingId::new(id).expect("an id"))),
        text().prop_map(Prompt::Audio),
        (text(), prop::option::of(text()), prop::option::of(text()))
            .prop_map(|(text, voice, language)| Prompt::Text { text, voice, language }),
    ]
}

fn reaches() -> impl Strategy<Value = Reach> {
    prop_oneof![
        (text(), text()).prop_map(|(provider, number)| Reach::Provider { provider, number }),
        (text(), prop::collection::vec(("[a-c:1 ]{0,2}".prop_map(Arc::from), text()), 0..5))
            .prop_map(|(url, parameters)| Reach::Service { url, parameters }),
        text().prop_map(|address| Reach::Sip { address }),
        text().prop_map(|url| Reach::Stream { url }),
    ]
}

fn targets() -> impl Strategy<Value = Target> {
    prop_oneof![
        text().prop_map(|number| Target::Extension { id: ExtensionId::new(1).expect("an id"), number }),
        text().prop_map(|number| Target::Outside { number }),
        text().prop_map(|address| Target::Sip { address }),
        reaches().prop_map(assistant),
    ]
}

fn actions() -> impl Strategy<Value = Action> {
    let dials = (
        prop::collection::vec(targets(), 1..4),
        any::<u16>(),
        prop::option::of(text()),
        prop::option::of(text()),
        prop::option::of(prop::option::of(1..400_u16)),
    );
    let gathers =
        (prop::collection::vec(prompts(), 0..3), any::<u16>(), any::<u16>(), 1..20_u8, any::<bool>());
    prop_oneof![
        any::<String>().prop_map(|text| Action::Say(text.into())),
        prompts().prop_map(Action::Play),
        gathers.prop_map(|(prompts, timeout_s, timeout_max_s, digits_max, secret)| {
            Action::Gather(Gather { prompts: prompts.into(), timeout_s, timeout_max_s, digits_max, secret })
        }),
        dials.prop_map(|(targets, timeout_s, trunk, caller_id, record)| {
            let record = record.map(|retention_days| DialRecording { retention_days });
            Action::Dial(Dial { targets: targets.into(), timeout_s, trunk, caller_id, record })
        }),
        any::<[bool; 5]>().prop_map(|[starts, muted, announced, music, recorded]| {
            let room = ConferenceId::new(1).expect("an id");
            Action::Join(Join { room, participants_max: 9, starts, muted, announced, music, recorded })
        }),
        (any::<u16>(), any::<bool>()).prop_map(|(length_max_s, beep)| {
            Action::Record(Record { mailbox: VoicemailId::new(1).expect("an id"), length_max_s, beep })
        }),
        any::<bool>().prop_map(|on| {
            Action::Change(Change::DoNotDisturb { extension: ExtensionId::new(1).expect("an id"), on })
        }),
        Just(Action::Reject(Rejection::Busy)),
        Just(Action::Hangup),
    ]
}

/// What may stand between two words, and what is heard of it.
fn gaps() -> impl Strategy<Value = (&'static str, &'static str)> {
    let unheard = ["", "\u{0}", "\u{7}", "\u{b}", "\u{1b}", "\u{7f}", "\u{85}", "\u{fffe}", "\u{ffff}"];
    prop_oneof![
        Just((" ", " ")),
        select(vec!["\n", "\r\n", "\r", "\t", "\n\n", " \n", "\n\u{0}\n"]).prop_map(|breaks| (breaks, " ")),
        select(unheard.to_vec()).prop_map(|unheard| (unheard, "")),
    ]
}

proptest! {
    #[test]
    fn no_answer_strands_a_caller(actions in prop::collection::vec(actions(), 0..5), waits: bool) {
        let next = waits.then_some(NEXT);
        check_rules(&rendered(&actions, next), next)?;
    }

    #[test]
    fn any_sentence_is_said_as_it_is(words in prop::collection::vec(("[^\\s\\pC]{1,6}", gaps()), 0..20)) {
        let written: String = words.iter().flat_map(|(word, (gap, _))| [word, *gap]).collect();
        let heard: String = words.iter().flat_map(|(word, (_, gap))| [word, *gap]).collect();
        let prompt = spoken(&written, Some(&written), None);
        let text = rendered(&[Action::Play(prompt), Action::Hangup], None);
        let document = Document::parse(&text).expect("well formed");
        let say = document.descendants().find(|node| node.has_tag_name("Say")).expect("a sentence");
        prop_assert_eq!(say.text().unwrap_or(""), &heard);
        prop_assert_eq!(say.attribute("voice").unwrap_or(""), &heard);
    }
}
