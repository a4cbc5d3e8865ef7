//! Migration steps: run once, in order, and with every tenant's records; refused where something would be lost.

use crate::lab::{lab_with, sample, sample_but, scope, values};
use opbx_kernel::{Operator, RecordId, TenantId};
use opbx_platform::{Domain, Registry, Value};
use opbx_store::{SchemaError, Search, Store};
use opbx_testkit::{TestDb, on_both_databases, registry_with, two_tenants};

fn operator() -> Operator {
    Operator::because("a test")
}

/// The laboratory at version 2, with its sample changed and these steps.
fn second(lines: &[(&str, &str)], steps: &str) -> Registry {
    second_with(&[], lines, steps)
}

fn second_with(files: &[(&str, &str)], lines: &[(&str, &str)], steps: &str) -> Registry {
    let manifest = "name = \"lab\"\nversion = \"2.0\"\ndepends = [\"base\", \"pbx\"]\n";
    let sample = sample_but(lines);
    let mut all = vec![("module.toml", manifest), ("sample/model.toml", sample.as_str())];
    if !steps.is_empty() {
        all.push(("migrations/2.0.toml", steps));
    }
    all.extend(files);
    registry_with(vec![lab_with(&all)])
}

fn step(deed: &str, rest: &str) -> String {
    format!("[[steps]]\ndo = \"{deed}\"\n{rest}\n")
}

/// Two tenants with two samples each, whose values these are.
async fn samples(db: &TestDb, held: &[[(&str, Value); 1]; 2]) -> (TenantId, [RecordId; 2]) {
    let store = db.store(crate::lab::registry()).await;
    let (red, blue) = two_tenants(&store).await;
    let mut ids = Vec::new();
    for tenant in [red, blue] {
        let mut tx = store.begin(&scope(tenant)).await.expect("a transaction");
        for (at, more) in held.iter().enumerate() {
            let mut one = sample(&format!("s{at}"));
            one.extend(values(more.clone()));
            ids.push(tx.create("lab.sample", one).await.expect("a sample"));
        }
        tx.commit().await.expect("it lasts");
    }
    (red, [ids[0], ids[1]])
}

async fn refusals(db: &TestDb, registry: Registry) -> Vec<String> {
    let store = db.open(registry).await;
    let plan = store.schema_plan(&operator()).await.expect("a plan");
    match store.sync_schema(&operator()).await {
        Err(SchemaError::WouldLose(refusals)) => {
            assert_eq!(refusals, plan.refusals, "the plan says what will be refused");
            refusals
        }
        other => panic!("expected a refusal, found {other:?}"),
    }
}

/// Plans, does it, and makes sure that both said the same and that nothing is left to do.
async fn follow(db: &TestDb, registry: Registry) -> (Store, Vec<String>) {
    let store = db.open(registry).await;
    let plan = store.schema_plan(&operator()).await.expect("a plan");
    assert_eq!(plan.refusals, [] as [String; 0]);
    let done = store.sync_schema(&operator()).await.expect("done");
    assert_eq!(done, plan.changes);
    assert_eq!(store.sync_schema(&operator()).await.expect("nothing"), []);
    (store, done.iter().map(ToString::to_string).collect())
}

async fn held(store: &Store, tenant: TenantId, ids: &[RecordId], field: &str) -> Vec<Value> {
    let mut tx = store.read(&scope(tenant)).await.expect("a transaction");
    let rows = tx.read("lab.sample", ids, &[field]).await.expect("rows");
    rows.into_iter().map(|row| row.values[0].clone()).collect()
}

on_both_databases! {
    async fn a_renamed_field_keeps_its_values_its_index_and_its_translations(db: TestDb) {
        let (red, ids) = samples(&db, &[[("slogan", "One".into())], [("slogan", "Two".into())]]).await;
        let renamed = [("slogan", "motto = { type = \"char\", size = 60, translate = true, folded = true, index = true }")];
        let refused = refusals(&db, second(&renamed, "")).await;
        assert_eq!(
            refused,
            [
                "lab.sample.slogan is in the database, where 4 records hold a value, but no model declares it: \
                 a migration step must say what becomes of it (rename_field or drop_field)"
            ],
        );
        let rename = step("rename_field", "model = \"lab.sample\"\nfield = \"slogan\"\nto = \"motto\"");
        let (store, done) = follow(&db, second(&renamed, &rename)).await;
        assert_eq!(
            done,
            [
                "rename the field lab.sample.slogan to motto",
                "create the index lab_sample__motto__idx on lab_sample (tenant_id, motto_folded)",
            ]
        );
        assert_eq!(held(&store, red, &ids, "motto").await, ["One".into(), "Two".into()]);
        let mut tx = store.read(&scope(red)).await.expect("a transaction");
        assert_eq!(tx.count("lab.sample", &Domain::ilike("motto", "TWO")).await.expect("a count"), 1);
    }

    async fn a_renamed_list_and_a_renamed_model_keep_their_pairs_and_what_names_them(db: TestDb) {
        let store = db.store(crate::lab::registry()).await;
        let (red, _) = two_tenants(&store).await;
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        let part = tx.create("lab.part", values([("name", "p".into())])).await.expect("a part");
        let mut one = sample("a");
        let about = opbx_platform::RecordRef { model: opbx_platform::ModelName::new("lab.part").expect("a name"), id: part };
        one.extend(values([("tags", Value::Records(vec![part])), ("about", Value::Reference(about))]));
        let one = tx.create("lab.sample", one).await.expect("a sample");
        tx.set_external("lab", "the_part", "lab.part", part).await.expect("a name");
        tx.commit().await.expect("it lasts");

        let piece = "name = \"lab.piece\"\norder = \"rank desc\"\nunique = [[\"sample\", \"rank\"]]\n[fields]\n\
            name = { type = \"char\", size = 40, required = true }\n\
            rank = { type = \"integer\", default = 1, required = true }\n\
            sample = { type = \"many2one\", to = \"lab.sample\", on_delete = \"cascade\" }\n";
        let lines = [
            ("parts", "parts = { type = \"one2many\", to = \"lab.piece\", inverse = \"sample\" }"),
            ("tags", "marks = { type = \"many2many\", to = \"lab.piece\" }"),
            ("about", "about = { type = \"reference\", to = [\"lab.piece\", \"pbx.ring_group\"] }"),
            ("proof", "proof = { type = \"reference\", to = [\"lab.piece\"] }"),
        ];
        let files = [("part/model.toml", piece)];
        let refused = refusals(&db, second_with(&files, &lines, "")).await;
        assert!(
            refused.iter().any(|refusal| refusal.starts_with("the model lab.part is in the database with 1 record, but")),
            "{refused:?}"
        );
        let steps = step("rename_model", "model = \"lab.part\"\nto = \"lab.piece\"")
            + &step("rename_field", "model = \"lab.sample\"\nfield = \"tags\"\nto = \"marks\"");
        let (store, done) = follow(&db, second_with(&files, &lines, &steps)).await;
        assert_eq!(done[..2], ["rename the model lab.part to lab.piece", "rename the field lab.sample.tags to marks"]);
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        let rows = tx.read("lab.sample", &[one], &["marks", "about"]).await.expect("rows");
        let about = opbx_platform::RecordRef { model: opbx_platform::ModelName::new("lab.piece").expect("a name"), id: part };
        assert_eq!(rows[0].values, [Value::Records(vec![part]), Value::Reference(about)]);
        assert_eq!(tx.external("lab", "the_part").await.expect("an answer"), Some(("lab.piece".to_owned(), part)));
        let next = tx.create("lab.piece", values([("name", "q".into()), ("rank", Value::Int(2))])).await;
        assert!(next.expect("a piece") > part, "an id was given twice");
    }

    async fn a_field_and_a_model_are_dropped_only_when_a_step_says_so(db: TestDb) {
        let (red, ids) = samples(&db, &[[("body", "x".into())], [("level", Value::Int(1))]]).await;
        let lines = [("body", ""), ("friend", ""), ("lands", "")];
        let steps = ["body", "friend", "lands"]
            .map(|field| step("drop_field", &format!("model = \"lab.sample\"\nfield = \"{field}\"")))
            .concat();
        let refused = refusals(&db, second(&lines, "")).await;
        assert_eq!(refused.len(), 3, "{refused:?}");
        assert!(refused.iter().any(|one| one.starts_with("lab.sample.body is in the database, where 2 records hold")));
        let (store, done) = follow(&db, second(&lines, &steps)).await;
        for sentence in [
            "drop the column body of lab_sample",
            "drop the column friend of lab_sample",
            "drop the list lab.sample.lands and its table lab_sample_lands_rel",
        ] {
            assert!(done.iter().any(|change| change == sentence), "{sentence}: {done:?}");
        }
        assert_eq!(held(&store, red, &ids, "level").await, [Value::Int(3), Value::Int(1)]);
    }

    async fn a_dropped_model_goes_with_its_records(db: TestDb) {
        let store = db.store(crate::lab::registry()).await;
        let (red, _) = two_tenants(&store).await;
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        tx.create("lab.tick", values([("number", Value::Int(1))])).await.expect("a tick");
        tx.commit().await.expect("it lasts");
        let without = |steps: &str| {
            let manifest = "name = \"lab\"\nversion = \"2.0\"\ndepends = [\"base\", \"pbx\"]\n";
            let mut lab = lab_with(&[("module.toml", manifest), ("migrations/2.0.toml", steps)]);
            lab.files.retain(|(path, _)| path != "tick/model.toml" && (path != "migrations/2.0.toml" || !steps.is_empty()));
            registry_with(vec![lab])
        };
        let refused = refusals(&db, without("")).await;
        assert_eq!(
            refused,
            [
                "the model lab.tick is in the database with 1 record, but the module lab no longer declares it: a \
                 migration step must say what becomes of it (rename_model or drop_model)"
            ]
        );
        let (_, done) = follow(&db, without(&step("drop_model", "model = \"lab.tick\""))).await;
        assert_eq!(done, ["drop the model lab.tick and its table lab_tick"]);
    }

    async fn a_narrower_field_is_cut_emptied_or_refused_as_the_step_says(db: TestDb) {
        let (red, ids) = samples(&db, &[[("slogan", "Äbcdefgh".into())], [("slogan", "ab".into())]]).await;
        let shorter = [("slogan", "slogan = { type = \"char\", size = 3, translate = true, folded = true }")];
        let narrow = |unfit: &str| step("narrow", &format!("model = \"lab.sample\"\nfield = \"slogan\"\nunfit = \"{unfit}\""));
        assert_eq!(
            refusals(&db, second(&shorter, "")).await,
            [
                "lab.sample.slogan takes less than before, and 2 records hold a value that does not fit: a migration \
                 step must say what becomes of what does not (narrow)"
            ]
        );
        assert_eq!(
            refusals(&db, second(&shorter, &narrow("refuse"))).await,
            ["lab.sample.slogan takes less than before, and 2 records hold a value that does not fit"]
        );
        let (store, done) = follow(&db, second(&shorter, &narrow("truncate"))).await;
        assert_eq!(done, ["cut what does not fit lab.sample.slogan"]);
        assert_eq!(held(&store, red, &ids, "slogan").await, ["Äbc".into(), "ab".into()]);
        let mut tx = store.read(&scope(red)).await.expect("a transaction");
        let folded = tx.search("lab.sample", &Domain::ilike("slogan", "äBC"), Search::default()).await;
        assert_eq!(folded.expect("rows").len(), 1, "the folded text follows");
    }

    async fn numbers_and_options_are_narrowed_too(db: TestDb) {
        let price = |text: &str| Value::Decimal(text.parse().expect("a decimal"));
        let (red, ids) = samples(&db, &[[("price", price("-2.75"))], [("price", price("4"))]]).await;
        let whole = [
            ("price", "price = { type = \"integer\" }"),
            ("state", "state = { type = \"selection\", options = [\"done\"], default = \"done\" }"),
        ];
        let steps = |price: &str| {
            step("narrow", &format!("model = \"lab.sample\"\nfield = \"price\"\nunfit = \"{price}\""))
                + &step("narrow", "model = \"lab.sample\"\nfield = \"state\"\nunfit = \"null\"")
        };
        let refused = refusals(&db, second(&whole, &steps("refuse"))).await;
        assert_eq!(refused, ["lab.sample.price takes less than before, and 2 records hold a value that does not fit"]);
        let (store, _) = follow(&db, second(&whole, &steps("truncate"))).await;
        assert_eq!(held(&store, red, &ids, "price").await, [Value::Int(-2), Value::Int(4)]);
        assert_eq!(held(&store, red, &ids, "state").await, [Value::Null, Value::Null]);
    }

    async fn what_becomes_required_is_counted_and_filled(db: TestDb) {
        let (red, ids) = samples(&db, &[[("slogan", "Here".into())], [("slogan", "".into())]]).await;
        let required = [
            ("slogan", "slogan = { type = \"char\", size = 60, translate = true, folded = true, required = true }"),
            ("colour", "colour = { type = \"char\", size = 9, required = true }"),
        ];
        assert_eq!(
            refusals(&db, second(&required, "")).await,
            [
                "lab.sample.slogan is required from now on, but 2 records hold nothing in it: a migration step must \
                 say what they get (fill)",
                "lab.sample.colour is required from now on, but 4 records hold nothing in it: a migration step must \
                 say what they get (fill)",
            ]
        );
        let steps = step("fill", "model = \"lab.sample\"\nfield = \"slogan\"\nvalue = \"Unset\"")
            + &step("fill", "model = \"lab.sample\"\nfield = \"colour\"\nvalue = \"it's\"");
        let (store, _) = follow(&db, second(&required, &steps)).await;
        assert_eq!(held(&store, red, &ids, "slogan").await, ["Here".into(), "Unset".into()]);
        assert_eq!(held(&store, red, &ids, "colour").await, ["it's".into(), "it's".into()]);
        let mut tx = store.read(&scope(red)).await.expect("a transaction");
        assert_eq!(tx.count("lab.sample", &Domain::ilike("slogan", "UNSET")).await.expect("a count"), 1);
    }

    async fn steps_run_once_and_do_nothing_in_a_fresh_database(db: TestDb) {
        let lines = [("slogan", "motto = { type = \"char\", size = 60, translate = true, folded = true }")];
        let steps = step("rename_field", "model = \"lab.sample\"\nfield = \"slogan\"\nto = \"motto\"")
            + &step("fill", "model = \"lab.sample\"\nfield = \"motto\"\nvalue = \"filled\"");
        let store = db.store(second(&lines, &steps)).await;
        let (red, _) = two_tenants(&store).await;
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        let one = tx.create("lab.sample", sample("a")).await.expect("a sample");
        tx.commit().await.expect("it lasts");
        let (store, done) = follow(&db, second(&lines, &steps)).await;
        assert_eq!(done, [] as [String; 0]);
        assert_eq!(held(&store, red, &[one], "motto").await, [Value::Null], "the step is not due any more");
    }
}
