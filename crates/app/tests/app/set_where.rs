//! Values for many records of a machine-written model in one statement: those that were meant, and no others.

use opbx_app::models::{PbxCallDraft, PbxSessionUpdateDraft, PbxSessionUpdateStatus};
use opbx_kernel::{Scope, TenantId};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{SaveError, Store, Tx};
use opbx_testkit::{on_both_databases, product_registry, two_tenants};

const MODEL: &str = "pbx.session_update";

async fn begin(store: &Store, tenant: TenantId) -> Tx {
    store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction")
}

async fn three(store: &Store, tenant: TenantId) {
    let at = "2026-03-01T12:00:00Z".parse().expect("an instant");
    let rows = (1..=3).map(|session| {
        let draft = PbxSessionUpdateDraft {
            session_id: Some(session),
            event_id: Some("a".into()),
            waiting: Some(true),
            destination: Some("1001".into()),
            status: Some(PbxSessionUpdateStatus::Ringing),
            session_created_at: Some(at),
            session_modified_at: Some(at),
            ..PbxSessionUpdateDraft::default()
        };
        draft.into_values()
    });
    let mut tx = begin(store, tenant).await;
    tx.insert_many(MODEL, rows.collect()).await.expect("rows");
    tx.commit().await.expect("it lasts");
}

async fn waiting(store: &Store, tenant: TenantId) -> u64 {
    let mut tx = begin(store, tenant).await;
    tx.count(MODEL, &Domain::eq("waiting", true)).await.expect("a count")
}

on_both_databases! {
    async fn the_records_of_a_domain_get_the_values_and_no_others_do(db: TestDb) {
        let store = db.store(product_registry()).await;
        let (red, blue) = two_tenants(&store).await;
        three(&store, red).await;
        three(&store, blue).await;
        let done = || PbxSessionUpdateDraft { waiting: Some(false), ..Default::default() }.into_values();
        let mut tx = begin(&store, red).await;
        let before = tx.statements();
        let some = Domain::is_in("session_id", [1_i64, 2]);
        assert_eq!(tx.set_where(MODEL, &some, done()).await.expect("set"), 2);
        assert_eq!(tx.statements() - before, 1, "in one statement");
        tx.commit().await.expect("it lasts");
        assert_eq!((waiting(&store, red).await, waiting(&store, blue).await), (1, 3));
    }

    async fn a_model_that_others_hear_of_is_changed_one_by_one(db: TestDb) {
        let store = db.store(product_registry()).await;
        let (red, _) = two_tenants(&store).await;
        let mut tx = begin(&store, red).await;
        let values = PbxCallDraft { steps: Some(1), ..PbxCallDraft::default() }.into_values();
        let refused = tx.set_where("pbx.call", &Domain::All, values).await;
        assert!(matches!(refused, Err(SaveError::NotMachineWritten { .. })), "{refused:?}");
    }
}
