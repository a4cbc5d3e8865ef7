//! People who are signed in: a user of any role, with a token, and requests in JSON.

use super::{Ask, Reply, TestApp};
use axum::http::Method;
use opbx_app::sessions::{self, Device, Role};
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::{Value, Values};
use serde_json::Value as Json;

/// A user who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: RecordId,
    pub tenant: TenantId,
    pub email: String,
    pub token: String,
}

impl TestApp {
    /// Makes a user of this role in a tenant and signs them in. `name` must be new there.
    pub async fn person(&self, tenant: TenantId, role: Role, name: &str) -> Person {
        let email = format!("{name}@{tenant}.example.com");
        let mut tx = self.begin(tenant).await;
        let (module, group) = role.group().split_once('.').expect("an external id");
        let (_, group) = tx.external(module, group).await.expect("a group").expect("a group of the product");
        let values = Values::from([
            ("name".to_owned(), name.into()),
            ("email".to_owned(), email.as_str().into()),
            ("groups".to_owned(), Value::Records(vec![group])),
        ]);
        let id = tx.create("res.users", values).await.expect("a new user");
        tx.commit().await.expect("a commit");
        let login = sessions::begin(self.app(), tenant, id, &Device::default()).await.expect("a session");
        Person { id, tenant, email, token: login.token }
    }

    /// A request of somebody who is signed in.
    pub fn by(&self, person: &Person, method: Method, target: &str) -> Ask {
        self.get(target).method(method).header("authorization", &format!("Bearer {}", person.token))
    }
}

impl Ask {
    /// Sends this JSON as the body.
    pub fn json(self, body: &Json) -> Self {
        self.body(body.to_string()).content_type("application/json")
    }
}

impl Reply {
    /// The answer, which must be JSON.
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{} {error}: {}", self.status, self.body))
    }
}
