//! Requests are read in all their forms, and never make the parser panic.

use opbx_cloudonix::{RequestError, VoiceRequest};
use opbx_routing::{DialResult, Direction, Recording};
use proptest::prelude::{any, prop, proptest};

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
    let withheld = json(r#"{"CallSid":"1","from":null,"To":null,"did":"+12125550100"}"#).expect("an object");
    assert_eq!(withheld.from(), Ok(""), "null withholds the number as an empty text does");
    assert_eq!(withheld.to(), Ok("+12125550100"), "only a caller can be withheld");
    let untold = json(r#"{"CallSid":"1","To":"+12125550100"}"#).expect("an object");
    assert_eq!(untold.from(), Err(RequestError::Missing("From")));
}

#[test]
fn a_body_wins_over_the_url_but_never_brings_a_token() {
    let request =
        VoiceRequest::read("token=ours&CallSid=old", None, b"token=theirs&CallSid=new").expect("readable");
    assert_eq!(request.in_query("token"), Some("ours"));
    assert_eq!(request.call_id(), Ok("new"));
}

#[test]
fn keys_are_read_and_none_is_no_mistake() {
    let digits = |query: &str| VoiceRequest::read(query, None, b"").expect("a query").digits().to_owned();
    assert_eq!(digits("Digits=1"), "1");
    assert_eq!(digits("digits=0"), "0");
    assert_eq!(digits("Digits=12%23"), "12", "the key that ends the answer is no part of it");
    for none in ["", "Digits=", "Digits=%20", "Digits=%23"] {
        assert_eq!(digits(none), "", "{none:?}");
    }
    let json = VoiceRequest::read("", Some("application/json"), br#"{"Digits":1001}"#).expect("an object");
    assert_eq!(json.digits(), "1001");
}

#[test]
fn a_recording_is_read_by_every_name_it_has() {
    let recording = |query: &str| VoiceRequest::read(query, None, b"").expect("a query").recording();
    let of = |url: &str, length_s| Recording { url: Some(url.into()), length_s };
    let url = "https://media.example.com/1.mp3";
    assert_eq!(recording(&format!("RecordingUrl={url}&RecordingDuration=12")), of(url, Some(12)));
    assert_eq!(recording(&format!("RecordingURL={url}&RecordingDuration=12.7")), of(url, Some(12)));
    assert_eq!(recording(&format!("recording_url={url}&recording_duration=3")), of(url, Some(3)));
    assert_eq!(recording(&format!("RecordingUrl={url}")), of(url, None));
    assert_eq!(recording(&format!("RecordingUrl={url}&RecordingDuration=-1")), of(url, None));
    assert_eq!(recording(&format!("RecordingUrl={url}&RecordingDuration=NaN")), of(url, None));
    let long = format!("https://{}", "x".repeat(2_041));
    let absent = format!("RecordingUrl={url}&RecordingStatus=absent");
    let not_there = [
        "",
        "RecordingUrl=",
        "RecordingUrl=file:///etc/passwd",
        "RecordingUrl=https://",
        "RecordingUrl=https://a%0Ab",
    ];
    for query in not_there.into_iter().chain([absent.as_str(), &format!("RecordingUrl={long}")]) {
        assert_eq!(recording(query).url, None, "{query:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(query in any::<String>(), kind in prop::option::of(any::<String>()), body: Vec<u8>) {
        if let Ok(request) = VoiceRequest::read(&query, kind.as_deref(), &body) {
            let _ = (request.call_id(), request.from(), request.to(), request.direction(), request.dial_result());
            let _ = (request.caller_name(), request.domain(), request.in_query("token"));
            let _ = (request.digits(), request.recording());
        }
    }
}
