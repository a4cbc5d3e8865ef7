//! A node that listens on a socket, and a fake Cloudonix that calls it there.

use super::TestApp;
use opbx_fake_cloudonix::{Chaos, Endpoints, FakeCloudonix, NewDomain, Options};
use opbx_http::HttpConfig;
use std::sync::Arc;

/// The key that opens the REST API of a domain that a test's fake has.
pub const DOMAIN_KEY: &str = "XI-domain-key-of-a-test";

impl TestApp {
    /// What a node that is called on its own socket must be started with: callbacks come back to where they were asked.
    pub fn reached_directly() -> HttpConfig {
        HttpConfig { demo: true, ..HttpConfig::default() }
    }

    /// Starts a fake Cloudonix whose domain asks this node, in simulated time, under the node's own clock.
    ///
    /// Subscribers and trunks are for the test to add, or for the node to provision.
    pub async fn carrier(&self, domain: &str, requests_key: &str) -> FakeCloudonix {
        let endpoints = Endpoints::of_opbx(&self.base().await, requests_key).voice_only();
        self.provisioned(domain, &endpoints, None).await
    }

    /// Like `carrier`, and it tells of its calls by webhooks, in the disorder that `chaos` makes.
    pub async fn telling_carrier(
        &self,
        domain: &str,
        requests_key: &str,
        chaos: Option<Chaos>,
    ) -> FakeCloudonix {
        let endpoints = Endpoints::of_opbx(&self.base().await, requests_key);
        self.provisioned(domain, &endpoints, chaos).await
    }

    async fn base(&self) -> String {
        format!("http://{}", self.listen().await)
    }

    async fn provisioned(&self, domain: &str, endpoints: &Endpoints, chaos: Option<Chaos>) -> FakeCloudonix {
        let mut options =
            Options::new(Arc::clone(self.db.clock()) as _).domain(NewDomain::new(domain, DOMAIN_KEY));
        options.chaos = chaos;
        let fake = FakeCloudonix::start(options).await.expect("the fake starts");
        fake.provision(domain, endpoints).expect("the domain was just made");
        fake
    }
}
