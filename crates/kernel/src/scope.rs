//! Who asks, and in which tenant. There is no way to a record without one.

use crate::ids::{CompanyId, TenantId, UserId};

/// Who stands behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, with the external ids of the groups they are in.
    User { id: UserId, groups: Vec<String> },
    /// OPBX itself, inside this tenant; the text says what for.
    System { reason: &'static str },
}

/// The tenant, the actor, the companies chosen and the language of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    tenant: TenantId,
    actor: Actor,
    companies: Vec<CompanyId>,
    language: String,
    request: Option<String>,
}

impl Scope {
    /// A person's scope. An empty list of companies means all of the tenant's.
    pub fn user(tenant: TenantId, id: UserId, groups: Vec<String>) -> Self {
        Self {
            tenant,
            actor: Actor::User { id, groups },
            companies: Vec::new(),
            language: "en".into(),
            request: None,
        }
    }

    /// OPBX's own work inside one tenant, with every right there. Say why at each use.
    pub fn system(tenant: TenantId, reason: &'static str) -> Self {
        Self {
            tenant,
            actor: Actor::System { reason },
            companies: Vec::new(),
            language: "en".into(),
            request: None,
        }
    }

    /// The same scope, as part of a request that logs and the audit know by this id.
    #[must_use]
    pub fn for_request(self, id: &str) -> Self {
        Self { request: Some(id.to_owned()), ..self }
    }

    /// The id of the request that this is part of, where it is part of one.
    pub fn request(&self) -> Option<&str> {
        self.request.as_deref()
    }

    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn companies(&self) -> &[CompanyId] {
        &self.companies
    }

    pub fn language(&self) -> &str {
        &self.language
    }

    /// The user to name as author of a change; nobody when OPBX itself acts.
    pub fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::User { id, .. } => Some(id),
            Actor::System { .. } => None,
        }
    }
}

/// The installation's operator: creates tenants and reads plan versions, and sees no tenant's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    reason: &'static str,
}

impl Operator {
    /// Steps outside all tenants. Say why at each use.
    pub fn because(reason: &'static str) -> Self {
        Self { reason }
    }

    pub fn reason(&self) -> &'static str {
        self.reason
    }
}
