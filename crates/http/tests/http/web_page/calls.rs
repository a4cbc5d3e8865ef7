//! The rooms in which calls are watched: those that go on, and the records of those that are over.

use super::{Page, reads, rows};
use axum::http::Method;
use serde_json::json;

/// The page asks every five seconds.
pub(super) async fn live(page: &Page, key: &str) {
    let none = page.get("/session-updates/active").await;
    reads(&none, "data:list meta.total_active_calls:number meta.by_status.processing:number");
    let ring = page.app.voice(key).with("Domain", "acme.example.com").with("Session", "tok-7").send().await;
    assert_eq!(ring.rings, ["1001"], "{}", ring.body);
    for (event, status) in ["processing", "ringing", "connected"].into_iter().enumerate() {
        let now = page.app.app().clock().now();
        let update = json!({
            "id": 7, "token": "tok-7", "eventId": format!("event-{event}"), "domainId": 3, "domain": "acme.example.com",
            "callerId": "+442079460018", "destination": "+12125550100", "direction": "incoming", "status": status,
            "createdAt": now.to_string(), "modifiedAt": now.to_string(), "action": "update", "reason": "", "callIds": ["CA1"], "profile": {},
        });
        let told = page.app.hook(key, "session-update", &update).reply().await;
        assert_eq!(told.status, 200, "{}", told.body);
        page.app.ingest().await;
        let live = page.get("/session-updates/active").await;
        reads(
            &live["meta"],
            "total_active_calls:number by_status.processing:number by_status.ringing:number",
        );
        reads(
            &live["meta"],
            "by_status.connected:number by_direction.incoming:number by_direction.outgoing:number",
        );
        reads(&live["meta"], "last_updated:time cache_expires_in:number");
        assert_eq!(live["meta"]["by_status"][status], 1, "{live}");
        let [call] = live["data"].as_array().expect("a list").as_slice() else { panic!("{live}") };
        reads(
            call,
            "session_id:number caller_id:text destination:text direction:incoming status:processing|ringing|connected",
        );
        reads(
            call,
            "session_created_at:time last_updated_at:time duration_seconds:number formatted_duration:text",
        );
        reads(call, "domain:text? subscriber_id:number? call_ids:list has_qos_data:flag");
    }
    let filtered = page.get("/session-updates/active?status=connected&direction=incoming").await;
    assert_eq!(filtered["data"].as_array().map(Vec::len), Some(1), "{filtered}");
    let stats = page.get("/session-updates/active/stats").await;
    reads(&stats["data"], "total_active:number by_status.connected:number by_direction.incoming:number");
    reads(&stats["data"], "average_duration:number longest_call:number");
    let told = page.get("/session-updates/7").await;
    reads(&told["data"], "session_id:number events:list");
    reads(
        &told["data"]["events"][0],
        "id:number event_id:text status:text action:text reason:text? created_at:time",
    );
    let unknown = page.ask(Method::GET, "/session-updates/999999", None).await;
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    hang_up(page, key).await;
}

async fn hang_up(page: &Page, key: &str) {
    let at = page.app.app().clock().now().as_millisecond();
    let record = json!({
        "timestamp": at / 1000, "from": "+442079460018", "to": "+12125550100", "disposition": "ANSWERED", "duration": 65,
        "billsec": 61, "call_id": "CA1", "domain": "acme.example.com", "sell_cost": 0.01,
        "session": {"token": "tok-7", "id": 7, "callStartTime": at - 65_000, "callAnswerTime": at - 61_000, "callEndTime": at,
            "status": "completed", "profile": {"application": [{"url": "https://pbx.example.com/api/voice/route"}]}},
    });
    let told = page.app.hook(key, "cdr", &record).reply().await;
    assert_eq!(told.status, 200, "{}", told.body);
    page.app.ingest().await;
    let live = page.get("/session-updates/active").await;
    assert_eq!((&live["data"], &live["meta"]["total_active_calls"]), (&json!([]), &json!(0)));
}

pub(super) async fn history(page: &Page) {
    let members = "id:number session_timestamp:time from:text to:text disposition:text duration:number \
                   duration_formatted:text billsec:number billsec_formatted:text call_id:text session_token:text \
                   session_id:number? domain:text subscriber:text? application:text? route:text? vapp_server:text? \
                   rated_cost:number? approx_cost:number? sell_cost:number? status:text call_start_time:time? \
                   call_end_time:time? call_answer_time:time? created_at:time";
    let list = page.get("/call-detail-records?per_page=50&page=1").await;
    let [row] = rows(&list, members) else { panic!("{list}") };
    assert_eq!((&row["duration_formatted"], &row["billsec_formatted"]), (&json!("01:05"), &json!("01:01")));
    let today = &row["session_timestamp"].as_str().expect("a time")[..10];
    let chosen =
        format!("per_page=50&from=%2B4420&to=%2B1212&from_date={today}&to_date={today}&disposition=ANSWERED");
    rows(&page.get(&format!("/call-detail-records?{chosen}&page=1")).await, members);
    for disposition in ["NO%20ANSWER", "BUSY", "FAILED", "CANCELLED", "CONGESTION"] {
        let none = page.get(&format!("/call-detail-records?per_page=50&disposition={disposition}")).await;
        assert_eq!((&none["data"], &none["meta"]["total"]), (&json!([]), &json!(0)));
    }
    let whole = page.get(&format!("/call-detail-records/{}?include=raw_cdr", row["id"])).await;
    reads(&whole["data"], members);
    reads(&whole["data"]["raw_cdr"], "session.profile.application:list");
    reads(&whole["data"]["raw_cdr"]["session"]["profile"]["application"][0], "url:text");
    let file = page.ask(Method::GET, &format!("/call-detail-records/export?{chosen}"), None).await;
    assert_eq!((file.status.as_u16(), file.body.lines().count()), (200, 2), "{}", file.body);
    let statistics = page.get("/call-detail-records/statistics").await;
    reads(
        &statistics,
        "total_calls:number total_duration:number total_billsec:number average_duration:number",
    );
    reads(&statistics, "total_cost:number by_disposition.ANSWERED:number");
    let logs = page.get("/call-logs?status=&direction=&page=1").await;
    reads(
        &logs,
        "current_page:number last_page:number per_page:number total:number first_page_url:text path:text",
    );
    reads(
        &logs["data"][0],
        "id:number call_id:text direction:inbound|outbound status:text initiated_at:time",
    );
    let counted = page.get("/call-logs/statistics").await;
    reads(&counted, "total_calls:number answered_calls:number missed_calls:number active_calls:number");
    assert!(page.get("/call-logs/active").await.is_array());
}
