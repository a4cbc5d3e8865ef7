//! Mistakes in a configuration file: each names file and line and says what to do, and nothing changes.

use opbx_app::apply::ApplyError;
use opbx_kernel::Operator;
use opbx_platform::Domain;
use opbx_testkit::{TestApp, company, on_both_databases};

const KEY: &str = "key-of-acme";

/// A change of the good file that makes it wrong: what is replaced by what, and what the mistake must say.
struct Mistake {
    from: &'static str,
    to: &'static str,
    /// A piece of the line that must be named.
    at: &'static str,
    says: &'static [&'static str],
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        from: "timeout_s = 20",
        to: "timeuot_s = 20",
        at: "timeuot_s",
        says: &["`timeuot_s`", "did you mean `timeout_s`?"],
    },
    Mistake {
        from: "timeout_s = 20",
        to: "timeout_s = \"long\"",
        at: "\"long\"",
        says: &["timeout_s", "a whole number"],
    },
    Mistake { from: "timeout_s = 20", to: "timeout_s = 4", at: "timeout_s", says: &["timeout_s", "5"] },
    Mistake {
        from: "\"sequential\"",
        to: "\"sequentail\"",
        at: "strategy",
        says: &["`strategy`", "sequential"],
    },
    Mistake {
        from: "name = \"Bob of acme\"",
        to: "",
        at: "[pbx.extension.1002]",
        says: &["`name` is missing", "required"],
    },
    Mistake {
        from: "\"extension:1003\"",
        to: "\"extension:1033\"",
        at: "fallback",
        says: &["1033", "pbx.extension"],
    },
    Mistake {
        from: "\"ring_group:sales\"",
        to: "\"extension:sales\"",
        at: "destination",
        says: &["sales", "pbx.ring_group", "pbx.extension"],
    },
    Mistake { from: "\"ring_group:sales\"", to: "\"fax:sales\"", at: "destination", says: &["fax"] },
    Mistake {
        from: "\"ring_group:sales\"",
        to: "\"voicemail:sales\"",
        at: "destination",
        says: &["voicemail"],
    },
    Mistake { from: "\"base.us\"", to: "\"base.xx\"", at: "country", says: &["base.xx", "res.country"] },
    Mistake {
        from: "number = \"1002\"",
        to: "number = \"1001\"",
        at: "number = \"1001\"",
        says: &["same number"],
    },
    Mistake {
        from: "number = \"1002\"",
        to: "number = \"911\"",
        at: "number = \"911\"",
        says: &["911", "emergency"],
    },
    Mistake { from: "number = \"1002\"", to: "number = \"10\"", at: "number = \"10\"", says: &["number"] },
    Mistake { from: "\"+12125550100\"", to: "\"2125550100\"", at: "2125550100", says: &["number", "E.164"] },
    Mistake {
        from: "[pbx.ring_group.sales]",
        to: "[pbx.ring_groop.sales]",
        at: "[pbx.ring_groop.sales]",
        says: &["pbx.ring_groop", "did you mean `pbx.ring_group`?"],
    },
    Mistake {
        from: "[pbx.ring_group.sales]",
        to: "[pbx.call.sales]",
        at: "[pbx.call.sales]",
        says: &["pbx.call", "not configured"],
    },
    Mistake {
        from: "[pbx.ring_group.sales]",
        to: "[res.country.sales]",
        at: "[res.country.sales]",
        says: &["res.country", "not configured"],
    },
    Mistake {
        from: "[pbx.number.main]",
        to: "[pbx.number.\"ma in\"]",
        at: "[pbx.number",
        says: &["`ma in`", "letters, digits"],
    },
    Mistake { from: "slug = \"acme\"", to: "slug = \"No Slug\"", at: "tenant", says: &["slug"] },
    Mistake { from: "slug = \"acme\", ", to: "", at: "tenant", says: &["slug"] },
    Mistake {
        from: "slug = \"acme\", ",
        to: "slug = \"acme\", color = \"red\", ",
        at: "tenant",
        says: &["color"],
    },
    Mistake { from: "turns = 1", to: "turns = = 1", at: "turns", says: &[] },
    Mistake { from: "turns = 1", to: "turns = 1\nturns = 2", at: "turns = 2", says: &["duplicate"] },
];

/// The line, from 1, on which a piece of the text stands last.
fn line_of(text: &str, piece: &str) -> usize {
    let found = text.lines().enumerate().filter(|(_, line)| line.contains(piece)).last();
    found.unwrap_or_else(|| panic!("{piece} is not in the file")).0 + 1
}

/// What the tenants are, with their plan versions.
async fn tenants(app: &TestApp) -> Vec<(String, i64)> {
    let all = app.store().tenants(&Operator::because("a test")).await.expect("tenants");
    all.into_iter().map(|tenant| (tenant.slug, tenant.plan_version)).collect()
}

fn mistaken(good: &str, mistake: &Mistake) -> (String, String) {
    assert!(good.contains(mistake.from), "{} is not in the file", mistake.from);
    let text = good.replacen(mistake.from, mistake.to, 1);
    let place = format!("test.toml:{}: ", line_of(&text, mistake.at));
    (text, place)
}

on_both_databases! {
    async fn each_mistake_names_its_line_and_leaves_no_tenant_behind(db: TestDb) {
        let app = TestApp::start(db).await;
        let good = company("acme", KEY).toml();
        for mistake in MISTAKES {
            let (text, place) = mistaken(&good, mistake);
            let error =
                app.try_apply(&text).await.err().unwrap_or_else(|| panic!("{} was taken", mistake.to));
            assert!(matches!(error, ApplyError::Mistakes(_)), "{error:?}");
            let error = error.to_string();
            let lines: Vec<&str> = error.lines().filter(|line| line.starts_with(&place)).collect();
            assert!(!lines.is_empty(), "expected {place}{}: {error}", mistake.to);
            for word in mistake.says {
                assert!(
                    lines.iter().any(|line| line.contains(word)),
                    "{word:?} is not said of {}: {error}",
                    mistake.to
                );
            }
            for secret in [KEY, "sip-password"] {
                assert!(!error.contains(secret), "a secret is shown: {error}");
            }
            assert_eq!(tenants(&app).await, [], "a tenant was left behind by {}", mistake.to);
        }
        assert_eq!(app.apply(&good).await.created, 7, "and the good file is still taken");
    }

    async fn a_mistake_changes_nothing_of_a_tenant_that_exists(db: TestDb) {
        let app = TestApp::start(db).await;
        let good = company("acme", KEY).toml();
        let tenant = app.apply(&good).await.tenant;
        let names = async || {
            let mut tx = app.read(tenant).await;
            let search = opbx_store::Search { fields: &["number", "name"], ..Default::default() };
            tx.search("pbx.extension", &Domain::All, search).await.expect("rows")
        };
        let before = names().await;
        // Everything before the mistake is a change that would be made.
        let text =
            good.replace("Alice of acme", "Changed").replace("\"extension:1003\"", "\"extension:1033\"");
        app.try_apply(&text).await.expect_err("a mistake");
        assert_eq!(names().await, before);
        assert_eq!(tenants(&app).await, [("acme".to_owned(), 1)]);
        let taken =
            good.replace("Alice of acme", "Changed").replace("number = \"1002\"", "number = \"1001\"");
        let error = app.try_apply(&taken).await.expect_err("a number of an existing record").to_string();
        assert!(error.contains("cannot change once the record exists"), "{error}");
        assert_eq!(names().await, before);
    }

    async fn all_mistakes_of_a_file_are_told_at_once(db: TestDb) {
        let app = TestApp::start(db).await;
        let text = company("acme", KEY)
            .toml()
            .replace("timeout_s = 20", "timeout = 20")
            .replace("turns = 1", "turn = 1");
        let error = app.try_apply(&text).await.expect_err("two mistakes").to_string();
        assert_eq!(error.lines().count(), 2, "{error}");
        assert!(error.contains("`timeout`") && error.contains("`turn`"), "{error}");
    }

    async fn a_file_cannot_name_the_records_of_another_tenant(db: TestDb) {
        let app = TestApp::start(db).await;
        app.apply(&company("red", "key-of-red").toml()).await;
        let text = "tenant = { slug = \"blue\", name = \"Blue\" }\n\
            [res.company.main]\nname = \"Blue\"\ncountry = \"base.us\"\n\
            [pbx.number.main]\nnumber = \"+12125550100\"\ndestination = \"ring_group:sales\"\n";
        let error = app.try_apply(text).await.expect_err("red's group").to_string();
        assert!(error.starts_with("test.toml:7: ") && error.contains("sales"), "{error}");
        assert_eq!(tenants(&app).await.len(), 1);
    }

    async fn a_name_that_stood_for_a_deleted_record_makes_a_new_one(db: TestDb) {
        let app = TestApp::start(db).await;
        let good = company("acme", KEY).toml();
        let tenant = app.apply(&good).await.tenant;
        let mut tx = app.begin(tenant).await;
        let (_, bob) = tx.external("config", "pbx.extension.1002").await.expect("an answer").expect("Bob");
        tx.delete("pbx.extension", bob).await.expect("deleted, and its membership with it");
        tx.commit().await.expect("it lasts");
        let again = app.apply(&good).await;
        assert_eq!((again.created, again.updated), (1, 1), "Bob is made anew and is a member again");
    }

    async fn a_name_that_is_too_long_to_be_kept_says_so(db: TestDb) {
        let app = TestApp::start(db).await;
        let named = |len: usize| {
            let name = "n".repeat(len);
            company("acme", KEY)
                .more(&format!("[pbx.extension.{name}]\nnumber = \"1009\"\nname = \"X\""))
                .toml()
        };
        for len in [87, 100, 101] {
            let text = named(len);
            let error = app.try_apply(&text).await.expect_err("too long").to_string();
            assert!(error.starts_with(&format!("test.toml:{}: ", line_of(&text, "nnn"))), "{error}");
            assert!(error.contains("at most 86"), "{error}");
        }
        assert_eq!(app.apply(&named(86)).await.created, 8);
        assert_eq!(app.apply(&named(86)).await.unchanged, 8);
    }
}
