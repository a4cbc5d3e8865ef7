//! Number sequences: without a double whoever asks at the same moment, and without a hole where that is promised.

use opbx_app::records::{self, RecordError};
use opbx_app::records::{Broken, RuleError};
use opbx_app::sequences::{self, SequenceError};
use opbx_kernel::{Scope, TenantId, Timestamp};
use opbx_platform::Values;
use opbx_store::{SaveError, Store};
use opbx_testkit::{TestApp, company, on_both_databases};
use std::collections::BTreeSet;

const CLIENTS: usize = 8;
const EACH: usize = 6;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

async fn acme(app: &TestApp, more: &str) -> TenantId {
    app.apply(&company("acme", "key-of-acme").more(more).toml()).await.tenant
}

fn scope(tenant: TenantId) -> Scope {
    Scope::system(tenant, "a test")
}

async fn taken(store: &Store, tenant: TenantId, code: &str, when: &str) -> Result<String, SequenceError> {
    let mut tx = store.begin(&scope(tenant)).await.expect("a transaction");
    let number = sequences::next(&mut tx, code, at(when)).await?;
    tx.commit().await.expect("it lasts");
    Ok(number)
}

/// Takes numbers from eight sides at once, every third in vain; answers those that lasted.
async fn rush(store: &Store, tenant: TenantId, code: &'static str) -> Vec<i64> {
    let clients = (0..CLIENTS).map(|client| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut lasting: Vec<i64> = Vec::new();
            for turn in 0..EACH {
                let mut tx = store.begin(&scope(tenant)).await.expect("a transaction");
                let number =
                    sequences::next(&mut tx, code, at("2026-03-01T12:00:00Z")).await.expect("a number");
                if (client + turn) % 3 == 0 {
                    drop(tx);
                } else {
                    tx.commit().await.expect("it lasts");
                    lasting.push(number.parse().expect("a bare number"));
                }
            }
            lasting
        })
    });
    let mut all = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        all.extend(client.await.expect("a client ends well"));
    }
    all
}

on_both_databases! {
    async fn eight_transactions_at_once_leave_no_hole_in_a_gapless_sequence(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant =
            acme(&app, "[ir.sequence.t]\nname = \"T\"\ncode = \"test\"\nkind = \"gapless\"\n").await;
        let mut numbers = rush(app.store(), tenant, "test").await;
        numbers.sort_unstable();
        let lasting = i64::try_from(CLIENTS * EACH * 2 / 3).expect("a small number");
        assert_eq!(numbers, (1..=lasting).collect::<Vec<_>>());
    }

    async fn eight_transactions_at_once_get_no_number_of_a_standard_sequence_twice(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = acme(&app, "[ir.sequence.t]\nname = \"T\"\ncode = \"test\"\n").await;
        let numbers = rush(app.store(), tenant, "test").await;
        let different: BTreeSet<i64> = numbers.iter().copied().collect();
        assert_eq!((numbers.len(), different.len()), (CLIENTS * EACH * 2 / 3, CLIENTS * EACH * 2 / 3));
        let last = different.last().copied().expect("numbers");
        assert!(last <= i64::try_from(CLIENTS * EACH).expect("a small number"), "{last}");
    }

    async fn numbers_have_prefix_padding_and_begin_again_with_the_companys_year(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = acme(
            &app,
            "[ir.sequence.invoice]\nname = \"Invoices\"\ncode = \"invoice\"\nprefix = \"INV/{year}/\"\n\
             suffix = \"-{month}\"\npadding = 5\nfirst = 100\nstep = 10\nrestart = \"yearly\"\n\
             [ir.sequence.ticket]\nname = \"Tickets\"\ncode = \"ticket\"\nrestart = \"monthly\"\n",
        )
        .await;
        let store = app.store();
        let next = async |code, when| taken(store, tenant, code, when).await.expect("a number");
        assert_eq!(next("invoice", "2026-12-01T12:00:00Z").await, "INV/2026/00100-12");
        assert_eq!(next("invoice", "2026-12-02T12:00:00Z").await, "INV/2026/00110-12");
        assert_eq!(next("invoice", "2027-06-01T00:00:00Z").await, "INV/2027/00100-06");
        // A number of the old year, late: its counter goes on.
        assert_eq!(next("invoice", "2026-12-31T23:59:59Z").await, "INV/2026/00120-12");
        assert_eq!(next("ticket", "2026-01-31T12:00:00Z").await, "1");
        assert_eq!(next("ticket", "2026-02-01T12:00:00Z").await, "1");
        assert_eq!(next("ticket", "2026-02-01T12:00:00Z").await, "2");
    }

    async fn the_year_begins_where_the_company_is(db: TestDb) {
        let app = TestApp::start(db).await;
        let more = "[ir.sequence.t]\nname = \"T\"\ncode = \"t\"\nprefix = \"{year}-{month}-{day}/\"\n\
                    restart = \"yearly\"\n";
        let text = company("acme", "key-of-acme").more(more).toml();
        let text = text.replace("country = \"base.us\"", "country = \"base.us\"\ntime_zone = \"America/New_York\"");
        let tenant = app.apply(&text).await.tenant;
        let number = taken(app.store(), tenant, "t", "2027-01-01T02:00:00Z").await.expect("a number");
        assert_eq!(number, "2026-12-31/1");
        let number = taken(app.store(), tenant, "t", "2027-01-01T05:00:00Z").await.expect("a number");
        assert_eq!(number, "2027-01-01/1");
    }

    async fn a_company_counts_for_itself_and_the_others_together(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = acme(
            &app,
            "[res.company.second]\nname = \"Second\"\ncountry = \"base.be\"\n\
             [ir.sequence.all]\nname = \"All\"\ncode = \"t\"\nprefix = \"A\"\n\
             [ir.sequence.own]\nname = \"Own\"\ncode = \"t\"\nprefix = \"B\"\ncompany = \"second\"\n",
        )
        .await;
        let store = app.store();
        assert_eq!(taken(store, tenant, "t", "2026-03-01T12:00:00Z").await.expect("a number"), "A1");
        let mut tx = app.begin(tenant).await;
        let (_, second) =
            tx.external("config", "res.company.second").await.expect("an answer").expect("a company");
        let own = sequences::next_for(&mut tx, "t", at("2026-03-01T12:00:00Z"), Some(second)).await;
        assert_eq!(own.expect("a number"), "B1");
        let model = store.registry().model("ir.sequence").expect("a known model");
        let same = Values::from([("name".to_owned(), "X".into()), ("code".to_owned(), "t".into())]);
        let refused = records::create(&mut tx, model, same).await;
        let is_taken = matches!(refused, Err(RecordError::Rule(RuleError { ref field, broken: Broken::SequenceTaken, .. })) if field == "code");
        assert!(is_taken, "{refused:?}");
    }

    async fn what_cannot_be_numbered_says_why(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = acme(
            &app,
            "[ir.sequence.off]\nname = \"Off\"\ncode = \"off\"\nactive = false\n\
             [ir.sequence.t]\nname = \"T\"\ncode = \"t\"\n",
        )
        .await;
        for code in ["nothing", "off"] {
            let absent = taken(app.store(), tenant, code, "2026-03-01T12:00:00Z").await;
            assert!(matches!(absent, Err(SequenceError::NoSequence { .. })), "{absent:?}");
        }
        let other = app.apply(&company("other", "key-of-other").toml()).await.tenant;
        let absent = taken(app.store(), other, "t", "2026-03-01T12:00:00Z").await;
        assert!(matches!(absent, Err(SequenceError::NoSequence { .. })), "another tenant's: {absent:?}");
        let mistake = app
            .try_apply(&company("acme", "key-of-acme").more(
                "[ir.sequence.t]\nname = \"T\"\ncode = \"t\"\nprefix = \"{yeer}\"\n",
            ).toml())
            .await;
        let said = mistake.expect_err("a placeholder that stands for nothing").to_string();
        assert!(said.contains("prefix") && said.contains("{yeer}") && said.contains("{year}"), "{said}");
        let mut tx = app.read(tenant).await;
        let only_read = sequences::next(&mut tx, "t", at("2026-03-01T12:00:00Z")).await;
        assert!(matches!(only_read, Err(SequenceError::Save(SaveError::ReadOnly))), "{only_read:?}");
    }
}
