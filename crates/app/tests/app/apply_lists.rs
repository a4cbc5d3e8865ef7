//! Lists inside a record: a group's members follow the file in order, in number and in what is said of each.

use opbx_app::models::{PbxExtension, PbxRingGroupMember};
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::Domain;
use opbx_testkit::{TestApp, company, on_both_databases};

const KEY: &str = "key-of-acme";

/// The configuration with other members, as they are written.
fn with_members(members: &str) -> String {
    company("acme", KEY).toml().replace(r#"["1001", "1002"]"#, members)
}

/// The members in the order in which they ring: record, number and priority.
async fn members(app: &TestApp, tenant: TenantId) -> Vec<(RecordId, String, i64)> {
    let mut tx = app.read(tenant).await;
    let extensions = tx.all::<PbxExtension>(&Domain::All).await.expect("extensions");
    let number =
        |id| extensions.iter().find(|extension| extension.id == id).expect("an extension").number.clone();
    let members = tx.all::<PbxRingGroupMember>(&Domain::All).await.expect("members");
    members.into_iter().map(|member| (member.id, number(member.extension), member.priority)).collect()
}

fn numbers(members: &[(RecordId, String, i64)]) -> Vec<&str> {
    members.iter().map(|(_, number, _)| number.as_str()).collect()
}

on_both_databases! {
    async fn members_ring_in_the_order_of_the_file(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&with_members(r#"["1003", "1001", "1002"]"#)).await.tenant;
        let before = members(&app, tenant).await;
        assert_eq!(numbers(&before), ["1003", "1001", "1002"]);
        let turned = app.apply(&with_members(r#"["1002", "1001", "1003"]"#)).await;
        assert_eq!(
            (turned.created, turned.updated, turned.deleted),
            (0, 1, 0),
            "the group changed, and nothing else"
        );
        let after = members(&app, tenant).await;
        assert_eq!(numbers(&after), ["1002", "1001", "1003"]);
        let sorted = |mut ids: Vec<RecordId>| {
            ids.sort();
            ids
        };
        let ids =
            |members: &[(RecordId, String, i64)]| sorted(members.iter().map(|(id, _, _)| *id).collect());
        assert_eq!(ids(&after), ids(&before), "the same members in another order");
        assert_eq!(app.voice(KEY).send().await.rings, ["1002"]);
    }

    async fn a_member_is_added_and_another_removed(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&with_members(r#"["1001", "1002"]"#)).await.tenant;
        let before = members(&app, tenant).await;
        let added = app.apply(&with_members(r#"["1001", "1002", "1003"]"#)).await;
        assert_eq!((added.updated, added.deleted, added.plan_version), (1, 0, Some(2)));
        assert_eq!(members(&app, tenant).await[..2], before);
        let removed = app.apply(&with_members(r#"["1003", "1001"]"#)).await;
        assert_eq!((removed.updated, removed.deleted), (1, 1));
        assert_eq!(numbers(&members(&app, tenant).await), ["1003", "1001"]);
        let emptied = app.apply(&with_members("[]")).await;
        assert_eq!((emptied.updated, emptied.deleted), (1, 2));
        assert!(members(&app, tenant).await.is_empty());
        assert_eq!(app.voice(KEY).send().await.rings, ["1003"], "nobody is left, so the fallback rings");
        let again = app.apply(&with_members("[]")).await;
        assert_eq!((again.updated, again.deleted, again.plan_version), (0, 0, None));
    }

    async fn a_file_that_does_not_name_the_list_leaves_it_alone(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&with_members(r#"["1001", "1002"]"#)).await.tenant;
        let before = members(&app, tenant).await;
        let silent =
            app.apply(&company("acme", KEY).toml().replace("members = [\"1001\", \"1002\"]\n", "")).await;
        assert_eq!((silent.updated, silent.deleted, silent.plan_version), (0, 0, None));
        assert_eq!(members(&app, tenant).await, before);
    }

    async fn a_member_may_say_more_than_its_name(db: TestDb) {
        let app = TestApp::start(db).await;
        let long = r#"[{ extension = "1001", priority = 7 }, { extension = "1002", priority = 3 }]"#;
        let tenant = app.apply(&with_members(long)).await.tenant;
        let found: Vec<_> =
            members(&app, tenant).await.into_iter().map(|(_, number, priority)| (number, priority)).collect();
        assert_eq!(found, [("1002".to_owned(), 3), ("1001".to_owned(), 7)]);
        assert_eq!(app.voice(KEY).send().await.rings, ["1002"]);
        assert_eq!(app.apply(&with_members(long)).await.plan_version, None);
    }

    async fn a_member_named_twice_is_refused_and_nothing_changes(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&with_members(r#"["1001", "1002"]"#)).await.tenant;
        let before = members(&app, tenant).await;
        let text = with_members(r#"["1001", "1002", "1001"]"#);
        let line = text.lines().position(|line| line.starts_with("members")).expect("a line") + 1;
        let error = app.try_apply(&text).await.expect_err("named twice").to_string();
        assert!(error.starts_with(&format!("test.toml:{line}: ")), "{error}");
        assert_eq!(members(&app, tenant).await, before);
    }
}
