//! Two nodes: what one commits, the browsers of the other hear at once, and who is on either is seen by both.

use super::{contact, listener};
use crate::KEY;
use opbx_app::sessions::{self, Role};
use opbx_kernel::TenantId;
use opbx_testkit::{Browser, TestApp, TestDb, company, on_both_databases};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// Far below the second after which a room looks for itself.
const AT_ONCE: Duration = Duration::from_millis(700);

async fn two_nodes(db: TestDb) -> (TestApp, TestApp, TenantId) {
    let (first, second) = TestApp::two_on_redis(db).await;
    let tenant = first.apply(&company("acme", KEY).toml()).await.tenant;
    second.refresh().await;
    (first, second, tenant)
}

on_both_databases! {
    async fn a_browser_hears_at_once_what_another_node_commits(db: TestDb) {
        let (first, second, tenant) = two_nodes(db).await;
        let owner = first.person(tenant, Role::Owner, "olga").await;
        let address = second.listen().await;
        let mut browser = listener(&second, address, &owner, &format!("private-org.{tenant}")).await;
        let heard = async {
            first.voice(KEY).send().await;
            browser.wait("call.ringing").await;
            let id = contact(&first, tenant, "Ada").await;
            assert_eq!(browser.wait("record.created").await.data["id"], id);
        };
        timeout(AT_ONCE * 2, heard).await.expect("by the bus, not by looking");
        let asker = sessions::authenticate(first.app(), &owner.token).await.expect("signed in");
        sessions::end(first.app(), tenant, asker.session).await.expect("ended");
        let closed = timeout(Duration::from_secs(1), browser.wait_closed()).await.expect("within a second");
        assert_eq!(closed, Some(4009));
    }

    async fn members_of_both_nodes_see_each_other(db: TestDb) {
        let (first, second, tenant) = two_nodes(db).await;
        let channel = format!("presence-org.{tenant}");
        let owner = first.person(tenant, Role::Owner, "olga").await;
        let user = first.person(tenant, Role::PbxUser, "uwe").await;
        let here = first.listen().await;
        let there = second.listen().await;
        let mut of_owner = listener(&first, here, &owner, &channel).await;
        let mut of_user = Browser::connect(there).await;
        let answer = second.subscribe(&mut of_user, &user, &channel).await;
        assert_eq!(answer.data["presence"]["count"], 2, "{answer:?}");
        assert_eq!(of_owner.wait("pusher_internal:member_added").await.data["user_id"], json!(user.id.to_string()));
        drop(of_user);
        let gone = of_owner.wait("pusher_internal:member_removed").await;
        assert_eq!(gone.data["user_id"], json!(user.id.to_string()));
    }

    async fn what_no_bus_told_is_found_in_the_outbox(db: TestDb) {
        let first = TestApp::start(db).await;
        let tenant = first.apply(&company("acme", KEY).toml()).await.tenant;
        let owner = first.person(tenant, Role::Owner, "olga").await;
        // Another process on the same database, without a way to tell.
        let second = first.second_node_apart().await;
        let address = second.listen().await;
        let mut browser = listener(&second, address, &owner, &format!("private-org.{tenant}")).await;
        first.voice(KEY).send().await;
        browser.wait("call.initiated").await;
        browser.wait("call.ringing").await;
        let id = contact(&first, tenant, "Ada").await;
        assert_eq!(browser.wait("record.created").await.data["id"], id);
    }
}
