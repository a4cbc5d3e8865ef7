//! IVR menus: keys, no keys and wrong keys, and an engine that tells them twice, late or in the wrong order.

use crate::{KEY, reaching};
use opbx_testkit::{Ask, Heard, StoredCall, TestApp, TestDb, on_both_databases};

const MENU: &str = r#"
[pbx.prompt.welcome]
name = "Welcome"
kind = "text"
text = "Welcome to Acme."
voice = "Cloudonix-Neural:Zoe"
language = "en-US"

[pbx.prompt.silence]
name = "Silence"
kind = "url"
url = "https://cdn.example.com/silence.mp3?a=1&b=2"

[pbx.prompt.wrong]
name = "Wrong"
text = "That means nothing."

[pbx.menu.main]
name = "Main"
prompt = "welcome"
no_input_prompt = "silence"
wrong_key_prompt = "wrong"
turns = 2
timeout_s = 8
inter_digit_timeout_s = 2
direct_dial = true
keys = [{ keys = "1", destination = "extension:1002" }, { keys = "0", destination = "ring_group:sales" }]
failover = "extension:1003"
"#;

async fn asked(db: TestDb) -> (TestApp, opbx_kernel::TenantId, Heard) {
    let (app, tenant) = reaching(db, "menu:main", MENU).await;
    let first = app.voice(KEY).send().await;
    assert_eq!(first.asks.as_deref(), Some(&["Welcome to Acme.".to_owned()][..]), "{}", first.body);
    (app, tenant, first)
}

/// The one call, with as many steps as were decided, and no repeat among them.
async fn stored(app: &TestApp, tenant: opbx_kernel::TenantId, steps: usize) -> StoredCall {
    app.ingest().await;
    let call = app.only_call(tenant).await;
    assert_eq!(call.entries.len(), steps);
    assert_eq!(
        app.app().journal().last(),
        steps as u64 + 1,
        "a plan and the steps were journaled, and no repeat"
    );
    call
}

on_both_databases! {
    async fn a_menu_asks_as_documented_and_a_key_leads_on(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let said = |name: &str| first.attribute("Gather", name);
        let expected = [
            ("method", "POST"), ("input", "dtmf"), ("finishOnKey", "#"), ("numDigits", "5"), ("minDigits", "1"),
            ("maxDigits", "5"), ("timeout", "2"), ("maxTimeout", "8"), ("actionOnEmptyResult", "true"),
        ];
        for (name, value) in expected {
            assert_eq!(said(name).as_deref(), Some(value), "{name}");
        }
        assert_eq!(first.attribute("Say", "voice").as_deref(), Some("Cloudonix-Neural:Zoe"));
        assert_eq!(first.attribute("Say", "language").as_deref(), Some("en-US"));
        let action = first.action.as_deref().expect("keys go somewhere");
        assert!(action.contains("/api/voice/ivr-input?menu_id="), "{action}");
        assert_eq!(first.redirect.as_deref(), Some(action), "nothing pressed leads to the same sealed step");
        assert!(!first.hangs_up && first.rings.is_empty());
        let chosen = app.press(&first, "1").await;
        assert_eq!(chosen.rings, ["1002"]);
        let over = app.follow(&chosen, "completed").await;
        assert!(over.ends_silently());
        let call = stored(&app, tenant, 3).await;
        assert_eq!(call.rung(), [("1002", "answered")]);
        assert!(call.moments().contains(&"keys_pressed"), "{:?}", call.moments());
    }

    async fn zero_is_a_key_and_leads_on(db: TestDb) {
        let (app, _, first) = asked(db).await;
        assert_eq!(app.press(&first, "0").await.rings, ["1001"]);
    }

    async fn the_key_that_ends_an_answer_is_no_part_of_it(db: TestDb) {
        let (app, _, first) = asked(db).await;
        assert_eq!(app.press(&first, "1#").await.rings, ["1002"]);
    }

    async fn an_extension_is_dialled_from_the_menu(db: TestDb) {
        let (app, _, first) = asked(db).await;
        assert_eq!(app.press(&first, "1003").await.rings, ["1003"]);
    }

    async fn keys_are_told_in_whatever_form(db: TestDb) {
        let (app, _, _) = asked(db).await;
        let forms: [fn(Ask) -> Ask; 3] = [|ask| ask, Ask::form, Ask::query];
        for (nth, form) in forms.into_iter().enumerate() {
            let first = app.voice(KEY).call(&format!("F{nth}")).send().await;
            assert_eq!(form(app.after(&first).with("Digits", "1")).send().await.rings, ["1002"], "{nth}");
        }
    }

    async fn a_wrong_key_and_no_key_have_replies_of_their_own_and_then_the_failover(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let again = app.press(&first, "9").await;
        let expected = ["That means nothing.".to_owned(), "Welcome to Acme.".to_owned()];
        assert_eq!(again.asks.as_deref(), Some(&expected[..]), "{}", again.body);
        assert_ne!(again.action, first.action);
        let failover = app.after(&again).send().await;
        assert_eq!(failover.rings, ["1003"], "{}", failover.body);
        let other = app.voice(KEY).call("CA2").send().await;
        let silent = app.redirected(&other).send().await;
        let expected = ["https://cdn.example.com/silence.mp3?a=1&b=2".to_owned(), "Welcome to Acme.".to_owned()];
        assert_eq!(silent.asks.as_deref(), Some(&expected[..]), "escaped once: {}", silent.body);
        app.ingest().await;
        assert_eq!(app.calls(tenant).await[0].rung(), [("1003", "ringing")]);
    }

    async fn keys_told_twice_are_one_choice(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let chosen = app.press(&first, "1").await;
        assert_eq!(app.press(&first, "1").await.body, chosen.body);
        let form = app.after(&first).with("Digits", "1").form().send().await;
        assert_eq!(form.body, chosen.body, "in whatever form");
        stored(&app, tenant, 2).await;
    }

    async fn an_action_that_comes_after_its_redirect_rings_nobody_more(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let silent = app.redirected(&first).send().await;
        assert!(silent.asks.is_some() && silent.rings.is_empty());
        let late = app.press(&first, "1").await;
        assert_eq!(late.body, silent.body, "one question has one answer");
        let chosen = app.press(&silent, "1").await;
        assert_eq!(chosen.rings, ["1002"], "and the next question is the caller's to answer");
        assert_eq!(stored(&app, tenant, 3).await.rung(), [("1002", "ringing")]);
    }

    async fn a_redirect_that_comes_after_its_action_changes_nothing(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let chosen = app.press(&first, "1").await;
        assert_eq!(app.redirected(&first).send().await.body, chosen.body);
        assert_eq!(app.press(&first, "0").await.body, chosen.body, "nor does another key");
        assert_eq!(stored(&app, tenant, 2).await.rung(), [("1002", "ringing")]);
    }

    async fn after_the_call_was_answered_and_is_over_no_key_rings_anybody(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        let chosen = app.press(&first, "1").await;
        assert!(app.follow(&chosen, "completed").await.ends_silently());
        for keys in ["1", "0", "", "9"] {
            let late = app.press(&first, keys).await;
            assert!(late.ends_silently() && late.action.is_none(), "{keys:?}: {}", late.body);
        }
        assert_eq!(stored(&app, tenant, 3).await.rung(), [("1002", "answered")]);
    }

    async fn a_menu_s_token_opens_at_its_own_path_only(db: TestDb) {
        let (app, tenant, first) = asked(db).await;
        for path in ["pin-input", "route-input"] {
            let ask = app.after(&first).target(|target| target.replace("ivr-input", path));
            let refused = ask.with("Digits", "1").with("CallStatus", "no-answer").send().await;
            let status = if path == "pin-input" { 403 } else { 404 };
            assert!(refused.status == status && refused.hangs_up && refused.rings.is_empty(), "{}", refused.body);
        }
        for path in ["record-callback", "dial-callback", "ring-group-callback"] {
            let ask = app.after(&first).target(|target| {
                target.replace("/api/voice/ivr-input", &format!("/api/callbacks/voice/{path}"))
            });
            let refused = ask.with("Digits", "1").with("CallStatus", "no-answer").send().await;
            assert_eq!((refused.status, refused.hangs_up), (403, true), "{path}: {}", refused.body);
        }
        let other = app.after(&first).target(|target| target.replace("menu_id=", "menu_id=9"));
        assert_eq!(other.with("Digits", "1").send().await.status, 403, "another menu");
        assert_eq!(stored(&app, tenant, 1).await.rung(), []);
        assert_eq!(app.press(&first, "1").await.rings, ["1002"], "the true one still opens");
    }
}
