//! The token in the callback URL: it opens for its own call, tenant and day, and cannot be changed.

use crate::{KEY, ringing};
use opbx_testkit::{Ask, TestApp, company, on_both_databases};

const FORBIDDEN: &str = "Forbidden. This request is not valid for this call.";

async fn assert_refused(ask: Ask, status: u16, what: &str) {
    let heard = ask.with("CallStatus", "no-answer").send().await;
    assert_eq!(heard.status, status, "{what}: {}", heard.body);
    assert!(heard.rings.is_empty() && heard.hangs_up && heard.action.is_none(), "{what}: {}", heard.body);
    if status == 403 {
        assert!(heard.ends_saying(FORBIDDEN), "{what}: {}", heard.body);
    }
}

/// Checks that the call stands where it stood before.
async fn assert_still_at_first_phone(app: &TestApp, tenant: opbx_kernel::TenantId, call: &str) {
    app.ingest().await;
    let calls = app.calls(tenant).await;
    let stored = calls.iter().find(|stored| stored.call.call_id == call).expect("the call is there");
    assert_eq!(stored.rung(), [("1001", "ringing")]);
    assert_eq!(stored.entries.len(), 1, "a refused callback leaves no step");
}

fn changed(target: &str, from: &str, to: &str) -> String {
    assert!(target.contains(from), "{from} is not in {target}");
    target.replacen(from, to, 1)
}

on_both_databases! {
    async fn a_token_with_any_letter_changed_is_refused(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        let token =
            first.action.as_deref().and_then(|action| action.split_once("token=")).expect("a token").1;
        for at in (0..token.len()).step_by(7) {
            let old = &token[at..=at];
            let new = if old == "A" { "B" } else { "A" };
            let forged = format!("{}{new}{}", &token[..at], &token[at + 1..]);
            let ask = app.after(&first).target(|target| changed(target, token, &forged));
            // The last letter carries bits that say nothing; changing those alone is no forgery of the others.
            if at + 1 < token.len() {
                assert_refused(ask, 403, &format!("letter {at}")).await;
            }
        }
        for cut in [1, 8, token.len() / 2] {
            let ask = app.after(&first).target(|target| changed(target, token, &token[..token.len() - cut]));
            assert_refused(ask, 403, &format!("cut by {cut}")).await;
        }
        for junk in ["x", "%00", "....", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let ask = app.after(&first).target(|target| changed(target, token, junk));
            assert_refused(ask, 403, junk).await;
        }
        assert_still_at_first_phone(&app, tenant, "CA1").await;
        assert_eq!(app.follow(&first, "no-answer").await.rings, ["1002"], "the true token still opens");
    }

    async fn a_token_is_needed(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        let bare = |target: &str| target.split_once('?').expect("a query").0.to_owned();
        assert_refused(app.after(&first).target(bare), 400, "no query").await;
        let empty = |target: &str| format!("{}token=", target.split_once("token=").expect("a token").0);
        assert_refused(app.after(&first).target(empty), 400, "an empty token").await;
        let token =
            first.action.as_deref().and_then(|action| action.split_once("token=")).expect("a token").1;
        let in_body = app.after(&first).target(bare).with("token", token);
        assert_refused(in_body, 400, "a token in the body").await;
        assert_still_at_first_phone(&app, tenant, "CA1").await;
    }

    async fn a_token_opens_for_its_own_call_only(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        let other = app.voice(KEY).call("CA2").send().await;
        assert_refused(app.after(&first).call("CA2"), 403, "another call").await;
        assert_refused(app.after(&other).call("CA1"), 403, "another call").await;
        assert_refused(app.after(&first).call("ca1"), 403, "another case").await;
        assert_refused(app.after(&first).without("CallSid"), 400, "no call").await;
        assert_still_at_first_phone(&app, tenant, "CA1").await;
        assert_still_at_first_phone(&app, tenant, "CA2").await;
    }

    async fn a_token_opens_for_its_own_tenant_only(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        let blue = app.apply(&company("blue", "key-of-blue").toml()).await.tenant;
        let stolen = app.after(&first).header("authorization", "Bearer key-of-blue");
        assert_refused(stolen, 403, "another tenant").await;
        let keyless = app.after(&first).header("authorization", "");
        assert_refused(keyless, 401, "no key").await;
        assert_still_at_first_phone(&app, tenant, "CA1").await;
        assert!(app.calls(blue).await.is_empty(), "nothing of it reaches the other tenant");
    }

    async fn what_a_person_can_read_beside_the_token_cannot_be_changed(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        let action = first.action.clone().expect("a callback");
        let group = action
            .split_once("ring_group_id=")
            .and_then(|(_, rest)| rest.split_once('&'))
            .expect("a group")
            .0;
        let own = format!("ring_group_id={group}");
        for (from, to) in [
            (own.as_str(), "ring_group_id=999"),
            (own.as_str(), "ring_group_id=x"),
            (&format!("{own}&"), ""),
            ("attempt_number=1", "attempt_number=0"),
            ("attempt_number=1", "attempt_number=2"),
            ("attempt_number=1&", ""),
        ] {
            let ask = app.after(&first).target(|target| changed(target, from, to));
            assert_refused(ask, 403, &format!("{from} -> {to}")).await;
        }
        let twice = app.after(&first).target(|target| format!("{target}&attempt_number=7"));
        assert_refused(twice, 403, "said twice").await;
        assert_still_at_first_phone(&app, tenant, "CA1").await;
    }

    async fn a_token_expires_after_a_day(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        app.advance_hours(23);
        let late = app.follow(&first, "no-answer").await;
        assert_eq!(late.rings, ["1002"]);
        app.advance_hours(1);
        assert_refused(app.after(&first), 403, "the first token, after a day").await;
        assert_eq!(app.follow(&late, "no-answer").await.rings, ["1003"], "the second is an hour old");
        app.advance_hours(24);
        assert_refused(app.after(&late), 403, "the second token, after a day").await;
        app.ingest().await;
        assert_eq!(app.only_call(tenant).await.entries.len(), 3);
    }
}
