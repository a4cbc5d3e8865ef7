//! Forgotten passwords: the same answer for everybody, and a link that is good once and for an hour.

use super::{PASSWORD, log_in, with_owner};
use axum::http::Method;
use opbx_app::passwords;
use opbx_testkit::on_both_databases;
use serde_json::json;

const PAGE: &str = "https://pbx.example.com/set-password?token=";

on_both_databases! {
    async fn nobody_is_told_whether_an_address_is_known(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        let ask = |email: &str| {
            app.get("/api/v1/auth/password/forgot").method(Method::POST).json(&json!({"email": email}))
        };
        let known = ask(&owner.email).reply().await;
        let unknown = ask("nobody@example.com").reply().await;
        assert_eq!(known.status, 202, "{}", known.body);
        assert_eq!((known.status, &known.json()["message"]), (unknown.status, &unknown.json()["message"]));
    }

    async fn a_link_sets_a_password_once_and_for_an_hour(db: TestDb) {
        let (app, _, owner) = with_owner(db).await;
        let links = passwords::forgot(app.app(), &owner.email, PAGE).await.expect("a link");
        let reset = |token: &str| {
            let body = json!({"token": token, "password": PASSWORD});
            app.get("/api/v1/auth/password/reset").method(Method::POST).json(&body)
        };
        let mut tx = app.begin(owner.tenant).await;
        let mails = tx.all::<opbx_app::models::MailMail>(&opbx_platform::Domain::All).await.expect("mails");
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, owner.email.as_str()), "{mails:?}");
        let words = tx.reveal("mail.mail", mails[0].id, "words").await.expect("words").expect("unsent");
        let words = String::from_utf8(words).expect("text");
        assert!(words.contains(&format!("{PAGE}{}", links[0].token)), "{words}");
        drop(tx);
        assert_eq!(reset(&links[0].token).reply().await.status, 200);
        assert_eq!(app.by(&owner, Method::GET, "/api/v1/auth/me").reply().await.status, 401, "signed out everywhere");
        assert_eq!(log_in(&app, &owner.email, PASSWORD).await.status, 200);
        let mut tx = app.begin(owner.tenant).await;
        let mails = tx.all::<opbx_app::models::MailMail>(&opbx_platform::Domain::All).await.expect("mails");
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, owner.email.as_str()), "{mails:?}");
        let words = tx.reveal("mail.mail", mails[0].id, "words").await.expect("words").expect("unsent");
        let words = String::from_utf8(words).expect("text");
        assert!(words.contains(&format!("{PAGE}{}", links[0].token)), "{words}");
        drop(tx);
        assert_eq!(reset(&links[0].token).reply().await.status, 422);
        let late = passwords::forgot(app.app(), &owner.email, PAGE).await.expect("a link");
        app.advance_hours(2);
        assert_eq!(reset(&late[0].token).reply().await.status, 422);
        assert!(passwords::forgot(app.app(), "nobody@example.com", PAGE).await.expect("an answer").is_empty());
    }
}
