//! A node that listens on a socket, and a fake Cloudonix that calls it there.

use super::TestApp;
use opbx_fake_cloudonix::{Endpoints, FakeCloudonix, NewDomain, Options};
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
        let base = format!("http://{}", self.listen().await);
        let options =
            Options::new(Arc::clone(self.db.clock()) as _).domain(NewDomain::new(domain, DOMAIN_KEY));
        let fake = FakeCloudonix::start(options).await.expect("the fake starts");
        let endpoints = Endpoints::of_opbx(&base, requests_key).voice_only();
        fake.provision(domain, &endpoints).expect("the domain was just made");
        fake
    }
}
