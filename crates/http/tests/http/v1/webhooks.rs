//! Webhooks by the API.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_testkit::on_both_databases;
use serde_json::json;

const PATH: &str = "/webhooks";

on_both_databases! {
    async fn a_webhook_is_made_told_and_replayed(db: TestDb) {
        let office = Office::open(db).await;
        let new = json!({"name": "CRM", "url": "http://127.0.0.1:9009/told", "events": ["call.ended"], "headers": {"X-Team": "sales-secret"}});
        let made = office.ask(Method::POST, PATH, &new).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
        let one = format!("{PATH}/{}", made.json()["data"]["id"]);
        let shown = office.read(&one).await;
        assert_eq!((&shown["data"]["events"], &shown["data"]["status"]), (&json!(["call.ended"]), &json!("active")));
        assert!(!shown.to_string().contains(&secret) && !shown.to_string().contains("sales-secret"), "{shown}");
        let ping = office.ask(Method::POST, &format!("{one}/ping"), &json!({})).await;
        assert_eq!(ping.status, 202, "{}", ping.body);
        let delivery = format!("/webhook-deliveries/{}", ping.json()["delivery_id"]);
        let whole = office.read(&delivery).await;
        assert_eq!((&whole["data"]["event"], &whole["data"]["payload"]["data"]["name"]), (&json!("test"), &json!("CRM")));
        let again = office.ask(Method::POST, &format!("{delivery}/replay"), &json!({})).await;
        assert_eq!(again.status, 202, "{}", again.body);
        let list = office.read(&format!("{one}/deliveries?event=test&state=")).await;
        assert_eq!((&list["meta"]["total"], &list["data"][0]["id"]), (&json!(2), &again.json()["delivery_id"]));
        let rotated = office.ask(Method::POST, &format!("{one}/rotate-secret"), &json!({})).await;
        assert_eq!(rotated.status, 200, "{}", rotated.body);
        assert_ne!(rotated.json()["secret"], secret.as_str());
        let changed = office.ask(Method::PUT, &one, &json!({"name": "CRM 2", "status": "inactive"})).await;
        assert_eq!((changed.status.as_u16(), &changed.json()["data"]["name"]), (200, &json!("CRM 2")));
        let stopped = office.ask(Method::POST, &format!("{one}/ping"), &json!({})).await;
        assert_eq!(stopped.status, 409, "{}", stopped.body);
        office.check_versions(&one, &json!({"description": "of the sales team"})).await;
        for path in [&one, &delivery] {
            assert_eq!(office.by(&office.stranger, Method::GET, path, &json!(null)).await.status, 404);
            assert_eq!(office.by(&office.user, Method::GET, path, &json!(null)).await.status, 403);
        }
        assert_eq!(office.ask(Method::DELETE, &one, &json!(null)).await.status, 204);
        assert_eq!(office.ask(Method::GET, &delivery, &json!(null)).await.status, 404);
    }

    async fn a_webhook_that_is_wrong_names_its_field(db: TestDb) {
        let office = Office::open(db).await;
        let good = json!({"name": "CRM", "url": "https://example.com/told", "events": ["call.ended"]});
        for (field, wrong) in [
            ("name", json!("")),
            ("url", json!("nonsense")),
            ("url", json!("http://10.0.0.1/told")),
            ("events", json!([])),
            ("events", json!(["call.exploded"])),
            ("models", json!(["ir.nonsense"])),
            ("headers", json!({"Host": "elsewhere"})),
        ] {
            let mut body = good.clone();
            body[field] = wrong.clone();
            let reply = office.ask(Method::POST, PATH, &body).await;
            assert_eq!(faults(&reply), [field], "{wrong}: {}", reply.body);
        }
        office.created(PATH, &good, "data").await;
        assert_eq!(faults(&office.ask(Method::POST, PATH, &good).await), ["name"]);
    }
}
