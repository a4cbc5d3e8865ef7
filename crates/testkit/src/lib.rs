//! What tests stand on: databases of their own on both engines, tenants in them, and a whole node in process.

mod app;
mod databases;
mod desk;
mod receiver;
mod registries;
mod s3;
mod smtp;

pub use app::{
    Ask, Browser, Company, DOMAIN_KEY, Frame, Heard, Person, Reply, StoredCall, TestApp, WAIT_MAX, company,
    eventually, fetcher, socket_refused,
};
pub use databases::{Engine, POSTGRES_ENV, TestDb};
pub use desk::{BOSS, CLERK, desk, desk_registry};
pub use opbx_cluster::Cluster;
pub use opbx_fake_cloudonix as fake_cloudonix;
pub use opbx_http::{Files, HttpConfig};
pub use opbx_store::{INSERT_MANY_MAX, Search};
pub use opbx_telephony::Entry;
pub use opbx_telephony::backend::{
    CarrierTrunk, DomainFacts, SimulatedBackend, SimulatedDomain, Voice as CarrierVoice,
};
pub use receiver::{Received, Receiver};
pub use registries::{models_of, module, product_registry, registry_with};
pub use s3::TestBucket;
pub use smtp::{MailPart, ReceivedMail, SmtpServer};

use opbx_kernel::{Operator, TenantId};
use opbx_platform::{Value, Values};
use opbx_store::Store;

/// Creates two tenants, "red" and "blue", who should never meet.
pub async fn two_tenants(store: &Store) -> (TenantId, TenantId) {
    (tenant(store, "red").await, tenant(store, "blue").await)
}

/// Creates a tenant whose name is its slug.
pub async fn tenant(store: &Store, slug: &str) -> TenantId {
    let values =
        Values::from([("name".to_owned(), Value::from(slug)), ("slug".to_owned(), Value::from(slug))]);
    store
        .create_tenant(&Operator::because("a test needs a tenant"), values)
        .await
        .expect("a tenant is created")
}

/// Runs each test on both databases, as the tests `name::sqlite` and `name::postgres`.
///
/// A test is an `async fn name(db: TestDb)`; its database is dropped when it ends, however it ends.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDb) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a test takes from its file what it needs")]
            use super::*;

            $(#[$attribute])*
            async fn run($db: $crate::TestDb) $body

            #[tokio::test]
            async fn sqlite() {
                run($crate::TestDb::create($crate::Engine::Sqlite).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                run($crate::TestDb::create($crate::Engine::Postgres).await).await;
            }
        }
    )+};
}
