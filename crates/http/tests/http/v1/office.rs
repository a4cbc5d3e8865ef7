//! Two organisations with somebody in every role: what tests of resources begin with.

use crate::KEY;
use axum::http::Method;
use opbx_app::sessions::Role;
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::{Value, Values};
use opbx_testkit::{Person, Reply, TestApp, TestDb, company};
use serde_json::{Value as Json, json};

/// Acme, which is asked, and Globex, which has the same numbers and must see nothing of it.
pub(crate) struct Office {
    pub(crate) app: TestApp,
    pub(crate) tenant: TenantId,
    pub(crate) owner: Person,
    pub(crate) admin: Person,
    pub(crate) user: Person,
    pub(crate) reporter: Person,
    /// The owner of Globex.
    pub(crate) stranger: Person,
}

impl Office {
    pub(crate) async fn open(db: TestDb) -> Self {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let other = app.apply(&company("globex", "key-of-globex").toml()).await.tenant;
        Self {
            owner: app.person(tenant, Role::Owner, "olga").await,
            admin: app.person(tenant, Role::PbxAdmin, "adam").await,
            user: app.person(tenant, Role::PbxUser, "uma").await,
            reporter: app.person(tenant, Role::Reporter, "rita").await,
            stranger: app.person(other, Role::Owner, "stan").await,
            app,
            tenant,
        }
    }

    /// Asks as the owner.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: &Json) -> Reply {
        self.by(&self.owner, method, path, body).await
    }

    pub(crate) async fn by(&self, person: &Person, method: Method, path: &str, body: &Json) -> Reply {
        self.app.by(person, method, &format!("/api/v1{path}")).json(body).reply().await
    }

    /// What the owner reads there.
    pub(crate) async fn read(&self, path: &str) -> Json {
        let reply = self.ask(Method::GET, path, &json!(null)).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.json()
    }

    /// What the owner created there, of which the answer tells under `key`.
    pub(crate) async fn created(&self, path: &str, body: &Json, key: &str) -> Json {
        let reply = self.ask(Method::POST, path, body).await;
        assert_eq!(reply.status, 201, "{body}: {}", reply.body);
        reply.json()[key].clone()
    }

    /// The id of the only row that a search finds.
    pub(crate) async fn id(&self, path: &str, search: &str) -> i64 {
        let found = self.read(&format!("{path}?search={search}")).await;
        assert_eq!(found["meta"]["total"], 1, "{search}: {found}");
        found["data"][0]["id"].as_i64().expect("an id")
    }

    /// The id of a ring group of Globex.
    pub(crate) async fn stranger_group(&self) -> i64 {
        let reply = self.by(&self.stranger, Method::GET, "/ring-groups", &json!(null)).await;
        reply.json()["data"][0]["id"].as_i64().expect("an id")
    }

    /// A record of a model that has no resource here.
    pub(crate) async fn record(&self, model: &str, values: &[(&str, Value)]) -> i64 {
        let values: Values =
            values.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
        let mut tx = self.app.begin(self.tenant).await;
        let id: RecordId = tx.create(model, values).await.expect("a record");
        tx.commit().await.expect("a commit");
        id.get()
    }

    /// Values of a field, row by row, in the order of the list.
    pub(crate) async fn listed(&self, path: &str, field: &str) -> Vec<Json> {
        let list = self.read(path).await;
        list["data"].as_array().expect("an array").iter().map(|row| row[field].clone()).collect()
    }

    /// Who may do what with a resource: everybody reads (or those who `see`), administrators write, Globex finds nothing.
    pub(crate) async fn check_rights(&self, path: &str, id: i64, body: &Json, see: &[&Person]) {
        let one = format!("{path}/{id}");
        let all = [&self.owner, &self.admin, &self.user, &self.reporter];
        for person in all {
            let status = if see.iter().any(|seen| seen.id == person.id) { 200 } else { 403 };
            for path in [path, &one] {
                let reply = self.by(person, Method::GET, path, &json!(null)).await;
                assert_eq!(reply.status, status, "{path} by {}: {}", person.email, reply.body);
            }
        }
        for person in [&self.user, &self.reporter] {
            let bulk = json!({"action": "delete", "ids": [id]});
            let writes = [
                (Method::POST, path.to_owned(), body),
                (Method::PUT, one.clone(), body),
                (Method::DELETE, one.clone(), body),
                (Method::POST, format!("{path}/bulk"), &bulk),
            ];
            for (method, path, body) in writes {
                let reply = self.by(person, method.clone(), &path, body).await;
                assert_eq!(reply.status, 403, "{method} {path} by {}: {}", person.email, reply.body);
                assert_eq!(reply.json()["message"], "This action is unauthorized.");
            }
        }
        for (method, path) in [(Method::GET, &one), (Method::PUT, &one), (Method::DELETE, &one)] {
            let reply = self.by(&self.stranger, method.clone(), path, &json!({})).await;
            assert_eq!(reply.status, 404, "{method} {path} by another organisation: {}", reply.body);
            assert!(!reply.body.contains("acme"), "{}", reply.body);
        }
        let absent = self.ask(Method::GET, &format!("{path}/nonsense"), &json!(null)).await;
        assert_eq!(absent.status, 404, "{}", absent.body);
    }

    /// Whoever saves what somebody else changed meanwhile is told so.
    pub(crate) async fn check_versions(&self, path: &str, change: &Json) {
        let url = format!("/api/v1{path}");
        let seen = self.app.by(&self.owner, Method::GET, &url).reply().await;
        let etag = seen.headers["etag"].to_str().expect("a header").to_owned();
        let first = self.app.by(&self.owner, Method::PUT, &url).header("if-match", &etag);
        let first = first.json(change).reply().await;
        assert_eq!(first.status, 200, "{}", first.body);
        for method in [Method::PUT, Method::DELETE] {
            let late = self.app.by(&self.admin, method, &url).header("if-match", &etag);
            let late = late.json(change).reply().await;
            assert_eq!(late.status, 412, "{}", late.body);
        }
    }
}

/// The fields at fault of a refusal.
pub(crate) fn faults(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 422, "{}", reply.body);
    reply.json()["errors"].as_object().expect("fields").keys().cloned().collect()
}
