//! `config plan` and what is new about `config apply`: differences in names, prune, new names, adoption, secrets.

use opbx_app::apply::{Applied, ApplyError, Options, apply_with, plan};
use opbx_app::configuration::export::export;
use opbx_app::configuration::{Deed, Difference, Shown};
use opbx_kernel::TenantId;
use opbx_platform::{Value, Values};
use opbx_store::Search;
use opbx_testkit::{TestApp, company, on_both_databases};

const KEY: &str = "key-of-acme";
const HEAD: &str = "tenant = { slug = \"acme\", name = \"acme Inc.\" }\n";

fn pruning() -> Options<'static> {
    Options { prune: true, ..Options::default() }
}

async fn planned(app: &TestApp, text: &str) -> Difference {
    plan(app.store(), "test.toml", text, &Options::default()).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn applied(app: &TestApp, text: &str, options: &Options<'_>) -> Applied {
    apply_with(app.store(), "test.toml", text, options).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn refused(app: &TestApp, text: &str, options: &Options<'_>) -> String {
    let error = apply_with(app.store(), "test.toml", text, options).await.expect_err("a mistake");
    assert!(matches!(error, ApplyError::Mistakes(_)), "{error:?}");
    let planned = plan(app.store(), "test.toml", text, options).await.expect_err("a mistake");
    assert_eq!(planned.to_string(), error.to_string(), "plan and apply refuse alike");
    error.to_string()
}

/// The changes in short: sign, name and the fields.
fn changes(difference: &Difference) -> Vec<String> {
    let one = |change: &opbx_app::configuration::Change| {
        let sign = match change.deed {
            Deed::Create => '+',
            Deed::Update => '~',
            Deed::Delete => '-',
        };
        let fields: Vec<&str> = change.fields.iter().map(|field| field.field.as_str()).collect();
        format!("{sign} {}.{} {}", change.model, change.name, fields.join(",")).trim_end().to_owned()
    };
    difference.changes.iter().map(one).collect()
}

async fn names(app: &TestApp, tenant: TenantId, model: &str) -> Vec<String> {
    let search = Search { fields: &["name"], archived: true, ..Search::default() };
    let rows = app.read(tenant).await.search(model, &opbx_platform::Domain::All, search).await.expect("rows");
    let text = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    };
    rows.iter().map(|row| text(row.values.first())).collect()
}

/// Creates a record as the API would: without any name in configuration files.
async fn by_api(
    app: &TestApp,
    tenant: TenantId,
    model: &str,
    values: &[(&str, Value)],
) -> opbx_kernel::RecordId {
    let mut tx = app.begin(tenant).await;
    let values: Values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let id = tx.create(model, values).await.expect("created");
    tx.commit().await.expect("it lasts");
    id
}

on_both_databases! {
    async fn a_plan_tells_old_and_new_by_name_in_the_order_of_the_file_and_changes_nothing(db: TestDb) {
        let app = TestApp::start(db).await;
        let good = company("acme", KEY).toml();
        let fresh = planned(&app, &good).await;
        assert!(fresh.new_tenant && fresh.count(Deed::Create) == 7, "{fresh:?}");
        assert!(export(app.store(), Some("acme")).await.is_err(), "a plan leaves no tenant behind");
        app.apply(&good).await;
        let nothing = planned(&app, &good).await;
        assert!(nothing.is_empty() && nothing.unchanged == 7, "{nothing:?}");
        let text = good
            .replace("Alice of acme", "Alicia")
            .replace("sip-password-of-acme", "another-secret")
            .replace(r#"["1001", "1002"]"#, r#"["1001", "new"]"#)
            .replace("\"extension:1003\"", "\"extension:new\"")
            + "[pbx.extension.new]\nnumber = \"1009\"\nname = \"New\"\n";
        let difference = planned(&app, &text).await;
        assert_eq!(changes(&difference), [
            "~ pbx.extension.1001 name,sip_password",
            "~ pbx.ring_group.sales fallback,members",
            "+ pbx.extension.new number,name",
        ]);
        let one = |text: &str| Some(Shown::One(format!("\"{text}\"")));
        let name = &difference.changes[0].fields[0];
        assert_eq!((name.old.clone(), name.new.clone()), (one("Alice of acme"), one("Alicia")));
        let secret = &difference.changes[0].fields[1];
        assert_eq!((secret.secret, &secret.old, &secret.new), (true, &None, &None));
        let group = &difference.changes[1].fields;
        assert_eq!((group[0].old.clone(), group[0].new.clone()), (one("extension:1003"), one("extension:new")));
        let list = |items: &[&str]| Some(Shown::List(items.iter().map(|item| format!("\"{item}\"")).collect()));
        assert_eq!((group[1].old.clone(), group[1].new.clone()), (list(&["1001", "1002"]), list(&["1001", "new"])));
        let told = serde_json::to_string(&difference).expect("JSON");
        assert!(!told.contains("another-secret") && !told.contains("sip-password"), "{told}");
        assert!(planned(&app, &good).await.is_empty(), "and nothing was changed");
        let done = app.apply(&text).await;
        assert_eq!((done.created, done.updated, done.deleted), (1, 2, 1));
        assert!(planned(&app, &text).await.is_empty());
    }

    async fn what_the_file_does_not_name_is_listed_as_kept_and_deleted_by_prune(db: TestDb) {
        let app = TestApp::start(db).await;
        let good = company("acme", KEY).toml();
        let tenant = app.apply(&good).await.tenant;
        let text = good.replace("turns = 1\n", "");
        let text = text.split("[pbx.number.main]").next().expect("a head").replace("timeout_s = 20\n", "");
        let kept = planned(&app, &text).await;
        assert!(kept.is_empty(), "{kept:?}");
        let listed: Vec<String> =
            kept.kept.iter().map(|one| format!("{}.{} {:?}", one.model, one.name, one.field)).collect();
        assert_eq!(listed, [
            "pbx.ring_group.sales Some(\"timeout_s\")",
            "pbx.ring_group.sales Some(\"turns\")",
            "pbx.number.main None",
        ]);
        let difference = plan(app.store(), "test.toml", &text, &pruning()).await.expect("a plan");
        assert_eq!(changes(&difference), ["~ pbx.ring_group.sales timeout_s,turns", "- pbx.number.main"]);
        let done = applied(&app, &text, &pruning()).await;
        assert_eq!((done.created, done.updated, done.deleted), (0, 1, 1));
        assert!(names(&app, tenant, "pbx.number").await.is_empty());
        let again = applied(&app, &text, &pruning()).await;
        assert_eq!((again.updated, again.deleted, again.plan_version), (0, 0, None));
        let mut tx = app.read(tenant).await;
        let alice = tx.external("config", "pbx.extension.1001").await.expect("read").expect("Alice").1;
        assert!(tx.reveal("pbx.extension", alice, "sip_password").await.expect("read").is_some(), "secrets stay");
    }

    async fn pruning_says_who_still_refers_and_deletes_circles_together(db: TestDb) {
        let app = TestApp::start(db).await;
        let circle = "[pbx.ring_group.a]\nname = \"A\"\nfallback = \"ring_group:b\"\n\
            [pbx.ring_group.b]\nname = \"B\"\nfallback = \"ring_group:a\"\n";
        let good = company("acme", KEY).more(circle).toml();
        let tenant = app.apply(&good).await.tenant;
        let done = applied(&app, &company("acme", KEY).toml(), &pruning()).await;
        assert_eq!(done.deleted, 2, "a circle goes as one");
        // The company keeps 1003 as its fallback, though this file does not say so: a field of another record.
        let less = good.replace(circle, "").replace("[pbx.extension.1003]\nnumber = \"1003\"\nname = \"Carol of acme\"\n", "");
        let mistake = refused(&app, &less, &pruning()).await;
        assert!(mistake.contains("1003") && mistake.contains("pbx.extension"), "{mistake}");
        let owner = [
            ("name", "Owner".into()),
            ("email", "owner@acme.example".into()),
            ("groups", Value::Records(vec![app.read(tenant).await.external("base", "group_owner").await.expect("read").expect("a group").1])),
        ];
        by_api(&app, tenant, "res.users", &owner).await;
        let mistake = refused(&app, &company("acme", KEY).toml(), &pruning()).await;
        assert!(mistake.contains("last owner") && mistake.contains("res.users.owner"), "{mistake}");
    }

    async fn who_stays_and_refers_stands_in_the_way_of_pruning(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        // A user belongs to a company that the file does not name.
        let two = format!("{}[res.company.two]\nname = \"Two\"\ncountry = \"base.us\"\n\
            [res.users.bob]\nname = \"Bob\"\nemail = \"bob@acme.example\"\ncompany = \"two\"\n", HEAD);
        app.apply(&two).await;
        let text = format!("{}[res.users.bob]\nname = \"Bob\"\nemail = \"bob@acme.example\"\ncompany = \"two\"\n", company("acme", KEY).toml());
        let mistake = refused(&app, &text, &pruning()).await;
        assert!(mistake.contains("cannot prune") && mistake.contains("res.users.bob.company names res.company.two"), "{mistake}");
        assert_eq!(names(&app, tenant, "res.company").await.len(), 2, "nothing was deleted");
    }

    async fn a_record_changes_its_name_by_renamed_from(db: TestDb) {
        let app = TestApp::start(db).await;
        let good = company("acme", KEY).toml();
        let tenant = app.apply(&good).await.tenant;
        let before = app.read(tenant).await.external("config", "pbx.ring_group.sales").await.expect("read");
        let text = good
            .replace("[pbx.ring_group.sales]", "[pbx.ring_group.team]\nrenamed_from = \"sales\"")
            .replace("ring_group:sales", "ring_group:team");
        let difference = planned(&app, &text).await;
        assert_eq!(changes(&difference), ["~ pbx.ring_group.team"]);
        assert_eq!(difference.changes[0].renamed_from.as_deref(), Some("sales"));
        let done = app.apply(&text).await;
        assert_eq!((done.created, done.updated, done.deleted), (0, 1, 0));
        let mut tx = app.read(tenant).await;
        assert_eq!(tx.external("config", "pbx.ring_group.team").await.expect("read"), before);
        assert_eq!(tx.external("config", "pbx.ring_group.sales").await.expect("read"), None);
        drop(tx);
        let again = app.apply(&text).await;
        assert_eq!((again.created, again.updated, again.plan_version), (0, 0, None), "the line may stay");
        let mistake = refused(&app, &good, &Options::default()).await;
        assert!(mistake.contains("renamed_from = \"team\""), "{mistake}");
    }

    async fn unique_values_move_from_one_record_to_another(db: TestDb) {
        let app = TestApp::start(db).await;
        let groups = |a: &str, b: &str, more: &str| {
            format!("{}{more}\n[pbx.ring_group.a]\nname = \"{a}\"\n[pbx.ring_group.b]\nname = \"{b}\"\n", HEAD)
        };
        app.apply(&format!("{}{}", company("acme", KEY).toml(), groups("One", "Two", "").replace(HEAD, ""))).await;
        let done = app.apply(&groups("Two", "Three", "[pbx.ring_group.c]\nname = \"One\"")).await;
        assert_eq!((done.created, done.updated), (1, 2), "each after the one that lets go");
        let mistake = refused(&app, &groups("Three", "Two", ""), &Options::default()).await;
        assert!(mistake.contains("exchange"), "{mistake}");
    }

    async fn records_made_by_the_api_are_exported_changed_and_updated_not_doubled(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let user = by_api(&app, tenant, "res.users", &[("name", "Zoë Müller".into()), ("email", "zoe@acme.example".into())]).await;
        let phone = [("number", "2001".into()), ("name", "Zoë Müller".into()), ("user", Value::Record(user))];
        by_api(&app, tenant, "pbx.extension", &phone).await;
        by_api(&app, tenant, "pbx.extension", &[("number", "2002".into()), ("name", "Zoe Muller".into())]).await;
        let first = export(app.store(), None).await.expect("an export");
        assert_eq!(first.named, 3);
        assert!(first.text.contains("[res.users.zoe-muller]\n"), "{}", first.text);
        assert!(first.text.contains("[pbx.extension.zoe-muller-2]\nnumber = \"2002\""), "{}", first.text);
        assert!(first.text.contains("user = \"zoe-muller\""), "{}", first.text);
        assert!(!first.text.contains("sip-password") && first.text.contains("# sip_password is set"), "{}", first.text);
        let second = export(app.store(), Some("acme")).await.expect("an export");
        assert_eq!((second.text.as_str(), second.named), (first.text.as_str(), 0));
        assert!(planned(&app, &first.text).await.is_empty());
        let text = first.text.replace("name = \"Zoe Muller\"", "name = \"Zoe M.\"");
        let done = app.apply(&text).await;
        assert_eq!((done.created, done.updated, done.deleted), (0, 1, 0));
        // A file written by hand, before anybody exported.
        let id = by_api(&app, tenant, "pbx.extension", &[("number", "2003".into()), ("name", "Max".into())]).await;
        let by_hand = format!("{HEAD}[pbx.extension.max-phone]\nnumber = \"2003\"\nname = \"Max\"\n");
        assert!(planned(&app, &by_hand).await.is_empty());
        assert_eq!(app.apply(&by_hand).await.unchanged, 1);
        let known = app.read(tenant).await.external("config", "pbx.extension.max-phone").await.expect("read");
        assert_eq!(known, Some(("pbx.extension".to_owned(), id)));
    }

    async fn a_secret_comes_from_the_environment_and_can_be_unset(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = company("acme", KEY).toml();
        let tenant = app.apply(&text).await.tenant;
        let from_env = text.replace("\"sip-password-of-acme\"", "{ env = \"ALICE_SIP\" }");
        let mistake = refused(&app, &from_env, &Options::default()).await;
        assert!(mistake.contains("ALICE_SIP is not set"), "{mistake}");
        let known = |name: &str| (name == "ALICE_SIP").then(|| "sip-password-of-acme".to_owned());
        let options = Options { environment: &known, ..Options::default() };
        assert_eq!(applied(&app, &from_env, &options).await.updated, 0, "the same secret");
        let wrong = text.replace("\"sip-password-of-acme\"", "{ enf = \"ALICE_SIP\" }");
        assert!(refused(&app, &wrong, &options).await.contains("{ env = \"NAME\" }"));
        let unset = text.replace("\"sip-password-of-acme\"", "\"\"");
        assert_eq!(app.apply(&unset).await.updated, 1);
        assert_eq!(app.apply(&unset).await.updated, 0);
        let mut tx = app.read(tenant).await;
        let alice = tx.external("config", "pbx.extension.1001").await.expect("read").expect("Alice").1;
        assert_eq!(tx.reveal("pbx.extension", alice, "sip_password").await.expect("read"), None);
    }

    async fn another_tenant_is_meant_only_where_it_is_said(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = company("acme", KEY).toml();
        app.apply(&text).await;
        let options = Options { tenant: Some("branch"), ..Options::default() };
        let done = applied(&app, &text.replace(KEY, "key-of-branch"), &options).await;
        assert_eq!((done.slug.as_str(), done.created), ("branch", 7));
        let renamed = text.replace("acme Inc.\" }", "Renamed\" }");
        assert!(plan(app.store(), "test.toml", &renamed.replace(KEY, "key-of-branch"), &options).await.expect("a plan").is_empty());
        assert_eq!(planned(&app, &renamed).await.renamed_tenant, Some(("acme Inc.".to_owned(), "Renamed".to_owned())));
    }

    async fn mistakes_of_every_sort_are_told_together_and_counted_beyond_fifty(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = company("acme", KEY)
            .toml()
            .replace("timeout_s = 20", "timeuot_s = 20")
            .replace("\"extension:1003\"", "\"extension:1033\"")
            .replace("number = \"1002\"", "number = \"1001\"")
            .replace("number = \"1003\"", "number = \"911\"");
        let mistake = refused(&app, &text, &Options::default()).await;
        assert_eq!(mistake.lines().count(), 4, "{mistake}");
        for said in ["timeuot_s", "did you mean `1003`?", "same number: pbx.extension.1001 on line", "911"] {
            assert!(mistake.contains(said), "{said}: {mistake}");
        }
        let many: String = (0..60).map(|n| format!("[pbx.extension.x{n}]\nnumber = \"{}\"\nname = \"X\"\nuser = \"nobody\"\n", 3000 + n)).collect();
        let mistake = refused(&app, &company("acme", KEY).more(&many).toml(), &Options::default()).await;
        assert_eq!(mistake.lines().count(), 51, "{mistake}");
        assert!(mistake.ends_with("and 10 more mistakes"), "{mistake}");
    }

    async fn the_guide_can_be_applied_as_it_is_printed(db: TestDb) {
        let app = TestApp::start(db).await;
        let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        let guide = std::fs::read_to_string(guide).expect("the guide");
        let blocks: Vec<&str> =
            guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(blocks.len() >= 2, "the guide shows files");
        let known = |name: &str| (name == "ACME_REQUESTS_KEY").then(|| "from-the-environment".to_owned());
        let options = Options { environment: &known, ..Options::default() };
        for block in &blocks {
            let done = applied(&app, block, &options).await;
            assert!(done.created + done.updated > 0, "it says something new: {block}");
            let again = applied(&app, block, &options).await;
            assert_eq!((again.created, again.updated, again.plan_version), (0, 0, None), "{block}");
        }
        let written = export(app.store(), None).await.expect("an export").text;
        assert!(written.contains("[pbx.ring_group.sales-team]"), "{written}");
        assert!(planned(&app, &written).await.is_empty());
    }

    async fn thousands_of_records_are_one_transaction(db: TestDb) {
        let app = TestApp::start(db).await;
        let count = 2_500;
        let mut text = company("acme", KEY).toml();
        for n in 0..count {
            text += &format!("[pbx.extension.e{n}]\nnumber = \"{}\"\nname = \"Person {n}\"\nsip_password = \"p{n}\"\n", 10_000 + n);
        }
        let done = app.apply(&text).await;
        assert_eq!((done.created, done.plan_version), (7 + count, Some(1)));
        let again = app.apply(&text).await;
        assert_eq!((again.unchanged, again.plan_version), (7 + count, None));
    }
}
