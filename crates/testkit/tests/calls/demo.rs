//! The demo company on a node that a fake Cloudonix calls.

use jiff::{SignedDuration, Timestamp};
use opbx_kernel::{Clock as _, TenantId};
use opbx_testkit::fake_cloudonix::{Chaos, FakeCloudonix, NewCall, Played};
use opbx_testkit::{TestApp, TestDb};

const COMPANY: &str = include_str!("../../../app/data/company.toml");
const KEY: &str = "requests-key-of-the-demo";
pub(crate) const DOMAIN: &str = "demo.cloudonix.example";
const DOMAIN_LINE: &str = "domain_name = \"demo.cloudonix.example\"";
pub(crate) const EXTENSIONS: [&str; 4] = ["1000", "1001", "1002", "1003"];
const TRUNKS: [&str; 2] = ["demo-trunk", "demo-trunk-2"];

/// Five past ten on a Tuesday in New York: the office is open.
pub(crate) const OPEN: &str = "2026-03-03T10:05:00-05:00";
/// The evening of the same day.
pub(crate) const CLOSED: &str = "2026-03-03T19:30:00-05:00";

pub(crate) struct Demo {
    pub(crate) app: TestApp,
    pub(crate) tenant: TenantId,
    pub(crate) fake: FakeCloudonix,
}

impl Demo {
    pub(crate) async fn at(db: TestDb, at: &str) -> Self {
        Self::started(db, at, async |app| app.carrier(DOMAIN, KEY).await).await
    }

    /// With webhooks that tell of each call.
    pub(crate) async fn with_webhooks(db: TestDb, at: &str) -> Self {
        Self::started(db, at, async |app| app.telling_carrier(DOMAIN, KEY, None).await).await
    }

    /// With webhooks that come twice, late and in any order.
    pub(crate) async fn with_chaos(db: TestDb, at: &str, seed: u64) -> Self {
        Self::started(db, at, async |app| app.telling_carrier(DOMAIN, KEY, Some(Chaos::of(seed))).await).await
    }

    async fn started(db: TestDb, at: &str, carrier: impl AsyncFnOnce(&TestApp) -> FakeCloudonix) -> Self {
        let at: Timestamp = at.parse().expect("an instant");
        let ahead: SignedDuration = at.duration_since(db.clock().now());
        db.clock().advance(ahead);
        let app = TestApp::start_with_http(db, TestApp::reached_directly()).await;
        let keyed = format!("{DOMAIN_LINE}\ndomain_requests_api_key = \"{KEY}\"");
        assert!(COMPANY.contains(DOMAIN_LINE), "the demo names its domain");
        let tenant = app.apply(&COMPANY.replace(DOMAIN_LINE, &keyed)).await.tenant;
        let fake = carrier(&app).await;
        for extension in EXTENSIONS {
            fake.add_subscriber(DOMAIN, extension).expect("a domain");
        }
        for trunk in TRUNKS {
            fake.add_trunk(DOMAIN, trunk).expect("a domain");
        }
        Self { app, tenant, fake }
    }

    /// Plays a call in which nothing may be wrong.
    pub(crate) async fn call(&self, call: NewCall) -> Played {
        let played = self.fake.call(DOMAIN, call).await.expect("a domain");
        assert_eq!(played.faults, [], "{}", played.transcript);
        assert_eq!(played.leaks, [""; 0], "{}", played.transcript);
        played
    }
}
