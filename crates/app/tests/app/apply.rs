//! `config apply` where it succeeds: fresh, again, renamed, in circles, and for tenants with the same names.

use opbx_app::apply::Applied;
use opbx_app::models::{PbxExtension, PbxNumber, PbxRingGroup};
use opbx_kernel::{Operator, TenantId};
use opbx_platform::{DestinationRef, Domain};
use opbx_testkit::{TestApp, company, on_both_databases};

/// A file in which every kind of reference occurs: backward, forward and in a circle.
const CIRCLE: &str = r#"
tenant = { slug = "acme", name = "Acme" }

[pbx.number.main]
number = "+12125550100"
destination = "ring_group:first"

[pbx.ring_group.first]
name = "First"
members = ["front"]
fallback = "ring_group:second"

[pbx.ring_group.second]
name = "Second"
members = ["front"]
fallback = "ring_group:first"

[pbx.extension.front]
number = "1001"
name = "Front"
user = "alice"

[pbx.extension.sales]
number = "1002"
name = "Sales"
destination = "extension:loop"

[pbx.extension.loop]
number = "1003"
name = "Loop"
destination = "extension:sales"

[res.users.alice]
name = "Alice"
email = "alice@example.com"
company = "main"

[res.company.main]
name = "Acme"
country = "base.us"
fallback = "extension:front"
"#;

fn counts(applied: &Applied) -> (usize, usize, usize, usize) {
    (applied.created, applied.updated, applied.unchanged, applied.deleted)
}

async fn extensions(app: &TestApp, tenant: TenantId) -> Vec<PbxExtension> {
    app.read(tenant).await.all::<PbxExtension>(&Domain::All).await.expect("extensions")
}

on_both_databases! {
    async fn a_fresh_tenant_comes_with_everything_and_applying_again_changes_nothing(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = company("acme", "key-of-acme").toml();
        let first = app.apply(&text).await;
        assert_eq!(
            (first.slug.as_str(), counts(&first), first.plan_version),
            ("acme", (7, 0, 0, 0), Some(1))
        );
        let before = extensions(&app, first.tenant).await;
        app.advance_hours(1);
        for _ in 0..2 {
            let again = app.apply(&text).await;
            assert_eq!(
                (again.tenant, counts(&again), again.plan_version),
                (first.tenant, (0, 0, 7, 0), None)
            );
        }
        assert_eq!(extensions(&app, first.tenant).await, before, "to the last version");
        let all = app.store().tenants(&Operator::because("a test")).await.expect("tenants");
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].plan_version, all[0].status.as_str()), (1, "active"));
    }

    async fn a_renamed_record_is_the_same_record(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = company("acme", "key-of-acme").toml();
        let tenant = app.apply(&text).await.tenant;
        let before = extensions(&app, tenant).await;
        let renamed = app
            .apply(&text.replace("Alice of acme", "Alicia").replace("acme Inc.\" }", "Acme & Co\" }"))
            .await;
        assert_eq!((counts(&renamed), renamed.plan_version), ((0, 1, 6, 0), Some(2)));
        let after = extensions(&app, tenant).await;
        assert_eq!(
            after.iter().map(|extension| extension.id).collect::<Vec<_>>(),
            before.iter().map(|extension| extension.id).collect::<Vec<_>>()
        );
        assert_eq!((after[0].name.as_str(), after[0].version), ("Alicia", before[0].version + 1));
        assert_eq!(after[1..], before[1..]);
        let all = app.store().tenants(&Operator::because("a test")).await.expect("tenants");
        assert_eq!(all[0].name, "Acme & Co");
    }

    async fn what_a_file_does_not_say_stays_as_it_was(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = company("acme", "key-of-acme").toml();
        let tenant = app.apply(&text).await.tenant;
        let only_one = "tenant = { slug = \"acme\", name = \"acme Inc.\" }\n\
            [pbx.extension.1002]\nnumber = \"1002\"\nname = \"Robert\"\n";
        let applied = app.apply(only_one).await;
        assert_eq!(counts(&applied), (0, 1, 0, 0));
        let names: Vec<_> =
            extensions(&app, tenant).await.into_iter().map(|extension| extension.name).collect();
        assert_eq!(names, ["Alice of acme", "Robert", "Carol of acme"]);
        assert_eq!(
            app.voice("key-of-acme").send().await.rings,
            ["1001"],
            "settings and group are still there"
        );
    }

    async fn records_name_each_other_forward_backward_and_in_a_circle(db: TestDb) {
        let app = TestApp::start(db).await;
        let applied = app.apply(CIRCLE).await;
        assert_eq!(counts(&applied), (8, 0, 0, 0));
        let mut tx = app.read(applied.tenant).await;
        let groups = tx.all::<PbxRingGroup>(&Domain::All).await.expect("groups");
        let to = |kind: &str, id| DestinationRef::Record { kind: kind.to_owned(), id };
        assert_eq!(groups[0].fallback, Some(to("ring_group", groups[1].id)));
        assert_eq!(groups[1].fallback, Some(to("ring_group", groups[0].id)));
        let numbers = tx.all::<PbxNumber>(&Domain::All).await.expect("numbers");
        assert_eq!(numbers[0].destination, to("ring_group", groups[0].id));
        let extensions = tx.all::<PbxExtension>(&Domain::All).await.expect("extensions");
        assert_eq!(extensions[1].destination, Some(to("extension", extensions[2].id)));
        assert_eq!(extensions[2].destination, Some(to("extension", extensions[1].id)));
        assert!(extensions[0].user.is_some());
        let again = app.apply(CIRCLE).await;
        assert_eq!((counts(&again), again.plan_version), ((0, 0, 8, 0), None));
    }

    async fn two_tenants_may_have_the_same_names_for_everything(db: TestDb) {
        let app = TestApp::start(db).await;
        let red = app.apply(&company("red", "key-of-red").toml()).await;
        let blue = app.apply(&company("blue", "key-of-blue").toml()).await;
        assert_ne!(red.tenant, blue.tenant);
        assert_eq!((counts(&red), counts(&blue)), ((7, 0, 0, 0), (7, 0, 0, 0)));
        app.apply(&company("red", "key-of-red").toml().replace("Alice of red", "Only red's")).await;
        let names =
            |extensions: Vec<PbxExtension>| extensions.into_iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(names(extensions(&app, red.tenant).await)[0], "Only red's");
        assert_eq!(names(extensions(&app, blue.tenant).await)[0], "Alice of blue");
        let again = app.apply(&company("blue", "key-of-blue").toml()).await;
        assert_eq!(
            (counts(&again), again.plan_version),
            ((0, 0, 7, 0), None),
            "one tenant's change is not the other's"
        );
    }

    async fn a_secret_is_kept_sealed_and_an_unchanged_one_is_no_change(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = company("acme", "key-of-acme").toml();
        let tenant = app.apply(&text).await.tenant;
        let alice = extensions(&app, tenant).await[0].id;
        let mut tx = app.read(tenant).await;
        let revealed = tx.reveal("pbx.extension", alice, "sip_password").await.expect("a secret");
        assert_eq!(revealed.as_deref(), Some(&b"sip-password-of-acme"[..]));
        drop(tx);
        let changed = app.apply(&text.replace("sip-password-of-acme", "another")).await;
        assert_eq!(counts(&changed), (0, 1, 6, 0));
        if let Some(file) = app.db().file() {
            for path in [file.clone(), file.with_extension("db-wal")] {
                let bytes = std::fs::read(path).unwrap_or_default();
                let holds = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
                assert!(
                    !holds(b"sip-password-of-acme") && !holds(b"key-of-acme"),
                    "a secret lies open in the file"
                );
            }
        }
    }
}
