//! Requests are read in all their forms, CXML is well formed whatever it says, and neither ever panics.

use opbx_cloudonix::{RequestError, VoiceRequest, cxml};
use opbx_routing::{Action, Dial, DialResult, Direction, ExtensionId, Target};
use proptest::prelude::{any, prop, prop_assert_eq, proptest};
use smallvec::smallvec;

const JSON: &str = r#"{"CallSid":"c1","From":"+442079460018","To":"+12125550100","Direction":"inbound","Domain":"demo.example.com"}"#;
const FORM: &str =
    "CallSid=c1&From=%2B442079460018&To=%2B12125550100&Direction=inbound&Domain=demo.example.com";

fn parts(request: &VoiceRequest) -> (&str, &str, &str, Direction, Option<&str>) {
    let (call, from, to) = (request.call_id(), request.from(), request.to());
    (call.expect("call"), from.expect("from"), to.expect("to"), request.direction(), request.domain())
}

#[test]
fn json_form_and_query_say_the_same() {
    let expected = ("c1", "+442079460018", "+12125550100", Direction::Inbound, Some("demo.example.com"));
    let forms = [
        ("", Some("application/json"), JSON),
        ("", Some("application/json; charset=utf-8"), JSON),
        ("", None, JSON),
        ("", Some("text/plain"), JSON),
        ("", Some("application/x-www-form-urlencoded"), JSON),
        ("", Some("application/x-www-form-urlencoded"), FORM),
        ("", None, FORM),
        (FORM, None, ""),
        (FORM, Some("application/json"), "  "),
    ];
    for (query, kind, body) in forms {
        let request = VoiceRequest::read(query, kind, body.as_bytes()).expect("readable");
        assert_eq!(parts(&request), expected, "{query:?} {kind:?} {body:?}");
    }
}

#[test]
fn the_result_of_a_dial_is_read_by_both_names_and_both_spellings() {
    let result = |query: &str| VoiceRequest::read(query, None, b"").expect("a query").dial_result();
    assert_eq!(result("CallStatus=no-answer"), DialResult::NoAnswer);
    assert_eq!(result("CallStatus=Completed"), DialResult::Completed);
    assert_eq!(result("CallStatus=cancelled"), DialResult::Canceled);
    assert_eq!(result("DialCallStatus=busy"), DialResult::Busy);
    assert_eq!(result("CallStatus=in-progress&DialCallStatus=busy"), DialResult::Busy);
    assert_eq!(result("CallStatus=completed&DialCallStatus=busy"), DialResult::Completed);
    for unknown in ["", "CallStatus=", "CallStatus=ringing", "CallStatus=in-progress", "CallStatus=unknown"] {
        assert_eq!(result(unknown), DialResult::Unknown, "{unknown:?}");
    }
}

#[test]
fn what_is_missing_or_unusable_is_named() {
    let read = |query: &str| VoiceRequest::read(query, None, b"").expect("a query");
    assert_eq!(read("From=1&To=2").call_id(), Err(RequestError::Missing("CallSid")));
    assert_eq!(read("CallSid=1&To=2").from(), Err(RequestError::Missing("From")));
    assert_eq!(read("CallSid=1&From=&To=2").from(), Ok(""), "a withheld number is no mistake");
    assert_eq!(read("CallSid=1&From=1&To=%20").to(), Err(RequestError::Missing("To")));
    assert_eq!(
        read(&format!("CallSid={}", "x".repeat(256))).call_id(),
        Err(RequestError::Unusable("CallSid"))
    );
    assert_eq!(read("To=1%0A2").to(), Err(RequestError::Unusable("To")));
    let json = |body: &str| VoiceRequest::read("", Some("application/json"), body.as_bytes());
    for bad in ["{", "[]", "\"text\"", "null", "{\"CallSid\":}"] {
        assert_eq!(json(bad), Err(RequestError::NotJson), "{bad}");
    }
    assert_eq!(json(r#"{"CallSid":12345,"To":null}"#).expect("an object").call_id(), Ok("12345"));
}

#[test]
fn a_body_wins_over_the_url_but_never_brings_a_token() {
    let request =
        VoiceRequest::read("token=ours&CallSid=old", None, b"token=theirs&CallSid=new").expect("readable");
    assert_eq!(request.in_query("token"), Some("ours"));
    assert_eq!(request.call_id(), Ok("new"));
}

#[test]
fn a_dial_is_written_as_documented() {
    let number = |id: i64| Target::Extension {
        id: ExtensionId::new(id).expect("positive"),
        number: (1000 + id).to_string().into(),
    };
    let dial = Action::Dial(Dial { targets: smallvec![number(1), number(2)], timeout_s: 20 });
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Dial timeout="20" action="https://pbx.example.com/next?a=1&amp;b=2">
    <Number>1001</Number>
    <Number>1002</Number>
  </Dial>
</Response>
"#;
    assert_eq!(cxml::render(&[dial], Some("https://pbx.example.com/next?a=1&b=2")), expected);
}

#[test]
fn an_error_is_a_sentence_and_the_end() {
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Say>Nobody &lt;here&gt; &amp; there</Say>
  <Hangup/>
</Response>
"#;
    assert_eq!(cxml::render_error("Nobody <here> & there"), expected);
}

proptest! {
    #[test]
    fn any_sentence_makes_well_formed_xml_that_says_it(sentence in any::<String>()) {
        let text = cxml::render(&[Action::Say(sentence.clone().into()), Action::Hangup], None);
        let document = roxmltree::Document::parse(&text).expect("well formed");
        let said = document.descendants().find(|node| node.has_tag_name("Say")).and_then(|say| say.text()).unwrap_or("");
        let speakable: String =
            sentence.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
        prop_assert_eq!(said, speakable);
    }

    #[test]
    fn no_bytes_make_the_parser_panic(query in any::<String>(), kind in prop::option::of(any::<String>()), body: Vec<u8>) {
        if let Ok(request) = VoiceRequest::read(&query, kind.as_deref(), &body) {
            let _ = (request.call_id(), request.from(), request.to(), request.direction(), request.dial_result());
            let _ = (request.caller_name(), request.domain(), request.in_query("token"));
        }
    }
}
