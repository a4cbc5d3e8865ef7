//! Webhooks that tell of calls: whose they are, what they answer, and what becomes of the calls.

use hmac::{Hmac, KeyInit as _, Mac as _};
use opbx_app::journal::Record;
use opbx_app::live_calls::{self, Filter};
use opbx_app::models::{
    PbxCall, PbxCallRecording, PbxCallRecordingState, PbxCdr, PbxHookUse, PbxSessionUpdate,
};
use opbx_kernel::{Scope, TenantId};
use opbx_platform::Domain;
use opbx_testkit::{Company, Entry, Reply, TestApp, WAIT_MAX, company, eventually, on_both_databases};
use serde_json::{Value as Json, json};
use sha2::Sha256;

const KEY: &str = "key-of-acme";
const OTHER: &str = "key-of-blue";
const PATH: &str = "00112233445566778899aabbccddeeff";
const BEFORE: &str = "ffeeddccbbaa99887766554433221100";
const UPDATED: &str = r#"{"message":"Session record updated successfully"}"#;
const INSERTED: &str = r#"{"message":"CDR Inserted successfully"}"#;

fn update(session: i64, token: Option<&str>, event: &str, second: u32, status: &str) -> Json {
    let answered = if matches!(status, "connected" | "answer") { 1_772_366_409_000_i64 } else { 0 };
    json!({
        "id": session, "token": token, "eventId": event, "domainId": 3, "domain": "acme.example.com",
        "callerId": "+442079460018", "destination": "+1001", "direction": "incoming", "status": status,
        "createdAt": "2026-03-01T12:00:00.000Z", "modifiedAt": format!("2026-03-01T12:00:{second:02}.000Z"),
        "callStartTime": 1_772_366_400_000_i64, "callAnswerTime": answered, "action": "update",
        "reason": "", "callIds": ["sip-1"], "profile": { "authorization-api-key": "leaked", "qos": {} },
    })
}

fn cdr(session: Option<i64>, token: Option<&str>) -> Json {
    json!({
        "timestamp": 1_772_366_521, "from": "+442079460018", "to": "+12125550100", "disposition": "ANSWERED",
        "duration": 120, "billsec": 111, "call_id": format!("sip-of-{session:?}"), "domain": "acme.example.com",
        "rated_cost": "0.0125", "approx_cost": 0.02, "sell_cost": null, "cx_trunk_id": "4",
        "session": {
            "token": token, "id": session, "callStartTime": 1_772_366_400_000_i64,
            "callAnswerTime": 1_772_366_409_000_i64, "callEndTime": "1772366520000", "status": "completed",
        },
    })
}

async fn started(db: opbx_testkit::TestDb) -> (TestApp, TenantId) {
    let app = TestApp::start(db).await;
    let acme = company("acme", KEY).setting(&format!("hook_secret = \"{PATH}\""));
    let tenant = app.apply(&acme.toml()).await.tenant;
    (app, tenant)
}

async fn post(app: &TestApp, path: &str, body: &Json) -> Reply {
    app.hook(KEY, path, body).reply().await
}

fn seen(reply: &Reply) -> (u16, &str) {
    (reply.status.as_u16(), reply.body.as_str())
}

async fn rows<R: opbx_platform::Record>(app: &TestApp, tenant: TenantId) -> Vec<R> {
    app.read(tenant).await.all::<R>(&Domain::All).await.expect("rows")
}

fn signature(secret: &str, body: &Json) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(body.to_string().as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn system(tenant: TenantId) -> Scope {
    Scope::system(tenant, "a test")
}

/// The journaled steps of a call that rings 1001, which answers.
async fn steps(app: &TestApp) -> Vec<Entry> {
    let first = app.voice(KEY).call("PATTERN").send().await;
    app.db().clock().advance(jiff::SignedDuration::from_secs(120));
    app.follow(&first, "completed").await;
    let records = app.app().journal().read_after(0, 100).expect("a journal");
    let steps = records.into_iter().filter_map(|(_, record)| match record {
        Record::Step(entry) => Some(*entry),
        Record::Plan(_) => None,
    });
    steps.collect()
}

/// What can be told of one call.
#[derive(Clone)]
enum Piece {
    Step(Box<Entry>),
    Hook(&'static str, Json),
}

async fn tell(app: &TestApp, piece: &Piece) {
    match piece {
        Piece::Step(entry) => {
            app.app().journal().append(&Record::Step(entry.clone())).expect("appended");
        }
        Piece::Hook(path, body) => {
            let reply = post(app, path, body).await;
            assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
        }
    }
    app.ingest().await;
}

/// The pieces of a call by these names; its first update does not tell its token.
fn pieces(steps: &[Entry], token: &str, session: i64) -> Vec<Piece> {
    // Every other call is called by another name than its session's token.
    let call = if session % 2 == 0 { token.to_owned() } else { format!("C{token}") };
    let named = |entry: &Entry| {
        let mut entry = Entry { call_id: call.clone(), ..entry.clone() };
        if let Some(opening) = &mut entry.opening {
            opening.token = Some(token.to_owned());
        }
        entry
    };
    let mut pieces: Vec<Piece> = steps.iter().map(|entry| Piece::Step(Box::new(named(entry)))).collect();
    let event = |name: &str| format!("{name}-{session}");
    pieces.push(Piece::Hook("session-update", update(session, None, &event("a"), 0, "processing")));
    pieces.push(Piece::Hook("session-update", update(session, Some(token), &event("b"), 1, "ringing")));
    pieces.push(Piece::Hook("session-update", update(session, Some(token), &event("c"), 9, "connected")));
    pieces.push(Piece::Hook("cdr", cdr(Some(session), Some(token))));
    pieces
}

/// Numbers that look like chance and are the same in each run.
fn shuffle<T>(items: &mut [T], seed: &mut u64) {
    for at in (1..items.len()).rev() {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(at, (*seed >> 33) as usize % (at + 1));
    }
}

on_both_databases! {
    async fn a_webhook_proves_itself_by_any_one_of_three_ways(db: TestDb) {
        let (app, tenant) = started(db).await;
        let body = update(7, Some("CA1"), "a", 0, "processing");
        let bare = app.hook("", "session-update", &body).header("authorization", "");
        assert_eq!(bare.reply().await.status.as_u16(), 401);
        assert_eq!(app.hook("wrong", "session-update", &body).reply().await.status.as_u16(), 401);
        let wrong_path = app.hook("", "session-update/0123", &body).header("authorization", "");
        assert_eq!(wrong_path.reply().await.status.as_u16(), 401);
        let forged = bare.clone().header("x-cloudonix-signature", &signature("another", &body));
        assert_eq!(forged.reply().await.status.as_u16(), 401);
        assert!(rows::<PbxSessionUpdate>(&app, tenant).await.is_empty());

        assert_eq!(seen(&post(&app, "session-update", &body).await), (200, UPDATED));
        let by = async |app: &TestApp| {
            let uses = rows::<PbxHookUse>(app, tenant).await;
            uses.first().map(|one| (one.hook.clone(), one.method.as_str()))
        };
        assert_eq!(by(&app).await, Some(("session_update".to_owned(), "bearer")));
        let by_path = app.hook("", &format!("session-update/{PATH}"), &body).header("authorization", "");
        assert_eq!(seen(&by_path.reply().await), (200, UPDATED));
        assert_eq!(by(&app).await, Some(("session_update".to_owned(), "path")));
        // Until a secret of its own is set, bodies are signed with the requests key.
        let signed = bare.clone().header("x-cloudonix-signature", &signature(KEY, &body));
        assert_eq!(seen(&signed.reply().await), (200, UPDATED));
        assert_eq!(by(&app).await, Some(("session_update".to_owned(), "signature")));
        let own = company("acme", KEY).setting("webhook_secret = \"own\"").toml();
        app.apply(&own).await;
        assert_eq!(signed.reply().await.status.as_u16(), 401, "and then no more");
        let signed = bare.header("x-cloudonix-signature", &signature("own", &body));
        assert_eq!(seen(&signed.reply().await), (200, UPDATED));
        assert_eq!(rows::<PbxSessionUpdate>(&app, tenant).await.len(), 1, "and it is one update all the while");
    }

    async fn the_path_of_before_opens_for_a_day(db: TestDb) {
        let app = TestApp::start(db).await;
        let acme = company("acme", KEY)
            .setting(&format!("hook_secret = \"{PATH}\""))
            .setting(&format!("hook_secret_previous = \"{BEFORE}\""))
            .setting("hook_secret_rotated_at = 2026-03-01T12:00:00Z");
        app.apply(&acme.toml()).await;
        let by = async |secret: &str| {
            let ask = app.hook("", &format!("cdr/{secret}"), &cdr(Some(7), None)).header("authorization", "");
            ask.reply().await.status.as_u16()
        };
        assert_eq!((by(PATH).await, by(BEFORE).await), (200, 200));
        app.advance_hours(24);
        assert_eq!((by(PATH).await, by(BEFORE).await), (200, 401));
    }

    async fn a_tenants_proof_is_good_for_its_own_domain_only(db: TestDb) {
        let (app, red) = started(db).await;
        let blue = app.apply(&company("blue", OTHER).toml()).await.tenant;
        let of_blue = Company::domain("blue");
        let mut foreign_update = update(7, Some("CA1"), "a", 0, "processing");
        foreign_update["domain"] = of_blue.as_str().into();
        let mut foreign_cdr = cdr(Some(7), Some("CA1"));
        foreign_cdr["owner"] = json!({ "domain": { "domain": of_blue } });
        let mut unknown = cdr(Some(7), Some("CA1"));
        unknown["domain"] = "nobody.example.com".into();
        for (path, body) in [("session-update", &foreign_update), ("cdr", &foreign_cdr), ("cdr", &unknown)] {
            let signed = app.hook("", path, body).header("x-cloudonix-signature", &signature(KEY, body));
            assert_eq!(post(&app, path, body).await.status.as_u16(), 403, "{body}");
            let by_path = app.hook("", &format!("{path}/{PATH}"), body).header("authorization", "");
            assert_eq!(by_path.reply().await.status.as_u16(), 403, "{body}");
            let signed = signed.header("authorization", "").reply().await.status.as_u16();
            assert!(matches!(signed, 401 | 403), "{signed}: {body}");
        }
        let mut foreign_status = json!({ "call_id": "CA1", "status": "ringing" });
        foreign_status["domain"] = of_blue.as_str().into();
        assert_eq!(post(&app, "call-status", &foreign_status).await.status.as_u16(), 403);
        foreign_status["From"] = "+442079460018".into();
        foreign_status["To"] = "+12125550100".into();
        let heard = app.hook(KEY, "call-initiated", &foreign_status).send().await;
        assert_eq!((heard.status, heard.hangs_up), (403, true));
        app.ingest().await;
        for tenant in [red, blue] {
            assert!(rows::<PbxSessionUpdate>(&app, tenant).await.is_empty());
            assert!(rows::<PbxCdr>(&app, tenant).await.is_empty());
            assert!(rows::<PbxCall>(&app, tenant).await.is_empty());
        }
    }

    async fn two_tenants_with_the_same_names_of_calls_have_each_their_own(db: TestDb) {
        let (app, red) = started(db).await;
        let blue = app.apply(&company("blue", OTHER).toml()).await.tenant;
        let mut of_blue = cdr(Some(7), Some("CA1"));
        of_blue["domain"] = Company::domain("blue").into();
        of_blue["billsec"] = 5.into();
        assert_eq!(seen(&post(&app, "cdr", &cdr(Some(7), Some("CA1"))).await), (200, INSERTED));
        assert_eq!(seen(&app.hook(OTHER, "cdr", &of_blue).reply().await), (200, INSERTED));
        app.ingest().await;
        let billed = async |tenant| rows::<PbxCall>(&app, tenant).await.iter().map(|call| call.billsec_s).collect::<Vec<_>>();
        assert_eq!((billed(red).await, billed(blue).await), (vec![Some(111)], vec![Some(5)]));
    }

    async fn what_cannot_be_taken_is_said_by_field_and_written_nowhere(db: TestDb) {
        let (app, tenant) = started(db).await;
        let answer = post(&app, "session-update", &json!({ "id": "x", "domain": "acme.example.com" })).await;
        assert_eq!(answer.status.as_u16(), 403, "as the original answers");
        let body: Json = serde_json::from_str(&answer.body).expect("JSON");
        let fields: Vec<&String> = body["details"].as_object().expect("details").keys().collect();
        assert_eq!(fields, ["action", "createdAt", "destination", "id", "modifiedAt"]);
        let answer = post(&app, "cdr", &json!({ "domain": "acme.example.com", "timestamp": "x", "duration": -1 })).await;
        assert_eq!(answer.status.as_u16(), 422);
        let body: Json = serde_json::from_str(&answer.body).expect("JSON");
        let fields: Vec<&String> = body["errors"].as_object().expect("errors").keys().collect();
        assert_eq!(fields, ["billsec", "call_id", "disposition", "duration", "from", "timestamp", "to"]);
        let mut homeless = cdr(Some(7), None);
        homeless.as_object_mut().expect("an object").remove("domain");
        assert_eq!(post(&app, "cdr", &homeless).await.status.as_u16(), 400);
        let broken = app.hook(KEY, "cdr", &Json::Null).body("{\"from\":");
        assert_eq!(broken.reply().await.status.as_u16(), 400);
        let endless = app.hook(KEY, "cdr", &Json::Null).body(vec![b' '; 1 << 21]);
        assert_eq!(endless.reply().await.status.as_u16(), 413);
        let over = post(&app, "session-update", &update(7, None, "a", 0, "completed")).await;
        assert_eq!(seen(&over), (204, ""), "of no interest");
        app.ingest().await;
        assert!(rows::<PbxSessionUpdate>(&app, tenant).await.is_empty() && rows::<PbxCdr>(&app, tenant).await.is_empty());
    }

    async fn every_form_of_a_webhook_is_read_alike(db: TestDb) {
        let (app, tenant) = started(db).await;
        let form = "timestamp=1772366521&from=%2B442079460018&to=%2B12125550100&disposition=ANSWERED&duration=120\
            &billsec=111&call_id=c&session[token]=CA1&session[id]=7&session[callAnswerTime]=0&owner[domain][domain]=acme.example.com";
        let as_form = app.hook(KEY, "cdr", &Json::Null).body(form).content_type("application/x-www-form-urlencoded");
        assert_eq!(seen(&as_form.reply().await), (200, INSERTED));
        let as_query = app.hook(KEY, "cdr", &Json::Null).body("").target(|path| format!("{path}?{form}"));
        assert_eq!(seen(&as_query.reply().await), (200, INSERTED));
        app.ingest().await;
        let records = rows::<PbxCdr>(&app, tenant).await;
        let [record] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((record.session_token.as_deref(), record.session_id), (Some("CA1"), Some(7)));
        assert_eq!((record.call_answered_at, record.duration_s), (None, 120));
    }

    async fn a_window_refuses_what_is_too_old_or_of_the_future(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("acme", KEY).setting("webhook_window_s = 300").toml()).await;
        let body = update(7, None, "a", 0, "processing");
        assert_eq!(seen(&post(&app, "session-update", &body).await), (200, UPDATED));
        let sent = |at: i64| app.hook(KEY, "cdr", &cdr(Some(7), None)).header("x-cloudonix-timestamp", &at.to_string());
        assert_eq!(sent(1_772_366_400 - 301).reply().await.status.as_u16(), 400);
        assert_eq!(sent(1_772_366_400 + 301).reply().await.status.as_u16(), 400);
        assert_eq!(sent(1_772_366_400 + 300).reply().await.status.as_u16(), 200);
        app.advance_hours(1);
        assert_eq!(post(&app, "session-update", &body).await.status.as_u16(), 400);
        assert_eq!(seen(&post(&app, "cdr", &cdr(Some(8), None)).await), (200, INSERTED), "a record may come late");
    }

    async fn a_call_comes_out_the_same_whatever_order_it_is_told_in(db: TestDb) {
        let (app, tenant) = started(db).await;
        let steps = steps(&app).await;
        let mut seed = 2026;
        let mut expected = None;
        for turn in 0..24_i64 {
            let (token, session) = (format!("P{turn}P"), 7_000 + turn);
            let mut order = pieces(&steps, &token, session);
            if turn > 0 {
                shuffle(&mut order, &mut seed);
                order.extend(order.clone().into_iter().take(turn as usize % 7));
            }
            for piece in &order {
                tell(&app, piece).await;
            }
            let calls = app.calls(tenant).await;
            let stored: Vec<_> = calls.into_iter().filter(|call| call.call.session_id == Some(session)).collect();
            let [call] = stored.as_slice() else { panic!("turn {turn}: {stored:#?}") };
            let own = if session % 2 == 0 { token.clone() } else { format!("C{token}") };
            assert_eq!((call.call.call_id.as_str(), call.call.session_token.as_deref()), (own.as_str(), Some(token.as_str())));
            let mut records = rows::<PbxCdr>(&app, tenant).await;
            records.retain(|record| record.session_id == Some(session));
            assert_eq!(records.len(), 1, "turn {turn}");
            assert_eq!(records[0].call, Some(call.call.id), "turn {turn}");
            let text = call.content().replace(&own, "P").replace(&token, "P").replace(&session.to_string(), "S");
            assert_eq!(text, *expected.get_or_insert(text.clone()), "turn {turn}");
        }
        let live = live_calls::list(app.app(), &system(tenant), Filter::default()).await.expect("a list");
        assert_eq!(live.calls, [], "none goes on");
        assert_eq!(app.calls(tenant).await.len(), 25, "each once, and the pattern");
    }

    async fn a_call_is_answered_billed_and_over_as_the_record_says(db: TestDb) {
        let (app, tenant) = started(db).await;
        app.voice(KEY).call("CA1").send().await;
        post(&app, "cdr", &cdr(Some(7), Some("CA1"))).await;
        app.ingest().await;
        let stored = app.only_call(tenant).await;
        let call = &stored.call;
        let at = |at: Option<opbx_kernel::Timestamp>| at.map(|at| at.to_string());
        assert_eq!((call.status.as_str(), call.answered_by.as_deref()), ("completed", Some("1001")));
        assert_eq!(at(call.answered_at).as_deref(), Some("2026-03-01T12:00:09Z"));
        assert_eq!(at(call.ended_at).as_deref(), Some("2026-03-01T12:02:00Z"));
        assert_eq!((call.duration_s, call.billsec_s), (Some(120), Some(111)));
        assert_eq!(call.cost.map(|cost| cost.to_string()).as_deref(), Some("0.0125"));
        assert_eq!(call.engine_status.as_deref(), Some("answered"));
        let records = rows::<PbxCdr>(&app, tenant).await;
        assert_eq!(records[0].rated_cost.map(|cost| cost.to_string()).as_deref(), Some("0.0125"));
        assert_eq!(records[0].trunk_id, Some(4));
    }

    async fn live_calls_are_those_of_which_no_record_came(db: TestDb) {
        let (app, tenant) = started(db).await;
        for (session, status) in [(1, "processing"), (2, "ringing"), (3, "connected"), (4, "answer")] {
            post(&app, "session-update", &update(session, None, "a", 1, "processing")).await;
            post(&app, "session-update", &update(session, None, "b", 9, status)).await;
        }
        post(&app, "cdr", &cdr(Some(2), None)).await;
        app.ingest().await;
        app.db().clock().advance(jiff::SignedDuration::from_secs(70));
        let list = async |filter| live_calls::list(app.app(), &system(tenant), filter).await.expect("a list");
        let all = list(Filter::default()).await;
        let mut seen: Vec<_> = all.calls.iter().map(|call| (call.session_id, call.status)).collect();
        seen.sort_unstable();
        assert_eq!(seen, [(1, "processing"), (3, "connected"), (4, "connected")]);
        let third = all.calls.iter().find(|call| call.session_id == 3).expect("the third");
        assert_eq!((third.destination.as_str(), third.caller_id.as_str()), ("1001", "+442079460018"));
        assert_eq!((third.duration_seconds, third.formatted_duration.as_str()), (61, "01:01"));
        assert!(third.has_qos_data);
        assert_eq!(all.stats.by_status.clone().into_iter().collect::<Vec<_>>(), [("connected", 2), ("processing", 1), ("ringing", 0)]);
        assert_eq!(all.stats.by_direction.get("incoming"), Some(&3));
        let connected = Filter { status: Some(live_calls::STATUSES[2]), ..Filter::default() };
        assert_eq!(list(connected).await.calls.len(), 2);
        let events = live_calls::events(app.app(), &system(tenant), 3).await.expect("events");
        assert_eq!(events.iter().map(|event| event.record.status.as_str()).collect::<Vec<_>>(), ["processing", "connected"]);
        assert_eq!(events[0].record.profile.as_ref().expect("a profile")["authorization-api-key"], "•••");
        assert!(live_calls::events(app.app(), &system(tenant), 99).await.is_err());
        let blue = app.apply(&company("blue", OTHER).toml()).await.tenant;
        assert!(live_calls::list(app.app(), &system(blue), Filter::default()).await.expect("a list").calls.is_empty());
        assert!(live_calls::events(app.app(), &system(blue), 3).await.is_err());
        app.advance_hours(25);
        assert_eq!(list(Filter::default()).await.calls, [], "nothing was heard for a day");
    }

    async fn a_record_of_a_call_that_was_deleted_by_its_age_brings_none_back(db: TestDb) {
        let (app, tenant) = started(db).await;
        app.advance_hours(24 * 401);
        assert_eq!(seen(&post(&app, "cdr", &cdr(Some(7), Some("CA1"))).await), (200, INSERTED));
        post(&app, "session-update", &update(8, None, "a", 0, "processing")).await;
        app.ingest().await;
        assert!(app.calls(tenant).await.is_empty());
        let records = rows::<PbxCdr>(&app, tenant).await;
        assert_eq!((records.len(), records[0].call), (1, None));
    }

    async fn a_word_on_the_state_of_a_call_is_applied(db: TestDb) {
        let (app, tenant) = started(db).await;
        app.voice(KEY).call("CA1").send().await;
        app.ingest().await;
        assert_eq!(post(&app, "call-status", &json!({ "call_id": "CA1", "status": "no-answer" })).await.status.as_u16(), 200);
        assert_eq!(post(&app, "call-status", &json!({ "status": "busy" })).await.status.as_u16(), 422);
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!((call.call.status.as_str(), call.rung()), ("no_answer", vec![("1001", "no_answer")]));
    }

    async fn the_original_s_other_door_for_a_call_routes_it(db: TestDb) {
        let (app, tenant) = started(db).await;
        let body = json!({ "call_id": "CA1", "from": "+442079460018", "did": "+12125550100" });
        let heard = app.hook("", &format!("call-initiated/{PATH}"), &body).header("authorization", "").send().await;
        assert_eq!((heard.status, heard.rings), (200, vec!["1001".to_owned()]));
        assert_eq!(app.hook("wrong", "call-initiated", &body).send().await.status, 401);
        app.ingest().await;
        assert_eq!(app.only_call(tenant).await.call.call_id, "CA1");
    }

    async fn what_was_acknowledged_survives_a_kill_before_its_call_knew_of_it(db: TestDb) {
        let (mut app, tenant) = started(db).await;
        for session in 1..=20 {
            assert_eq!(seen(&post(&app, "cdr", &cdr(Some(session), None)).await), (200, INSERTED));
        }
        app.kill().await;
        app.start_again().await;
        eventually(WAIT_MAX, "each call knows of its record", async || {
            let records = rows::<PbxCdr>(&app, tenant).await;
            records.len() == 20 && records.iter().all(|record| record.call.is_some() && !record.waiting)
        })
        .await;
        assert_eq!(app.calls(tenant).await.len(), 20);
    }

    async fn two_nodes_that_hear_the_same_keep_it_once(db: TestDb) {
        let (app, tenant) = started(db).await;
        let other = app.second_node().await;
        other.refresh().await;
        for session in 1..=10 {
            let (token, record) = (format!("CA{session}"), cdr(Some(session), None));
            let named = cdr(Some(session), Some(&token));
            let told = update(session, Some(&token), "a", 1, "ringing");
            let asks = [
                app.hook(KEY, "cdr", &named), other.hook(KEY, "cdr", &named),
                app.hook(KEY, "session-update", &told), other.hook(KEY, "session-update", &told),
                other.hook(KEY, "cdr", &record),
            ];
            for reply in futures::future::join_all(asks.iter().map(opbx_testkit::Ask::reply)).await {
                assert_eq!(reply.status.as_u16(), 200, "{}", reply.body);
            }
        }
        app.ingest().await;
        other.ingest().await;
        assert_eq!(rows::<PbxSessionUpdate>(&app, tenant).await.len(), 10);
        // The record that names no token is another telling, of the same call.
        assert_eq!(rows::<PbxCdr>(&app, tenant).await.len(), 20);
        assert_eq!(app.calls(tenant).await.len(), 10);
    }

    async fn a_recording_is_fetched_once_and_kept(db: TestDb) {
        let (app, tenant) = started(db).await;
        let server = axum::Router::new().route("/r.wav", axum::routing::get(async || {
            ([("content-type", "audio/wav")], b"RIFF....WAVE".to_vec())
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, server).await });
        let mut told = cdr(Some(7), Some("CA1"));
        told["recording_url"] = format!("{base}/r.wav").into();
        post(&app, "cdr", &told).await;
        let mut missing = cdr(Some(8), Some("CA2"));
        missing["recording_url"] = "ftp://elsewhere".into();
        post(&app, "cdr", &missing).await;
        let mut private = cdr(Some(9), Some("CA3"));
        private["recording_url"] = "http://10.0.0.1/r.wav".into();
        post(&app, "cdr", &private).await;
        app.ingest().await;
        post(&app, "cdr", &told).await;
        app.ingest().await;
        let waiting = rows::<PbxCallRecording>(&app, tenant).await;
        assert_eq!(waiting.len(), 2, "what is no web address is no recording");
        app.db().clock().advance(jiff::SignedDuration::from_secs(10));
        let state = async |session| {
            let of = Domain::eq("call_id", format!("CA{session}").as_str());
            let call = app.read(tenant).await.all::<PbxCall>(&of).await.expect("calls").remove(0);
            call.recorded.map(|state| state.as_str())
        };
        eventually(WAIT_MAX, "the recording is here", async || state(1).await == Some("ready")).await;
        eventually(WAIT_MAX, "the other is given up", async || state(3).await == Some("failed")).await;
        let recordings = rows::<PbxCallRecording>(&app, tenant).await;
        let ready = recordings.iter().find(|one| one.state == PbxCallRecordingState::Ready).expect("one");
        assert!(ready.attachment.is_some());
        let failed = recordings.iter().find(|one| one.state == PbxCallRecordingState::Failed).expect("one");
        assert!(failed.error.as_deref().expect("a reason").contains("private network"), "{failed:?}");
        assert_eq!(state(2).await, None);
    }
}
