//! A POST that comes twice with the same key is done once.

use super::with_owner;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_testkit::{Ask, Person, TestApp, on_both_databases};
use serde_json::{Value, json};

const ROOMS: &str = "/api/v1/conference-rooms";

fn post(app: &TestApp, person: &Person, key: &str, body: &Value) -> Ask {
    app.by(person, Method::POST, ROOMS).header("idempotency-key", key).json(body)
}

async fn rooms(app: &TestApp, person: &Person) -> Value {
    app.by(person, Method::GET, ROOMS).reply().await.json()["meta"]["total"].clone()
}

on_both_databases! {
    async fn a_repeat_gets_the_first_answer_and_does_nothing(db: TestDb) {
        let (app, tenant, owner) = with_owner(db).await;
        let board = json!({"name": "Board"});
        let first = post(&app, &owner, "k1", &board).reply().await;
        assert_eq!(first.status, 201, "{}", first.body);
        assert!(first.headers.get("idempotency-replayed").is_none());
        let second = post(&app, &owner, "k1", &board).reply().await;
        assert_eq!((second.status, &second.body), (first.status, &first.body));
        assert_eq!(second.headers["idempotency-replayed"], "true");
        assert_eq!(second.headers["etag"], first.headers["etag"]);
        assert_eq!(rooms(&app, &owner).await, 1);
        let other = post(&app, &owner, "k1", &json!({"name": "Other"})).reply().await;
        assert_eq!((other.status.as_u16(), &other.json()["code"]), (422, &json!("idempotency_key_reused")));
        let colleague = app.person(tenant, Role::Owner, "otto").await;
        let own = post(&app, &colleague, "k1", &json!({"name": "Otto's"})).reply().await;
        assert_eq!(own.status, 201, "another user's key is another key: {}", own.body);
        app.advance_hours(23);
        let held = opbx_app::sessions::begin(app.app(), tenant, owner.id, &Default::default()).await.expect("a session");
        let owner = Person { token: held.token, ..owner };
        assert_eq!(post(&app, &owner, "k1", &board).reply().await.status, 201, "still kept");
        app.advance_hours(2);
        let held = opbx_app::sessions::begin(app.app(), tenant, owner.id, &Default::default()).await.expect("a session");
        let owner = Person { token: held.token, ..owner };
        let anew = post(&app, &owner, "k1", &json!({"name": "Later"})).reply().await;
        assert_eq!(anew.status, 201, "a day later the key is free: {}", anew.body);
    }

    async fn a_refused_request_may_be_tried_again_with_its_key(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        assert_eq!(post(&app, &owner, "k2", &json!({"max_participants": 3})).reply().await.status, 422);
        assert_eq!(post(&app, &owner, "k2", &json!({"name": "Board"})).reply().await.status, 201);
        let long = "k".repeat(256);
        assert_eq!(post(&app, &owner, &long, &json!({"name": "Long"})).reply().await.status, 400);
    }

    async fn requests_at_once_with_one_key_make_one_record(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        let board = json!({"name": "Board"});
        let asks: Vec<Ask> = (0..6).map(|_| post(&app, &owner, "k3", &board)).collect();
        let mut created = 0;
        let answers = futures_of(&asks).await;
        for (status, replayed) in answers {
            assert!(status == 201 || status == 409, "{status}");
            created += usize::from(status == 201 && !replayed);
        }
        assert_eq!(created, 1);
        assert_eq!(rooms(&app, &owner).await, 1);
        assert_eq!(post(&app, &owner, "k3", &board).reply().await.status, 201, "then it is repeated");
    }
}

async fn futures_of(asks: &[Ask]) -> Vec<(u16, bool)> {
    let mut running = tokio::task::JoinSet::new();
    for ask in asks {
        let ask = ask.clone();
        running.spawn(async move {
            let reply = ask.reply().await;
            (reply.status.as_u16(), reply.headers.contains_key("idempotency-replayed"))
        });
    }
    running.join_all().await
}
