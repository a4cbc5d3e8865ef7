//! Who hears what: no tenant another's, nobody what their role may not read, and nobody anything once they are out.

use super::{contact, listener, listening};
use opbx_app::sessions::{self, Role};
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::{Domain, Value, Values};
use opbx_testkit::{Browser, TestApp, WAIT_MAX, company, on_both_databases};
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::time::timeout;

/// How long after its session a socket may last.
const REVOKED_WITHIN: Duration = Duration::from_secs(1);

async fn update(app: &TestApp, tenant: TenantId, model: &str, id: RecordId, field: &str, value: Value) {
    let mut tx = app.begin(tenant).await;
    tx.update(model, id, Values::from([(field.to_owned(), value)]), None).await.expect("changed");
    tx.commit().await.expect("a commit");
}

on_both_databases! {
    async fn a_tenant_hears_nothing_of_another_and_gets_no_ticket_for_its_channels(db: TestDb) {
        let (app, address, red, owner) = listening(db).await;
        let blue = app.apply(&company("blue", "key-of-blue").toml()).await.tenant;
        let spy = app.person(blue, Role::Owner, "spy").await;
        let mut of_blue = listener(&app, address, &spy, &format!("private-org.{blue}")).await;
        let mut of_red = listener(&app, address, &owner, &format!("private-org.{red}")).await;
        let extension = app.read(red).await.all::<opbx_app::models::PbxExtension>(&Domain::All).await;
        let extension = extension.expect("extensions")[0].id;
        let names = [
            format!("private-org.{red}"),
            format!("presence-org.{red}"),
            format!("presence.org.{red}"),
            format!("private-user.{}", owner.id),
            format!("private-extension.{extension}"),
            "private-org.999999".to_owned(),
            "private-nothing.1".to_owned(),
        ];
        for name in &names {
            assert_eq!(app.ticket(&of_blue, &spy, name).await, Json::Null, "{name}");
            // A ticket of another channel, socket or person opens it no more.
            let own = app.ticket(&of_blue, &spy, &format!("private-org.{blue}")).await;
            let other = app.ticket(&of_red, &owner, name).await;
            for ticket in [own, other, json!({}), json!({"auth": "opbx:00.00"}), json!({"auth": "opbx:"})] {
                let answer = of_blue.subscribe(name, &ticket).await;
                assert_eq!(answer.event, "pusher:subscription_error", "{name}: {answer:?}");
            }
        }
        app.voice(crate::KEY).send().await;
        of_red.wait("call.initiated").await;
        contact(&app, red, "Of red").await;
        of_red.wait("record.created").await;
        let id = contact(&app, blue, "Of blue").await;
        let first = of_blue.next().await.expect("a message");
        assert_eq!((first.event.as_str(), &first.data["id"]), ("record.created", &json!(id)), "nothing before it");
    }

    async fn a_role_hears_of_what_it_may_read_only(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let reporter = app.person(tenant, Role::Reporter, "rita").await;
        let user = app.person(tenant, Role::PbxUser, "uwe").await;
        let org = format!("private-org.{tenant}");
        let mut of_reporter = listener(&app, address, &reporter, &org).await;
        let mut of_owner = listener(&app, address, &owner, &org).await;
        update(&app, tenant, "res.users", user.id, "name", "Uwe".into()).await;
        assert_eq!(of_owner.wait("record.updated").await.data["model"], "res.users");
        app.voice(crate::KEY).send().await;
        let first = of_reporter.next().await.expect("a message");
        assert_eq!(first.event, "call.initiated", "users are not for reporters");
        let extensions = app.read(tenant).await.all::<opbx_app::models::PbxExtension>(&Domain::All).await;
        let extensions = extensions.expect("extensions");
        update(&app, tenant, "pbx.extension", extensions[0].id, "user", Value::Record(user.id)).await;
        let mut of_user = Browser::connect(address).await;
        for (person, extension, may) in
            [(&user, 0, true), (&user, 1, false), (&owner, 1, true), (&reporter, 0, false)]
        {
            let name = format!("private-extension.{}", extensions[extension].id);
            assert_eq!(app.ticket(&of_user, person, &name).await.is_object(), may, "{} {name}", person.email);
        }
        let own = format!("private-user.{}", user.id);
        assert_eq!(app.ticket(&of_user, &owner, &own).await, Json::Null, "not even the owner");
        app.subscribe(&mut of_user, &user, &own).await;
        update(&app, tenant, "res.users", user.id, "name", "Uwe again".into()).await;
        assert_eq!(of_user.wait("record.updated").await.data["id"], user.id.get());
    }

    async fn a_socket_ends_with_its_session(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let org = format!("private-org.{tenant}");
        let mut browser = listener(&app, address, &owner, &org).await;
        let other = app.person(tenant, Role::PbxUser, "uwe").await;
        let mut stays = listener(&app, address, &other, &org).await;
        let asker = sessions::authenticate(app.app(), &owner.token).await.expect("signed in");
        sessions::end(app.app(), tenant, asker.session).await.expect("ended");
        let closed = timeout(REVOKED_WITHIN, browser.wait_closed()).await.expect("within a second");
        assert_eq!(closed, Some(4009));
        contact(&app, tenant, "Ada").await;
        stays.wait("record.created").await;
        update(&app, tenant, "res.users", other.id, "active", Value::Bool(false)).await;
        let closed = timeout(WAIT_MAX, stays.wait_closed()).await.expect("in time");
        assert_eq!(closed, Some(4009), "a user who was shut out");
    }

    async fn who_loses_a_right_loses_the_channel(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let user = app.person(tenant, Role::PbxUser, "uwe").await;
        let extensions = app.read(tenant).await.all::<opbx_app::models::PbxExtension>(&Domain::All).await;
        let id = extensions.expect("extensions")[0].id;
        update(&app, tenant, "pbx.extension", id, "user", Value::Record(user.id)).await;
        let channel = format!("private-extension.{id}");
        let mut browser = listener(&app, address, &user, &channel).await;
        update(&app, tenant, "pbx.extension", id, "user", Value::Record(owner.id)).await;
        update(&app, tenant, "res.users", user.id, "name", "Uwe".into()).await;
        let lost = browser.wait("pusher:subscription_error").await;
        assert_eq!((lost.channel.as_str(), &lost.data["status"]), (channel.as_str(), &json!(403)));
    }

    async fn members_of_a_presence_channel_see_each_other_come_and_go(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let channel = format!("presence-org.{tenant}");
        let user = app.person(tenant, Role::PbxUser, "uwe").await;
        let mut first = listener(&app, address, &owner, &channel).await;
        let mut second = Browser::connect(address).await;
        let answer = app.subscribe(&mut second, &user, &channel).await;
        assert_eq!(answer.data["presence"]["count"], 2, "{answer:?}");
        let shown = &answer.data["presence"]["hash"][owner.id.to_string()];
        assert_eq!(*shown, json!({"id": owner.id.get(), "name": "olga", "email": owner.email, "role": "owner"}));
        let added = first.wait("pusher_internal:member_added").await;
        assert_eq!(added.data["user_id"], user.id.to_string());
        assert_eq!(added.data["user_info"]["role"], "pbx_user");
        // A second tab is the same member.
        let mut tab = listener(&app, address, &user, &channel).await;
        drop(second);
        tab.say(&json!({"event": "pusher:unsubscribe", "data": {"channel": channel}})).await;
        let removed = first.wait("pusher_internal:member_removed").await;
        assert_eq!(removed.data["user_id"], user.id.to_string());
    }

    async fn the_originals_channel_names_are_for_who_says_who_they_are_as_they_connect(db: TestDb) {
        let (app, address, tenant, owner) = listening(db).await;
        let name = format!("presence.org.{tenant}");
        let mut nobody = Browser::connect(address).await;
        let answer = nobody.subscribe(&name, &json!({})).await;
        assert_eq!((answer.event.as_str(), &answer.data["status"]), ("pusher:subscription_error", &json!(401)));
        let bearer = format!("Bearer {}", owner.token);
        let mut known = Browser::connect_as(address, "/app/opbx", &[("authorization", &bearer)], false).await;
        let answer = known.subscribe(&name, &json!({})).await;
        assert_eq!(answer.event, "pusher_internal:subscription_succeeded", "{answer:?}");
        let other = known.subscribe(&format!("presence.org.{}", tenant.get() + 1), &json!({})).await;
        assert_eq!(other.event, "pusher:subscription_error");
        app.voice(crate::KEY).send().await;
        assert_eq!(known.wait("call.initiated").await.channel, name);
        let (cookie, own) = (format!("opbx_session={}", owner.token), format!("http://{address}"));
        let from_page = [("cookie", cookie.as_str()), ("origin", &own)];
        let mut page = Browser::connect_as(address, "/app/opbx", &from_page, false).await;
        assert_eq!(page.subscribe(&name, &json!({})).await.event, "pusher_internal:subscription_succeeded");
        let mut no_page = Browser::connect_as(address, "/app/opbx", &[("cookie", &cookie)], false).await;
        assert_eq!(no_page.subscribe(&name, &json!({})).await.event, "pusher:subscription_error");
    }
}
